import type { ObjectMeta, Unstructured } from "../apimachinery/index.ts";

const COMMA = 0x2c;
const BRACE = 0x7b;
/** Pages kept of one list; clients page with one or two limits. */
const PAGES_MAX = 32;

type Row = readonly Unstructured[];

/** The fields of metadata in the order of Go's struct. */
const META_FIELDS: readonly (keyof ObjectMeta)[] = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/** Which objects a list holds: those of typed kinds do not repeat what they are. */
export type Encoding = "typed" | "custom";

/**
 * Objects and lists as bytes, made once. The store hands out the same array of objects until its next write; whatever is made of
 * such an array is shared by all who ask in between, and forgotten with it.
 */
export class EncodedObjects {
  readonly #lines = new WeakMap<object, Buffer>();
  readonly #pages = new WeakMap<Row, Map<string, Row>>();
  readonly #lists = new WeakMap<Row, Uint8Array | "asked">();
  /** Completes an object by what is only worked out for those who are shown it. */
  readonly shown: (object: Unstructured) => Unstructured;

  constructor(shown: (object: Unstructured) => Unstructured) {
    this.shown = shown;
  }

  /** An immutable object as a line of JSON, in the order of fields Go's structs have. */
  line(object: Unstructured): Buffer {
    let bytes = this.#lines.get(object);
    if (bytes === undefined) {
      bytes = Buffer.from(`${JSON.stringify(inOrder(this.shown(object)))}\n`);
      this.#lines.set(object, bytes);
    }
    return bytes;
  }

  /** Any other immutable value as a line of JSON. */
  document(value: object): Buffer {
    let bytes = this.#lines.get(value);
    if (bytes === undefined) {
      bytes = Buffer.from(`${JSON.stringify(value)}\n`);
      this.#lines.set(value, bytes);
    }
    return bytes;
  }

  /** The objects from `start` up to `end`: the same array for the same question. */
  page(objects: Row, start: number, end: number): Row {
    if (start === 0 && end >= objects.length) return objects;
    const pages = this.#pages.get(objects) ?? new Map<string, Row>();
    this.#pages.set(objects, pages);
    const key = `${start} ${end}`;
    const page = pages.get(key) ?? objects.slice(start, end);
    if (pages.size < PAGES_MAX) pages.set(key, page);
    return page;
  }

  /** The JSON of objects with commas between; kept once the same array is asked for again. */
  list(items: Row, encoding: Encoding): Uint8Array {
    const known = this.#lists.get(items);
    if (known instanceof Uint8Array) return known;
    const bytes = joined(items.map((item) => (encoding === "typed" ? this.#untyped(item) : this.line(item))));
    this.#lists.set(items, known === undefined ? "asked" : bytes);
    return bytes;
  }

  /** A line without the kind and apiVersion it begins with, and with something else in place of the brace. */
  #untyped(item: Unstructured): Uint8Array {
    const line = this.line(item);
    const { kind, apiVersion } = item;
    return line.subarray(`{"kind":"${kind}","apiVersion":"${apiVersion}",`.length - 1);
  }
}

function inOrder({ kind, apiVersion, metadata, ...rest }: Unstructured): object {
  return { kind, apiVersion, ...(metadata === undefined ? {} : { metadata: metaInOrder(metadata) }), ...rest };
}

/** Metadata in the order of Go's struct; only bookmarks have no name, and Go writes none then. */
export function metaInOrder(metadata: ObjectMeta): ObjectMeta {
  const ordered: Record<string, unknown> = {};
  for (const field of META_FIELDS) if (metadata[field] !== undefined) ordered[field] = metadata[field];
  if (ordered.name === "") delete ordered.name;
  return ordered as ObjectMeta;
}

/** Lines, with commas in place of their ends. */
function joined(lines: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const line of lines) length += line.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    bytes[at] = BRACE;
    at += line.length;
    bytes[at - 1] = COMMA;
  }
  return bytes.subarray(0, Math.max(0, length - 1));
}
