import { isRecord } from "../../std/index.ts";

/** Go's `%v` of a value read from JSON. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isRecord(value)) return String(value);
  const entries = Object.keys(value)
    .sort()
    .map((name) => `${name}:${goText(value[name])}`);
  return `map[${entries.join(" ")}]`;
}

/** Go's `%s` of a value read from JSON, which is told that a number or a truth is no text. */
export function goFormatted(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (typeof value === "boolean") return `%!s(bool=${value})`;
  if (typeof value !== "number") return goText(value);
  return `%!s(${Number.isInteger(value) ? "int64" : "float64"}=${value})`;
}
