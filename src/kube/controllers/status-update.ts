import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";

/** Writes `status`, or nothing when the object has just that. */
export function updateStatus<T extends KubeObject & { readonly status?: object }>(
  kind: Kind<KubeObject>,
  object: T,
  status: NonNullable<T["status"]>,
): readonly Intent[] {
  if (deepEqual(object.status, status)) return [];
  return [{ type: "updateStatus", kind, object: { ...object, status }, before: object }];
}

/** The counts that are not zero: Go leaves zeros of optional fields out. */
export function nonZero<T extends Readonly<Record<string, number | undefined>>>(
  counts: T,
): { readonly [F in keyof T]?: number } {
  const kept: { [F in keyof T]?: number } = {};
  for (const field in counts) {
    const count: number | undefined = counts[field];
    if (count !== undefined && count !== 0) kept[field] = count;
  }
  return kept;
}
