import { type Kind, type KubeObject, objectKey, type Status } from "../apimachinery/index.ts";
import type { Loop } from "../sim/index.ts";
import type { Change } from "./change.ts";
import { Indexer, type IndexFunction } from "./indexer.ts";
import type { ClusterClient } from "./port.ts";
import { Reflector } from "./reflector.ts";

/** `pending` until the first list is answered; `unavailable` while only failures were; `synced` ever after. */
export type InformerState = "pending" | "unavailable" | "synced";

/** Where the cache is ahead of the watch: what handlers were last told of an object, and which incarnation is known gone. */
type Ahead = { announced: KubeObject | undefined; goneUid: string | undefined };

/**
 * A cache of one kind of one cluster, kept by list and watch. Handlers are called after the cache is updated. Answers to
 * own writes are written through (`observe`), so that a writer reads its own writes; handlers hear of them from the watch.
 */
export class Informer<T extends KubeObject = KubeObject> {
  readonly kind: Kind<KubeObject>;
  readonly #cache = new Indexer<KubeObject>();
  readonly #reflector: Reflector;
  readonly #ahead = new Map<string, Ahead>();
  #handlers: readonly ((change: Change<KubeObject>) => void)[] = [];
  #stateObservers: readonly (() => void)[] = [];
  #state: InformerState = "pending";
  #failure: Status | undefined;
  /** How far the watch has come: all that was written up to here is in the cache. */
  #revision = 0;

