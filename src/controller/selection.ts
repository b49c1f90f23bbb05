import type { KubeObject } from "../apimachinery/index.ts";
import type { Indexer, IndexFunction } from "../client/index.ts";
import { assert } from "../std/index.ts";
import type { ListQuery } from "./definition.ts";

/** The indexes one controller declared for one kind, by name. */
export type NamedIndexes = Readonly<Record<string, IndexFunction<KubeObject>>>;

/** The indexes of a read. Its functions take objects of its own kind, which are the only ones they are given. */
export function indexesOf(read: {
  readonly indexes?: Readonly<Record<string, (object: never) => readonly string[]>>;
}): NamedIndexes {
  return (read.indexes ?? {}) as NamedIndexes;
}

/** What a cache holds of `query`; uses the index it names, or the namespace, before it filters. */
export function select(
  cache: Pick<Indexer<KubeObject>, "list" | "listBy">,
  query: ListQuery<KubeObject> | undefined,
  indexes: NamedIndexes | undefined,
): readonly KubeObject[] {
  if (query === undefined) return cache.list();
  const { namespace, index, where } = query;
  let found: readonly KubeObject[];
  if (index === undefined) found = cache.list(namespace);
  else {
    const by = indexes?.[index.name];
    assert(by !== undefined, `index ${index.name} must be declared by a read of the controller`);
    found = cache.listBy(by, index.value);
    if (namespace !== undefined) found = found.filter((object) => object.metadata.namespace === namespace);
  }
  return where === undefined ? found : found.filter(where);
}
