import type { Process, Program } from "../program.ts";
import { complain, readOptions } from "./options.ts";
import { eachSource, eachText, linesOf, textOf } from "./sources.ts";

/** How often `tail -f` looks. */
const FOLLOW_MS = 1000;
const PAGE_LINES = 10;

/** `cat`: files, or standard input as it comes. */
export function catProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  let number = 0;
  const numbered = (text: string): string => {
    if (!flags.has("n")) return text;
    return textOf(linesOf(text).map((line) => `${String(++number).padStart(6)}\t${line}`));
  };
  eachSource(process, operands, (read, next) =>
    read((text) => {
      if (text === undefined) next();
      else process.output.stdout(numbered(text));
    }),
  );
}

/** `head [-n N | -N | -c N]`: what is wanted is shown as it comes, and then nothing more is read. */
export function headProgram(process: Process): void {
  const { values, operands } = readCounts(process);
  const bytes = values.get("c");
  const count = Number(values.get("n") ?? PAGE_LINES);
  eachSource(process, operands, (read, next) => {
    let left = bytes === undefined ? count : Number(bytes);
    let partial = "";
    let over = false;
    read((text) => {
      if (over) return;
      if (text !== undefined && bytes !== undefined) {
        process.output.stdout(text.slice(0, left));
        left -= Math.min(left, text.length);
      } else if (text !== undefined) {
        const lines = (partial + text).split("\n");
        partial = lines.pop() ?? "";
        process.output.stdout(textOf(lines.slice(0, left)));
        left -= Math.min(left, lines.length);
      } else if (left > 0) process.output.stdout(partial);
      over = text === undefined || left === 0;
      if (over) next();
    });
  });
}

/** `tail [-n N | -n +N | -N | -c N] [-f]`. */
export function tailProgram(process: Process): void {
  const { flags, values, operands } = readCounts(process);
  const wanted = values.get("n") ?? String(PAGE_LINES);
  const bytes = values.get("c");
  const last = (text: string): string => {
    if (bytes !== undefined) return text.slice(-Number(bytes));
    if (wanted.startsWith("+")) return textOf(linesOf(text).slice(Number(wanted) - 1));
    return Number(wanted) === 0 ? "" : textOf(linesOf(text).slice(-Math.abs(Number(wanted))));
  };
  const [path] = operands;
  if ((flags.has("f") || flags.has("F")) && path !== undefined && path !== "-") follow(process, path, last);
  else eachText(process, operands, (text) => process.output.stdout(last(text)));
}

/** Shows what comes behind a file's end, until somebody ends it. */
function follow(process: Process, path: string, last: (text: string) => string): void {
  let seen = process.files.read(path);
  if (path === "/dev/null") seen = "";
  if (seen === undefined) {
    process.exit(complain(process, `can't open '${path}': No such file or directory`));
    return;
  }
  process.output.stdout(last(seen));
  const look = (): void => {
    const text = process.files.read(path) ?? seen ?? "";
    if (text.length !== seen?.length)
      process.output.stdout(text.startsWith(seen ?? "") ? text.slice(seen?.length) : text);
    seen = text;
    process.after(FOLLOW_MS, look);
  };
  process.after(FOLLOW_MS, look);
}

/** `wc [-lwc]`. */
export function wcProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  const kinds = ["l", "w", "c"].filter((kind) => flags.has(kind) || (kind === "c" && flags.has("m")));
  const shown = kinds.length === 0 ? ["l", "w", "c"] : kinds;
  const totals = [0, 0, 0];
  const line = (counts: readonly number[], name: string): string => {
    const numbers = ["l", "w", "c"].flatMap((kind, index) => (shown.includes(kind) ? [counts[index] ?? 0] : []));
    const text =
      numbers.length === 1 && name === ""
        ? String(numbers[0])
        : numbers.map((one) => String(one).padStart(9)).join(" ");
    return `${name !== "" && numbers.length === 1 ? String(numbers[0]) : text}${name === "" ? "" : ` ${name}`}\n`;
  };
  eachText(
    process,
    operands,
    (text, path) => {
      const counts = [
        text.split("\n").length - 1,
        text.split(/\s+/).filter((word) => word !== "").length,
        Buffer.byteLength(text),
      ];
      for (const [index, count] of counts.entries()) totals[index] = (totals[index] ?? 0) + count;
      process.output.stdout(line(counts, path === "-" ? "" : path));
    },
    (code) => {
      if (operands.length > 1) process.output.stdout(line(totals, "total"));
      return code;
    },
  );
}

/** `tee [-a] FILE…`: standard input to files and to standard output. */
export function teeProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  if (!flags.has("a")) for (const path of operands) process.files.write(path, "");
  process.onText((text) => {
    if (text === undefined) {
      process.exit(0);
      return;
    }
    for (const path of operands) process.files.write(path, (process.files.read(path) ?? "") + text);
    process.output.stdout(text);
  });
}

/** `yes [WORD…]`: a line again and again, a page at a time. */
export const yesProgram: Program = (process) => {
  const line = `${process.argv.slice(1).join(" ") || "y"}\n`;
  const write = (): void => {
    process.output.stdout(line.repeat(PAGE_LINES));
    process.after(1, write);
  };
  write();
};

function readCounts(process: Process): ReturnType<typeof readOptions> {
  const args = process.argv.slice(1).map((arg) => (/^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg));
  return readOptions(args, ["n", "c", "lines", "bytes", "s"]);
}
