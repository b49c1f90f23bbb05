import { type Kind, type KubeObject, kindKey, type ObjectOf } from "../apimachinery/index.ts";
import type { Informer, InformerFactory } from "../client/index.ts";
import { assert } from "../std/index.ts";
import type { ListQuery, MemberReader } from "./definition.ts";
import type { ReadLog } from "./read-log.ts";
import { type NamedIndexes, select } from "./selection.ts";

type AnyKind = Kind<KubeObject>;
type Slot = { readonly informer: Informer; readonly indexes: NamedIndexes | undefined };

export type CacheReaderOptions = {
  readonly controller: string;
  readonly caches: InformerFactory;
  /** Indexes of the declared kinds, by kind key. */
  readonly declared: ReadonlyMap<string, NamedIndexes>;
  readonly log: ReadLog;
  /** Called once for every further kind that comes to be read. */
  readonly onDynamic: (informer: Informer) => void;
};

/** One controller's view of the caches of one cluster. */
export class CacheReader implements MemberReader<AnyKind> {
  readonly #options: CacheReaderOptions;
  /** By identity of the kind, which is quicker than by its key. */
  readonly #slots = new WeakMap<AnyKind, Slot>();
  readonly #dynamic = new Set<string>();

  constructor(options: CacheReaderOptions) {
    this.#options = options;
  }

  get<K extends AnyKind>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined {
    return this.#declared(kind).informer.get(name, namespace) as ObjectOf<K> | undefined;
  }

  list<K extends AnyKind>(kind: K, query?: ListQuery<ObjectOf<K>>): readonly ObjectOf<K>[] {
    const { informer, indexes } = this.#declared(kind);
    return select(informer, query as ListQuery<KubeObject> | undefined, indexes) as readonly ObjectOf<K>[];
  }

  dynamic(kind: AnyKind, name: string, namespace?: string): KubeObject | undefined {
    return this.#any(kind).informer.get(name, namespace);
  }

  dynamicList(kind: AnyKind, query?: ListQuery<KubeObject>): readonly KubeObject[] {
    const { informer, indexes } = this.#any(kind);
    return select(informer, query, indexes);
  }

  hasSynced(kind: AnyKind): boolean {
    return this.#any(kind).informer.hasSynced;
  }

  kindOf(apiVersion: string, kind: string): Kind<KubeObject> | undefined {
    const { caches, log } = this.#options;
    const found = caches.discovery.kindOf(apiVersion, kind);
    if (found === undefined) log.note(caches.discovery, caches.discovery.state === "pending");
    return found;
  }

  #declared(kind: AnyKind): Slot {
    const slot = this.#slots.get(kind) ?? this.#slotOf(kind);
    assert(
      slot.indexes !== undefined,
      `${kind.kind} must be among the reads of controller ${this.#options.controller} to be read`,
    );
    return this.#noted(slot);
  }

  #any(kind: AnyKind): Slot {
    const slot = this.#slots.get(kind) ?? this.#slotOf(kind);
    if (slot.indexes === undefined && !this.#dynamic.has(kindKey(kind))) {
      this.#dynamic.add(kindKey(kind));
      this.#options.onDynamic(slot.informer);
    }
    return this.#noted(slot);
  }

  #slotOf(kind: AnyKind): Slot {
    const { caches, declared } = this.#options;
    const slot = { informer: caches.of<AnyKind>(kind), indexes: declared.get(kindKey(kind)) };
    this.#slots.set(kind, slot);
    return slot;
  }

  #noted(slot: Slot): Slot {
    if (!slot.informer.hasSynced) this.#options.log.note(slot.informer, slot.informer.state === "pending");
    return slot;
  }
}
