/** A piece of a word: text to take as it is, or text in which variables are replaced. */
type WordPart = { readonly text: string; readonly expand: boolean; readonly quoted: boolean };
export type Word = readonly WordPart[];

export type SimpleCommand = {
  readonly kind: "simple";
  readonly words: readonly Word[];
  readonly redirects: readonly { readonly to: Word; readonly append: boolean; readonly stream: "stdout" | "stderr" }[];
};
export type LoopCommand = {
  readonly kind: "loop";
  readonly while: Script;
  readonly until: boolean;
  readonly body: Script;
};
export type ForCommand = {
  readonly kind: "for";
  readonly name: string;
  readonly words: readonly Word[];
  readonly body: Script;
};
type IfCommand = { readonly kind: "if"; readonly test: Script; readonly then: Script; readonly else: Script };
export type Command = SimpleCommand | LoopCommand | ForCommand | IfCommand;
/** Commands joined by `|`. */
export type Pipeline = readonly Command[];
/** A pipeline, and how it hangs on the one before: always, on success, on failure. */
type Step = { readonly when: ";" | "&&" | "||"; readonly pipeline: Pipeline };
export type Script = readonly Step[];

type Token = { readonly operator: string } | { readonly word: Word };

const OPERATORS = ["&&", "||", ">>", "2>&1", "1>&2", ">&2", "2>", ";", "|", ">", "&", "\n"];
/** One stream into another, as the redirection to a file it amounts to. */
const DUPLICATIONS: ReadonlyMap<string, { readonly stream: "stdout" | "stderr"; readonly path: string }> = new Map([
  ["2>&1", { stream: "stderr", path: "/dev/stdout" }],
  ["1>&2", { stream: "stdout", path: "/dev/stderr" }],
  [">&2", { stream: "stdout", path: "/dev/stderr" }],
]);

/** Reads a shell script: lists, pipelines, redirections, quotes, variables, `while`, `until`, `for` and `if`; an error text otherwise. */
export function parseScript(text: string): Script | string {
  const tokens = tokenize(text);
  if (typeof tokens === "string") return tokens;
  const parser = new Parser(tokens);
  const script = parser.script([]);
  if (parser.error !== undefined) return parser.error;
  return parser.done ? script : `syntax error: unexpected ${parser.next()}`;
}

function tokenize(text: string): readonly Token[] | string {
  const tokens: Token[] = [];
  let parts: WordPart[] | undefined;
  const flush = (): void => {
    if (parts !== undefined) tokens.push({ word: parts });
    parts = undefined;
  };
  for (let at = 0; at < text.length; ) {
    const char = text[at] as string;
    const operator =
      parts === undefined || !/[12]/.test(char) ? OPERATORS.find((one) => text.startsWith(one, at)) : undefined;
    if (operator !== undefined) {
      flush();
      tokens.push({ operator: operator === "\n" ? ";" : operator });
      at += operator.length;
    } else if (char === " " || char === "\t") {
      flush();
      at++;
    } else if (char === "#" && parts === undefined) {
      at = (text.indexOf("\n", at) + text.length + 1) % (text.length + 1);
    } else {
      const part = readPart(text, at);
      if (part === undefined) return "syntax error: unterminated quoted string";
      parts = [...(parts ?? []), part.value];
      at = part.next;
    }
  }
  flush();
  return tokens;
}

