import { SyntaxProblem, type Word } from "./syntax.ts";
import { type Read, type ReadScript, readQuoted, readWord } from "./word-reader.ts";

/** A word, or an operator: `;`, `&&`, `(`, `2>`, a line's end. */
export type Token =
  | { readonly kind: "word"; readonly word: Word }
  | { readonly kind: "operator"; readonly text: string; readonly fd?: number }
  | { readonly kind: "end" };

/** A here-document whose text follows at the end of the line. */
export type HereDocument = {
  readonly delimiter: string;
  readonly stripsTabs: boolean;
  readonly quoted: boolean;
  text: Word;
};

const OPERATORS = [
  "&&",
  "||",
  ";;",
  "<<<",
  "<<-",
  "<<",
  ">>",
  ">&",
  "<&",
  "&>",
  ">|",
  "<>",
  ";",
  "&",
  "|",
  "<",
  ">",
  "(",
  ")",
];
const REDIRECT = /^(\d)(?=[<>])/;

/** Cuts a script into tokens, one at a time, as its parser asks for them. */
export class Tokens {
  readonly #text: string;
  readonly #readScript: ReadScript;
  readonly #waiting: HereDocument[] = [];
  #at: number;
  #peeked: Read<Token> | undefined;

  constructor(text: string, at: number, readScript: ReadScript) {
    this.#text = text;
    this.#at = at;
    this.#readScript = readScript;
  }

  /** Behind the last token taken. */
  get at(): number {
    return this.#at;
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked.value;
  }

  take(): Token {
    const token = this.peek();
    this.#at = (this.#peeked as Read<Token>).next;
    this.#peeked = undefined;
    // The texts of here-documents begin where their line ends.
    if (token.kind === "operator" && token.text === "\n") this.#readHereDocuments();
    return token;
  }

  /** The text of the next token if it is a plain word, which could be a reserved one. */
  peekPlain(): string | undefined {
    const token = this.peek();
    if (token.kind !== "word" || token.word.length !== 1) return undefined;
    const [part] = token.word;
    return part?.kind === "text" && !part.quoted ? part.text : undefined;
  }

  peekOperator(): string | undefined {
    const token = this.peek();
    return token.kind === "operator" ? token.text : undefined;
  }

  /** Says that a here-document's text follows the line. */
  expect(document: HereDocument): void {
    this.#waiting.push(document);
  }

  #read(): Read<Token> {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      while (text[at] === " " || text[at] === "\t" || text[at] === "\r") at++;
      if (text.startsWith("\\\n", at)) at += 2;
      else if (text[at] === "#") {
        const end = text.indexOf("\n", at);
        at = end < 0 ? text.length : end;
      } else break;
    }
    if (at >= text.length) return { value: { kind: "end" }, next: at };
    if (text[at] === "\n") return { value: { kind: "operator", text: "\n" }, next: at + 1 };
    const digit = REDIRECT.exec(text.slice(at, at + 2))?.[1];
    const from = digit === undefined ? at : at + 1;
    const operator = OPERATORS.find((one) => text.startsWith(one, from));
    if (operator !== undefined) {
      const fd = digit === undefined ? {} : { fd: Number(digit) };
      return { value: { kind: "operator", text: operator, ...fd }, next: from + operator.length };
    }
    const word = readWord(text, at, this.#readScript);
    return { value: { kind: "word", word: word.value }, next: word.next };
  }

  #readHereDocuments(): void {
    for (const document of this.#waiting.splice(0)) {
      const lines: string[] = [];
      for (;;) {
        if (this.#at >= this.#text.length) break;
        const end = this.#text.indexOf("\n", this.#at);
        const raw = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
        this.#at = end < 0 ? this.#text.length : end + 1;
        const line = document.stripsTabs ? raw.replace(/^\t+/, "") : raw;
        if (line === document.delimiter) break;
        lines.push(`${line}\n`);
      }
      const whole = lines.join("");
      document.text = document.quoted
        ? [{ kind: "text", text: whole, quoted: true }]
        : readQuoted(whole, this.#readScript);
    }
  }
}

/** The message for a token that cannot stand where it does. */
export function unexpected(token: Token, expecting?: string): SyntaxProblem {
  const found =
    token.kind === "end"
      ? "end of file"
      : token.kind === "operator"
        ? JSON.stringify(token.text === "\n" ? "newline" : token.text)
        : JSON.stringify(token.word.map((part) => (part.kind === "text" ? part.text : "$")).join(""));
  const hint = expecting === undefined ? "" : ` (expecting ${JSON.stringify(expecting)})`;
  return new SyntaxProblem(`unexpected ${found.replace(/^"newline"$/, "newline")}${hint}`);
}
