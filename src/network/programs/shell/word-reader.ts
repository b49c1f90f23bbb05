import { type Parameter, type Script, SyntaxProblem, type Word, type WordPart } from "./syntax.ts";

/** Where reading goes on. */
export type Read<T> = { readonly value: T; readonly next: number };

/** Reads a script from a position of a text up to the `)` that ends it. */
export type ReadScript = (text: string, at: number) => Read<Script>;

const META = /[\s;&|<>()]/;
const NAME = /^[A-Za-z_]\w*/;
const SPECIAL = /^[?#@*$!\-0-9]/;
const UNTERMINATED = "unterminated quoted string";

/** Reads one word; it ends at a blank or an operator that is not quoted. */
export function readWord(text: string, at: number, readScript: ReadScript): Read<Word> {
  return readParts(text, at, { readScript, ends: (char) => META.test(char), quoted: false });
}

/** Reads a whole text as if it stood between double quotes: a here-document. */
export function readQuoted(text: string, readScript: ReadScript): Word {
  return readDoubleQuoted(text, 0, { readScript, end: undefined }).value;
}

type How = { readonly readScript: ReadScript; readonly ends: (char: string) => boolean; readonly quoted: boolean };

function readParts(text: string, from: number, how: How): Read<Word> {
  const parts: WordPart[] = [];
  let plain = "";
  let at = from;
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain, quoted: false });
    plain = "";
  };
  while (at < text.length && !how.ends(text[at] as string)) {
    const char = text[at] as string;
    const special = char === "'" || char === '"' || char === "\\" || char === "$" || char === "`";
    if (!special) {
      plain += char;
      at++;
      continue;
    }
    const part = readSpecial(text, at, how.readScript);
    if (part === undefined) {
      plain += char;
      at++;
      continue;
    }
    flush();
    parts.push(...part.value);
    at = part.next;
  }
  flush();
  return { value: parts, next: at };
}

function readSpecial(text: string, at: number, readScript: ReadScript): Read<Word> | undefined {
  switch (text[at]) {
    case "'": {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new SyntaxProblem(UNTERMINATED);
      return { value: [{ kind: "text", text: text.slice(at + 1, end), quoted: true }], next: end + 1 };
    }
    case '"': {
      const inner = readDoubleQuoted(text, at + 1, { readScript, end: '"' });
      // Empty quotes are an empty word, not none.
      const empty: WordPart = { kind: "text", text: "", quoted: true };
      return { value: [empty, ...inner.value], next: inner.next };
    }
    case "\\":
      if (text[at + 1] === "\n") return { value: [], next: at + 2 };
      return { value: [{ kind: "text", text: text[at + 1] ?? "\\", quoted: true }], next: at + 2 };
    case "`":
      return readBackquoted(text, at, { readScript, quoted: false });
    default:
      return readDollar(text, at, { readScript, quoted: false });
  }
}

function readDoubleQuoted(
  text: string,
  from: number,
  how: { readonly readScript: ReadScript; readonly end: '"' | undefined },
): Read<Word> {
  const parts: WordPart[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain, quoted: true });
    plain = "";
  };
  for (let at = from; ; ) {
    const char = text[at];
    if (char === how.end || char === undefined) {
      if (char === undefined && how.end !== undefined) throw new SyntaxProblem(UNTERMINATED);
      flush();
      return { value: parts, next: at + 1 };
    }
    const inner = { readScript: how.readScript, quoted: true };
    const part =
      char === "$" ? readDollar(text, at, inner) : char === "`" ? readBackquoted(text, at, inner) : undefined;
    if (part !== undefined) {
      flush();
      parts.push(...part.value);
      at = part.next;
    } else if (char === "\\" && /["\\$`\n]/.test(text[at + 1] ?? "")) {
      if (text[at + 1] !== "\n") plain += text[at + 1];
      at += 2;
    } else {
      plain += char;
      at++;
    }
  }
}

type Inner = { readonly readScript: ReadScript; readonly quoted: boolean };

