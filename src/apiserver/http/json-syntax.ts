/** Go's decoder gives up at 10,000 levels; what objects are made of needs a few dozen. */
export const DEPTH_MAX = 1000;
export const TOO_DEEP = "exceeded max depth";

/**
 * What Go's decoder says of text that is no JSON (`encoding/json.SyntaxError`), or nested beyond reason; `undefined` for other text.
 */
export function jsonSyntaxError(text: string): string | undefined {
  const scanner = new Scanner(text);
  scanner.value("looking for beginning of value");
  scanner.space();
  if (scanner.error === undefined && !scanner.isAtEnd) scanner.fail("after top-level value");
  return scanner.error;
}

const SPACE = /[ \t\r\n]*/y;
const HEX = /[0-9a-fA-F]/;
const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

/** Stops at the first character that cannot stand where it does. */
class Scanner {
  error: string | undefined;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  space(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  fail(where: string): void {
    this.error ??= this.isAtEnd
      ? "unexpected end of JSON input"
      : `invalid character ${quoted(this.#text, this.#at)} ${where}`;
  }

  value(where: string): void {
    this.space();
    const first = this.#text.charAt(this.#at);
    if (first === "{") this.#members("}", () => this.#member());
    else if (first === "[") this.#members("]", () => this.value("looking for beginning of value"));
    else if (first === '"') this.#string();
    else if (/[-0-9]/.test(first)) this.#number();
    else if (first !== "" && first in LITERALS) this.#literal(LITERALS[first] as string);
    else this.fail(where);
  }

  #members(end: string, one: () => void): void {
    this.#at++;
    if (++this.#depth > DEPTH_MAX) this.error ??= TOO_DEEP;
    else this.#each(end, one);
    this.#depth--;
  }

  #each(end: string, one: () => void): void {
    this.space();
    if (this.#take(end)) return;
    for (;;) {
      one();
      this.space();
      if (this.error !== undefined || this.#take(end)) return;
      if (!this.#take(",")) {
        this.fail(end === "}" ? "after object key:value pair" : "after array element");
        return;
      }
    }
  }

  #member(): void {
    this.space();
    if (this.#text.charAt(this.#at) !== '"') {
      this.fail("looking for beginning of object key string");
      return;
    }
    this.#string();
    this.space();
    if (this.error !== undefined) return;
    if (this.#take(":")) this.value("looking for beginning of value");
    else this.fail("after object key");
  }

  #string(): void {
    for (this.#at++; !this.isAtEnd; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        return;
      }
      if (character < " ") {
        this.fail("in string literal");
        return;
      }
      if (character === "\\" && !this.#escape()) return;
    }
    this.fail("");
  }

  #escape(): boolean {
    this.#at++;
    const kind = this.#text.charAt(this.#at);
    if (kind === "u")
      for (let digit = 0; digit < 4; digit++) {
        this.#at++;
        if (!HEX.test(this.#text.charAt(this.#at))) return this.#failed("in \\u hexadecimal character escape");
      }
    else if (!'"\\/bfnrt'.includes(kind) || kind === "") return this.#failed("in string escape code");
    return true;
  }

  #number(): void {
    if (this.#take("-") && !this.#isDigit()) this.fail("in numeric literal");
    else if (!this.#take("0")) this.#digits();
    if (this.error === undefined && this.#take(".") && !this.#digits())
      this.fail("after decimal point in numeric literal");
    if (this.error !== undefined || !(this.#take("e") || this.#take("E"))) return;
    if (!this.#take("+")) this.#take("-");
    if (!this.#digits()) this.fail("in exponent of numeric literal");
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#take(expected)) continue;
      this.fail(`in literal ${word} (expecting '${expected}')`);
      return;
    }
  }

  #digits(): boolean {
    const from = this.#at;
    while (this.#isDigit()) this.#at++;
    return this.#at > from;
  }

  #isDigit(): boolean {
    return /\d/.test(this.#text.charAt(this.#at));
  }

  #take(expected: string): boolean {
    if (this.#text.charAt(this.#at) !== expected) return false;
    this.#at++;
    return true;
  }

  #failed(where: string): false {
    this.fail(where);
    return false;
  }
}

/** A character in quotes, as Go's decoder shows it: of several bytes it sees the first. */
function quoted(text: string, at: number): string {
  const code = text.codePointAt(at) as number;
  if (code === 0x27) return "'\\''";
  if (code === 0x22) return "'\"'";
  if (code < 0x80) return `'${JSON.stringify(String.fromCharCode(code)).slice(1, -1)}'`;
  const [first = 0] = Buffer.from(String.fromCodePoint(code));
  return `'${String.fromCharCode(first)}'`;
}
