import type { Unstructured } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { Resource } from "./resource.ts";

/** Whether nothing keeps the object any more, so that a deletion asked for can be carried out. */
export function isReleased(resource: Resource, object: Unstructured): boolean {
  return (object.metadata.finalizers ?? []).length === 0 && !(resource.isNamespace && hasSpecFinalizers(object));
}

/** Whether the namespace controller has yet to empty the Namespace (`spec.finalizers`). */
export function hasSpecFinalizers(namespace: Unstructured): boolean {
  const { spec } = namespace;
  return isRecord(spec) && Array.isArray(spec.finalizers) && spec.finalizers.length > 0;
}
