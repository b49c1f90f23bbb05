import { type Binding, bindingReferenceKey, karmadaAnnotations, karmadaLabels } from "../../api/index.ts";
import { type KubeObject, matchesLabelSelector } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { DependentObjectReference } from "../interpreter/index.ts";

/** The label by which an attached binding names an independent one. */
export function dependedByLabel({ metadata }: KubeObject): string {
  return karmadaLabels.dependedByPrefix + bindingReferenceKey(metadata.name, metadata.namespace);
}

/** The `depended-by` labels of an attached binding. */
export function dependedByLabels({ metadata }: Binding): readonly string[] {
  return Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(karmadaLabels.dependedByPrefix));
}

/** The dependencies an independent binding has on record. */
export function recordedDependencies({ metadata }: Binding): readonly DependentObjectReference[] {
  const text = metadata.annotations?.[karmadaAnnotations.bindingDependencies];
  if (text === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isRecord).map((entry) => entry as DependentObjectReference) : [];
  } catch {
    return [];
  }
}

/** Index values of the dependencies of a binding: by name, or by kind and namespace where a selector names them. */
export function dependencyValues(binding: Binding): readonly string[] {
  return [...new Set(recordedDependencies(binding).map((reference) => value(reference, reference.name ?? "")))];
}

/** The index values an object may be found under. */
export function valuesOf({ apiVersion, kind, metadata }: KubeObject): readonly string[] {
  const address = { apiVersion, kind, namespace: metadata.namespace ?? "" };
  return [value(address, metadata.name), value(address, "")];
}

/** Whether a reference means the object. */
export function refersTo(reference: DependentObjectReference, object: KubeObject): boolean {
  if (reference.apiVersion !== object.apiVersion || reference.kind !== object.kind) return false;
  if ((reference.namespace ?? "") !== (object.metadata.namespace ?? "")) return false;
  if (reference.name) return reference.name === object.metadata.name;
  return matchesLabelSelector(reference.labelSelector, object.metadata.labels);
}

function value({ apiVersion, kind, namespace = "" }: DependentObjectReference, name: string): string {
  return `${apiVersion}|${kind}|${namespace}|${name}`;
}
