import { bytesOfText, textOfBytes } from "../../../std/index.ts";
import type { Process } from "../program.ts";
import { complain, readOptions } from "./options.ts";
import { allText, eachText, linesOf, textOf } from "./sources.ts";

/** `sort [-nrufh] [-k N[,M]] [-t C]`. */
export function sortProgram(process: Process): void {
  const { flags, values, operands } = readOptions(process.argv.slice(1), ["k", "t", "o"]);
  const [, column, modifiers = ""] = /^(\d+)[\d,.]*([nrf]*)/.exec(values.get("k") ?? "") ?? [];
  const separator = values.get("t");
  const numeric = flags.has("n") || flags.has("g") || modifiers.includes("n");
  const reversed = flags.has("r") || modifiers.includes("r");
  const keyOf = (line: string): string => {
    const fields = separator === undefined ? line.trimStart().split(/\s+/) : line.split(separator);
    const key = column === undefined ? line : fields.slice(Number(column) - 1).join(" ");
    return flags.has("f") ? key.toLowerCase() : key;
  };
  const compare = (left: string, right: string): number => {
    if (numeric)
      return (Number.parseFloat(keyOf(left)) || 0) - (Number.parseFloat(keyOf(right)) || 0) || plain(left, right);
    return plain(keyOf(left), keyOf(right)) || plain(left, right);
  };
  allText(process, operands, (text) => {
    const lines = [...linesOf(text)].sort(compare);
    if (reversed) lines.reverse();
    const kept = flags.has("u")
      ? lines.filter((line, index) => index === 0 || keyOf(line) !== keyOf(lines[index - 1] as string))
      : lines;
    process.output.stdout(textOf(kept));
    return 0;
  });
}

function plain(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `uniq [-cdu]`: lines that follow each other. */
export function uniqProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  allText(process, operands, (text) => {
    const groups: { line: string; count: number }[] = [];
    for (const line of linesOf(text)) {
      const last = groups.at(-1);
      if (last?.line === line) last.count++;
      else groups.push({ line, count: 1 });
    }
    const shown = groups.filter(({ count }) => (flags.has("d") ? count > 1 : flags.has("u") ? count === 1 : true));
    process.output.stdout(
      textOf(shown.map(({ line, count }) => (flags.has("c") ? `${String(count).padStart(7)} ${line}` : line))),
    );
    return 0;
  });
}

/** `cut -d C -f LIST | -c LIST`. */
export function cutProgram(process: Process): void {
  const { flags, values, operands } = readOptions(process.argv.slice(1), ["d", "f", "c", "b", "output-delimiter"]);
  const delimiter = values.get("d") ?? "\t";
  const list = values.get("f") ?? values.get("c") ?? values.get("b");
  if (list === undefined) {
    process.exit(complain(process, "you must specify a list of bytes, characters, or fields"));
    return;
  }
  const byField = values.has("f");
  const cut = (line: string): readonly string[] => {
    if (byField && !line.includes(delimiter)) return flags.has("s") ? [] : [line];
    const parts = byField ? line.split(delimiter) : [...line];
    return [chosen(parts, list).join(byField ? (values.get("output-delimiter") ?? delimiter) : "")];
  };
  eachText(process, operands, (text) => process.output.stdout(textOf(linesOf(text).flatMap(cut))));
}

/** `1,3-5,7-`. */
function chosen(parts: readonly string[], list: string): readonly string[] {
  const ranges = list.split(",").map((range) => {
    const [from = "", to] = range.split("-");
    return [Number(from || 1), to === undefined ? Number(from) : Number(to || parts.length)] as const;
  });
  return parts.filter((_, index) => ranges.some(([from, to]) => index + 1 >= from && index + 1 <= to));
}

/** `tr [-dsc] SET1 [SET2]`. */
export function trProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  const [from = "", to = ""] = operands.map(charactersOf);
  const listed = new Set(from);
  const isOne = (char: string): boolean => listed.has(char) !== flags.has("c");
  const mapped = (char: string): string => {
    if (!isOne(char)) return char;
    if (to === "") return char;
    const index = flags.has("c") ? to.length - 1 : from.indexOf(char);
    return to[Math.min(index, to.length - 1)] as string;
  };
  eachText(process, [], (text) => {
    let out = "";
    let last = "";
    for (const char of text) {
      if (flags.has("d") && isOne(char)) continue;
      const next = flags.has("d") ? char : mapped(char);
      const squeezes = flags.has("s") && next === last && (to === "" ? isOne(char) : to.includes(next));
      if (!squeezes) out += next;
      last = next;
    }
    process.output.stdout(out);
  });
}

const CLASSES: Readonly<Record<string, string>> = {
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  lower: "abcdefghijklmnopqrstuvwxyz",
  digit: "0123456789",
  space: " \t\n\r\f\v",
  alpha: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
  alnum: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
};

/** The characters of a set: ranges, classes and escapes spelled out. */
function charactersOf(set: string): string {
  return set
    .replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole)
    .replace(/\\([ntr\\])/g, (_, letter: string) => ({ n: "\n", t: "\t", r: "\r" })[letter] ?? "\\")
    .replace(/(.)-(.)/g, (_, from: string, to: string) => {
      const first = from.charCodeAt(0);
      return Array.from({ length: Math.max(0, to.charCodeAt(0) - first + 1) }, (_unused, index) =>
        String.fromCharCode(first + index),
      ).join("");
    });
}

/** `rev`, `tac`: lines backwards. */
export function revProgram(process: Process): void {
  eachText(process, process.argv.slice(1), (text) =>
    process.output.stdout(textOf(linesOf(text).map((line) => [...line].reverse().join("")))),
  );
}

export function tacProgram(process: Process): void {
  eachText(process, process.argv.slice(1), (text) => process.output.stdout(textOf([...linesOf(text)].reverse())));
}

/** `base64 [-d]`. */
export function base64Program(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1), ["w"]);
  allText(process, operands, (text) => {
    if (flags.has("d") || flags.has("decode")) process.output.stdout(textOfBytes(Buffer.from(text, "base64")));
    else process.output.stdout(`${Buffer.from(bytesOfText(text)).toString("base64")}\n`);
    return 0;
  });
}

/** `hexdump -C`: sixteen bytes a line, with where they are and the letters they stand for. */
export function hexdumpProgram(process: Process): void {
  allText(process, readOptions(process.argv.slice(1)).operands, (text) => {
    const bytes = bytesOfText(text);
    const offset = (at: number): string => at.toString(16).padStart(8, "0");
    for (let at = 0; at < bytes.length; at += 16) {
      const row = [...bytes.subarray(at, at + 16)];
      const digits = row.map((byte) => byte.toString(16).padStart(2, "0"));
      const halves = [digits.slice(0, 8), digits.slice(8)].map((half) => half.join(" ").padEnd(23)).join("  ");
      const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
      process.output.stdout(`${offset(at)}  ${halves}  |${letters}|\n`);
    }
    if (bytes.length > 0) process.output.stdout(`${offset(bytes.length)}\n`);
    return 0;
  });
}
