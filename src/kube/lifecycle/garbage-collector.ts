import {
  hasFinalizer,
  type Kind,
  type KubeObject,
  type OwnerReference,
  withoutFinalizer,
} from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { Dependents, keyOfObject, ownerAddress, ownerKey } from "./dependents.ts";
import { deletableKinds } from "./discovered-kinds.ts";

type AnyKind = Kind<KubeObject>;
type Home = Snapshot<AnyKind>;

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** An owner that is in no cache may merely be late: it is looked for once more before its dependent goes. */
const SECOND_LOOK_MS = 1_000;

/**
 * Deletes what has lost all its owners, and carries out foreground and orphan deletion (`pkg/controller/garbagecollector`).
 * Every deletable kind is watched. From an owner to its dependents it goes by an index of its own, which the objects' own
 * changes keep; the caches say what exists.
 */
export function garbageCollector(): AnyDefinition {
  const collector: Collector = { dependents: new Dependents(), missedAtMs: new Map() };
  return defineController({
    name: "garbage-collector-controller",
    primary: [],
    dynamicPrimary: deletableKinds,
    predicate: bearsOnOwnership,
    reads: [],
    reconcile: (object: KubeObject, snapshot: Home) => {
      const kind = snapshot.kindOf(object.apiVersion, object.kind);
      return kind === undefined ? NOTHING : collect(collector, keyOfObject(kind, object), object, snapshot);
    },
    absent: (key, snapshot: Home) => {
      collector.missedAtMs.delete(ownerAddress(key));
      const owners = collector.dependents.remove(key);
      const orphaned = collector.dependents.of(key).map((dependent) => judge(collector, dependent, snapshot, key));
      return plan(...orphaned, ...owners.map((owner) => released(collector, owner, snapshot)));
    },
  });
}

type Collector = {
  readonly dependents: Dependents;
  /** When a dependent's owner was first found missing, by dependent. */
  readonly missedAtMs: Map<string, number>;
};

function bearsOnOwnership({ before, after }: Change<KubeObject>): boolean {
  if (before === undefined || after === undefined) return true;
  const [old, now] = [before.metadata, after.metadata];
  return (
    old.deletionTimestamp !== now.deletionTimestamp ||
    !deepEqual(old.ownerReferences, now.ownerReferences) ||
    !deepEqual(old.finalizers, now.finalizers)
  );
}

function collect(collector: Collector, key: Key, object: KubeObject, snapshot: Home): Plan {
  collector.dependents.set(key, ownersOf(object, snapshot));
  // An owner that was made anew under its old name has left those behind that name its old UID.
  const left = collector.dependents
    .of(key)
    .filter((dependent) => !references(read(dependent, snapshot), object.metadata.uid));
  const own =
    object.metadata.deletionTimestamp === undefined
      ? judgeObject(collector, key, object, snapshot)
      : finalizeOwner(collector, key, object, snapshot);
  return plan(
    own,
    ...left.map((dependent) => judge(collector, dependent, snapshot, key)),
    ...unblockedOwners(object, snapshot).map((owner) => released(collector, owner, snapshot)),
  );
}

/** The owners an object that goes does not hold up: they may have waited for it before. */
function unblockedOwners({ metadata, ...object }: KubeObject, snapshot: Home): readonly Key[] {
  if (metadata.deletionTimestamp === undefined) return [];
  const ownerReferences = metadata.ownerReferences?.filter(({ blockOwnerDeletion }) => blockOwnerDeletion !== true);
  if (ownerReferences === undefined) return [];
  return ownersOf({ ...object, metadata: { ...metadata, ownerReferences } }, snapshot);
}

/** `gone`: an owner that is known to be no more, and need not be looked for twice. */
function judge(collector: Collector, key: Key, snapshot: Home, gone?: Key): Plan {
  const object = read(key, snapshot);
  return object === undefined || object.metadata.deletionTimestamp !== undefined
    ? NOTHING
    : judgeObject(collector, key, object, snapshot, gone);
}

type Owners = {
  readonly solid: OwnerReference[];
  readonly dangling: OwnerReference[];
  readonly waiting: OwnerReference[];
};

/** Whether an object may stay: deleted once no owner is left, freed of references that lead nowhere (`attemptToDeleteItem`). */
function judgeObject(collector: Collector, key: Key, object: KubeObject, snapshot: Home, gone?: Key): Plan {
  const references = object.metadata.ownerReferences ?? [];
  const id = ownerAddress(key);
  if (references.length === 0) return NOTHING;
  const owners: Owners = { solid: [], dangling: [], waiting: [] };
  for (const reference of references) {
    const standing = standingOf(reference, object, snapshot);
    if (standing === "unknown") return NOTHING;
    owners[standing].push(reference);
  }
  const unseen = owners.dangling.filter(({ kind, name }) => gone?.kind.kind !== kind || gone.name !== name);
  if (unseen.length === 0) collector.missedAtMs.delete(id);
  else if (!isKnownMissing(collector, id, snapshot)) return { intents: [], requeueAfterMs: SECOND_LOOK_MS };
  if (owners.solid.length === 0)
    return plan(unblocked(collector, key, object, owners, snapshot), deletion(collector, key, object, owners));
  if (owners.dangling.length + owners.waiting.length === 0) return NOTHING;
  return plan(withOwners(key, object, owners.solid));
}

