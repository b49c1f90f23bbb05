import type { KubeObject } from "./object-meta.ts";

/** What to set; a value of `undefined` removes the key. */
export type MetadataChanges = Readonly<Record<string, string | undefined>>;

/** `object` with labels set or removed; the same object when nothing changes. */
export function withLabels<T extends KubeObject>(object: T, changes: MetadataChanges): T {
  return withMap(object, "labels", changes);
}

/** `object` with annotations set or removed; the same object when nothing changes. */
export function withAnnotations<T extends KubeObject>(object: T, changes: MetadataChanges): T {
  return withMap(object, "annotations", changes);
}

function withMap<T extends KubeObject>(object: T, field: "labels" | "annotations", changes: MetadataChanges): T {
  const before = object.metadata[field];
  const changed = Object.keys(changes).filter((key) => before?.[key] !== changes[key]);
  if (changed.length === 0) return object;
  const after: Record<string, string> = { ...before };
  for (const key of changed) {
    const value = changes[key];
    if (value === undefined) delete after[key];
    else after[key] = value;
  }
  const { [field]: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: Object.keys(after).length === 0 ? metadata : { ...metadata, [field]: after },
  };
}
