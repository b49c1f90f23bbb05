import type { KubeObject } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";
import { compareObjects, SortedObjects } from "./sorted-objects.ts";

/** The values an object is found under in one index. Pure. */
export type IndexFunction<T> = (object: T) => readonly string[];

type Bucket<T extends KubeObject> = {
  readonly byName: Map<string, T>;
  /** Built when first listed, then kept up to date. */
  sorted: SortedObjects<T> | undefined;
};

/**
 * A cache of the objects of one kind: by name, by namespace, and by any index, an index being its function. Lists come
 * sorted by namespace and name, and a list handed out never changes.
 */
export class Indexer<T extends KubeObject> {
  readonly #namespaces = new Map<string, Bucket<T>>();
  readonly #indexes = new Map<IndexFunction<T>, Map<string, SortedObjects<T>>>();
  #all: readonly T[] | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(name: string, namespace: string | undefined): T | undefined {
    return this.#namespaces.get(namespace ?? "")?.byName.get(name);
  }

  /** Objects of one namespace, or all of them. */
  list(namespace?: string): readonly T[] {
    if (namespace === undefined) {
      this.#all ??= this.#concatenated();
      return this.#all;
    }
    const bucket = this.#namespaces.get(namespace);
    return bucket === undefined ? NONE : sortedOf(bucket).share();
  }

  /** Objects the index `by` finds under `value`; the index is built at the first question. */
  listBy(by: IndexFunction<T>, value: string): readonly T[] {
    this.addIndex(by);
    return this.#indexes.get(by)?.get(value)?.share() ?? NONE;
  }

  addIndex(by: IndexFunction<T>): void {
    if (this.#indexes.has(by)) return;
    const index = new Map<string, SortedObjects<T>>();
    this.#indexes.set(by, index);
    for (const object of this.list()) for (const value of by(object)) addTo(index, value, object);
  }

  /** Puts `object` in place of what had its name, which is returned. */
  set(object: T): T | undefined {
    const { name, namespace = "" } = object.metadata;
    let bucket = this.#namespaces.get(namespace);
    if (bucket === undefined) {
      bucket = { byName: new Map(), sorted: undefined };
      this.#namespaces.set(namespace, bucket);
    }
    const before = bucket.byName.get(name);
    bucket.byName.set(name, object);
    bucket.sorted?.set(object);
    this.#all = undefined;
    if (before === undefined) this.#size++;
    for (const [by, index] of this.#indexes) reindex(by, index, before, object);
    return before;
  }

  /** Takes the object of that name out, and returns it. */
  delete(name: string, namespace: string | undefined): T | undefined {
    const bucket = this.#namespaces.get(namespace ?? "");
    const before = bucket?.byName.get(name);
    if (bucket === undefined || before === undefined) return undefined;
    bucket.byName.delete(name);
    bucket.sorted?.delete(before);
    if (bucket.byName.size === 0) this.#namespaces.delete(namespace ?? "");
    this.#all = undefined;
    this.#size--;
    for (const [by, index] of this.#indexes) reindex(by, index, before, undefined);
    return before;
  }

  #concatenated(): readonly T[] {
    const namespaces = [...this.#namespaces.entries()];
    if (namespaces.length === 1) return sortedOf((namespaces[0] as [string, Bucket<T>])[1]).share();
    namespaces.sort(([left], [right]) => compareText(left, right));
    return namespaces.flatMap(([, bucket]) => sortedOf(bucket).share());
  }
}

const NONE: readonly never[] = Object.freeze([]);

function sortedOf<T extends KubeObject>(bucket: Bucket<T>): SortedObjects<T> {
  bucket.sorted ??= new SortedObjects([...bucket.byName.values()].sort(compareObjects));
  return bucket.sorted;
}

function reindex<T extends KubeObject>(
  by: IndexFunction<T>,
  index: Map<string, SortedObjects<T>>,
  before: T | undefined,
  after: T | undefined,
): void {
  const gone = before === undefined ? NONE : by(before);
  const present = after === undefined ? NONE : by(after);
  for (const value of gone) if (!present.includes(value)) removeFrom(index, value, before as T);
  for (const value of present) addTo(index, value, after as T);
}

function addTo<T extends KubeObject>(index: Map<string, SortedObjects<T>>, value: string, object: T): void {
  const objects = index.get(value);
  if (objects === undefined) index.set(value, new SortedObjects([object]));
  else objects.set(object);
}

function removeFrom<T extends KubeObject>(index: Map<string, SortedObjects<T>>, value: string, object: T): void {
  const objects = index.get(value);
  objects?.delete(object);
  if (objects?.size === 0) index.delete(value);
}
