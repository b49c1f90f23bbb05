import type { Kind, KubeObject, ObjectOf } from "../apimachinery/index.ts";
import type { Change } from "../client/index.ts";
import type { RandomStream } from "../sim/index.ts";
import type { Outcome, Plan } from "./plan.ts";

/** Names one object of a controller's primary kinds. Carries no event: reconciling is level-triggered. */
export type Key = { readonly kind: Kind<KubeObject>; readonly namespace?: string; readonly name: string };

type AnyKind = Kind<KubeObject>;

/** How to narrow a list. Without `index`, `namespace` alone is served by an index; `where` filters what is left. */
export type ListQuery<T> = {
  readonly namespace?: string;
  /** An index declared by a `read` of this controller, and the value looked up. */
  readonly index?: { readonly name: string; readonly value: string };
  readonly where?: (object: T) => boolean;
};

/** Reads the caches of one cluster. Lists come sorted by namespace and name. */
export interface Reader<R extends AnyKind> {
  get<K extends R>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined;
  list<K extends R>(kind: K, query?: ListQuery<ObjectOf<K>>): readonly ObjectOf<K>[];
}

/**
 * What a reconcile may know: caches of the home cluster, of members, the time, and chance.
 * Only kinds the definition declares can be read, which the compiler checks.
 */
export interface Snapshot<R extends AnyKind, M extends AnyKind = never> extends Reader<R> {
  readonly nowMs: number;
  readonly random: RandomStream;
  /**
   * The caches of a member cluster; `undefined` when no such member is joined. A kind of `memberReads` is watched from the
   * start; any other kind asked for is watched from then on, and the reconcile is repeated once its cache has synced.
   */
  member(cluster: string): MemberReader<M> | undefined;
  /** Reads any kind of the home cluster, watched from the first question on; the reconcile is repeated once synced. */
  dynamic(kind: AnyKind, name: string, namespace?: string): KubeObject | undefined;
  dynamicList(kind: AnyKind, query?: ListQuery<KubeObject>): readonly KubeObject[];
  /** The home cluster's kind of that apiVersion and kind, by discovery. */
  kindOf(apiVersion: string, kind: string): Kind<KubeObject> | undefined;
}

export interface MemberReader<M extends AnyKind> extends Reader<M> {
  /** False when the member could not be reached yet or does not serve the kind; what is read of it is then empty. */
  hasSynced(kind: AnyKind): boolean;
  dynamic(kind: AnyKind, name: string, namespace?: string): KubeObject | undefined;
  dynamicList(kind: AnyKind, query?: ListQuery<KubeObject>): readonly KubeObject[];
  /** The member's kind of that apiVersion and kind, by its discovery; `undefined` when it does not serve it. */
  kindOf(apiVersion: string, kind: string): Kind<KubeObject> | undefined;
}

/** One kind a controller reads, and how a change of such an object names the primary objects to look at again. */
export type Read<K extends AnyKind> = {
  readonly kind: K;
  /** Given both sides of a change; `"none"` says on purpose that changes do not matter. */
  readonly enqueue: "none" | Bivariant<[change: Change<ObjectOf<K>>, snapshot: Snapshot<AnyKind>], readonly Key[]>;
  readonly indexes?: Readonly<Record<string, Bivariant<[object: ObjectOf<K>], readonly string[]>>>;
};

/** A function whose arguments may be narrowed: reads of several kinds stand in one list, and each gets its own kind only. */
type Bivariant<A extends readonly unknown[], R> = { bivariant(...args: A): R }["bivariant"];

/** A kind watched in every joined member. */
export type MemberRead<K extends AnyKind> = {
  readonly kind: K;
  readonly enqueue:
    | "none"
    | Bivariant<[change: Change<ObjectOf<K>>, cluster: string, snapshot: Snapshot<AnyKind>], readonly Key[]>;
  readonly indexes?: Readonly<Record<string, Bivariant<[object: ObjectOf<K>], readonly string[]>>>;
};

/**
 * A controller as a value. `reconcile` is pure: everything it may know comes in, everything it wants done goes out.
 * Type parameters: primary kinds, kinds read at home, kinds read in members.
 */
export type ControllerDefinition<
  P extends AnyKind = AnyKind,
  R extends AnyKind = AnyKind,
  M extends AnyKind = AnyKind,
