import { compiled, regularExpression } from "./grep.ts";

export type Expression =
  | { readonly kind: "value"; readonly value: string | number }
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  | { readonly kind: "field"; readonly index: Expression }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "element" | "in"; readonly array: string; readonly key: Expression }
  | { readonly kind: "unary"; readonly operator: string; readonly value: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "conditional"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | {
      readonly kind: "assign";
      readonly target: Expression;
      readonly operator: string;
      readonly value: Expression;
      readonly post?: boolean;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

export type Statement =
  | { readonly kind: "print" | "printf"; readonly values: readonly Expression[] }
  | { readonly kind: "expression"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "while";
      readonly test: Expression;
      readonly body: readonly Statement[];
      readonly step?: Expression;
    }
  | { readonly kind: "for-in"; readonly name: string; readonly array: string; readonly body: readonly Statement[] }
  | { readonly kind: "delete"; readonly array: string; readonly key: Expression }
  | { readonly kind: "next" }
  | { readonly kind: "exit"; readonly code?: Expression };

export type Rule = {
  readonly when: Expression | "BEGIN" | "END" | "line";
  /** The end of a range: the rule holds from a line `when` holds for to the next one this does. */
  readonly to?: Expression;
  readonly body: readonly Statement[] | undefined;
};
export type AwkProgram = { readonly rules: readonly Rule[] };

type Token = {
  readonly kind: "number" | "string" | "pattern" | "name" | "operator" | "newline";
  readonly text: string;
};

class AwkProblem extends Error {}

/** A pattern that stands in a program. Throws an AwkProblem when it is none. */
function parsedPattern(text: string): RegExp {
  const pattern = awkPattern(text);
  if (pattern === undefined) throw new AwkProblem(`bad regex '${text}'`);
  return pattern;
}

/** A pattern as awk reads it: POSIX' extended form. */
export function awkPattern(text: string, flags = ""): RegExp | undefined {
  return compiled(regularExpression(text, { extended: true }), flags);
}

/** Reads an awk program; a text says what is wrong with it. */
export function parseAwk(text: string): AwkProgram | string {
  try {
    return { rules: new Parser(tokenize(text)).rules() };
  } catch (error) {
    if (error instanceof AwkProblem) return error.message;
    throw error;
  }
}

const TOKEN =
  /[ \t\r]+|#[^\n]*|\\\n|(\n)|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|(&&|\|\||[-+*/%^=!<>]=|!~|\+\+|--|[-+*/%^=!<>~?:,;(){}[\]$])/y;

/** After these a slash begins a pattern. */
const BEFORE_PATTERN = new Set(["", "(", ",", "{", "}", ";", "!", "~", "!~", "&&", "||", "\n", "=", "return"]);

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const last = tokens.at(-1)?.text ?? "";
    const pattern =
      text[at] === "/" && BEFORE_PATTERN.has(last) ? /^\/((?:[^/\\\n]|\\.)*)\//.exec(text.slice(at)) : null;
    if (pattern !== null) {
      tokens.push({ kind: "pattern", text: pattern[1] as string });
      at += pattern[0].length;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new AwkProblem(`syntax error at ${text.slice(at, at + 10)}`);
    at += match[0].length;
    const [, newline, number, string, name, operator] = match;
    if (newline !== undefined) tokens.push({ kind: "newline", text: "\n" });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (string !== undefined)
      tokens.push({
        kind: "string",
        text: string.replace(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t" })[char] ?? char),
      });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
  }
  return tokens;
}

const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["~", "!~"],
  ["<", "<=", "==", "!=", ">", ">="],
  [" "],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Recursive descent with awk's precedences. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  rules(): readonly Rule[] {
    const rules: Rule[] = [];
    for (;;) {
      this.#skip();
      if (this.#at >= this.#tokens.length) return rules;
      const token = this.#tokens[this.#at];
      let when: Rule["when"] = "line";
      let to: Expression | undefined;
      if (token?.kind === "name" && (token.text === "BEGIN" || token.text === "END")) {
        when = token.text;
        this.#at++;
      } else if (!this.#is("{")) {
        when = this.#expression();
        if (this.#is(",")) {
          this.#at++;
          to = this.#expression();
        }
      }
      const body = this.#is("{") ? this.#block() : undefined;
      rules.push(to === undefined ? { when, body } : { when, to, body });
    }
  }

  #is(text: string): boolean {
    const token = this.#tokens[this.#at];
    return (
      token !== undefined &&
      (token.kind === "operator" || token.kind === "newline" || token.kind === "name") &&
      token.text === text
    );
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new AwkProblem(`syntax error: expected ${text}`);
  }

  #skip(): void {
    while (this.#is("\n") || this.#is(";")) this.#at++;
  }

  #block(): readonly Statement[] {
    this.#expect("{");
    const statements: Statement[] = [];
    for (;;) {
      this.#skip();
      if (this.#accept("}")) return statements;
      if (this.#at >= this.#tokens.length) throw new AwkProblem("syntax error: unexpected end");
      statements.push(this.#statement());
    }
  }

  /** A block, or one statement. */
  #body(): readonly Statement[] {
    while (this.#accept("\n"));
    if (this.#is("{")) return this.#block();
    if (this.#accept(";")) return [];
    return [this.#statement()];
  }

  #statement(): Statement {
    if (this.#accept("print")) return { kind: "print", values: this.#values() };
    if (this.#accept("printf")) return { kind: "printf", values: this.#values() };
    if (this.#accept("next")) return { kind: "next" };
    if (this.#accept("exit")) return this.#atEnd() ? { kind: "exit" } : { kind: "exit", code: this.#expression() };
    if (this.#accept("if")) {
      const test = this.#parenthesized();
      const body = this.#body();
      const mark = this.#at;
      this.#skip();
      if (this.#accept("else")) return { kind: "if", test, body, otherwise: this.#body() };
      this.#at = mark;
      return { kind: "if", test, body, otherwise: [] };
    }
    if (this.#accept("while")) return { kind: "while", test: this.#parenthesized(), body: this.#body() };
    if (this.#accept("for")) return this.#for();
    if (this.#accept("delete")) {
      const target = this.#primary();
      if (target.kind !== "element") throw new AwkProblem("syntax error: delete");
      return { kind: "delete", array: target.array, key: target.key };
    }
    return { kind: "expression", value: this.#expression() };
  }

  #for(): Statement {
    this.#expect("(");
    const [name, word, array] = this.#tokens.slice(this.#at, this.#at + 3);
    if (
      name?.kind === "name" &&
      word?.text === "in" &&
      array?.kind === "name" &&
      this.#tokens[this.#at + 3]?.text === ")"
    ) {
      this.#at += 4;
      return { kind: "for-in", name: name.text, array: array.text, body: this.#body() };
    }
    const start = this.#expression();
    this.#expect(";");
    const test = this.#expression();
    this.#expect(";");
    const step = this.#expression();
    this.#expect(")");
    const loop: Statement = { kind: "while", test, step, body: this.#body() };
    const always: Expression = { kind: "value", value: 1 };
    return { kind: "if", test: always, body: [{ kind: "expression", value: start }, loop], otherwise: [] };
  }

  #parenthesized(): Expression {
    this.#expect("(");
    const value = this.#expression();
    this.#expect(")");
    return value;
  }

  #atEnd(): boolean {
    return this.#at >= this.#tokens.length || this.#is("}") || this.#is(";") || this.#is("\n");
  }

  #values(): readonly Expression[] {
    const values: Expression[] = [];
    while (!this.#atEnd()) {
      values.push(this.#expression());
      if (!this.#accept(",")) break;
    }
    return values;
  }

  #expression(): Expression {
    const left = this.#conditional();
    const operator = this.#tokens[this.#at];
    if (operator?.kind !== "operator" || !/^[-+*/%^]?=$/.test(operator.text)) return left;
    this.#at++;
    return { kind: "assign", target: left, operator: operator.text, value: this.#expression() };
  }

  #conditional(): Expression {
    const test = this.#binary(0);
    if (!this.#accept("?")) return test;
    const yes = this.#conditional();
    this.#expect(":");
    return { kind: "conditional", test, yes, no: this.#conditional() };
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#tokens[this.#at];
      if (level === 0 && token?.kind === "name" && token.text === "in") {
        this.#at++;
        left = { kind: "in", array: this.#tokens[this.#at++]?.text ?? "", key: left };
      } else if (operators[0] === " ") {
        if (!this.#joins(token)) return left;
        left = { kind: "binary", operator: " ", left, right: this.#binary(level + 1) };
      } else {
        if (token?.kind !== "operator" || !operators.includes(token.text)) return left;
        this.#at++;
        left = { kind: "binary", operator: token.text, left, right: this.#binary(level + 1) };
      }
    }
  }

  /** Whether what follows is joined to the text before it. */
  #joins(token: Token | undefined): boolean {
    if (token === undefined || token.kind === "newline" || token.kind === "pattern") return false;
    if (token.kind === "operator") return token.text === "$" || token.text === "(";
    return token.text !== "in";
  }

  #unary(): Expression {
    for (const operator of ["!", "-", "+"])
      if (this.#accept(operator)) return { kind: "unary", operator, value: this.#unary() };
    for (const operator of ["++", "--"])
      if (this.#accept(operator)) {
        const target = this.#primary();
        return { kind: "assign", target, operator: `${operator[0]}=`, value: { kind: "value", value: 1 } };
      }
    const value = this.#primary();
    for (const operator of ["++", "--"])
      if (this.#accept(operator))
        return {
          kind: "assign",
          target: value,
          operator: `${operator[0]}=`,
          value: { kind: "value", value: 1 },
          post: true,
        };
    if (this.#accept("^")) return { kind: "binary", operator: "^", left: value, right: this.#unary() };
    return value;
  }

  #primary(): Expression {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new AwkProblem("syntax error: unexpected end");
    switch (token.kind) {
      case "number":
        return { kind: "value", value: Number(token.text) };
      case "string":
        return { kind: "value", value: token.text };
      case "pattern":
        return { kind: "pattern", pattern: parsedPattern(token.text) };
      case "name":
        return this.#named(token.text);
    }
    if (token.text === "$") return { kind: "field", index: this.#primary() };
    if (token.text === "(") {
      const value = this.#expression();
      this.#expect(")");
      return value;
    }
    throw new AwkProblem(`syntax error at ${token.text === "\n" ? "newline" : token.text}`);
  }

  #named(name: string): Expression {
    if (this.#accept("[")) {
      const key = this.#expression();
      this.#expect("]");
      return { kind: "element", array: name, key };
    }
    if (!this.#is("(") || !FUNCTIONS.has(name))
      return FUNCTIONS.has(name) ? { kind: "call", name, args: [] } : { kind: "variable", name };
    this.#at++;
    const args: Expression[] = [];
    while (!this.#accept(")")) {
      args.push(this.#expression());
      if (!this.#accept(",") && !this.#is(")")) throw new AwkProblem("syntax error: expected )");
    }
    return { kind: "call", name, args };
  }
}

const FUNCTIONS = new Set([
  "length",
  "substr",
  "index",
  "toupper",
  "tolower",
  "int",
  "sprintf",
  "match",
  "sub",
  "gsub",
  "split",
]);
