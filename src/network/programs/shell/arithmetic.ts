/** Variables as arithmetic sees them. */
export type Numbers = { readonly get: (name: string) => number; readonly set: (name: string, value: number) => void };

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|&&|\|\||\+\+|--|<<|>>|[-+*/%&|^=!<>]=|[-+*/%<>=!&|^~?:(),])/y;
const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Works out what stands in `$(( … ))`; a text says what is wrong with it. */
export function evaluate(expression: string, numbers: Numbers): number | string {
  const tokens = tokenize(expression);
  if (tokens === undefined) return "arithmetic syntax error";
  if (tokens.length === 0) return 0;
  const reader = new Reader(tokens, numbers);
  try {
    const value = reader.comma();
    return reader.done ? value : "arithmetic syntax error";
  } catch (error) {
    if (error instanceof ArithmeticProblem) return error.message;
    throw error;
  }
}

class ArithmeticProblem extends Error {}

function tokenize(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    tokens.push(match[1] as string);
    end = TOKEN.lastIndex;
  }
  return text.slice(end).trim() === "" ? tokens : undefined;
}

/** Recursive descent with C's precedences; values are whole numbers. */
class Reader {
  readonly #tokens: readonly string[];
  readonly #numbers: Numbers;
  #at = 0;

  constructor(tokens: readonly string[], numbers: Numbers) {
    this.#tokens = tokens;
    this.#numbers = numbers;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  comma(): number {
    let value = this.#assignment();
    while (this.#accept(",")) value = this.#assignment();
    return value;
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #assignment(): number {
    const name = this.#tokens[this.#at] ?? "";
    const operator = this.#tokens[this.#at + 1] ?? "";
    const assigns = /^[A-Za-z_]/.test(name) && /^(?:[-+*/%&|^]|<<|>>)?=$/.test(operator);
    if (!assigns) return this.#conditional();
    this.#at += 2;
    const right = this.#assignment();
    const value = operator === "=" ? right : apply(operator.slice(0, -1), this.#numbers.get(name), right);
    this.#numbers.set(name, value);
    return value;
  }

  #conditional(): number {
    const test = this.#binary(0);
    if (!this.#accept("?")) return test;
    const whenTrue = this.#assignment();
    if (!this.#accept(":")) throw new ArithmeticProblem("arithmetic syntax error");
    const whenFalse = this.#assignment();
    return test !== 0 ? whenTrue : whenFalse;
  }

  #binary(level: number): number {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at] ?? "";
      if (!operators.includes(operator)) return left;
      this.#at++;
      left = apply(operator, left, this.#binary(level + 1));
    }
  }

  #unary(): number {
    const token = this.#tokens[this.#at++];
    if (token === "-") return -this.#unary();
    if (token === "+") return this.#unary();
    if (token === "!") return this.#unary() === 0 ? 1 : 0;
    if (token === "~") return ~this.#unary();
    if (token === "++" || token === "--") return this.#step(this.#tokens[this.#at++] ?? "", token, "before");
    if (token === "(") {
      const value = this.comma();
      if (!this.#accept(")")) throw new ArithmeticProblem("arithmetic syntax error");
      return value;
    }
    if (token === undefined) throw new ArithmeticProblem("arithmetic syntax error");
    if (/^\d/.test(token)) return /^0\d/.test(token) ? Number.parseInt(token, 8) : Number(token);
    if (!/^[A-Za-z_]/.test(token)) throw new ArithmeticProblem("arithmetic syntax error");
    if (this.#accept("++")) return this.#step(token, "++", "after");
    if (this.#accept("--")) return this.#step(token, "--", "after");
    return this.#numbers.get(token);
  }

  #step(name: string, operator: string, order: "before" | "after"): number {
    const old = this.#numbers.get(name);
    const value = operator === "++" ? old + 1 : old - 1;
    this.#numbers.set(name, value);
    return order === "before" ? value : old;
  }
}

function apply(operator: string, left: number, right: number): number {
  const truth = (value: boolean): number => (value ? 1 : 0);
  if ((operator === "/" || operator === "%") && right === 0) throw new ArithmeticProblem("divide by zero");
  switch (operator) {
    case "||":
      return truth(left !== 0 || right !== 0);
    case "&&":
      return truth(left !== 0 && right !== 0);
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "==":
      return truth(left === right);
    case "!=":
      return truth(left !== right);
    case "<":
      return truth(left < right);
    case "<=":
      return truth(left <= right);
    case ">":
      return truth(left > right);
    case ">=":
      return truth(left >= right);
    case "<<":
      return left << right;
    case ">>":
      return left >> right;
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return Math.trunc(left / right);
    default:
      return left % right;
  }
}