> = {
  /** The upstream controller's name; also the source of its events and its actor in the trace. */
  readonly name: string;
  readonly primary: readonly P[];
  /** Further primary kinds chosen from discovery, again whenever it changes (the resource detector). */
  readonly dynamicPrimary?: (discovered: readonly Kind<KubeObject>[]) => readonly Kind<KubeObject>[];
  /** Which changes of a primary object matter; all when absent. */
  readonly predicate?: (change: Change<ObjectOf<P>>) => boolean;
  readonly reads: readonly Read<R>[];
  readonly memberReads?: readonly MemberRead<M>[];
  /** Names primary objects for a change of any other kind that came to be watched in a member or at home through `dynamic`. */
  readonly enqueueDynamic?: (
    change: Change<KubeObject>,
    cluster: string,
    snapshot: Snapshot<AnyKind>,
  ) => readonly Key[];
  readonly reconcile: (object: ObjectOf<P>, snapshot: Snapshot<P | R, M>) => Plan;
  /** The primary object of a key is gone; nothing is done when absent. */
  readonly absent?: (key: Key, snapshot: Snapshot<P | R, M>) => Plan;
  /** The runner adds the finalizer before the first reconcile, calls `finalize` once deletion is asked for, removes it on `"done"`. */
  readonly finalizer?: {
    readonly name: string;
    readonly finalize: (object: ObjectOf<P>, snapshot: Snapshot<P | R, M>) => Plan | "done";
  };
  /** Turns what became of the intents into a further plan: conditions that depend on another cluster's answer. */
  readonly conclude?: (object: ObjectOf<P>, outcomes: readonly Outcome[], snapshot: Snapshot<P | R, M>) => Plan;
  /** Reconciles every primary object again, in the background. */
  readonly resyncMs?: number;
};

type AnySnapshot = Snapshot<AnyKind, AnyKind>;

/** A definition over whatever kinds, its types forgotten: what the runner takes, and every definition is assignable to. */
export type AnyDefinition = {
  readonly name: string;
  readonly primary: readonly AnyKind[];
  readonly dynamicPrimary?: (discovered: readonly AnyKind[]) => readonly AnyKind[];
  readonly predicate?: (change: Change<never>) => boolean;
  readonly reads: readonly AnyRead<(change: Change<never>, snapshot: AnySnapshot) => readonly Key[]>[];
  readonly memberReads?: readonly AnyRead<
    (change: Change<never>, cluster: string, snapshot: AnySnapshot) => readonly Key[]
  >[];
  readonly enqueueDynamic?: (change: Change<KubeObject>, cluster: string, snapshot: AnySnapshot) => readonly Key[];
  readonly reconcile: (object: never, snapshot: AnySnapshot) => Plan;
  readonly absent?: (key: Key, snapshot: AnySnapshot) => Plan;
  readonly finalizer?: {
    readonly name: string;
    readonly finalize: (object: never, snapshot: AnySnapshot) => Plan | "done";
  };
  readonly conclude?: (object: never, outcomes: readonly Outcome[], snapshot: AnySnapshot) => Plan;
  readonly resyncMs?: number;
};
type AnyRead<E> = {
  readonly kind: AnyKind;
  readonly enqueue: "none" | E;
  readonly indexes?: Readonly<Record<string, (object: never) => readonly string[]>>;
};

/** Checks a definition's types and returns it. The kinds are inferred one by one, so that reads of several kinds can stand in one list. */
export function defineController<
  const P extends AnyKind,
  const R extends readonly AnyKind[] = [],
  const M extends readonly AnyKind[] = [],
>(
  definition: Omit<ControllerDefinition<P, R[number], M[number]>, "reads" | "memberReads"> & {
    readonly reads: { readonly [I in keyof R]: Read<R[I]> };
    readonly memberReads?: { readonly [I in keyof M]: MemberRead<M[I]> };
  },
): ControllerDefinition<P, R[number], M[number]> {
  return definition;
}

/** Declares a kind read at home. */
export function read<K extends AnyKind>(kind: K, how: Omit<Read<K>, "kind">): Read<K> {
  return { kind, ...how };
}

/** Declares a kind read in every member. */
export function memberRead<K extends AnyKind>(kind: K, how: Omit<MemberRead<K>, "kind">): MemberRead<K> {
  return { kind, ...how };
}
