import type { Process } from "../program.ts";
import { baseName, complain, readOptions } from "./options.ts";
import { eachText, linesOf } from "./sources.ts";

const NO_MATCH = 1;
const WRONG = 2;

/** `grep [-EFGivcnqwxolhHsr] [-e PATTERN] [-m N] [-A N] [-B N] PATTERN [FILE…]`. */
export function grepProgram(process: Process): void {
  const name = baseName(process.argv[0] ?? "");
  const mode = name === "egrep" ? ["-E"] : name === "fgrep" ? ["-F"] : [];
  const { flags, values, operands } = readOptions([...mode, ...process.argv.slice(1)], ["e", "m", "A", "B", "C"]);
  const asked = values.get("e");
  const [pattern = "", ...given] = asked === undefined ? operands : [asked, ...operands];
  const expression = expressionOf(pattern, flags);
  if (expression === undefined) {
    process.exit(complain(process, `bad regex '${pattern}'`, WRONG));
    return;
  }
  const recursive = flags.has("r") || flags.has("R");
  const paths = recursive ? (given.length === 0 ? ["."] : given).flatMap((path) => filesBelow(process, path)) : given;
  const named = (paths.length > 1 || recursive || flags.has("H")) && !flags.has("h");
  let found = false;
  eachText(
    process,
    paths,
    (text, path) => {
      const hits = search(linesOf(text), { expression, flags, values });
      found ||= hits.count > 0;
      if (flags.has("q")) return;
      const prefix = named ? `${path === "-" ? "(standard input)" : path}:` : "";
      if (flags.has("l")) process.output.stdout(hits.count > 0 ? `${path}\n` : "");
      else if (flags.has("c")) process.output.stdout(`${prefix}${hits.count}\n`);
      else process.output.stdout(hits.lines.map((line) => `${prefix}${line}\n`).join(""));
    },
    (code) => (found ? (flags.has("q") ? 0 : code) : code === 0 ? NO_MATCH : WRONG),
  );
}

function filesBelow(process: Process, path: string): readonly string[] {
  const base = path.replace(/\/+$/, "");
  if (process.files.read(path) !== undefined) return [path];
  const top = process.files.list(path);
  const root = path.startsWith("/") || path === "." ? "" : base;
  const cut = path === "." ? `${process.directory === "/" ? "" : process.directory}/`.length : 0;
  return top.map((file) =>
    path.startsWith("/")
      ? file
      : path === "."
        ? file.slice(cut)
        : `${root}${file.slice(file.indexOf(`/${root}/`) + root.length + 1)}`,
  );
}

type Search = {
  readonly expression: RegExp;
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
};

function search(
  lines: readonly string[],
  { expression, flags, values }: Search,
): { readonly lines: readonly string[]; readonly count: number } {
  const limit = Number(values.get("m") ?? Number.POSITIVE_INFINITY);
  const before = Number(values.get("B") ?? values.get("C") ?? 0);
  const after = Number(values.get("A") ?? values.get("C") ?? 0);
  const hits: number[] = [];
  for (const [index, line] of lines.entries())
    if (hits.length < limit && expression.test(line) !== flags.has("v")) hits.push(index);
  if (flags.has("o"))
    return {
      lines: hits.flatMap((index) =>
        [...(lines[index] as string).matchAll(new RegExp(expression.source, `${expression.flags}g`))].map(
          ([text]) => text,
        ),
      ),
      count: hits.length,
    };
  const shown = new Set(
    hits.flatMap((hit) => Array.from({ length: before + after + 1 }, (_, offset) => hit - before + offset)),
  );
  const number = (index: number): string => (flags.has("n") ? `${index + 1}${hits.includes(index) ? ":" : "-"}` : "");
  return {
    lines: [...shown]
      .filter((index) => index >= 0 && index < lines.length)
      .sort((left, right) => left - right)
      .map((index) => `${number(index)}${lines[index]}`),
    count: hits.length,
  };
}

/** A basic pattern has its operators behind backslashes, an extended one does not. */
function expressionOf(pattern: string, flags: ReadonlySet<string>): RegExp | undefined {
  const source = flags.has("F")
    ? pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    : regularExpression(pattern, { extended: flags.has("E") || flags.has("P") });
  const alternatives = source.split("\n").join("|");
  const whole = flags.has("x") ? `^(?:${alternatives})$` : flags.has("w") ? `\\b(?:${alternatives})\\b` : alternatives;
  return compiled(whole, flags.has("i") || flags.has("y") ? "i" : "");
}

/** A pattern as this engine writes it, made ready; `undefined` when it is none. */
export function compiled(source: string, flags = ""): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  space: "\\s",
  upper: "A-Z",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  blank: " \\t",
};

/** A POSIX pattern as this engine writes it. */
export function regularExpression(pattern: string, how: { readonly extended: boolean }): string {
  const named = pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole);
  if (how.extended) return named;
  return named.replace(/\\([|(){}+?])|([|(){}+?])|\[\^?\]?[^\]]*\]/g, (whole, escaped?: string, bare?: string) => {
    if (escaped !== undefined) return escaped;
    return bare === undefined ? whole : `\\${bare}`;
  });
}
