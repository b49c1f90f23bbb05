import type { KubeObject } from "./object-meta.ts";

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true;
}

/** `object` with that finalizer; the same object when it has it. */
export function withFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  if (hasFinalizer(object, finalizer)) return object;
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** `object` without that finalizer; the same object when it has none such. The last one takes the field with it. */
export function withoutFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  if (!hasFinalizer(object, finalizer)) return object;
  const { finalizers, ...metadata } = object.metadata;
  const kept = finalizers?.filter((present) => present !== finalizer) ?? [];
  return {
    ...object,
    metadata: kept.length === 0 ? metadata : { ...metadata, finalizers: kept },
  };
}
