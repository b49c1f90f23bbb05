import type { Process } from "../program.ts";
import { compiled, regularExpression } from "./grep.ts";
import { complain, readOptions } from "./options.ts";
import { allText, linesOf } from "./sources.ts";

type Address = { readonly line: number } | { readonly last: true } | { readonly pattern: RegExp };
type Command = {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly negated: boolean;
  readonly run: Action;
};
type Action =
  | {
      readonly name: "s";
      readonly pattern: RegExp;
      readonly replacement: string;
      readonly nth: number;
      readonly all: boolean;
      readonly prints: boolean;
    }
  | { readonly name: "y"; readonly from: string; readonly to: string }
  | { readonly name: "p" | "d" | "q" | "=" }
  | { readonly name: "a" | "i" | "c"; readonly text: string };

/** `sed [-nEi] [-e SCRIPT] SCRIPT [FILE…]`: substitutions, printing, deleting, and lines put in. */
export function sedProgram(process: Process): void {
  const args = process.argv.slice(1);
  const scripts: string[] = [];
  const rest = args.filter((arg, index) => {
    const before = args[index - 1];
    if (before === "-e") scripts.push(arg);
    return arg !== "-e" && before !== "-e";
  });
  const { flags, operands } = readOptions(rest.map((arg) => (/^-i./.test(arg) ? "-i" : arg)));
  const [script, ...paths] = scripts.length > 0 ? [scripts.join("\n"), ...operands] : operands;
  const commands = script === undefined ? undefined : parseSed(script, flags.has("E") || flags.has("r"));
  if (commands === undefined) {
    process.exit(complain(process, script === undefined ? "no script given" : `bad script: ${script}`));
    return;
  }
  const edit = (text: string): string => runSed(commands, text, flags.has("n"));
  if (!flags.has("i")) {
    allText(process, paths, (text) => {
      process.output.stdout(edit(text));
      return 0;
    });
    return;
  }
  let code = 0;
  for (const path of paths) {
    const text = process.files.read(path);
    if (text === undefined) code = complain(process, `${path}: No such file or directory`);
    else process.files.write(path, edit(text));
  }
  process.exit(code);
}

function runSed(commands: readonly Command[], text: string, quiet: boolean): string {
  const lines = linesOf(text);
  const open = new Set<Command>();
  let out = "";
  for (const [index, original] of lines.entries()) {
    const state = { line: original, deleted: false, quits: false, after: "" };
    for (const command of commands) {
      const place = { number: index + 1, last: index === lines.length - 1, line: state.line };
      if (state.deleted || applies(command, place, open) === command.negated) continue;
      out += act(command.run, state, index + 1);
      if (state.quits) break;
    }
    const ending = index < lines.length - 1 || text.endsWith("\n") ? "\n" : "";
    if (!state.deleted && !quiet) out += `${state.line}${ending}`;
    out += state.after;
    if (state.quits) return out;
  }
  return out;
}

type LineState = { line: string; deleted: boolean; quits: boolean; after: string };

/** Does one thing to a line; returns what is printed at once. */
function act(action: Action, state: LineState, number: number): string {
  switch (action.name) {
    case "s": {
      const changed = substitute(state.line, action);
      const found = changed !== undefined;
      state.line = changed ?? state.line;
      return found && action.prints ? `${state.line}\n` : "";
    }
    case "y":
      state.line = [...state.line].map((char) => action.to[action.from.indexOf(char)] ?? char).join("");
      return "";
    case "p":
      return `${state.line}\n`;
    case "=":
      return `${number}\n`;
    case "d":
      state.deleted = true;
      return "";
    case "q":
      state.quits = true;
      return "";
    case "a":
      state.after += `${action.text}\n`;
      return "";
    case "i":
      return `${action.text}\n`;
    case "c":
      state.deleted = true;
      return `${action.text}\n`;
  }
}

function substitute(line: string, action: Extract<Action, { name: "s" }>): string | undefined {
  let count = 0;
  let found = false;
  const changed = line.replace(
    new RegExp(action.pattern.source, `${action.pattern.flags}g`),
    (match, ...groups: unknown[]) => {
      count++;
      if (count < action.nth || (!action.all && count > action.nth)) return match;
      found = true;
      return action.replacement.replace(/\\([0-9n&\\/]|.)|&/g, (whole, escaped?: string) => {
        if (whole === "&") return match;
        if (escaped === "n") return "\n";
        if (escaped === "0") return match;
        return /[1-9]/.test(escaped ?? "") ? String(groups[Number(escaped) - 1] ?? "") : (escaped ?? "");
      });
    },
  );
  return found ? changed : undefined;
}

