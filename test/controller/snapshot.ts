import {
  type Kind,
  type KubeObject,
  kindKey,
  kindKeyOfObject,
  type ObjectOf,
  parseApiVersion,
} from "../../src/apimachinery/index.ts";
import { Indexer } from "../../src/client/index.ts";
import type { AnyDefinition, ListQuery, MemberReader, Snapshot } from "../../src/controller/index.ts";
import { indexesOf, type NamedIndexes, select } from "../../src/controller/selection.ts";
import { Random } from "../../src/sim/index.ts";
import { deepFreeze } from "../../src/std/index.ts";

type AnyKind = Kind<KubeObject>;

/** What a test may say of the world its controller sees. */
export type SnapshotOptions = {
  readonly nowMs?: number;
  readonly seed?: number;
  /** Joined members and their objects; `"unreachable"`: joined, but its caches never synced. */
  readonly members?: Readonly<Record<string, readonly KubeObject[] | "unreachable">>;
  /** The controller whose reads' indexes apply. */
  readonly definition?: Pick<AnyDefinition, "reads" | "memberReads">;
  /** What discovery tells of the home cluster and of every member. */
  readonly kinds?: readonly AnyKind[];
};

/** A snapshot of plain objects, for tests that call a controller's functions. The objects are frozen. */
export function snapshotOf(objects: readonly KubeObject[], options: SnapshotOptions = {}): Snapshot<AnyKind, AnyKind> {
  const kinds = options.kinds ?? [];
  const homeIndexes = new Map<string, NamedIndexes>();
  const memberIndexes = new Map<string, NamedIndexes>();
  for (const read of options.definition?.reads ?? []) homeIndexes.set(kindKey(read.kind), indexesOf(read));
  for (const read of options.definition?.memberReads ?? []) memberIndexes.set(kindKey(read.kind), indexesOf(read));
  const members = new Map<string, MemberReader<AnyKind>>();
  for (const [name, held] of Object.entries(options.members ?? {}))
    members.set(name, readerOf(held, memberIndexes, kinds));
  return {
    ...readerOf(objects, homeIndexes, kinds),
    nowMs: options.nowMs ?? Date.parse("2026-01-01T00:00:00Z"),
    random: new Random(options.seed ?? 1).stream("snapshot"),
    member: (cluster) => members.get(cluster),
  };
}

function readerOf(
  held: readonly KubeObject[] | "unreachable",
  indexes: ReadonlyMap<string, NamedIndexes>,
  kinds: readonly AnyKind[],
): MemberReader<AnyKind> {
  const caches = new Map<string, Indexer<KubeObject>>();
  const cacheOf = (key: string): Indexer<KubeObject> => {
    const cache = caches.get(key) ?? new Indexer<KubeObject>();
    caches.set(key, cache);
    return cache;
  };
  if (held !== "unreachable") for (const object of held) cacheOf(kindKeyOfObject(object)).set(deepFreeze(object));
  return {
    get: <K extends AnyKind>(kind: K, name: string, namespace?: string) =>
      cacheOf(kindKey(kind)).get(name, namespace) as ObjectOf<K> | undefined,
    list: <K extends AnyKind>(kind: K, query?: ListQuery<ObjectOf<K>>) =>
      select(
        cacheOf(kindKey(kind)),
        query as ListQuery<KubeObject> | undefined,
        indexes.get(kindKey(kind)),
      ) as readonly ObjectOf<K>[],
    dynamic: (kind, name, namespace) => cacheOf(kindKey(kind)).get(name, namespace),
    dynamicList: (kind, query) => select(cacheOf(kindKey(kind)), query, undefined),
    hasSynced: () => held !== "unreachable",
    kindOf: (apiVersion, kind) => {
      const { group, version } = parseApiVersion(apiVersion);
      return kinds.find((known) => known.kind === kind && known.group === group && known.version === version);
    },
  };
}
