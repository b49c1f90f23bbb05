import { printfText } from "../printing.ts";
import type { Process } from "../program.ts";
import { type AwkProgram, awkPattern, type Expression, parseAwk, type Rule, type Statement } from "./awk-parser.ts";
import { complain } from "./options.ts";
import { allText, linesOf } from "./sources.ts";

type Value = string | number;
/** One run of a program: its variables, and the line it is at. */
type Run = {
  readonly program: AwkProgram;
  /** The rules whose range the last line stood in. */
  readonly ranges: Set<Rule>;
  readonly variables: Map<string, Value>;
  readonly arrays: Map<string, Map<string, Value>>;
  readonly print: (text: string) => void;
  readonly complain: (message: string) => void;
  fields: string[];
  leaving: "next" | "exit" | undefined;
  code: number;
};

const BAD_PROGRAM = 2;
const NEVER = /(?!)/g;

/** `awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM [FILE…]`: patterns, fields, arithmetic, arrays. */
export function awkProgram(process: Process): void {
  const args = process.argv.slice(1);
  const variables = new Map<string, Value>([
    ["FS", " "],
    ["OFS", " "],
    ["ORS", "\n"],
    ["NR", 0],
    ["NF", 0],
  ]);
  let at = 0;
  for (; args[at]?.startsWith("-") === true && args[at] !== "-"; at++) {
    const arg = args[at] as string;
    if (arg.startsWith("-F")) variables.set("FS", unescape(arg.length > 2 ? arg.slice(2) : (args[++at] ?? " ")));
    else if (arg.startsWith("-v")) {
      const [name = "", value = ""] = (arg.length > 2 ? arg.slice(2) : (args[++at] ?? "")).split(/=(.*)/s);
      variables.set(name, unescape(value));
    }
  }
  const [text, ...paths] = args.slice(at);
  const program = text === undefined ? "usage: awk [-F fs][-v var=value] 'prog' [file ...]" : parseAwk(text);
  if (typeof program === "string") {
    process.exit(complain(process, program, 2));
    return;
  }
  const print = (piece: string): void => process.output.stdout(piece);
  const run: Run = {
    program,
    ranges: new Set(),
    variables,
    arrays: new Map(),
    print,
    complain: (message) => void complain(process, message),
    fields: [],
    leaving: undefined,
    code: 0,
  };
  runRules(run, "BEGIN");
  if (program.rules.every(({ when }) => when === "BEGIN") || run.leaving === "exit") {
    process.exit(run.code);
    return;
  }
  allText(process, paths, (input) => {
    for (const line of linesOf(input)) {
      if (run.leaving === "exit") break;
      run.leaving = undefined;
      setLine(run, line);
      variables.set("NR", numberOf(variables.get("NR") ?? 0) + 1);
      runRules(run, "line");
    }
    run.leaving = undefined;
    runRules(run, "END");
    return run.code;
  });
}

function setLine(run: Run, line: string): void {
  const separator = textOf(run.variables.get("FS") ?? " ");
  const parts =
    line === ""
      ? []
      : separator === " "
        ? line.trim().split(/\s+/)
        : line.split(separator.length === 1 ? separator : patternOf(run, separator));
  run.fields = [line, ...parts];
  run.variables.set("NF", parts.length);
}

/** The pattern a text is; a text that is none ends the program. */
function patternOf(run: Run, text: string, flags = ""): RegExp {
  const pattern = awkPattern(text, flags);
  if (pattern !== undefined) return pattern;
  run.complain(`bad regex '${text}'`);
  run.code = BAD_PROGRAM;
  run.leaving = "exit";
  return NEVER;
}

function runRules(run: Run, when: "BEGIN" | "END" | "line"): void {
  for (const rule of run.program.rules) {
    if (run.leaving !== undefined) return;
    if (typeof rule.when === "string" ? rule.when !== when : when !== "line" || !isChosen(run, rule, rule.when))
      continue;
    if (rule.body === undefined) run.print(`${run.fields[0] ?? ""}${textOf(run.variables.get("ORS") ?? "\n")}`);
    else execute(run, rule.body);
  }
}

