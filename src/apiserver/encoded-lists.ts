import type { Unstructured } from "../apimachinery/index.ts";
import type { Store } from "../store/index.ts";

const COMMA = 0x2c;
/** Pages kept of one list; clients page with one or two limits. */
const PAGES_MAX = 32;

type Row = readonly Unstructured[];

/**
 * Lists as bytes. The store hands out the same array of objects until its next write; whatever is made of such an array is shared
 * by all who ask in between, and forgotten with it.
 */
export class EncodedLists {
  readonly #store: Store;
  readonly #pages = new WeakMap<Row, Map<string, Row>>();
  readonly #bytes = new WeakMap<Row, Uint8Array | "asked">();

  constructor(store: Store) {
    this.#store = store;
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

  /**
   * The JSON of objects with commas between; kept once the same array is asked for again. Items of a typed list do not say what
   * they are, as Go's lists do not: the list says it.
   */
  encode(items: Row, { typed }: { readonly typed: boolean }): Uint8Array {
    const known = this.#bytes.get(items);
    if (known instanceof Uint8Array) return known;
    const bytes = joined(
      items.map((item) => (typed ? withoutType(item, this.#store.encode(item)) : this.#store.encode(item))),
    );
    this.#bytes.set(items, known === undefined ? "asked" : bytes);
    return bytes;
  }
}

const BRACE = 0x7b;

/** An object's JSON without `apiVersion` and `kind`, which nearly all state first. */
function withoutType(item: Unstructured, bytes: Uint8Array): Uint8Array {
  const apiVersion = `"apiVersion":${JSON.stringify(item.apiVersion)}`;
  const kind = `"kind":${JSON.stringify(item.kind)}`;
  const head = `{${apiVersion},${kind},`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, head.length)).toString("latin1");
  if (text === head || text === `{${kind},${apiVersion},`) {
    const rest = Buffer.from(bytes.subarray(head.length - 1));
    rest[0] = BRACE;
    return rest;
  }
  const { apiVersion: _, kind: __, ...rest } = item;
  return Buffer.from(JSON.stringify(rest));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  let length = Math.max(0, pieces.length - 1);
  for (const piece of pieces) length += piece.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const piece of pieces) {
    if (at > 0) bytes[at++] = COMMA;
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
