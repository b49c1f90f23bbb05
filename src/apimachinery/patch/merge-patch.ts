import { deepEqual, isRecord } from "../../std/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** RFC 7386: `document` with `patch` laid over it; what the patch leaves as it is keeps its reference. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return deepEqual(document, patch) ? document : patch;
  const before: Fields = isRecord(document) ? document : {};
  let after: Record<string, unknown> | undefined = isRecord(document) ? undefined : {};
  for (const [field, change] of Object.entries(patch)) {
    if (change === null) {
      if (Object.hasOwn(before, field)) {
        after ??= { ...before };
        delete after[field];
      }
      continue;
    }
    const value = applyMergePatch(before[field], change);
    if (value === before[field] && Object.hasOwn(before, field)) continue;
    after ??= { ...before };
    after[field] = value;
  }
  return after ?? document;
}

/** The smallest RFC 7386 patch that turns `before` into `after`; `undefined` when they are equal. Nulls in `after` cannot be expressed. */
export function createMergePatch(before: unknown, after: unknown): unknown {
  if (deepEqual(before, after)) return undefined;
  if (!isRecord(before) || !isRecord(after)) return after;
  const patch: Record<string, unknown> = {};
  for (const field of Object.keys(before)) {
    if (before[field] !== undefined && after[field] === undefined) patch[field] = null;
  }
  for (const [field, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const change = createMergePatch(before[field], value);
    if (change !== undefined) patch[field] = change;
  }
  return patch;
}
