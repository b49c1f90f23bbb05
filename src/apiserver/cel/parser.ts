import { type CelIssue, CompileError } from "./issue.ts";
import { bindingMacro, MacroError, methodMacro, presenceMacro } from "./macros.ts";
import type { Element, Syntax } from "./syntax.ts";
import { contentOf, RESERVED, type Token, tokenize } from "./tokens.ts";
import { Uint } from "./values.ts";

/** What is not part of every environment: `cel.bind`. */
export type ParserOptions = { readonly bindings?: boolean };

/** Reads an expression by CEL's grammar; throws a {@link CompileError} for what is none, in cel-go's words. */
export function parseExpression(text: string, options: ParserOptions = {}): Syntax {
  if ([...text].length > CODE_POINTS_MAX) {
    const size = `expression code point size exceeds limit: size: ${[...text].length}, limit ${CODE_POINTS_MAX}`;
    throw new CompileError(text, [{ at: undefined, message: size }]);
  }
  const issues: CelIssue[] = [];
  const parser = new Parser(text, tokenize(text, issues), options);
  try {
    const syntax = parser.whole();
    if (issues.length === 0) return syntax;
  } catch (error) {
    if (!(error instanceof SyntaxProblem) && !(error instanceof MacroError)) throw error;
    issues.push({ at: error.at, message: error.message });
  }
  throw new CompileError(text, issues);
}

const CODE_POINTS_MAX = 100_000;
const DEPTH_MAX = 250;
const PRIMARY =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const RELATIONS: ReadonlySet<string> = new Set(["<", "<=", ">=", ">", "==", "!=", "in"]);
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

class SyntaxProblem extends Error {
  readonly at: number | undefined;

  constructor(at: number | undefined, message: string) {
    super(message);
    this.at = at;
  }
}