/** `waiting`: the owner is itself being deleted in the foreground, and waits for this dependent. */
function standingOf(reference: OwnerReference, object: KubeObject, snapshot: Home): keyof Owners | "unknown" {
  const kind = snapshot.kindOf(reference.apiVersion, reference.kind);
  // Upstream keeps what it cannot resolve; a cluster-scoped object cannot have a namespaced owner.
  if (kind === undefined || (kind.namespaced && object.metadata.namespace === undefined)) return "unknown";
  const owner = read(ownerKey(reference, kind, object), snapshot);
  if (owner === undefined || owner.metadata.uid !== reference.uid) return "dangling";
  return owner.metadata.deletionTimestamp !== undefined && hasFinalizer(owner, FOREGROUND) ? "waiting" : "solid";
}

/** Whether the owner has been looked for twice. */
function isKnownMissing(collector: Collector, id: string, snapshot: Home): boolean {
  const missedAtMs = collector.missedAtMs.get(id);
  if (missedAtMs !== undefined) return snapshot.nowMs - missedAtMs >= SECOND_LOOK_MS;
  collector.missedAtMs.set(id, snapshot.nowMs);
  return false;
}

function deletion(collector: Collector, key: Key, object: KubeObject, { waiting }: Owners): Intent {
  const { uid = "" } = object.metadata;
  const hasDependents = collector.dependents.of(key).length > 0;
  const own = hasFinalizer(object, ORPHAN) ? "Orphan" : hasFinalizer(object, FOREGROUND) ? "Foreground" : "Background";
  const propagationPolicy = waiting.length > 0 && hasDependents ? "Foreground" : own;
  return { type: "delete", ...key, uid, propagationPolicy };
}

/**
 * Where a dependent already waits for dependents of its own, the object may stand in a circle of owners: nobody waits for it any
 * more, or all would wait for ever.
 */
function unblocked(
  collector: Collector,
  key: Key,
  object: KubeObject,
  { waiting }: Owners,
  snapshot: Home,
): readonly Intent[] {
  const isCircle =
    waiting.length > 0 &&
    collector.dependents.of(key).some((dependent) => {
      const other = read(dependent, snapshot);
      return other?.metadata.deletionTimestamp !== undefined && hasFinalizer(other, FOREGROUND);
    });
  const owners = object.metadata.ownerReferences ?? [];
  if (!isCircle || !owners.some(({ blockOwnerDeletion }) => blockOwnerDeletion === true)) return [];
  return [
    withOwners(
      key,
      object,
      owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    ),
  ];
}

function finalizeOwner(collector: Collector, key: Key, owner: KubeObject, snapshot: Home): Plan {
  const dependents = collector.dependents.of(key).flatMap((dependent) => {
    const object = read(dependent, snapshot);
    return object !== undefined && references(object, owner.metadata.uid) ? [{ key: dependent, object }] : [];
  });
  if (hasFinalizer(owner, ORPHAN)) {
    const freed = dependents.map(({ key: dependent, object }) =>
      withOwners(
        dependent,
        object,
        (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid),
      ),
    );
    return plan(freed, withoutOwnFinalizer(key, owner, ORPHAN));
  }
  if (!hasFinalizer(owner, FOREGROUND)) return NOTHING;
  const blocking = dependents.filter(({ object }) =>
    object.metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
    ),
  );
  if (blocking.length === 0) return plan(withoutOwnFinalizer(key, owner, FOREGROUND));
  return plan(...blocking.map(({ key: dependent }) => judge(collector, dependent, snapshot)));
}

/** A dependent is gone: its owner may be waiting for just that. */
function released(collector: Collector, key: Key, snapshot: Home): Plan {
  const owner = read(key, snapshot);
  return owner?.metadata.deletionTimestamp === undefined ? NOTHING : finalizeOwner(collector, key, owner, snapshot);
}

function ownersOf(object: KubeObject, snapshot: Home): readonly Key[] {
  return (object.metadata.ownerReferences ?? []).flatMap((reference) => {
    const kind = snapshot.kindOf(reference.apiVersion, reference.kind);
    return kind === undefined ? [] : [ownerKey(reference, kind, object)];
  });
}

function withOwners(key: Key, object: KubeObject, owners: readonly OwnerReference[]): Intent {
  const { ownerReferences: _references, ...rest } = object.metadata;
  const metadata = owners.length === 0 ? rest : { ...rest, ownerReferences: owners };
  return { type: "update", kind: key.kind, object: { ...object, metadata }, before: object };
}

function withoutOwnFinalizer(key: Key, owner: KubeObject, finalizer: string): Intent {
  return { type: "update", kind: key.kind, object: withoutFinalizer(owner, finalizer), before: owner };
}

function references(object: KubeObject | undefined, uid: string | undefined): boolean {
  return object?.metadata.ownerReferences?.some((reference) => reference.uid === uid) === true;
}

function read(key: Key, snapshot: Home): KubeObject | undefined {
  return snapshot.dynamic(key.kind, key.name, key.namespace);
}
