import type { Process, Program } from "./program.ts";

/** `cat`: files, or standard input as it comes. */
export function catProgram(process: Process): void {
  const paths = operands(process.argv.slice(1));
  eachSource(process, paths, (read, next) =>
    read((text) => {
      if (text === undefined) next();
      else process.output.stdout(text);
    }),
  );
}

/** `head -n N`. */
export const headProgram: Program = (process) => cutProgram(process, (lines, count) => lines.slice(0, count));

/** `tail -n N`. */
export const tailProgram: Program = (process) => cutProgram(process, (lines, count) => lines.slice(-count));

/** `wc -l`. */
export function wcProgram(process: Process): void {
  const paths = operands(process.argv.slice(1).filter((arg) => arg !== "-l"));
  eachText(process, paths, (text) => process.output.stdout(`${text.split("\n").length - 1}\n`));
}

/** `grep [-ivq] PATTERN`. */
export function grepProgram(process: Process): void {
  const args = process.argv.slice(1);
  const flags = args.filter((arg) => arg.startsWith("-")).join("");
  const [pattern = "", ...paths] = args.filter((arg) => !arg.startsWith("-"));
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, flags.includes("i") ? "i" : "");
  } catch {
    process.output.stderr(`grep: bad regex '${pattern}'\n`);
    process.exit(2);
    return;
  }
  let found = false;
  const show = (text: string): void => {
    const hits = linesOf(text).filter((line) => expression.test(line) !== flags.includes("v"));
    found ||= hits.length > 0;
    if (!flags.includes("q")) process.output.stdout(textOf(hits));
  };
  eachText(process, paths.length === 0 ? ["-"] : paths, show, (code) => (code === 0 && !found ? 1 : code));
}

/** `tee [-a] FILE…`: standard input to files and to standard output. */
export function teeProgram(process: Process): void {
  const args = process.argv.slice(1);
  const paths = args.filter((arg) => !arg.startsWith("-"));
  if (!args.includes("-a")) for (const path of paths) process.files.write(path, "");
  process.onText((text) => {
    if (text === undefined) {
      process.exit(0);
      return;
    }
    for (const path of paths) process.files.write(path, (process.files.read(path) ?? "") + text);
    process.output.stdout(text);
  });
}

function cutProgram(process: Process, choose: (lines: readonly string[], count: number) => readonly string[]): void {
  const args = process.argv.slice(1);
  const paths = args.filter((arg, index) => (arg === "-" || !arg.startsWith("-")) && args[index - 1] !== "-n");
  const count = lineCount(args);
  eachText(process, paths.length === 0 ? ["-"] : paths, (text) =>
    process.output.stdout(textOf(choose(linesOf(text), count))),
  );
}

type Reader = (take: (text: string | undefined) => void) => void;

/** Reads one source after another and exits when all are through: 1 if one of them was not there. */
function eachSource(
  process: Process,
  paths: readonly string[],
  use: (read: Reader, next: () => void) => void,
  exitCode: (code: number) => number = (code) => code,
): void {
  let code = 0;
  const at = (index: number): void => {
    const path = paths[index];
    if (path === undefined) {
      process.exit(exitCode(code));
      return;
    }
    const next = (): void => at(index + 1);
    if (path === "-" || path === "/dev/stdin") {
      use((take) => process.onText(take), next);
      return;
    }
    const text = process.files.read(path);
    if (text === undefined) {
      process.output.stderr(`${process.argv[0]}: ${path}: No such file or directory\n`);
      code = 1;
      next();
      return;
    }
    use((take) => {
      take(text);
      take(undefined);
    }, next);
  };
  at(0);
}

/** As {@link eachSource}, each source whole. */
function eachText(
  process: Process,
  paths: readonly string[],
  use: (text: string) => void,
  exitCode?: (code: number) => number,
): void {
  const collect = (read: Reader, next: () => void): void => {
    let whole = "";
    read((text) => {
      if (text !== undefined) {
        whole += text;
        return;
      }
      use(whole);
      next();
    });
  };
  eachSource(process, paths, collect, exitCode);
}

function operands(args: readonly string[]): readonly string[] {
  const paths = args.filter((path) => !path.startsWith("-") || path === "-");
  return paths.length === 0 ? ["-"] : paths;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n");
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Both `-n 3` and `-3`. */
function lineCount(args: readonly string[]): number {
  const at = args.indexOf("-n");
  const short = args.find((arg) => /^-n?\d+$/.test(arg));
  return Number(at >= 0 ? args[at + 1] : (short?.replace(/\D/g, "") ?? 10));
}
