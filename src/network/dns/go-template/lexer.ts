import { goQuoted } from "./quote.ts";

export type ItemType =
  | "error"
  | "bool"
  | "char"
  | "charConstant"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | "dot"
  | "keyword";

/** A piece of a template: where it begins, and on which line. */
export type Item = { readonly type: ItemType; readonly at: number; readonly text: string; readonly line: number };

const KEYWORDS = new Set("block break continue define else end if nil range template with".split(" "));
const SPACE = /[ \t\r\n]/;
const LETTER = /[\p{L}\p{Nd}_]/u;
const SIGNED_NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;
/** How the simple pieces inside an action look, tried in this order. */
const SIMPLE: readonly (readonly [ItemType, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  ["assign", /=/y],
  ["declare", /:=/y],
  ["pipe", /\|/y],
  ["string", /"(?:\\[^\n]|[^"\\\n])*"/y],
  ["rawString", /`[^`]*`/y],
  ["charConstant", /'(?:\\[^\n]|[^'\\\n])*'/y],
];
const UNTERMINATED: Readonly<Record<string, string>> = {
  '"': "unterminated quoted string",
  "`": "unterminated raw quoted string",
  "'": "unterminated character constant",
  ":": "expected :=",
};

/** All pieces of a text, up to its end or the first that is none (Go's `text/template/parse`). */
export function lex(text: string): readonly Item[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #items: Item[] = [];
  #at = 0;
  #line = 1;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): readonly Item[] {
    while (this.#outside()) {
      this.#depth = 0;
      while (this.#inside());
      if (this.#items.at(-1)?.type === "error") break;
    }
    return this.#items;
  }

  /** Text up to an action, without what a trim marker takes; false when there is no action any more. */
  #outside(): boolean {
    const text = this.#text;
    const open = text.indexOf("{{", this.#at);
    const marked = open >= 0 && /^- |^-[\t\r\n]/.test(text.slice(open + 2, open + 4));
    const whole = text.slice(this.#at, open < 0 ? undefined : open);
    const shown = marked ? whole.replace(/[ \t\r\n]+$/, "") : whole;
    if (shown !== "") this.#emit("text", shown.length, whole.length);
    else this.#skip(whole.length);
    if (open < 0) {
      this.#emit("eof", 0);
      return false;
    }
    const marker = marked ? 2 : 0;
    if (text.startsWith("/*", open + 2 + marker)) return this.#comment(open + 2 + marker);
    this.#emit("leftDelim", 2, 2 + marker);
    return true;
  }

  #comment(start: number): boolean {
    const end = this.#text.indexOf("*/", start + 2);
    this.#skip(start - this.#at);
    if (end < 0) return this.#fail("unclosed comment");
    const close = /^(?:\}\}|[ \t\r\n]-\}\}[ \t\r\n]*)/.exec(this.#text.slice(end + 2))?.[0];
    if (close === undefined) return this.#fail("comment ends before closing delimiter");
    this.#skip(end + 2 + close.length - this.#at);
    return this.#outside();
  }

  /** One piece of an action; false when the action is over. */
  #inside(): boolean {
    const close = /^(?:\}\}|[ \t\r\n]-\}\}[ \t\r\n]*)/.exec(this.#text.slice(this.#at))?.[0];
    if (close !== undefined) {
      if (this.#depth > 0) return this.#fail("unclosed left paren");
      if (close !== "}}") this.#skip(2);
      this.#emit("rightDelim", 2, close === "}}" ? 2 : close.length - 2);
      return false;
    }
    const char = this.#text[this.#at];
    if (char === undefined) return this.#fail("unclosed action");
    for (const [type, pattern] of SIMPLE) {
      const found = this.#match(pattern);
      // A space before a trim marker belongs to the marker.
      if (found !== undefined)
        return this.#emit(type, found.length - (type === "space" && this.#isMarker(found.length) ? 1 : 0));
    }
    const unterminated = UNTERMINATED[char];
    if (unterminated !== undefined) return this.#fail(unterminated);
    if (char === "(" || char === ")") return this.#parenthesis(char);
    if (char === "$" || (char === "." && !/\d/.test(this.#text[this.#at + 1] ?? "0"))) return this.#name(char);
    if (/[.+\-\d]/.test(char)) return this.#number();
    const letter = String.fromCodePoint(this.#text.codePointAt(this.#at) as number);
    if (LETTER.test(letter)) return this.#word();
    return /[\x20-\x7e]/.test(char)
      ? this.#emit("char", 1)
      : this.#fail(`unrecognized character in action: ${codePoint(letter)}`);
  }

  #isMarker(length: number): boolean {
    return length > 1 && this.#text.startsWith("-}}", this.#at + length);
  }

  #parenthesis(char: "(" | ")"): boolean {
    this.#depth += char === "(" ? 1 : -1;
    if (this.#depth < 0) return this.#fail("unexpected right paren");
    return this.#emit(char === "(" ? "leftParen" : "rightParen", 1);
  }

  /** `.field`, `.`, `$variable` or `$`. */
  #name(char: "$" | "."): boolean {
    const word = this.#match(/[.$][\p{L}\p{Nd}_]*/uy) as string;
    if (!this.#endsAt(this.#at + word.length)) return this.#badCharacter(word.length);
    if (char === "$") return this.#emit("variable", word.length);
    return this.#emit(word === "." ? "dot" : "field", word.length);
  }

  #word(): boolean {
    const word = this.#match(/[\p{L}\p{Nd}_]+/uy) as string;
    if (!this.#endsAt(this.#at + word.length)) return this.#badCharacter(word.length);
    if (KEYWORDS.has(word)) return this.#emit("keyword", word.length);
    return this.#emit(word === "true" || word === "false" ? "bool" : "identifier", word.length);
  }

  #number(): boolean {
    let length = (this.#match(SIGNED_NUMBER) as string).length;
    const bad = (): boolean => {
      const next = this.#text[this.#at + length] ?? "";
      return this.#fail(
        `bad number syntax: ${goQuoted(this.#text.slice(this.#at, this.#at + length + (LETTER.test(next) ? 1 : 0)))}`,
      );
    };
    if (LETTER.test(this.#text[this.#at + length] ?? "")) return bad();
    if (!/[+-]/.test(this.#text[this.#at + length] ?? "")) return this.#emit("number", length);
    SIGNED_NUMBER.lastIndex = this.#at + length;
    length += (SIGNED_NUMBER.exec(this.#text) as RegExpExecArray)[0].length;
    if (LETTER.test(this.#text[this.#at + length] ?? "") || this.#text[this.#at + length - 1] !== "i") return bad();
    return this.#emit("complex", length);
  }

  /** Whether a word may end there. */
  #endsAt(at: number): boolean {
    const char = this.#text[at];
    return char === undefined || SPACE.test(char) || ".,|:)(".includes(char) || this.#text.startsWith("}}", at);
  }

  #badCharacter(length: number): false {
    return this.#fail(
      `bad character ${codePoint(String.fromCodePoint(this.#text.codePointAt(this.#at + length) as number))}`,
    );
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }

  #emit(type: ItemType, length: number, taken = length): true {
    const text = type === "eof" ? "EOF" : this.#text.slice(this.#at, this.#at + length);
    this.#items.push({ type, at: this.#at, text, line: this.#line });
    this.#skip(taken);
    return true;
  }

  #skip(length: number): void {
    this.#line += this.#text.slice(this.#at, this.#at + length).split("\n").length - 1;
    this.#at += length;
  }

  #fail(text: string): false {
    this.#items.push({ type: "error", at: this.#at, text, line: this.#line });
    return false;
  }
}

/** A character as Go's `%#U` writes it. */
function codePoint(char: string): string {
  const number = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
  return /\p{Cc}|\p{Zs}/u.test(char) && char !== " " ? `U+${number}` : `U+${number} '${char}'`;
}