/** `undefined` when the dollar stands for itself. */
function readDollar(text: string, at: number, { readScript, quoted }: Inner): Read<Word> | undefined {
  const next = text[at + 1] ?? "";
  if (text.startsWith("$((", at)) {
    const end = arithmeticEnd(text, at + 3);
    if (end !== undefined) {
      const expression = readQuoted(text.slice(at + 3, end), readScript);
      return { value: [{ kind: "arithmetic", expression, quoted }], next: end + 2 };
    }
  }
  if (next === "(") {
    const script = readScript(text, at + 2);
    return { value: [{ kind: "command", script: script.value, quoted }], next: script.next };
  }
  if (next === "{") return readBraced(text, at + 2, { readScript, quoted });
  if (next === "'" && !quoted) return readAnsi(text, at + 2);
  const name = NAME.exec(text.slice(at + 1))?.[0] ?? SPECIAL.exec(next)?.[0];
  if (name === undefined) return undefined;
  return { value: [{ kind: "parameter", name, quoted }], next: at + 1 + name.length };
}

/** Where `))` closes an arithmetic expression; `undefined` when it is a command in a subshell instead. */
function arithmeticEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && depth > 0) depth--;
    else if (text[at] === ")") return text[at + 1] === ")" ? at : undefined;
  }
  return undefined;
}

const BRACED = /^(#?)([A-Za-z_]\w*|[?#@*$!-]|\d+)/;
const OPERATOR = /^(?::[-=?+]|[-=?+]|##?|%%?|\/\/?|\^\^?|,,?|:)/;

function readBraced(text: string, from: number, { readScript, quoted }: Inner): Read<readonly [Parameter]> {
  const head = BRACED.exec(text.slice(from));
  if (head === null) throw new SyntaxProblem("bad substitution");
  const [whole, hash, name = ""] = head;
  let at = from + whole.length;
  if (hash === "#" && text[at] === "}")
    return { value: [{ kind: "parameter", name, quoted, operator: "length" }], next: at + 1 };
  if (text[at] === "}") return { value: [{ kind: "parameter", name, quoted }], next: at + 1 };
  const operator = OPERATOR.exec(text.slice(at))?.[0];
  if (operator === undefined) throw new SyntaxProblem("bad substitution");
  at += operator.length;
  const splitsAt = operator.startsWith("/") ? "/" : operator === ":" ? ":" : undefined;
  const ends = (char: string): boolean => char === "}" || char === splitsAt;
  const operand = readParts(text, at, { readScript, quoted, ends });
  const parameter: Parameter = { kind: "parameter", name, quoted, operator, operand: operand.value };
  at = operand.next;
  if (text[at] === "}") return { value: [parameter], next: at + 1 };
  if (text[at] === undefined) throw new SyntaxProblem('unexpected end of file (expecting "}")');
  const second = readParts(text, at + 1, { readScript, quoted, ends: (char) => char === "}" });
  if (text[second.next] === undefined) throw new SyntaxProblem('unexpected end of file (expecting "}")');
  return { value: [{ ...parameter, second: second.value }], next: second.next + 1 };
}

/** The old form of `$(…)`: a backslash escapes a backquote, a dollar and itself. */
function readBackquoted(text: string, from: number, { readScript, quoted }: Inner): Read<Word> {
  let inner = "";
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "`") {
      const script = readScript(`${inner})`, 0).value;
      return { value: [{ kind: "command", script, quoted }], next: at + 1 };
    }
    if (char === "\\" && /[`$\\]/.test(text[at + 1] ?? "")) at++;
    inner += text[at];
  }
  throw new SyntaxProblem("EOF in backquote substitution");
}

const ANSI: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  e: "\u001b",
  a: "\u0007",
};

/** `$'a\tb'`. */
function readAnsi(text: string, from: number): Read<Word> {
  let value = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "'") return { value: [{ kind: "text", text: value, quoted: true }], next: at + 1 };
    if (char === "\\") value += ANSI[text[++at] ?? ""] ?? `\\${text[at] ?? ""}`;
    else value += char;
  }
  throw new SyntaxProblem(UNTERMINATED);
}
