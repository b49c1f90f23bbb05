import { type GoPattern, parseGoPattern } from "../../../apimachinery/index.ts";
import { declare, type Overload } from "../declaration.ts";
import { isMap, mapKeys } from "../equality.ts";
import { CelError } from "../values.ts";
import { formatText, quote } from "./text-format.ts";

/** Text: the standard functions and cel-go's `ext.Strings`. Positions count characters, not UTF-16 units. */
export function stringFunctions(): readonly Overload[] {
  const goPattern = patternCompiler();
  return [
    ...sizes(),
    declare("string.contains(string): bool", (text: string, part: string) => text.includes(part)),
    declare("string.startsWith(string): bool", (text: string, part: string) => text.startsWith(part)),
    declare("string.endsWith(string): bool", (text: string, part: string) => text.endsWith(part)),
    declare("string.matches(string): bool", (text: string, pattern: string) => goPattern(pattern).test(text)),
    declare("matches(string, string): bool", (text: string, pattern: string) => goPattern(pattern).test(text)),
    declare("string.lowerAscii(): string", (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
    declare("string.upperAscii(): string", (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())),
    declare("string.trim(): string", (text: string) => text.trim()),
    declare("strings.quote(string): string", quote),
    declare("string.format(list<dyn>): string", formatText),
    ...searches(),
    ...pieces(),
    ...patterns(goPattern),
  ];
}

/** How many patterns are kept compiled; expressions have few, data might have many. */
const PATTERNS_KEPT = 500;

/** Compiles patterns of Go's regexp, each once; the error of one that is none. */
function patternCompiler(): (pattern: string) => GoPattern {
  const kept = new Map<string, GoPattern>();
  return (pattern) => {
    const known = kept.get(pattern);
    if (known !== undefined) return known;
    const compiled = parseGoPattern(pattern);
    if (typeof compiled === "string") throw new CelError(compiled);
    if (kept.size < PATTERNS_KEPT) kept.set(pattern, compiled);
    return compiled;
  };
}

function sizes(): readonly Overload[] {
  const length = (text: string): bigint => BigInt([...text].length);
  const count = (map: unknown): bigint => BigInt(isMap(map) ? mapKeys(map).length : 0);
  const items = (list: readonly unknown[]): bigint => BigInt(list.length);
  const bytes = (value: Uint8Array): bigint => BigInt(value.length);
  return [
    declare("size(string): int", length),
    declare("string.size(): int", length),
    declare("size(bytes): int", bytes),
    declare("bytes.size(): int", bytes),
    declare("size(list<A>): int", items),
    declare("list<A>.size(): int", items),
    declare("size(map<A, B>): int", count),
    declare("map<A, B>.size(): int", count),
  ];
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

function searches(): readonly Overload[] {
  return [
    declare("string.charAt(int): string", (text: string, index: bigint) => {
      const characters = [...text];
      if (index < 0n || index > BigInt(characters.length)) throw outOfRange(index);
      return characters[Number(index)] ?? "";
    }),
    declare("string.indexOf(string): int", (text: string, part: string) => indexOf(text, part, 0n)),
    declare("string.indexOf(string, int): int", indexOf),
    declare("string.lastIndexOf(string): int", (text: string, part: string) =>
      lastIndexOf(text, part, BigInt([...text].length)),
    ),
    declare("string.lastIndexOf(string, int): int", (text: string, part: string, from: bigint) => {
      if (part === "") return from;
      if (from < 0n) throw outOfRange(from);
      return from >= BigInt([...text].length) ? -1n : lastIndexOf(text, part, from);
    }),
  ];
}

function indexOf(text: string, part: string, from: bigint): bigint {
  if (part === "") return from;
  const characters = [...text];
  if (from < 0n) throw outOfRange(from);
  if (from >= BigInt(characters.length)) return -1n;
  const skipped = characters.slice(0, Number(from)).join("").length;
  const at = text.indexOf(part, skipped);
  return at < 0 ? -1n : BigInt([...text.slice(0, at)].length);
}

function lastIndexOf(text: string, part: string, from: bigint): bigint {
  if (part === "") return from;
  const reach = [...text].slice(0, Number(from)).join("").length;
  const at = text.lastIndexOf(part, reach);
  return at < 0 ? -1n : BigInt([...text.slice(0, at)].length);
}

function pieces(): readonly Overload[] {
  return [
    declare("string.substring(int): string", (text: string, start: bigint) => {
      const end = BigInt([...text].length);
      if (start < 0n || start > end) throw outOfRange(start);
      return substring(text, start, end);
    }),
    declare("string.substring(int, int): string", substring),
    declare("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    ),
    declare("string.replace(string, string, int): string", replaceFirst),
    declare("string.split(string): list<string>", (text: string, separator: string) => split(text, separator, -1n)),
    declare("string.split(string, int): list<string>", split),
    declare("list<string>.join(): string", (list: readonly string[]) => list.join("")),
    declare("list<string>.join(string): string", (list: readonly string[], separator: string) => list.join(separator)),
  ];
}

function substring(text: string, start: bigint, end: bigint): string {
  const characters = [...text];
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > BigInt(characters.length)) throw outOfRange(start);
  if (end > BigInt(characters.length)) throw outOfRange(end);
  return characters.slice(Number(start), Number(end)).join("");
}

function replaceFirst(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  let left = limit;
  return text.replaceAll(from, (found) => (left-- > 0n ? to : found));
}

function split(text: string, separator: string, limit: bigint): readonly string[] {
  if (limit === 0n) return [];
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

function patterns(goPattern: (pattern: string) => GoPattern): readonly Overload[] {
  const findAll = (text: string, pattern: string, limit: number): readonly string[] => {
    const found = goPattern(pattern).all(text);
    return limit < 0 ? found : found.slice(0, limit);
  };
  return [
    declare(
      "string.find(string): string",
      (text: string, pattern: string) => goPattern(pattern).exec(text)?.parts[0] ?? "",
    ),
    declare("string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern, -1)),
    declare("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
      findAll(text, pattern, Number(limit)),
    ),
  ];
}
