import { CONTROL_ESCAPES } from "../../../std/index.ts";
import { isMap, mapKeys, mapValue } from "../equality.ts";
import { CelError, Duration, Timestamp, TypeValue, typeNameOf, Uint } from "../values.ts";
import { doubleText } from "./conversions.ts";
import { durationText, timestampText } from "./time.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(CONTROL_ESCAPES).map(([letter, character]) => [character, `\\${letter}`])),
  "\\": "\\\\",
  '"': '\\"',
};

/** Text in quotes, with control characters escaped (`strings.quote`). */
export function quote(text: string): string {
  return `"${[...text].map((character) => ESCAPES[character] ?? character).join("")}"`;
}

/** A part of a format: text, or a clause that takes an argument. */
type Piece = string | Clause;
type Clause = { readonly verb: string; readonly precision: number };

/** Reads a format; the text of its error when it is none. */
export function parseFormat(text: string): readonly Piece[] | string {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const percent = text.indexOf("%", at);
    if (percent < 0) return [...pieces, text.slice(at)];
    pieces.push(text.slice(at, percent));
    if (percent + 1 >= text.length) return "unexpected end of string";
    const [clause = "", precision, verb] = /^%(?:\.(\d+))?(.?)/su.exec(text.slice(percent)) ?? [];
    if (verb === undefined || verb === "") return "could not parse formatting clause: unexpected end of string";
    if (!CLAUSES.has(verb)) return `could not parse formatting clause: unrecognized formatting clause "${verb}"`;
    pieces.push(verb === "%" ? "%" : { verb, precision: precision === undefined ? 6 : Number(precision) });
    at = percent + clause.length;
  }
  return pieces;
}

const CLAUSES: ReadonlySet<string> = new Set("%sdfebxXo");

const HEXADECIMAL = {
  types: ["int", "uint", "string", "bytes"],
  otherwise: "only integers, byte buffers, and strings can be formatted as hex",
};

/** What clauses ask of their arguments: the types they take, and what they say to others. */
export const CLAUSE_TYPES: Readonly<Record<string, { readonly types: readonly string[]; readonly otherwise: string }>> =
  {
    s: {
      types: "list map int uint double bool string timestamp bytes duration type null".split(" "),
      otherwise:
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    },
    d: { types: ["int", "uint"], otherwise: "decimal clause can only be used on integers" },
    f: { types: ["double"], otherwise: "fixed-point clause can only be used on doubles" },
    e: { types: ["double"], otherwise: "scientific clause can only be used on doubles" },
    b: { types: ["int", "uint", "bool"], otherwise: "only integers and bools can be formatted as binary" },
    o: { types: ["int", "uint"], otherwise: "octal clause can only be used on integers" },
    x: HEXADECIMAL,
    X: HEXADECIMAL,
  };

/** `"%s has %d".format([name, 3])`: the clauses s, d, f, e, b, x, X, o. */
export function formatText(text: string, values: readonly unknown[]): string {
  const pieces = parseFormat(text);
  if (typeof pieces === "string") throw new CelError(pieces);
  let next = 0;
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if (next >= values.length) throw new CelError(`index ${next} out of range`);
      return formatClause(piece, values[next++]);
    })
    .join("");
}

function formatClause({ verb, precision }: Clause, value: unknown): string {
  const number = value instanceof Uint ? value.value : value;
  switch (verb) {
    case "d":
      if (typeof number === "bigint") return String(number);
      break;
    case "f":
      if (typeof number === "number") return fixedText(number, precision);
      break;
    case "e":
      if (typeof number === "number") return scientificText(number, precision);
      break;
    case "b":
      if (typeof number === "boolean") return number ? "1" : "0";
      if (typeof number === "bigint") return number.toString(2);
      break;
    case "o":
      if (typeof number === "bigint") return number.toString(8);
      break;
    case "x":
    case "X": {
      const text = hexadecimal(number);
      if (text !== undefined) return verb === "x" ? text : text.toUpperCase();
      break;
    }
    default: {
      const text = shown(value, plainText);
      if (text !== undefined) return text;
    }
  }
  throw new CelError(`error during formatting: ${CLAUSE_TYPES[verb]?.otherwise}, was given ${typeNameOf(value)}`);
}

/** Numbers as `golang.org/x/text/message` prints them in English. */
function fixedText(value: number, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-∞" : "∞";
  const [whole = "", fraction] = value.toFixed(precision).split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const RAISED: Readonly<Record<string, string>> = { "-": "⁻", "+": "" };

function scientificText(value: number, precision: number): string {
  if (!Number.isFinite(value)) return fixedText(value, precision);
  const [mantissa = "", exponent = ""] = value.toExponential(precision).split("e");
  const sign = RAISED[exponent[0] ?? "+"] ?? "";
  const digits = exponent.slice(1).padStart(2, "0");
  return `${mantissa}×10${sign}${[...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

function hexadecimal(value: unknown): string | undefined {
  if (typeof value === "bigint") return value.toString(16);
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : undefined;
}

type Leaf = (value: unknown) => string | undefined;

/** A value as the clause `%s` writes it: plainly by itself, as a literal within a list or map. */
function shown(value: unknown, leaf: Leaf): string | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item) => shown(item, literalText));
    return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
  }
  if (!isMap(value)) return leaf(value);
  const entries = mapKeys(value).map((key) => [literalText(key), shown(mapValue(value, key), literalText)] as const);
  if (entries.flat().includes(undefined)) return undefined;
  const sorted = entries.sort(([left = ""], [right = ""]) => (left < right ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${key}:${item}`).join(", ")}}`;
}

function plainText(value: unknown): string | undefined {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return doubleText(value);
  if (typeof value === "bigint" || typeof value === "boolean" || typeof value === "string") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.typeName;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}

function literalText(value: unknown): string | undefined {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return value.toFixed(6);
  if (value instanceof Timestamp) return `timestamp(${quote(timestampText(value))})`;
  if (value instanceof Duration) return `duration(${quote(durationText(value))})`;
  return value instanceof Uint8Array ? `b${quote(new TextDecoder().decode(value))}` : plainText(value);
}