  constructor(client: ClusterClient, kind: Kind<KubeObject>, loop: Loop) {
    this.kind = kind;
    this.#reflector = new Reflector(client, kind, loop, {
      onList: (items, revision) => this.#onList(items, revision),
      onChange: (type, object, revision) => this.#onChange(type, object as KubeObject, revision),
      onBookmark: (revision) => {
        this.#revision = revision;
      },
      onUnavailable: (status) => {
        const known = this.#failure?.code === status.code;
        this.#failure = status;
        if (this.#state === "pending") this.#state = "unavailable";
        if (!known) this.#tellState();
      },
    });
  }

  get state(): InformerState {
    return this.#state;
  }

  get hasSynced(): boolean {
    return this.#state === "synced";
  }

  /** Why the last list failed; absent when it did not. */
  get failure(): Status | undefined {
    return this.#failure;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#cache.get(name, namespace) as T | undefined;
  }

  /** Sorted by namespace and name; not to be changed, and never changing. */
  list(namespace?: string): readonly T[] {
    return this.#cache.list(namespace) as readonly T[];
  }

  listBy(by: IndexFunction<T>, value: string): readonly T[] {
    return this.#cache.listBy(by as IndexFunction<KubeObject>, value) as readonly T[];
  }

  addIndex(by: IndexFunction<T>): void {
    this.#cache.addIndex(by as IndexFunction<KubeObject>);
  }

  /** Calls `handler` for what is cached already, as additions, and for every change; until the returned function is called. */
  addHandler(handler: (change: Change<T>) => void): () => void {
    for (const object of this.list()) handler({ after: object, object });
    const added = handler as (change: Change<KubeObject>) => void;
    this.#handlers = [...this.#handlers, added];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== added);
    };
  }

  /** Calls `observer` when the state or the failure changes; until the returned function is called. */
  onState(observer: () => void): () => void {
    this.#stateObservers = [...this.#stateObservers, observer];
    return () => {
      this.#stateObservers = this.#stateObservers.filter((other) => other !== observer);
    };
  }

  start(): void {
    this.#reflector.start();
  }

  /** Tries again at once what waits to be tried again. */
  retry(): void {
    this.#reflector.retry();
  }

  /** Ends the watch; the cache stays as it is. */
  stop(): void {
    this.#reflector.stop();
  }

  /** Ends the watch and empties the cache, telling handlers that everything is gone: the cluster left, or the kind did. */
  forget(): void {
    this.stop();
    this.#ahead.clear();
    for (const object of this.list()) this.#remove(object, object);
    this.#state = "unavailable";
  }

  /** Takes in an object a write was answered with, unless the watch has told of it or of something newer. */
  observe(object: KubeObject): void {
    const revision = revisionOf(object);
    if (!this.hasSynced || !(revision > this.#revision)) return;
    const { name, namespace } = object.metadata;
    const cached = this.#cache.get(name, namespace);
    if (cached !== undefined && revisionOf(cached) >= revision) return;
    const key = objectKey(object.metadata);
    const ahead = this.#ahead.get(key);
    if (ahead === undefined) this.#ahead.set(key, { announced: cached, goneUid: undefined });
    else if (ahead.goneUid !== undefined && ahead.goneUid === object.metadata.uid) return;
    this.#cache.set(object);
  }

  /** Takes out an object a deletion was answered for, unless the watch has told of another of that name. */
  observeDeletion(target: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
  }): void {
    const cached = this.#cache.get(target.name, target.namespace);
    if (cached === undefined || cached.metadata.uid !== target.uid) return;
    const key = objectKey(target);
    const ahead = this.#ahead.get(key) ?? { announced: cached, goneUid: undefined };
    ahead.goneUid = target.uid;
    this.#ahead.set(key, ahead);
    this.#cache.delete(target.name, target.namespace);
  }

  #onList(items: readonly KubeObject[], revision: number): void {
    this.#revision = revision;
    const failed = this.#failure !== undefined;
    this.#failure = undefined;
    const listed = new Set<string>();
    const held = this.#cache.size + this.#ahead.size > 0;
    for (const item of items) {
      if (held) listed.add(objectKey(item.metadata));
      this.#upsert(item);
    }
    if (held) this.#dropUnlisted(listed, revision);
    if (this.#state === "synced" && !failed) return;
    this.#state = "synced";
    this.#tellState();
  }

  /** What a list no longer has was deleted while nobody watched; what was written after the list stays. */
  #dropUnlisted(listed: ReadonlySet<string>, revision: number): void {
    for (const object of this.list()) {
      if (listed.has(objectKey(object.metadata)) || revisionOf(object) > revision) continue;
      this.#delete(object);
    }
    for (const [key, ahead] of this.#ahead)
      if (!listed.has(key) && ahead.goneUid !== undefined && ahead.announced !== undefined)
        this.#delete(ahead.announced);
  }

  #onChange(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject, revision: number): void {
    this.#revision = revision;
    if (type === "DELETED") this.#delete(object);
    else this.#upsert(object);
  }

  #upsert(object: KubeObject): void {
    if (this.#ahead.size > 0 && this.#ahead.has(objectKey(object.metadata))) {
      this.#catchUp(object);
      return;
    }
    const cached = this.#cache.get(object.metadata.name, object.metadata.namespace);
    if (cached !== undefined && revisionOf(cached) >= revisionOf(object)) return;
    this.#cache.set(object);
    this.#announce(cached, object);
  }

  /** An event for an object the cache is ahead of: it counts once it is as new as what was written through. */
  #catchUp(object: KubeObject): void {
    const key = objectKey(object.metadata);
    const ahead = this.#ahead.get(key) as Ahead;
    if (ahead.goneUid !== undefined && ahead.goneUid === object.metadata.uid) return;
    const cached = this.#cache.get(object.metadata.name, object.metadata.namespace);
    if (cached !== undefined && revisionOf(cached) > revisionOf(object)) return;
    this.#cache.set(object);
    this.#ahead.delete(key);
    this.#announce(ahead.announced, object);
  }

  #delete(object: KubeObject): void {
    const { name, namespace } = object.metadata;
    const cached = this.#cache.get(name, namespace);
    const ahead = this.#ahead.size === 0 ? undefined : this.#ahead.get(objectKey(object.metadata));
    if (ahead === undefined) {
      if (cached !== undefined) this.#remove(cached, object);
      return;
    }
    const announced = ahead.announced;
    if (
      cached !== undefined &&
      cached.metadata.uid !== object.metadata.uid &&
      revisionOf(cached) > revisionOf(object)
    ) {
      // The next object of that name was written through already, and is yet to be announced.
      ahead.announced = undefined;
      ahead.goneUid = undefined;
    } else {
      this.#ahead.delete(objectKey(object.metadata));
      this.#cache.delete(name, namespace);
    }
    if (announced !== undefined) this.#tell({ before: announced, object });
  }

  #remove(cached: KubeObject, last: KubeObject): void {
    this.#cache.delete(cached.metadata.name, cached.metadata.namespace);
    this.#tell({ before: cached, object: last });
  }

  #announce(before: KubeObject | undefined, after: KubeObject): void {
    if (before === undefined) this.#tell({ after, object: after });
    else if (before.metadata.uid === after.metadata.uid) this.#tell({ before, after, object: after });
    else {
      // Deleted and made anew between two events that were seen.
      this.#tell({ before, object: before });
      this.#tell({ after, object: after });
    }
  }

  #tell(change: Change<KubeObject>): void {
    for (const handler of this.#handlers) handler(change);
  }

  #tellState(): void {
    for (const observer of this.#stateObservers) observer();
  }
}

/** resourceVersions of one cluster are ordered (as etcd's revisions are); one that is no number is newer than anything. */
function revisionOf(object: KubeObject): number {
  const revision = Number(object.metadata.resourceVersion);
  return Number.isNaN(revision) ? Number.POSITIVE_INFINITY : revision;
}
