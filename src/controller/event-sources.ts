import { type Kind, type KubeObject, kindKey } from "../apimachinery/index.ts";
import type { Change, Informer, InformerFactory } from "../client/index.ts";
import type { Loop } from "../sim/index.ts";
import { CacheReader } from "./cache-reader.ts";
import { CacheSnapshot } from "./cache-snapshot.ts";
import type { AnyDefinition, Key } from "./definition.ts";
import type { MemberCaches } from "./member-caches.ts";
import { ReadLog } from "./read-log.ts";
import { indexesOf, type NamedIndexes } from "./selection.ts";

type AnyKind = Kind<KubeObject>;

/**
 * Where a controller's keys come from, and what it reads: the caches of home and members, and handlers that turn changes
 * into keys.
 */
export class EventSources {
  readonly log = new ReadLog();
  readonly snapshot: CacheSnapshot;
  readonly #definition: AnyDefinition;
  readonly #home: InformerFactory;
  readonly #members: MemberCaches;
  readonly #add: (key: Key) => void;
  readonly #homeReader: CacheReader;
  readonly #memberReaders = new Map<string, CacheReader>();
  readonly #memberIndexes: ReadonlyMap<string, NamedIndexes>;
  readonly #homeIndexes: Map<string, NamedIndexes>;
  /** Primary kinds present, by kind key, and how to stop hearing of them. */
  readonly #primaries = new Map<string, { readonly informer: Informer; readonly leave: () => void }>();
  readonly #leave: (() => void)[] = [];

  constructor(options: {
    readonly definition: AnyDefinition;
    readonly loop: Loop;
    readonly home: InformerFactory;
    readonly members: MemberCaches;
    readonly add: (key: Key) => void;
  }) {
    const { definition, loop, home } = options;
    this.#definition = definition;
    this.#home = home;
    this.#members = options.members;
    this.#add = options.add;
    this.#homeIndexes = indexesByKind([...definition.primary.map((kind) => ({ kind })), ...definition.reads]);
    this.#memberIndexes = indexesByKind(definition.memberReads ?? []);
    this.#homeReader = this.#readerOf(home, this.#homeIndexes);
    this.snapshot = new CacheSnapshot({
      loop,
      random: loop.random.stream(`controller/${definition.name}`),
      home: this.#homeReader,
      memberOf: (cluster) => this.#memberReader(cluster),
    });
  }

  /** Starts watching at home; the informers that must have synced before the first reconcile. */
  watchHome(): readonly Informer[] {
    const { primary, reads } = this.#definition;
    return [...primary, ...reads.map(({ kind }) => kind)].map((kind) => this.#home.of<AnyKind>(kind));
  }

  /** Begins to hear of changes: what is cached already counts as added. */
  attach(): void {
    const { primary, reads, memberReads, dynamicPrimary } = this.#definition;
    for (const kind of primary) this.#attachPrimary(kind);
    if (dynamicPrimary !== undefined) {
      this.#leave.push(this.#home.discovery.onState(() => this.#attachDynamicPrimaries()));
      this.#attachDynamicPrimaries();
    }
    for (const { kind, enqueue } of reads) {
      if (enqueue === "none") continue;
      this.#handle(this.#home.of<AnyKind>(kind), (change) => enqueue(change as never, this.snapshot));
    }
    this.#members.listen({
      onJoin: (cluster, caches) => {
        for (const read of memberReads ?? []) {
          const { enqueue } = read;
          const informer = caches.of<AnyKind>(read.kind);
          if (enqueue !== "none") this.#handle(informer, (change) => enqueue(change as never, cluster, this.snapshot));
        }
      },
      onLeave: (cluster) => void this.#memberReaders.delete(cluster),
    });
  }

  stop(): void {
    for (const leave of this.#leave) leave();
    for (const { leave } of this.#primaries.values()) leave();
  }

  /** The informer of a primary kind; `undefined` when a kind chosen from discovery is served no more. */
  primary(kind: AnyKind): Informer | undefined {
    return this.#primaries.get(kindKey(kind))?.informer;
  }

  /** Every primary object. */
  *primaryKeys(): Iterable<Key> {
    for (const { informer } of this.#primaries.values())
      for (const object of informer.list()) yield keyOf(informer.kind, object);
  }

  #attachPrimary(kind: AnyKind): void {
    const { predicate } = this.#definition;
    const informer = this.#home.of<AnyKind>(kind);
    // Known before its objects are, so that what they lead to finds it.
    const entry = { informer, leave: (): void => {} };
    this.#primaries.set(kindKey(kind), entry);
    entry.leave = informer.addHandler((change) => {
      const matters = predicate === undefined || this.log.unnoted(() => predicate(change as never));
      if (matters) this.#add(keyOf(kind, change.object));
    });
  }

  #attachDynamicPrimaries(): void {
    const chosen = this.#definition.dynamicPrimary?.(this.#home.discovery.kinds()) ?? [];
    const wanted = new Set([...this.#definition.primary, ...chosen].map(kindKey));
    for (const [key, { leave }] of this.#primaries)
      if (!wanted.has(key)) {
        leave();
        this.#primaries.delete(key);
      }
    for (const kind of chosen) {
      if (this.#primaries.has(kindKey(kind))) continue;
      this.#homeIndexes.set(kindKey(kind), {});
      this.#attachPrimary(kind);
    }
  }

  #memberReader(cluster: string): CacheReader | undefined {
    const caches = this.#members.get(cluster);
    if (caches === undefined) {
      this.log.note(this.#members.membership(cluster), false);
      return undefined;
    }
    let reader = this.#memberReaders.get(cluster);
    if (reader === undefined) {
      reader = this.#readerOf(caches, this.#memberIndexes);
      this.#memberReaders.set(cluster, reader);
    }
    return reader;
  }

  #readerOf(caches: InformerFactory, declared: ReadonlyMap<string, NamedIndexes>): CacheReader {
    const { name, enqueueDynamic } = this.#definition;
    const onDynamic = (informer: Informer): void => {
      if (enqueueDynamic === undefined) return;
      this.#handle(informer, (change) => enqueueDynamic(change, caches.client.cluster, this.snapshot));
    };
    return new CacheReader({ controller: name, caches, declared, log: this.log, onDynamic });
  }

  #handle(informer: Informer, keysOf: (change: Change<KubeObject>) => readonly Key[]): void {
    const leave = informer.addHandler((change) => {
      for (const key of this.log.unnoted(() => keysOf(change))) this.#add(key);
    });
    this.#leave.push(leave);
  }
}

function keyOf(kind: AnyKind, object: KubeObject): Key {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { kind, name } : { kind, namespace, name };
}

type Indexed = Parameters<typeof indexesOf>[0] & { readonly kind: AnyKind };

function indexesByKind(reads: readonly Indexed[]): Map<string, NamedIndexes> {
  const indexes = new Map<string, NamedIndexes>();
  for (const read of reads) indexes.set(kindKey(read.kind), { ...indexes.get(kindKey(read.kind)), ...indexesOf(read) });
  return indexes;
}
