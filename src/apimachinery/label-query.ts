import { invalid } from "./field-errors.ts";
import type { LabelMatcher } from "./label-selector.ts";
import { labelValueErrors, qualifiedNameErrors } from "./names.ts";
import { type FieldError, formatFieldError, statusErrors } from "./status-error.ts";

type Labels = Readonly<Record<string, string>> | undefined;
type Operator = "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt" | "exists" | "!";
type Token = {
  readonly kind: "identifier" | "in" | "notin" | "operator" | "!" | "(" | ")" | "," | "end" | "error";
  readonly text: string;
};

const BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt";
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["=", "="],
  ["==", "=="],
  ["!=", "!="],
  [">", "gt"],
  ["<", "lt"],
]);

/**
 * Reads the query form of a label selector (`a=b,c!=d,e in (x,y),!f,g>1`); blank text selects everything.
 * Throws a 400 with the text of `k8s.io/apimachinery/pkg/labels.Parse`.
 */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text === "") return () => true;
  const tokens = new TokenReader(tokenize(text));
  const matchers: LabelMatcher[] = [];
  for (;;) {
    const first = tokens.peekValue();
    if (first.kind === "end") break;
    if (first.kind !== "identifier" && first.kind !== "!")
      throw statusErrors.badRequest(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    matchers.push(parseRequirement(tokens));
    const separator = tokens.nextValue();
    if (separator.kind === "end") break;
    if (separator.kind !== ",")
      throw statusErrors.badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
    const following = tokens.peekValue();
    if (following.kind !== "identifier" && following.kind !== "!")
      throw statusErrors.badRequest(`found '${following.text}', expected: identifier after ','`);
  }
  const [only] = matchers;
  if (matchers.length === 1 && only !== undefined) return only;
  return (labels) => matchers.every((matches) => matches(labels));
}

function parseRequirement(tokens: TokenReader): LabelMatcher {
  const negated = tokens.peekValue().kind === "!";
  if (negated) tokens.nextValue();
  const key = tokens.nextValue();
  if (key.kind !== "identifier") throw unparsable(`found '${key.text}', expected: identifier`);
  const problems = qualifiedNameErrors(key.text);
  // Upstream reports a bad key before it knows a path, hence "<nil>".
  if (problems.length > 0) throw unparsable(formatFieldError(invalid("<nil>", key.text, problems.join("; "))));
  const after = tokens.peekValue().kind;
  if (negated) return requirement(key.text, "!", []);
  if (after === "end" || after === ",") return requirement(key.text, "exists", []);
  const operator = parseOperator(tokens);
  const values = operator === "in" || operator === "notin" ? parseValues(tokens) : parseExactValue(tokens);
  return requirement(key.text, operator, [...values].sort());
}

function parseOperator(tokens: TokenReader): Operator {
  const token = tokens.next();
  if (token.kind === "in" || token.kind === "notin") return token.kind;
  const operator = token.kind === "operator" ? OPERATORS.get(token.text) : undefined;
  if (operator === undefined) throw unparsable(`found '${token.text}', expected: ${BINARY_OPERATORS}`);
  return operator;
}

function parseValues(tokens: TokenReader): Set<string> {
  const open = tokens.nextValue();
  if (open.kind !== "(") throw unparsable(`found '${open.text}' expected: '('`);
  const first = tokens.peekValue();
  if (first.kind === ")") {
    tokens.nextValue();
    return new Set();
  }
  if (first.kind !== "identifier" && first.kind !== ",")
    throw unparsable(`found '${first.text}', expected: ',', ')' or identifier`);
  const values = parseValueList(tokens);
  tokens.nextValue();
  return values;
}

