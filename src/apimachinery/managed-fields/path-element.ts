import { compareText, isRecord } from "../../std/index.ts";

/**
 * One step of a field's path as FieldsV1 writes it: a field by name, a list item by its key fields or its value, an index.
 * Always in canonical form, so that equal steps are equal texts (structured-merge-diff `fieldpath/serialize-pe.go`).
 */
export type PathElement = `f:${string}` | `k:${string}` | `v:${string}` | `i:${string}`;

/** From an object's root to one of its fields. */
export type FieldPath = readonly PathElement[];

/** The step to a field of a map. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The step to the item of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

/** The step to the item of an associative list; `fields` in any order. */
export function keyElement(fields: readonly (readonly [name: string, value: unknown])[]): PathElement {
  const [first] = fields;
  if (fields.length === 1 && first !== undefined) return `k:{${JSON.stringify(first[0])}:${goJson(first[1])}}`;
  const sorted = [...fields].sort((left, right) => compareText(left[0], right[0]));
  return `k:{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${goJson(value)}`).join(",")}}`;
}

/** What could not be read, and why. */
export class FieldsFormatError extends Error {
  override readonly name = "FieldsFormatError";
}

/** Reads a key of FieldsV1; `undefined` for a kind of step of some later Kubernetes, which is to be ignored. */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new FieldsFormatError("key must be 2 characters long:");
  if (text[1] !== ":") throw new FieldsFormatError(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case "f":
      return text as PathElement;
    case "v":
      return valueElement(parseJson(content));
    case "k": {
      const fields = parseJson(content);
      if (!isRecord(fields)) throw new FieldsFormatError(`expected the fields of a key: ${text}`);
      return keyElement(Object.entries(fields));
    }
    case "i":
      if (!/^-?\d+$/.test(content)) throw new FieldsFormatError(`expected an index: ${text}`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

/** The name of a field step; `undefined` for a step to a list item. */
export function fieldNameOf(element: PathElement): string | undefined {
  return element.startsWith("f:") ? element.slice(2) : undefined;
}

const RANKS: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** Kubernetes' order: fields by name, then keys, values and indexes by what they hold. */
export function comparePathElements(left: PathElement, right: PathElement): number {
  if (left === right) return 0;
  const kind = left[0] as string;
  if (kind !== right[0]) return (RANKS[kind] as number) - (RANKS[right[0] as string] as number);
  if (kind === "f") return compareText(left, right);
  const [one, other] = [contentOf(left), contentOf(right)];
  return kind === "k" ? compareRecords(one, other) : compareValues(one, other);
}

/** As messages show a path: `.spec.containers[name="web"].image`. */
export function printPath(path: FieldPath): string {
  return path.map(printElement).join("");
}

/** As messages show one step. */
export function printElement(element: PathElement): string {
  const name = fieldNameOf(element);
  if (name !== undefined) return `.${name}`;
  const content = contentOf(element);
  if (element.startsWith("v:")) return `[=${printValue(content)}]`;
  if (!isRecord(content)) return `[${printValue(content)}]`;
  return `[${Object.entries(content)
    .sort((left, right) => compareText(left[0], right[0]))
    .map(([key, value]) => `${key}=${printValue(value)}`)
    .join(",")}]`;
}

const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** JSON as Go's encoder writes it: safe to stand in HTML. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, (character) => ESCAPED[character] as string)
    : text;
}

function contentOf(element: PathElement): unknown {
  return JSON.parse(element.slice(2));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FieldsFormatError(`expected JSON: ${text}`);
  }
}

/** `value.Compare`: numbers before texts, booleans, lists, maps and null. */
function compareValues(left: unknown, right: unknown): number {
  const [rank, otherRank] = [rankOf(left), rankOf(right)];
  if (rank !== otherRank) return rank - otherRank;
  if (typeof left === "number") return left - (right as number);
  if (typeof left === "boolean") return Number(left) - Number(right);
  if (typeof left === "string") return compareText(left, right as string);
  if (Array.isArray(left)) return compareLists(left, right as readonly unknown[]);
  return left === null ? 0 : compareRecords(left, right);
}

function rankOf(value: unknown): number {
  if (value === null) return 5;
  if (Array.isArray(value)) return 3;
  return ["number", "string", "boolean", "", "object"].indexOf(typeof value);
}

function compareLists(left: readonly unknown[], right: readonly unknown[]): number {
  for (let index = 0; index < left.length && index < right.length; index++) {
    const order = compareValues(left[index], right[index]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** `FieldList.Compare`: name by name, each with its value. */
function compareRecords(left: unknown, right: unknown): number {
  const entriesOf = (value: unknown): readonly unknown[] =>
    Object.entries(value as object)
      .sort((one, other) => compareText(one[0], other[0]))
      .flat();
  return compareLists(entriesOf(left), entriesOf(right));
}

function printValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(",")}]`;
  if (isRecord(value))
    return Object.entries(value)
      .map(([key, item]) => `${key}=${printValue(item)}`)
      .join("");
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
