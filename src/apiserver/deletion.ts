import type { Strategy } from "../api/index.ts";
import { type ObjectMeta, statusErrors, timestamp, type Unstructured } from "../apimachinery/index.ts";
import { admit, admitValid } from "./admission-chain.ts";
import type { Call } from "./core.ts";
import { hasSpecFinalizers, isReleased } from "./namespaces.ts";
import { commitDelete, commitUpdate } from "./write.ts";

const FOREGROUND_FINALIZER = "foregroundDeletion";
const ORPHAN_FINALIZER = "orphan";

/** What a deletion came to: the object is gone, or still there until its finalizers and its grace are over. */
export type Deletion = { readonly gone: boolean; readonly object: Unstructured };

/**
 * Deletes one object, or marks it as being deleted: `k8s.io/apiserver/pkg/registry/generic/registry.Store.Delete` with
 * `rest.BeforeDelete`.
 */
export function deleteObject(call: Call, object: Unstructured): Deletion {
  checkPreconditions(call, object);
  const what = { verb: "delete", name: object.metadata.name, before: object } as const;
  admit(call, what);
  admitValid(call, what);
  const { beginDeletion } = call.resource.descriptor.strategy ?? {};
  if (beginDeletion !== undefined && object.metadata.deletionTimestamp === undefined)
    return begin(call, object, beginDeletion);
  if (call.resource.isNamespace && hasSpecFinalizers(object)) return { gone: false, object };
  const grace = graceOf(call, object);
  if (grace === "pending") return { gone: false, object };
  const meta = withFinalizersOf(call, object.metadata);
  if (grace === "none") {
    const marked = { ...object, metadata: meta };
    if (isReleased(call.resource, marked)) return { gone: true, object: commitDelete(call, object) };
    return { gone: false, object: write(call, object, { ...marked, metadata: markedMeta(call, meta) }) };
  }
  const graceful = { ...object, metadata: gracefulMeta(call, meta, grace) };
  if (grace === 0 && isReleased(call.resource, graceful)) return { gone: true, object: commitDelete(call, graceful) };
  return { gone: false, object: write(call, object, graceful) };
}

type BeginDeletion = NonNullable<Strategy["beginDeletion"]>;

/** The first deletion only marks, with no grace and in the same generation; while a Namespace has `spec.finalizers`, so it stays. */
function begin(call: Call, object: Unstructured, beginDeletion: BeginDeletion): Deletion {
  const now = call.core.timestamp();
  // A definition is rid of its instances whatever the deletion says of dependents.
  const meta = call.resource.isNamespace ? withFinalizersOf(call, object.metadata) : object.metadata;
  const marked = beginDeletion({ ...object, metadata: { ...meta, deletionTimestamp: now } }, now) as Unstructured;
  if (isReleased(call.resource, marked)) return { gone: true, object: commitDelete(call, object) };
  return { gone: false, object: write(call, object, marked) };
}

function write(call: Call, before: Unstructured, after: Unstructured): Unstructured {
  return after.metadata === before.metadata ? before : commitUpdate(call, before, after);
}

/** Seconds of grace to give now; "none" for kinds that know no grace, "pending" when one runs that may not be prolonged. */
function graceOf(call: Call, object: Unstructured): number | "none" | "pending" {
  const deletionGraceSeconds = call.resource.descriptor.strategy?.deletionGraceSeconds;
  if (deletionGraceSeconds === undefined) return "none";
  const { gracePeriodSeconds: requested } = call.options;
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp !== undefined) {
    if (deletionGracePeriodSeconds === undefined) return "none";
    if (requested === undefined || requested >= deletionGracePeriodSeconds) {
      // Zero seconds of grace have run out: only finalizers can still keep such an object.
      return deletionGracePeriodSeconds === 0 && isReleased(call.resource, object) ? 0 : "pending";
    }
    return requested;
  }
  const own = deletionGraceSeconds(object);
  // An object that needs no grace (a pod no node has) gets none, whatever was asked for.
  if (own === 0) return 0;
  const seconds = requested ?? own;
  return seconds < 0 ? 1 : seconds;
}

function gracefulMeta(call: Call, meta: ObjectMeta, graceSeconds: number): ObjectMeta {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = meta;
  // A shortened grace still counts from the moment deletion was first asked for.
  const askedAtMs =
    deletionTimestamp === undefined
      ? call.core.loop.nowMs()
      : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return {
    ...(deletionTimestamp === undefined ? nextGeneration(meta) : meta),
    deletionTimestamp: timestamp(askedAtMs + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
  };
}

/** An object that only finalizers keep is marked with no grace left (`registry.markAsDeleting`). */
function markedMeta(call: Call, meta: ObjectMeta): ObjectMeta {
  if (meta.deletionTimestamp !== undefined && meta.deletionGracePeriodSeconds === 0) return meta;
  const first = meta.deletionTimestamp === undefined;
  return {
    ...(first ? nextGeneration(meta) : meta),
    deletionTimestamp: first ? call.core.timestamp() : (meta.deletionTimestamp as string),
    deletionGracePeriodSeconds: 0,
  };
}

function nextGeneration(meta: ObjectMeta): ObjectMeta {
  return meta.generation === undefined ? meta : { ...meta, generation: meta.generation + 1 };
}

/** Lays down for the garbage collector what is to become of the dependents; without an option, finalizers stay as they are. */
function withFinalizersOf(call: Call, meta: ObjectMeta): ObjectMeta {
  const before = meta.finalizers ?? [];
  const isSettled = before.includes(ORPHAN_FINALIZER) || before.includes(FOREGROUND_FINALIZER);
  const orphans = call.resource.descriptor.orphansDependents === true && !isSettled;
  const { propagationPolicy = orphans ? "Orphan" : undefined } = call.options;
  if (propagationPolicy === undefined) return meta;
  const wanted = { Orphan: ORPHAN_FINALIZER, Foreground: FOREGROUND_FINALIZER, Background: undefined }[
    propagationPolicy
  ];
  const kept = before.filter(
    (finalizer) => finalizer === wanted || (finalizer !== ORPHAN_FINALIZER && finalizer !== FOREGROUND_FINALIZER),
  );
  const finalizers = wanted === undefined || kept.includes(wanted) ? kept : [...kept, wanted];
  if (finalizers.length === before.length && finalizers.every((finalizer, index) => finalizer === before[index]))
    return meta;
  const { finalizers: _, ...rest } = meta;
  return finalizers.length === 0 ? rest : { ...rest, finalizers };
}

/** Refuses a deletion whose preconditions the object does not meet. */
export function checkPreconditions(call: Call, object: Unstructured): void {
  const { preconditions } = call.options;
  if (preconditions === undefined) return;
  const { uid, resourceVersion } = preconditions;
  const { name } = object.metadata;
  // The one conflict that names the kind instead of the resource.
  const what = { group: call.resource.kind.group, plural: call.resource.kind.kind };
  if (uid !== undefined && uid !== object.metadata.uid)
    throw statusErrors.conflict(
      what,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    throw statusErrors.conflict(
      what,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`,
    );
}