/** Values up to, not including, the closing parenthesis; `(,a` and `(a,)` hold an empty value. */
function parseValueList(tokens: TokenReader): Set<string> {
  const values = new Set<string>();
  for (;;) {
    const token = tokens.nextValue();
    const following = tokens.peekValue();
    if (token.kind === "identifier") {
      values.add(token.text);
      if (following.kind === ")") return values;
      if (following.kind !== ",") throw unparsable(`found '${following.text}', expected: ',' or ')'`);
    } else if (token.kind === ",") {
      if (values.size === 0) values.add("");
      if (following.kind === ")") return values.add("");
      if (following.kind === ",") {
        tokens.nextValue();
        values.add("");
      }
    } else throw unparsable(`found '${token.text}', expected: ',', or identifier`);
  }
}

function parseExactValue(tokens: TokenReader): Set<string> {
  const following = tokens.peekValue().kind;
  if (following === "end" || following === ",") return new Set([""]);
  const token = tokens.nextValue();
  if (token.kind !== "identifier") throw unparsable(`found '${token.text}', expected: identifier`);
  return new Set([token.text]);
}

function requirement(key: string, operator: Operator, values: readonly string[]): LabelMatcher {
  const errors = requirementErrors(key, operator, values);
  if (errors.length > 0) {
    const texts = errors.map(formatFieldError);
    throw unparsable(texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`);
  }
  const [first = ""] = values;
  switch (operator) {
    case "=":
    case "==":
      return (labels) => labels?.[key] === first;
    case "!=":
      return (labels) => labels?.[key] !== first;
    case "in":
      return (labels) => has(labels, key) && values.includes(labels[key] as string);
    case "notin":
      return (labels) => !has(labels, key) || !values.includes(labels[key] as string);
    case "exists":
      return (labels) => has(labels, key);
    case "!":
      return (labels) => !has(labels, key);
    default:
      return (labels) => has(labels, key) && ordered(labels[key] as string, operator, BigInt(first));
  }
}

function requirementErrors(key: string, operator: Operator, values: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  if ((operator === "in" || operator === "notin") && values.length === 0)
    errors.push(invalid("values", values, "for 'in', 'notin' operators, values set can't be empty"));
  values.forEach((value, index) => {
    if ((operator === "gt" || operator === "lt") && !isInteger(value))
      errors.push(invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
  });
  values.forEach((value, index) => {
    const problems = labelValueErrors(value);
    if (problems.length > 0) errors.push(invalid(`values[${index}][${key}]`, value, problems.join("; ")));
  });
  return errors;
}

function has(labels: Labels, key: string): labels is Readonly<Record<string, string>> {
  return labels !== undefined && Object.hasOwn(labels, key);
}

function ordered(value: string, operator: "gt" | "lt", bound: bigint): boolean {
  if (!isInteger(value)) return false;
  return operator === "gt" ? BigInt(value) > bound : BigInt(value) < bound;
}

function isInteger(text: string): boolean {
  return /^[-+]?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function unparsable(message: string): Error {
  return statusErrors.badRequest(`unable to parse requirement: ${message}`);
}

/** A cursor over tokens. Where a value may stand, the words `in` and `notin` are values. */
class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peekValue(): Token {
    const token = this.#tokens[this.#position] ?? { kind: "end", text: "" };
    return token.kind === "in" || token.kind === "notin" ? { kind: "identifier", text: token.text } : token;
  }

  nextValue(): Token {
    const token = this.peekValue();
    this.#position++;
    return token;
  }

  next(): Token {
    return this.#tokens[this.#position++] ?? { kind: "end", text: "" };
  }
}

const TOKEN = /[ \t\r\n]+|==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+/g;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [word] of text.matchAll(TOKEN)) {
    if (word.trim() === "") continue;
    if (word === "!" || word === "(" || word === ")" || word === ",") tokens.push({ kind: word, text: word });
    else if (OPERATORS.has(word)) tokens.push({ kind: "operator", text: word });
    else if (word === "in" || word === "notin") tokens.push({ kind: word, text: word });
    else tokens.push({ kind: "identifier", text: word });
  }
  return tokens;
}