function applies(
  command: Command,
  place: { readonly number: number; readonly last: boolean; readonly line: string },
  open: Set<Command>,
): boolean {
  const { from, to } = command;
  const at = (address: Address): boolean =>
    "line" in address
      ? address.line === place.number
      : "last" in address
        ? place.last
        : address.pattern.test(place.line);
  if (from === undefined) return true;
  if (to === undefined) return at(from);
  if (open.has(command)) {
    if (("line" in to && place.number >= to.line) || at(to)) open.delete(command);
    return !("line" in to) || place.number <= to.line;
  }
  if (!at(from)) return false;
  if (!("line" in to) || to.line > place.number) open.add(command);
  return true;
}

/** Reads commands parted by `;` and line ends; `undefined` when one is none. */
function parseSed(script: string, extended: boolean): readonly Command[] | undefined {
  const commands: Command[] = [];
  let rest = script.replace(/^[\s;]+/, "");
  while (rest !== "") {
    const from = takeAddress(rest, extended);
    if (from !== undefined) rest = rest.slice(from.length);
    const to =
      from !== undefined && /^\s*,/.test(rest) ? takeAddress(rest.replace(/^\s*,\s*/, ""), extended) : undefined;
    if (to !== undefined) rest = rest.replace(/^\s*,\s*/, "").slice(to.length);
    const negated = /^\s*!/.test(rest);
    rest = rest.replace(/^\s*!?\s*/, "");
    const action = takeAction(rest, extended);
    if (action === undefined) return undefined;
    commands.push({ from: from?.address, to: to?.address, negated, run: action.action });
    rest = rest.slice(action.length).replace(/^[\s;}]+/, "");
  }
  return commands;
}

function takeAddress(
  text: string,
  extended: boolean,
): { readonly address: Address; readonly length: number } | undefined {
  const number = /^\d+/.exec(text)?.[0];
  if (number !== undefined) return { address: { line: Number(number) }, length: number.length };
  if (text.startsWith("$")) return { address: { last: true }, length: 1 };
  const pattern = /^\/((?:[^/\\]|\\.)*)\//.exec(text);
  const expression = pattern === null ? undefined : compile(pattern[1] as string, extended, "");
  if (pattern === null || expression === undefined) return undefined;
  return { address: { pattern: expression }, length: pattern[0].length };
}

function takeAction(text: string, extended: boolean): { readonly action: Action; readonly length: number } | undefined {
  const name = text[0] ?? "";
  if (name === "p" || name === "d" || name === "q" || name === "=") return { action: { name }, length: 1 };
  if (name === "a" || name === "i" || name === "c") {
    const whole = /^.\s*(?:\\\n?)?\s*([^\n]*)/.exec(text);
    return whole === null ? undefined : { action: { name, text: whole[1] as string }, length: whole[0].length };
  }
  if (name !== "s" && name !== "y") return undefined;
  const parts = delimited(text.slice(1));
  if (parts === undefined) return undefined;
  const { first, second, length } = parts;
  if (name === "y") return { action: { name, from: first, to: second }, length: length + 1 };
  const options = /^[gpiI0-9]*/.exec(text.slice(1 + length))?.[0] ?? "";
  const pattern = compile(first, extended, /i/i.test(options) ? "i" : "");
  if (pattern === undefined) return undefined;
  const nth = Number(/\d+/.exec(options)?.[0] ?? 1);
  const action: Action = {
    name,
    pattern,
    replacement: second,
    nth,
    all: options.includes("g"),
    prints: options.includes("p"),
  };
  return { action, length: 1 + length + options.length };
}

/** `/first/second/`, with any delimiter. */
function delimited(
  text: string,
): { readonly first: string; readonly second: string; readonly length: number } | undefined {
  const delimiter = text[0];
  if (delimiter === undefined) return undefined;
  const parts: string[] = [""];
  for (let at = 1; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "\\" && text[at + 1] === delimiter)
      parts[parts.length - 1] +=
        delimiter === "/" || !/\w/.test(delimiter) ? (text[++at] as string) : `\\${text[++at]}`;
    else if (char === "\\") parts[parts.length - 1] += char + (text[++at] ?? "");
    else if (char === delimiter) {
      if (parts.length === 2) return { first: parts[0] as string, second: parts[1] as string, length: at + 1 };
      parts.push("");
    } else parts[parts.length - 1] += char;
  }
  return undefined;
}

function compile(pattern: string, extended: boolean, flags: string): RegExp | undefined {
  return compiled(regularExpression(pattern, { extended }), flags);
}
