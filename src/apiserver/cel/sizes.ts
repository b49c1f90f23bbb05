import type { Measure } from "./cost-table.ts";
import { isMap, mapKeys } from "./equality.ts";
import { isOpaque, Optional } from "./values.ts";

const PER_CHARACTER = 0.1;

/** The sizes of values at hand. */
export function actualMeasure(values: readonly unknown[]): Measure {
  return {
    count: values.length,
    size: (index) => sizeOfValue(values[index]),
    traversal: (index) => traversalOf(values[index]),
  };
}

function sizeOfValue(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Optional) return sizeOfValue(value.value);
  if (value instanceof Uint8Array) return value.length;
  if (isOpaque(value)) return value.size ?? 1;
  return isMap(value) ? mapKeys(value).length : 1;
}

function traversalOf(value: unknown): number {
  if (typeof value === "string") return Math.ceil(value.length * PER_CHARACTER);
  if (!Array.isArray(value)) return 1;
  let cost = 0;
  for (const item of value) cost += typeof item === "string" ? Math.ceil(item.length * PER_CHARACTER) : 1;
  return cost;
}