/** Whether the line is one a rule is for, or stands in its range. */
function isChosen(run: Run, rule: Rule, from: Expression): boolean {
  if (rule.to === undefined) return holds(evaluate(run, from));
  if (!run.ranges.has(rule) && !holds(evaluate(run, from))) return false;
  if (holds(evaluate(run, rule.to))) run.ranges.delete(rule);
  else run.ranges.add(rule);
  return true;
}

function execute(run: Run, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (run.leaving !== undefined) return;
    executeOne(run, statement);
  }
}

const LOOP_TURNS_MAX = 1_000_000;

function executeOne(run: Run, statement: Statement): void {
  switch (statement.kind) {
    case "print": {
      const values = statement.values.map((value) => textOf(evaluate(run, value)));
      const joined = values.length === 0 ? (run.fields[0] ?? "") : values.join(textOf(run.variables.get("OFS") ?? " "));
      run.print(`${joined}${textOf(run.variables.get("ORS") ?? "\n")}`);
      return;
    }
    case "printf": {
      const [format = "", ...values] = statement.values.map((value) => textOf(evaluate(run, value)));
      run.print(printfText(format, values.length === 0 ? [] : values));
      return;
    }
    case "expression":
      evaluate(run, statement.value);
      return;
    case "if":
      execute(run, holds(evaluate(run, statement.test)) ? statement.body : statement.otherwise);
      return;
    case "while":
      for (
        let turn = 0;
        turn < LOOP_TURNS_MAX && run.leaving === undefined && holds(evaluate(run, statement.test));
        turn++
      ) {
        execute(run, statement.body);
        if (statement.step !== undefined) evaluate(run, statement.step);
      }
      return;
    case "for-in":
      for (const key of [...(run.arrays.get(statement.array)?.keys() ?? [])]) {
        run.variables.set(statement.name, key);
        execute(run, statement.body);
      }
      return;
    case "delete":
      run.arrays.get(statement.array)?.delete(textOf(evaluate(run, statement.key)));
      return;
    case "next":
    case "exit":
      run.leaving = statement.kind;
      if (statement.kind === "exit" && statement.code !== undefined) run.code = numberOf(evaluate(run, statement.code));
  }
}

function evaluate(run: Run, expression: Expression): Value {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "pattern":
      return expression.pattern.test(run.fields[0] ?? "") ? 1 : 0;
    case "field":
      return run.fields[numberOf(evaluate(run, expression.index))] ?? "";
    case "variable":
      return run.variables.get(expression.name) ?? "";
    case "element":
      return run.arrays.get(expression.array)?.get(textOf(evaluate(run, expression.key))) ?? "";
    case "in":
      return run.arrays.get(expression.array)?.has(textOf(evaluate(run, expression.key))) === true ? 1 : 0;
    case "unary": {
      const value = evaluate(run, expression.value);
      return expression.operator === "!"
        ? holds(value)
          ? 0
          : 1
        : expression.operator === "-"
          ? -numberOf(value)
          : numberOf(value);
    }
    case "binary":
      return binary(run, expression);
    case "conditional":
      return evaluate(run, holds(evaluate(run, expression.test)) ? expression.yes : expression.no);
    case "assign": {
      const old = evaluate(run, expression.target);
      const right = evaluate(run, expression.value);
      const value =
        expression.operator === "="
          ? right
          : arithmetic(expression.operator.slice(0, -1), numberOf(old), numberOf(right));
      assign(run, expression.target, value);
      return expression.post === true ? numberOf(old) : value;
    }
    case "call":
      return call(run, expression.name, expression.args);
  }
}

function assign(run: Run, target: Expression, value: Value): void {
  if (target.kind === "variable") run.variables.set(target.name, value);
  else if (target.kind === "element") {
    const array = run.arrays.get(target.array) ?? new Map<string, Value>();
    run.arrays.set(target.array, array);
    array.set(textOf(evaluate(run, target.key)), value);
  } else if (target.kind === "field") {
    const index = numberOf(evaluate(run, target.index));
    if (index === 0) {
      setLine(run, textOf(value));
      return;
    }
    while (run.fields.length <= index) run.fields.push("");
    run.fields[index] = textOf(value);
    run.fields[0] = run.fields.slice(1).join(textOf(run.variables.get("OFS") ?? " "));
  }
}

