import type { KubeObject, ObjectMeta } from "../../apimachinery/index.ts";
import type { Change } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";

/**
 * Whether a change of a template is its user's: one of status, managed fields or versions alone is not
 * (`detector.ResourceChangeFilter`). Parts shared by both sides are compared by reference.
 */
export function isTemplateChange({ before, after }: Change<KubeObject>): boolean {
  if (before === undefined || after === undefined) return true;
  return !sameMeta(before.metadata, after.metadata) || !sameContent(before, after);
}

function sameMeta(before: ObjectMeta, after: ObjectMeta): boolean {
  return (
    before.uid === after.uid &&
    before.deletionTimestamp === after.deletionTimestamp &&
    deepEqual(before.labels, after.labels) &&
    deepEqual(before.annotations, after.annotations) &&
    deepEqual(before.finalizers, after.finalizers) &&
    deepEqual(before.ownerReferences, after.ownerReferences)
  );
}

function sameContent(before: KubeObject, after: KubeObject): boolean {
  const left = before as Readonly<Record<string, unknown>>;
  const right = after as Readonly<Record<string, unknown>>;
  for (const field of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (field !== "metadata" && field !== "status" && !deepEqual(left[field], right[field])) return false;
  }
  return true;
}
