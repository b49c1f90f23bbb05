import type { Unstructured } from "../apimachinery/index.ts";
import type { Loop } from "../sim/index.ts";
import { compareText, deepFreeze } from "../std/index.ts";
import type { Change } from "./change.ts";
import { Collection } from "./collection.ts";
import { History } from "./history.ts";
import { type ChangeSink, type ChangeWatch, Watcher } from "./watcher.ts";

/** What a bucket shares with the others of its store. */
export type StoreCore = {
  readonly loop: Loop;
  readonly historyLimit: number;
  readonly freeze: boolean;
  nextRevision(): number;
};

const NOTHING: readonly Unstructured[] = [];

/**
 * All objects of one resource (`group/plural`), their recent history and their watchers. Objects are kept by reference and
 * never copied but for their `metadata.resourceVersion`, which a write sets. Cluster-scoped objects live in namespace `""`.
 */
export class Bucket {
  readonly name: string;
  readonly #core: StoreCore;
  readonly #namespaces = new Map<string, Collection>();
  readonly #history: History;
  readonly #watchers = new Set<Watcher>();
  readonly #watchersByNamespace = new Map<string, Set<Watcher>>();
  #listed: readonly Unstructured[] | undefined;
  #size = 0;

  constructor(name: string, core: StoreCore) {
    this.name = name;
    this.#core = core;
    this.#history = new History(core.historyLimit);
  }

  get size(): number {
    return this.#size;
  }

  /** Revisions below this one can neither be listed nor resumed from. */
  get compactedRevision(): number {
    return this.#history.compactedRevision;
  }

  get(namespace: string, name: string): Unstructured | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /**
   * Writes `object` under its namespace and name and returns what is stored: `object` with its new resourceVersion.
   * `undefined`, and nothing written, when the present resourceVersion is not the `expected` one (`"absent"`: none).
   */
  put(object: Unstructured, expected?: string): Unstructured | undefined {
    const { name, namespace = "" } = object.metadata;
    let collection = this.#namespaces.get(namespace);
    const before = collection?.get(name);
    if (expected !== undefined && expected !== (before?.metadata.resourceVersion ?? "absent")) return undefined;
    if (collection === undefined) {
      collection = new Collection();
      this.#namespaces.set(namespace, collection);
    }
    const revision = this.#core.nextRevision();
    const stored = this.#stamp(object, revision);
    collection.set(name, stored);
    this.#listed = undefined;
    if (before === undefined) {
      this.#size++;
      this.#commit({ type: "ADDED", revision, object: stored }, namespace);
    } else this.#commit({ type: "MODIFIED", revision, object: stored, before }, namespace);
    return stored;
  }

  /** Removes an object and returns its last state at the deletion's revision; `undefined` when absent or not as `expected`. */
  delete(namespace: string, name: string, expected?: string): Unstructured | undefined {
    const collection = this.#namespaces.get(namespace);
    const before = collection?.get(name);
    if (collection === undefined || before === undefined) return undefined;
    if (expected !== undefined && expected !== before.metadata.resourceVersion) return undefined;
    const revision = this.#core.nextRevision();
    collection.delete(name);
    if (collection.size === 0) this.#namespaces.delete(namespace);
    this.#listed = undefined;
    this.#size--;
    const last = this.#stamp(before, revision);
    this.#commit({ type: "DELETED", revision, object: last, before }, namespace);
    return last;
  }

  /** The present objects, of one namespace or of all, ordered by namespace and name. */
  list(namespace?: string): readonly Unstructured[] {
    if (namespace !== undefined) return this.#namespaces.get(namespace)?.list() ?? NOTHING;
    if (this.#listed === undefined) {
      const names = [...this.#namespaces.keys()].sort(compareText);
      this.#listed = names.flatMap((name) => (this.#namespaces.get(name) as Collection).list());
    }
    return this.#listed;
  }

  /** The objects as they were at `revision`, by undoing later changes; `undefined` when history no longer reaches back. */
  listAt(revision: number, namespace?: string): readonly Unstructured[] | undefined {
    const changes = this.#history.since(revision);
    if (changes === undefined) return undefined;
    if (changes.length === 0) return this.list(namespace);
    const earlier = new Map<string, Unstructured | undefined>();
    for (const change of changes) {
      const key = orderKey(change.object);
      if (!earlier.has(key)) earlier.set(key, change.before);
    }
    const unchanged = this.list(namespace).filter((object) => !earlier.has(orderKey(object)));
    const restored = [...earlier.values()].filter(
      (object) => object !== undefined && (namespace === undefined || object.metadata.namespace === namespace),
    ) as Unstructured[];
    return [...unchanged, ...restored].sort((left, right) => compareText(orderKey(left), orderKey(right)));
  }

  /** Tells `sink` every change after `revision`, in order; `undefined` when some of them are compacted. */
  watch(
    options: { readonly namespace?: string; readonly afterRevision: number },
    sink: ChangeSink,
  ): ChangeWatch | undefined {
    const { namespace, afterRevision } = options;
    const missed = this.#history.since(afterRevision);
    if (missed === undefined) return undefined;
    const watcher = new Watcher({
      namespace,
      loop: this.#core.loop,
      why: `watch ${this.name}`,
      sink,
      backlogLimit: this.#core.historyLimit,
      leave: (leaving) => this.#leave(leaving),
    });
    this.#join(watcher);
    for (const change of missed)
      if (namespace === undefined || change.object.metadata.namespace === namespace) watcher.offer(change);
    return watcher;
  }

  #stamp(object: Unstructured, revision: number): Unstructured {
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    return this.#core.freeze ? deepFreeze(stamped) : stamped;
  }

  #commit(change: Change, namespace: string): void {
    this.#history.push(change);
    for (const watcher of this.#watchers) watcher.offer(change);
    const within = this.#watchersByNamespace.get(namespace);
    if (within !== undefined) for (const watcher of within) watcher.offer(change);
  }

  #join(watcher: Watcher): void {
    if (watcher.namespace === undefined) {
      this.#watchers.add(watcher);
      return;
    }
    const within = this.#watchersByNamespace.get(watcher.namespace);
    if (within === undefined) this.#watchersByNamespace.set(watcher.namespace, new Set([watcher]));
    else within.add(watcher);
  }

  #leave(watcher: Watcher): void {
    if (watcher.namespace === undefined) {
      this.#watchers.delete(watcher);
      return;
    }
    const within = this.#watchersByNamespace.get(watcher.namespace);
    within?.delete(watcher);
    if (within?.size === 0) this.#watchersByNamespace.delete(watcher.namespace);
  }
}

/** Orders by namespace, then name: NUL sorts below every character a name may have. */
function orderKey(object: Unstructured): string {
  return `${object.metadata.namespace ?? ""}\u0000${object.metadata.name}`;
}
