import { deepEqual } from "../../std/index.ts";
import type { ManagedFieldsEntry, Unstructured } from "../object-meta.ts";

/**
 * `before` when a write came to nothing but later times in its managed fields, else `after`: a repeated apply is to leave no trace
 * (`k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager.IgnoreManagedFieldsTimestampsTransformer`).
 */
export function withSettledTimes(before: Unstructured, after: Unstructured): Unstructured {
  const left = before.metadata.managedFields;
  const right = after.metadata.managedFields;
  if (left === right || left === undefined || right === undefined || left.length !== right.length) return after;
  if (!left.every((entry, index) => sameButForTime(entry, right[index] as ManagedFieldsEntry))) return after;
  const settled = { ...after, metadata: { ...after.metadata, managedFields: left } };
  return deepEqual(before, settled) ? before : after;
}

function sameButForTime(left: ManagedFieldsEntry, right: ManagedFieldsEntry): boolean {
  if (left === right) return true;
  const { time, ...ours } = left;
  const { time: _, ...theirs } = right;
  return deepEqual(ours, theirs);
}
