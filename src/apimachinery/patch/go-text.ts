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
