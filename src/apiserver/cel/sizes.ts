import { type Measure, PER_CHARACTER } from "./cost-table.ts";
import { isMap, mapKeys, mapValue } from "./equality.ts";
import { isOpaque } from "./values.ts";

/** The sizes of values at hand. */
export function actualMeasure(values: readonly unknown[], result?: unknown): Measure {
  const [first] = values;
  return {
    size: (index) => sizeOfValue(values[index]),
    traversal: (index) => traversalOf(values[index]),
    result: sizeOfValue(result),
    kind: (index) => kindOf(values[index]),
    patternLength: isOpaque(first) ? (first.patternLength ?? 1) : 1,
  };
}

function kindOf(value: unknown): ReturnType<Measure["kind"]> {
  if (typeof value === "string") return "text";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "list";
  return isOpaque(value) ? "opaque" : "other";
}

function sizeOfValue(value: unknown): number {
  if (typeof value === "string") return charactersIn(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (isOpaque(value)) return value.size ?? 1;
  return isMap(value) ? mapKeys(value).length : 1;
}

function charactersIn(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) count--;
  return count;
}

function traversalOf(value: unknown): number {
  if (typeof value === "string") return Math.floor(Buffer.byteLength(value) * PER_CHARACTER);
  if (value instanceof Uint8Array) return Math.floor(value.length * PER_CHARACTER);
  if (Array.isArray(value)) return value.reduce((cost: number, item) => cost + traversalOf(item), 0);
  if (!isMap(value)) return 1;
  return mapKeys(value).reduce((cost: number, key) => cost + traversalOf(key) + traversalOf(mapValue(value, key)), 0);
}
