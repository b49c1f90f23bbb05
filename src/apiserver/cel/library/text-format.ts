import { isMap, mapKeys, mapValue } from "../equality.ts";
import { CelError, Duration, Timestamp, TypeValue, typeNameOf, Uint } from "../values.ts";
import { doubleText } from "./conversions.ts";
import { durationText, timestampText } from "./time.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** Text in quotes, with control characters escaped (`strings.quote`). */
export function quote(text: string): string {
  return `"${[...text].map((character) => ESCAPES[character] ?? character).join("")}"`;
}

/** `"%s has %d".format([name, 3])`: the clauses s, d, f, e, b, x, X, o. */
export function formatText(text: string, values: readonly unknown[]): string {
  let next = 0;
  const result = text.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z]))/g, (clause, precision: string | undefined, verb) => {
    if (clause === "%%") return "%";
    if (next >= values.length) throw new CelError(`index ${next} out of range`);
    const value = values[next++];
    return formatClause(String(verb), value, precision === undefined ? 6 : Number(precision));
  });
  if (next < values.length) throw new CelError("too many arguments supplied to string.format");
  return result;
}

function formatClause(verb: string, value: unknown, precision: number): string {
  const number = value instanceof Uint ? value.value : value;
  switch (verb) {
    case "s":
      return shown(value);
    case "d":
      if (typeof number === "bigint" || typeof number === "number") return String(number);
      throw wrong("decimal clause can only be used on integers", value);
    case "f":
      if (typeof number === "number" || typeof number === "bigint") return Number(number).toFixed(precision);
      throw wrong("fixed-point clause can only be used on doubles", value);
    case "e":
      if (typeof number === "number" || typeof number === "bigint")
        return Number(number)
          .toExponential(precision)
          .replace(/e([-+])(\d)$/, "e$10$2");
      throw wrong("scientific clause can only be used on doubles", value);
    case "b":
      if (typeof number === "boolean") return number ? "1" : "0";
      if (typeof number === "bigint") return number.toString(2);
      throw wrong("only integers and bools can be formatted as binary", value);
    case "o":
      if (typeof number === "bigint") return number.toString(8);
      throw wrong("octal clause can only be used on integers", value);
    case "x":
    case "X":
      return verb === "x" ? hexadecimal(value) : hexadecimal(value).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function hexadecimal(value: unknown): string {
  if (typeof value === "bigint") return value.toString(16);
  if (value instanceof Uint) return value.value.toString(16);
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  throw wrong("only integers, byte buffers, and strings can be formatted as hex", value);
}

function wrong(what: string, value: unknown): CelError {
  return new CelError(`error during formatting: ${what}, was given ${typeNameOf(value)}`);
}

/** A value as the clause `%s` writes it. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return doubleText(value);
  if (typeof value === "bigint" || typeof value === "boolean" || typeof value === "string") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.typeName;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (isMap(value)) {
    const entries = mapKeys(value).map((key) => `${shown(key)}: ${shown(mapValue(value, key))}`);
    return `{${entries.sort().join(", ")}}`;
  }
  throw wrong(
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    value,
  );
}