function readPart(text: string, at: number): { readonly value: WordPart; readonly next: number } | undefined {
  const char = text[at] as string;
  if (char === "'") {
    const end = text.indexOf("'", at + 1);
    return end < 0
      ? undefined
      : { value: { text: text.slice(at + 1, end), expand: false, quoted: true }, next: end + 1 };
  }
  if (char === '"') {
    const end = /^"(?:[^"\\]|\\[\s\S])*"/.exec(text.slice(at))?.[0].length;
    if (end === undefined) return undefined;
    const inner = text.slice(at + 1, at + end - 1).replace(/\\(["\\`])/g, "$1");
    return { value: { text: inner, expand: true, quoted: true }, next: at + end };
  }
  if (char === "\\") return { value: { text: text[at + 1] ?? "", expand: false, quoted: true }, next: at + 2 };
  const plain = /^(?:\$\([^)]*\)|\$\{[^}]*\}|[^\s'"\\;|&>])+/.exec(text.slice(at))?.[0] ?? char;
  return { value: { text: plain, expand: true, quoted: false }, next: at + plain.length };
}

/** Recursive descent over tokens; the first error stops it. */
class Parser {
  error: string | undefined;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The text of the next token if it is an operator or a bare word. */
  next(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined) return undefined;
    if ("operator" in token) return token.operator;
    const [part] = token.word;
    return token.word.length === 1 && part !== undefined && !part.quoted ? part.text : undefined;
  }

  script(ends: readonly string[]): Script {
    const steps: Step[] = [];
    let when: Step["when"] = ";";
    while (!this.done && this.error === undefined) {
      const next = this.next();
      if (next === ";" || next === "&") {
        this.#at++;
        when = ";";
      } else if (next === "&&" || next === "||") {
        this.#at++;
        when = next;
      } else if (next !== undefined && ends.includes(next)) break;
      else steps.push({ when, pipeline: this.#pipeline() });
    }
    return steps;
  }

  #pipeline(): Pipeline {
    const commands = [this.#command()];
    while (this.next() === "|") {
      this.#at++;
      commands.push(this.#command());
    }
    return commands;
  }

  #command(): Command {
    const keyword = this.next();
    switch (keyword) {
      case "while":
      case "until": {
        this.#at++;
        const test = this.script(["do"]);
        return { kind: "loop", while: test, until: keyword === "until", body: this.#block("do", "done") };
      }
      case "for": {
        this.#at++;
        const name = this.next() ?? "";
        this.#at++;
        this.#expect("in");
        const { words } = this.#simple();
        if (this.next() === ";") this.#at++;
        return { kind: "for", name, words, body: this.#block("do", "done") };
      }
      case "if": {
        this.#at++;
        const test = this.script(["then"]);
        this.#expect("then");
        const then = this.script(["else", "fi"]);
        if (this.next() === "else") return { kind: "if", test, then, else: this.#block("else", "fi") };
        this.#expect("fi");
        return { kind: "if", test, then, else: [] };
      }
      default:
        return this.#simple();
    }
  }

  #simple(): SimpleCommand {
    const words: Word[] = [];
    const redirects: { to: Word; append: boolean; stream: "stdout" | "stderr" }[] = [];
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if ("word" in token) {
        words.push(token.word);
        this.#at++;
        continue;
      }
      const duplication = DUPLICATIONS.get(token.operator);
      if (duplication !== undefined) {
        const to = [{ text: duplication.path, expand: false, quoted: false }];
        redirects.push({ to, append: true, stream: duplication.stream });
        this.#at++;
        continue;
      }
      if (![">", ">>", "2>"].includes(token.operator)) break;
      const target = this.#tokens[this.#at + 1];
      if (target === undefined || "operator" in target) {
        this.error ??= `syntax error: unexpected ${target === undefined ? "end of file" : target.operator}`;
        break;
      }
      redirects.push({
        to: target.word,
        append: token.operator === ">>",
        stream: token.operator === "2>" ? "stderr" : "stdout",
      });
      this.#at += 2;
    }
    if (words.length === 0 && redirects.length === 0) {
      this.error ??= `syntax error: unexpected ${this.next() ?? "end of file"}`;
      this.#at++;
    }
    return { kind: "simple", words, redirects };
  }

  #block(open: string, close: string): Script {
    this.#expect(open);
    const script = this.script([close]);
    this.#expect(close);
    return script;
  }

  #expect(word: string): void {
    if (this.next() === word) this.#at++;
    else this.error ??= `syntax error: unexpected ${this.next() ?? "end of file"} (expecting "${word}")`;
  }
}
