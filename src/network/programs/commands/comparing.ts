import type { Process } from "../program.ts";
import { complain, readOptions } from "./options.ts";
import { allText, linesOf, textOf } from "./sources.ts";

const TROUBLE = 2;
/** Pairs of lines that are compared with each other at most. */
const CELLS_MAX = 16_000_000;

/** `cmp [-s] FILE FILE`. */
export function cmpProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1));
  const texts = bothTexts(process, operands);
  if (texts === undefined) return;
  const [left, right] = texts;
  if (left === right) {
    process.exit(0);
    return;
  }
  let at = 0;
  while (left[at] === right[at]) at++;
  const line = left.slice(0, at).split("\n").length;
  if (!flags.has("s")) process.output.stdout(`${operands[0]} ${operands[1]} differ: char ${at + 1}, line ${line}\n`);
  process.exit(1);
}

/** `diff [-q] FILE FILE`: what stands in one and not in the other, as `ed` would be told. */
export function diffProgram(process: Process): void {
  const { flags, operands } = readOptions(process.argv.slice(1), ["U"]);
  const texts = bothTexts(process, operands);
  if (texts === undefined) return;
  const [left, right] = texts.map(linesOf) as [readonly string[], readonly string[]];
  const hunks = hunksOf(left, right);
  if (flags.has("q") && hunks.length > 0) process.output.stdout(`Files ${operands[0]} and ${operands[1]} differ\n`);
  else process.output.stdout(hunks.map((hunk) => hunkText(hunk, left, right)).join(""));
  process.exit(hunks.length > 0 ? 1 : 0);
}

/** `paste [-s] [-d C] FILE…`: lines side by side, or behind each other. */
export function pasteProgram(process: Process): void {
  const { flags, values, operands } = readOptions(process.argv.slice(1), ["d"]);
  const separator = values.get("d") ?? "\t";
  if (flags.has("s") || operands.length <= 1) {
    allText(process, operands, (text) => {
      const lines = linesOf(text);
      process.output.stdout(flags.has("s") ? `${lines.join(separator)}\n` : textOf(lines));
      return 0;
    });
    return;
  }
  const columns = operands.map((path) => linesOf(process.files.read(path) ?? ""));
  const rows = Math.max(...columns.map((column) => column.length));
  for (let row = 0; row < rows; row++)
    process.output.stdout(`${columns.map((column) => column[row] ?? "").join(separator)}\n`);
  process.exit(0);
}

function bothTexts(process: Process, paths: readonly string[]): readonly [string, string] | undefined {
  if (paths.length !== 2) {
    process.exit(complain(process, "two files are needed", TROUBLE));
    return undefined;
  }
  const [left, right] = paths.map((path) => (path === "/dev/null" ? "" : process.files.read(path)));
  if (left !== undefined && right !== undefined) return [left, right];
  const missing = left === undefined ? paths[0] : paths[1];
  process.exit(complain(process, `can't stat '${missing}': No such file or directory`, TROUBLE));
  return undefined;
}

/** Lines `[from, to)` of each side, in which the two differ. */
type Hunk = { readonly left: readonly [number, number]; readonly right: readonly [number, number] };

/** By the longest common subsequence of what the ends do not share; where that is too much to look at, all of it has changed. */
function hunksOf(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let [endLeft, endRight] = [left.length, right.length];
  while (endLeft > start && endRight > start && left[endLeft - 1] === right[endRight - 1]) {
    endLeft--;
    endRight--;
  }
  if ((endLeft - start) * (endRight - start) > CELLS_MAX) return [{ left: [start, endLeft], right: [start, endRight] }];
  return hunksBetween(left.slice(start, endLeft), right.slice(start, endRight)).map((hunk) => ({
    left: [hunk.left[0] + start, hunk.left[1] + start],
    right: [hunk.right[0] + start, hunk.right[1] + start],
  }));
}

function hunksBetween(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let l = left.length - 1; l >= 0; l--)
    for (let r = right.length - 1; r >= 0; r--)
      common[l * width + r] =
        left[l] === right[r]
          ? (common[(l + 1) * width + r + 1] as number) + 1
          : Math.max(common[(l + 1) * width + r] as number, common[l * width + r + 1] as number);
  const hunks: Hunk[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    if (l < left.length && r < right.length && left[l] === right[r]) {
      l++;
      r++;
      continue;
    }
    const [fromLeft, fromRight] = [l, r];
    while ((l < left.length || r < right.length) && !(l < left.length && r < right.length && left[l] === right[r]))
      if (
        r >= right.length ||
        (l < left.length && (common[(l + 1) * width + r] as number) >= (common[l * width + r + 1] as number))
      )
        l++;
      else r++;
    hunks.push({ left: [fromLeft, l], right: [fromRight, r] });
  }
  return hunks;
}

function hunkText({ left, right }: Hunk, from: readonly string[], to: readonly string[]): string {
  const range = ([start, end]: readonly [number, number]): string =>
    end - start > 1 ? `${start + 1},${end}` : String(end - start === 1 ? start + 1 : start);
  const kind = left[0] === left[1] ? "a" : right[0] === right[1] ? "d" : "c";
  const gone = from.slice(...left).map((line) => `< ${line}\n`);
  const come = to.slice(...right).map((line) => `> ${line}\n`);
  return `${range(left)}${kind}${range(right)}\n${gone.join("")}${kind === "c" ? "---\n" : ""}${come.join("")}`;
}
