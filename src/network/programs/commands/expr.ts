import { compiled, regularExpression } from "./grep.ts";

/** The value of `expr ARGUMENTS`: comparisons, sums, products, `STRING : PATTERN`, `length`, `substr`, `index`; `undefined` when they say nothing. */
export function exprValue(args: readonly string[]): string | undefined {
  const reader = new Reader(args);
  const value = reader.level(0);
  return reader.isDone ? value : undefined;
}

const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["=", "==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];

class Reader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get isDone(): boolean {
    return this.#at >= this.#words.length;
  }

  level(depth: number): string | undefined {
    const operators = LEVELS[depth];
    if (operators === undefined) return this.#word();
    let left = this.level(depth + 1);
    while (left !== undefined && operators.includes(this.#words[this.#at] ?? "")) {
      const operator = this.#words[this.#at++] as string;
      const right = this.level(depth + 1);
      left = right === undefined ? undefined : apply(operator, left, right);
    }
    return left;
  }

  #word(): string | undefined {
    const word = this.#words[this.#at++];
    if (word === "(") {
      const value = this.level(0);
      return this.#words[this.#at++] === ")" ? value : undefined;
    }
    if (word === "length") return String((this.#word() ?? "").length);
    if (word === "index") {
      const [text = "", letters = ""] = [this.#word(), this.#word()];
      return String([...text].findIndex((letter) => letters.includes(letter)) + 1);
    }
    if (word === "substr") {
      const [text = "", from = "1", count = "0"] = [this.#word(), this.#word(), this.#word()];
      return text.slice(Number(from) - 1, Number(from) - 1 + Number(count));
    }
    return word;
  }
}

function apply(operator: string, left: string, right: string): string | undefined {
  const truth = (value: boolean): string => (value ? "1" : "0");
  const isSet = (value: string): boolean => value !== "" && value !== "0";
  if (operator === "|") return isSet(left) ? left : right;
  if (operator === "&") return isSet(left) && isSet(right) ? left : "0";
  if (operator === ":") return matched(left, right);
  const numbers = [left, right].every((text) => /^-?\d+$/.test(text));
  const [a, b] = [Number(left), Number(right)];
  const order = numbers ? a - b : left < right ? -1 : left > right ? 1 : 0;
  if (operator === "=" || operator === "==") return truth(order === 0);
  if (operator === "!=") return truth(order !== 0);
  if (operator === "<") return truth(order < 0);
  if (operator === "<=") return truth(order <= 0);
  if (operator === ">") return truth(order > 0);
  if (operator === ">=") return truth(order >= 0);
  if (!numbers || (b === 0 && (operator === "/" || operator === "%"))) return undefined;
  if (operator === "+") return String(a + b);
  if (operator === "-") return String(a - b);
  if (operator === "*") return String(a * b);
  return String(operator === "/" ? Math.trunc(a / b) : a % b);
}

/** What a group caught, or how much was matched from the beginning; `undefined` when the pattern is none. */
function matched(text: string, pattern: string): string | undefined {
  const expression = compiled(`^(?:${regularExpression(pattern, { extended: false })})`);
  if (expression === undefined) return undefined;
  const found = expression.exec(text);
  if (/\\\(/.test(pattern)) return found?.[1] ?? "";
  return String(found?.[0].length ?? 0);
}
