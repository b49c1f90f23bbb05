import { parseDate, parseDuration, parseTimestamp } from "./library/time.ts";
import type { CelType } from "./types.ts";
import type { Timestamp } from "./values.ts";

/** Makes a value of the data what CEL has for its type; does nothing to a value that is one already. */
export type Read = (value: unknown) => unknown;

/** How values of a declared type are read from JSON, where whole numbers, doubles and times look alike; `undefined`: as they are.
 * Maps and objects keep theirs: each is read when it is asked for. */
export function readerOf(type: CelType): Read | undefined {
  switch (type.kind) {
    case "int":
      return (value) => (typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : value);
    case "double":
      return (value) => (typeof value === "bigint" ? Number(value) : value);
    case "timestamp":
      return (value) => (typeof value === "string" ? readTime(value) : value);
    case "duration":
      return (value) => (typeof value === "string" ? parseDuration(value) : value);
    case "bytes":
      return (value) => (typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value);
    case "list":
      return listReader(readerOf(type.element));
    case "dyn":
      return readDynamic;
    default:
      return undefined;
  }
}

function listReader(read: Read | undefined): Read | undefined {
  if (read === undefined) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const items = value.map(read);
    return items.every((item, index) => item === value[index]) ? value : items;
  };
}

function readDynamic(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value) && value.some((item) => typeof item === "number")) return value.map(readDynamic);
  return value;
}

function readTime(text: string): Timestamp {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? parseDate(text) : parseTimestamp(text.replace(" ", "T"));
}