function binary(run: Run, { operator, left, right }: Extract<Expression, { kind: "binary" }>): Value {
  const first = evaluate(run, left);
  if (operator === "&&") return holds(first) && holds(evaluate(run, right)) ? 1 : 0;
  if (operator === "||") return holds(first) || holds(evaluate(run, right)) ? 1 : 0;
  if (operator === "~" || operator === "!~") {
    const pattern = right.kind === "pattern" ? right.pattern : patternOf(run, textOf(evaluate(run, right)));
    return pattern.test(textOf(first)) === (operator === "~") ? 1 : 0;
  }
  const second = evaluate(run, right);
  if (operator === " ") return textOf(first) + textOf(second);
  if (/^[<>=!]/.test(operator)) return compare(operator, first, second) ? 1 : 0;
  return arithmetic(operator, numberOf(first), numberOf(second));
}

function compare(operator: string, left: Value, right: Value): boolean {
  const numeric = looksNumeric(left) && looksNumeric(right);
  const [first, second] = numeric ? [numberOf(left), numberOf(right)] : [textOf(left), textOf(right)];
  switch (operator) {
    case "==":
      return first === second;
    case "!=":
      return first !== second;
    case "<":
      return first < second;
    case "<=":
      return first <= second;
    case ">":
      return first > second;
    default:
      return first >= second;
  }
}

function arithmetic(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    default:
      return left ** right;
  }
}

function call(run: Run, name: string, args: readonly Expression[]): Value {
  if (name === "sub" || name === "gsub") return replace(run, name === "gsub", args);
  if (name === "split") return split(run, args);
  const values = args.map((one) => evaluate(run, one));
  const text = (index: number): string => textOf(values[index] ?? (index === 0 ? (run.fields[0] ?? "") : ""));
  switch (name) {
    case "length":
      return text(0).length;
    case "substr": {
      const from = Math.round(numberOf(values[1] ?? 1)) - 1;
      const length = values[2] === undefined ? undefined : Math.round(numberOf(values[2]));
      return text(0).slice(Math.max(0, from), length === undefined ? undefined : Math.max(0, from + length));
    }
    case "index":
      return text(0).indexOf(text(1)) + 1;
    case "toupper":
      return text(0).toUpperCase();
    case "tolower":
      return text(0).toLowerCase();
    case "int":
      return Math.trunc(numberOf(values[0] ?? 0));
    case "sprintf":
      return printfText(text(0), values.slice(1).map(textOf));
    case "match":
      return text(0).search(patternOf(run, text(1))) + 1;
    default:
      return "";
  }
}

function replace(run: Run, all: boolean, [pattern, by, target]: readonly Expression[]): number {
  const place: Expression = target ?? { kind: "field", index: { kind: "value", value: 0 } };
  const flags = all ? "g" : "";
  const wanted =
    pattern?.kind === "pattern"
      ? new RegExp(pattern.pattern.source, flags)
      : patternOf(run, textOf(pattern === undefined ? "" : evaluate(run, pattern)), flags);
  const text = textOf(by === undefined ? "" : evaluate(run, by));
  let count = 0;
  const changed = textOf(evaluate(run, place)).replace(wanted, (match) => {
    count++;
    return text.replace(/\\&|&/g, (one) => (one === "&" ? match : "&"));
  });
  if (count > 0) assign(run, place, changed);
  return count;
}

function split(run: Run, [text, array, separator]: readonly Expression[]): number {
  const by = separator === undefined ? textOf(run.variables.get("FS") ?? " ") : textOf(evaluate(run, separator));
  const whole = text === undefined ? "" : textOf(evaluate(run, text));
  const parts = by === " " ? whole.trim().split(/\s+/) : whole.split(by.length === 1 ? by : patternOf(run, by));
  if (array?.kind === "variable")
    run.arrays.set(array.name, new Map(parts.map((part, index) => [String(index + 1), part])));
  return parts.length;
}

function holds(value: Value): boolean {
  return typeof value === "number" ? value !== 0 : looksNumeric(value) ? Number(value) !== 0 : value !== "";
}

function looksNumeric(value: Value): boolean {
  return typeof value === "number" || value === "" || /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value);
}

function numberOf(value: Value): number {
  return typeof value === "number" ? value : Number.parseFloat(value) || 0;
}

function textOf(value: Value): string {
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}

function unescape(text: string): string {
  return text.replace(/\\t/g, "\t").replace(/\\n/g, "\n");
}
