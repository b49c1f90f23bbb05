import type { AggregatedStatusItem } from "../../../api/index.ts";
import type { Unstructured } from "../../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../../std/index.ts";

/** The status of an object, taken for what its kind says it is; `undefined` when there is none. */
export function statusOf<T>(object: Unstructured): T | undefined {
  return isRecord(object.status) ? (object.status as T) : undefined;
}

/** `object` with that status; the same object when it has it. */
export function withStatus(object: Unstructured, status: unknown): Unstructured {
  return deepEqual(object.status ?? {}, status) ? object : { ...object, status };
}

/** The statuses members reported. */
export function memberStatuses<T>(items: readonly AggregatedStatusItem[]): readonly T[] {
  return items.filter((item) => isRecord(item.status)).map((item) => item.status as T);
}
