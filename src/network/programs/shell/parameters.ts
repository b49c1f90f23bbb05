import { matchesPattern, type Pattern, patternSource } from "./patterns.ts";
import type { Shell } from "./state.ts";
import type { Parameter, Word } from "./syntax.ts";

type Expand<T> = (shell: Shell, word: Word, done: (result: T | undefined) => void) => void;
/** How the words inside a parameter are expanded. */
type Expanders = { readonly text: Expand<string>; readonly pattern: Expand<Pattern> };
type Done = (value: string | undefined) => void;

/** Expands `$NAME` and `${NAME…}`; `undefined` when that is an error, which has been reported. */
export function expandParameter(shell: Shell, parameter: Parameter, expand: Expanders, done: Done): void {
  const { name, operator = "", operand = [] } = parameter;
  const value = shell.parameter(name);
  const present = operator.startsWith(":") && operator !== ":" ? (value ?? "") !== "" : value !== undefined;
  switch (operator.replace(/^:(?=.)/, "")) {
    case "-":
      if (present) done(value);
      else expand.text(shell, operand, done);
      return;
    case "=":
      if (present) done(value);
      else
        expand.text(shell, operand, (text) => {
          if (text !== undefined) shell.assign(name, text);
          done(text);
        });
      return;
    case "+":
      if (present) expand.text(shell, operand, done);
      else done("");
      return;
    case "?":
      if (present) done(value);
      else
        expand.text(shell, operand, (text) => {
          shell.fail(`${name}: ${text === undefined || text === "" ? "parameter not set" : text}`);
          done(undefined);
        });
      return;
  }
  if (value === undefined && shell.options.nounset && operator !== "length" && name !== "@" && name !== "*") {
    shell.fail(`${name}: parameter not set`);
    done(undefined);
    return;
  }
  changeValue(shell, parameter, { value: value ?? "", expand }, done);
}

/** The operators that make another text of a value. */
function changeValue(
  shell: Shell,
  { name, operator, operand = [], second = [] }: Parameter,
  { value, expand }: { readonly value: string; readonly expand: Expanders },
  done: Done,
): void {
  const withPattern = (change: (pattern: Pattern) => string): void =>
    expand.pattern(shell, operand, (pattern) => done(pattern === undefined ? undefined : change(pattern)));
  switch (operator) {
    case undefined:
      done(value);
      return;
    case "length":
      done(String(name === "@" || name === "*" ? shell.positional.length : value.length));
      return;
    case "#":
    case "##":
      withPattern((pattern) => withoutPrefix(value, pattern, operator === "##"));
      return;
    case "%":
    case "%%":
      withPattern((pattern) => withoutSuffix(value, pattern, operator === "%%"));
      return;
    case "/":
    case "//":
      expand.pattern(shell, operand, (pattern) =>
        expand.text(shell, second, (text = "") =>
          done(pattern === undefined ? undefined : replacePattern(value, pattern, text, operator === "//")),
        ),
      );
      return;
    case "^":
    case ",":
      done(value.slice(0, 1)[operator === "^" ? "toUpperCase" : "toLowerCase"]() + value.slice(1));
      return;
    case "^^":
      done(value.toUpperCase());
      return;
    case ",,":
      done(value.toLowerCase());
      return;
    default:
      expand.text(shell, operand, (from = "0") =>
        expand.text(shell, second, (length = "") => done(part(value, Number(from), length))),
      );
  }
}

function part(value: string, from: number, length: string): string {
  const start = from < 0 ? Math.max(0, value.length + from) : from;
  if (length === "") return value.slice(start);
  return Number(length) < 0 ? value.slice(start, Number(length)) : value.slice(start, start + Number(length));
}

function withoutPrefix(value: string, pattern: Pattern, longest: boolean): string {
  const cuts = Array.from({ length: value.length + 1 }, (_, index) => (longest ? value.length - index : index));
  const cut = cuts.find((at) => matchesPattern(pattern, value.slice(0, at)));
  return cut === undefined ? value : value.slice(cut);
}

function withoutSuffix(value: string, pattern: Pattern, longest: boolean): string {
  const cuts = Array.from({ length: value.length + 1 }, (_, index) => (longest ? index : value.length - index));
  const cut = cuts.find((at) => matchesPattern(pattern, value.slice(at)));
  return cut === undefined ? value : value.slice(0, cut);
}

/** `${NAME/pattern/text}`, for the first match or for all. */
function replacePattern(value: string, pattern: Pattern, text: string, all: boolean): string {
  if (pattern === "") return value;
  const anchored = /^[#%]/.exec(pattern)?.[0];
  const source = patternSource(anchored === undefined || all ? pattern : pattern.slice(1));
  const expression = anchored === "#" && !all ? `^(?:${source})` : anchored === "%" && !all ? `(?:${source})$` : source;
  return value.replace(new RegExp(expression, all ? "g" : ""), () => text);
}