type Rule = "expression" | "relation" | "calculation" | "member";

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #bindings: boolean;
  #next = 0;
  /** How deep the parser is in each rule; every further operator of a chain is one deeper, as ANTLR counts. */
  readonly #depths: Record<Rule, number> = { expression: 0, relation: 0, calculation: 0, member: 0 };

  constructor(text: string, tokens: readonly Token[], { bindings = false }: ParserOptions) {
    this.#text = text;
    this.#tokens = tokens;
    this.#bindings = bindings;
  }

  whole(): Syntax {
    const syntax = this.#expression();
    const left = this.#token;
    if (left.kind === "end") return syntax;
    const isLast = this.#tokens[this.#next + 1]?.kind === "end";
    throw this.#problem(`${isLast ? "extraneous" : "mismatched"} input '${left.text}' expecting <EOF>`);
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #problem(message: string): SyntaxProblem {
    return new SyntaxProblem(this.#token.at, `Syntax error: ${message}`);
  }

  /** Takes the token when it is one of the marks. */
  #take(...marks: readonly string[]): Token | undefined {
    const token = this.#token;
    if ((token.kind !== "mark" && token.kind !== "keyword") || !marks.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  #close(mark: string): void {
    if (this.#take(mark) !== undefined) return;
    const { text, kind } = this.#token;
    throw this.#problem(
      kind === "end" ? `missing '${mark}' at '<EOF>'` : `mismatched input '${text}' expecting '${mark}'`,
    );
  }

  #deeper(rule: Rule): void {
    if (++this.#depths[rule] > DEPTH_MAX) throw new SyntaxProblem(undefined, "max recursion depth exceeded");
  }

  #expression(): Syntax {
    this.#deeper("expression");
    const condition = this.#either();
    const question = this.#take("?");
    let syntax = condition;
    if (question !== undefined) {
      const then = this.#either();
      const colon = this.#take(":");
      if (colon === undefined) throw this.#problem(`mismatched input '${this.#token.text}' expecting ':'`);
      syntax = operation("_?_:_", question, [condition, then, this.#expression()]);
    }
    this.#depths.expression--;
    return syntax;
  }

  #either(): Syntax {
    return this.#joined("||", () => this.#joined("&&", () => this.#relation()));
  }

  /** Chains of `&&` and `||`: a tree of little depth. */
  #joined(mark: string, part: () => Syntax): Syntax {
    const parts = [part()];
    const marks: Token[] = [];
    for (let token = this.#take(mark); token !== undefined; token = this.#take(mark)) {
      marks.push(token);
      parts.push(part());
    }
    return balanced(`_${mark}_`, parts, marks);
  }

  #relation(): Syntax {
    const isRelation = (token: Token): boolean => RELATIONS.has(token.text);
    return this.#chain("relation", isRelation, () => this.#sum());
  }

  #sum(): Syntax {
    return this.#chain("calculation", isMark("+", "-"), () => this.#product());
  }

  #product(): Syntax {
    return this.#chain("calculation", isMark("*", "/", "%"), () => this.#unary());
  }

  /** Operators of one rank, from left to right. */
  #chain(rule: "relation" | "calculation", isOperator: (token: Token) => boolean, part: () => Syntax): Syntax {
    const { [rule]: before } = this.#depths;
    let left = part();
    for (let token = this.#token; isOperator(token); token = this.#token) {
      this.#next++;
      this.#deeper(rule);
      left = operation(token.text === "in" ? "@in" : `_${token.text}_`, token, [left, part()]);
    }
    this.#depths[rule] = before;
    return left;
  }

  #unary(): Syntax {
    const first = this.#token;
    const mark = first.text;
    if (first.kind !== "mark" || (mark !== "!" && mark !== "-")) return this.#member(this.#primary());
    const isNumber = mark === "-" && ["int", "double"].includes(this.#tokens[this.#next + 1]?.kind ?? "");
    if (isNumber) return this.#member(this.#signedNumber());
    let count = 0;
    while (this.#take(mark) !== undefined) count++;
    const operand = this.#member(this.#primary());
    return count % 2 === 0 ? operand : operation(`${mark}_`, first, [operand]);
  }

  #signedNumber(): Syntax {
    const { at } = this.#token;
    this.#next++;
    return { ...this.#literal(this.#token, -1n), at };
  }

  #member(primary: Syntax): Syntax {
    const before = this.#depths.member;
    let operand = primary;
    for (;;) {
      const token = this.#take(".", "[");
      if (token === undefined) {
        this.#depths.member = before;
        return operand;
      }
      this.#deeper("member");
      operand = token.text === "." ? this.#selected(operand, token) : this.#indexed(operand, token);
    }
  }

  #indexed(operand: Syntax, { at }: Token): Syntax {
    const optional = this.#take("?") !== undefined;
    const { kind, text } = this.#token;
    if (text === "]" && kind === "mark" && !optional)
      throw this.#problem(`mismatched input ']' expecting ${PRIMARY.replace("'!', ", "'!', '?', ")}`);
    const index = this.#expression();
    this.#close("]");
    return { node: "call", at, name: optional ? "_[?_]" : "_[_]", target: undefined, arguments: [operand, index] };
  }

  #selected(operand: Syntax, dot: Token): Syntax {
    const optional = this.#take("?") !== undefined;
    const { kind, text, at } = this.#token;
    if (kind === "escaped") throw new SyntaxProblem(at, "unsupported syntax: '`'");
    if (kind === "keyword") throw this.#problem(`mismatched input '${text}' expecting IDENTIFIER`);
    if (kind !== "identifier") throw this.#problem(`no viable alternative at input '.${kind === "end" ? "" : text}'`);
    this.#next++;
    const open = optional ? undefined : this.#take("(");
    if (open === undefined) return { node: "select", at: dot.at, operand, field: text, optional };
    const call = { at: open.at, name: text, arguments: this.#arguments() };
    const binding = this.#bindings ? bindingMacro(operand, call) : undefined;
    return binding ?? methodMacro(operand, call) ?? { node: "call", ...call, target: operand };
  }

  #arguments(): readonly Syntax[] {
    if (this.#take(")") !== undefined) return [];
    if (this.#token.text === "," && this.#token.kind === "mark")
      throw this.#problem(`extraneous input ',' expecting ${PRIMARY.replace("'(', ", "'(', ')', ")}`);
    const parts = [this.#expression()];
    while (this.#take(",") !== undefined) parts.push(this.#expression());
    this.#close(")");
    return parts;
  }

  #primary(): Syntax {
    const token = this.#token;
    if (token.kind === "mark") return this.#marked(token);
    if (token.kind === "identifier") return this.#named(token);
    if (token.kind === "escaped" || token.kind === "end" || token.text === "in") throw this.#noPrimary();
    return this.#literal(token, 1n);
  }

  #noPrimary(): SyntaxProblem {
    const following = this.#tokens[this.#next + 1];
    const { kind, text } = this.#token;
    const startsNext = following !== undefined && following.kind !== "end" && following.kind !== "mark";
    const isExtra = kind === "mark" && startsNext && this.#next === 0;
    return this.#problem(`${isExtra ? "extraneous" : "mismatched"} input '${text}' expecting ${PRIMARY}`);
  }

  #marked(token: Token): Syntax {
    switch (token.text) {
      case "(": {
        this.#next++;
        const inner = this.#expression();
        this.#close(")");
        return inner;
      }
      case "[":
        this.#next++;
        return { node: "list", at: token.at, elements: this.#elements() };
      case "{":
        this.#next++;
        return { node: "map", at: token.at, entries: this.#entries() };
      case ".": {
        this.#next++;
        const { kind, text } = this.#token;
        if (kind !== "identifier")
          throw this.#problem(`no viable alternative at input '.${kind === "end" ? "" : text}'`);
        return this.#named(this.#token);
      }
      default:
        throw this.#noPrimary();
    }
  }

  #named({ text, at }: Token): Syntax {
    this.#next++;
    const open = this.#take("(");
    if (open !== undefined) {
      const call = { at: open.at, name: text, arguments: this.#arguments() };
      return presenceMacro(call) ?? { node: "call", ...call, target: undefined };
    }
    if (RESERVED.has(text)) throw new SyntaxProblem(at, `reserved identifier: ${text}`);
    const brace = this.#token;
    // Messages are no part of Kubernetes' environments.
    if (brace.text === "{" && brace.kind === "mark")
      throw new SyntaxProblem(brace.at, `undeclared reference to '${text}' (in container '')`);
    return { node: "name", at, name: text };
  }

  #element(): Element {
    const optional = this.#take("?") !== undefined;
    return { value: this.#expression(), optional };
  }

  #elements(): readonly Element[] {
    const elements: Element[] = [];
    while (this.#take("]") === undefined) {
      elements.push(this.#element());
      if (!this.#separated("]")) break;
    }
    return elements;
  }

  #entries(): readonly (readonly [Syntax, Element])[] {
    const entries: (readonly [Syntax, Element])[] = [];
    while (this.#take("}") === undefined) {
      const { value: key, optional } = this.#element();
      if (this.#take(":") === undefined) throw this.#problem(`missing ':' at '${this.#token.text}'`);
      entries.push([key, { value: this.#expression(), optional }]);
      if (!this.#separated("}")) break;
    }
    return entries;
  }

  /** Whether another element may follow; takes the closing mark otherwise. */
  #separated(closing: string): boolean {
    if (this.#take(",") !== undefined) {
      if (this.#token.text === "," && this.#token.kind === "mark") this.#close(closing);
      return true;
    }
    if (this.#take(closing) !== undefined) return false;
    throw this.#problem(`mismatched input '${this.#token.text}' expecting {'${closing}', ','}`);
  }

  #literal(token: Token, sign: bigint): Syntax {
    this.#next++;
    const { at, text, kind } = token;
    const literal = (value: unknown): Syntax => ({ node: "literal", at, value });
    switch (kind) {
      case "int": {
        const value = BigInt(text) * sign;
        if (value < INT_MIN || value > INT_MAX) throw new SyntaxProblem(at, "invalid int literal");
        return literal(value);
      }
      case "uint": {
        const value = BigInt(text.slice(0, -1));
        if (value > UINT_MAX) throw new SyntaxProblem(at, "invalid uint literal");
        return literal(new Uint(value));
      }
      case "double":
        return literal(Number(text) * Number(sign));
      case "keyword":
        return literal(text === "null" ? null : text === "true");
      default:
        return literal(contentOf(token));
    }
  }
}

function isMark(...marks: readonly string[]): (token: Token) => boolean {
  return ({ kind, text }) => kind === "mark" && marks.includes(text);
}

function balanced(name: string, parts: readonly Syntax[], marks: readonly Token[]): Syntax {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const middle = Math.floor(marks.length / 2);
  const left = balanced(name, parts.slice(0, middle + 1), marks.slice(0, middle));
  const right = balanced(name, parts.slice(middle + 1), marks.slice(middle + 1));
  return operation(name, marks[middle] as Token, [left, right]);
}

function operation(name: string, { at }: Token, parts: readonly Syntax[]): Syntax {
  return { node: "call", at, name, target: undefined, arguments: parts };
}
