import { karmadaLabels, type Work } from "../../api/index.ts";

const EXPORTED = "ServiceExport";

/** The exported Service a Work carries a slice of, if it carries one. A Work may serve a MultiClusterService as well. */
export function exportedServiceOf(work: Work): { readonly namespace: string; readonly name: string } | undefined {
  const labels = work.metadata.labels;
  const namespace = labels?.[karmadaLabels.endpointSliceNamespace];
  const name = labels?.[karmadaLabels.endpointSliceName];
  const managers = managersOf(work);
  return namespace === undefined || name === undefined || !managers.includes(EXPORTED)
    ? undefined
    : { namespace, name };
}

/** The labels of a Work that carries a slice of an exported Service; other managers of it stay. */
export function collectingLabels(
  service: { readonly namespace: string; readonly name: string },
  existing: Work | undefined,
): Readonly<Record<string, string>> {
  const others = existing === undefined ? [] : managersOf(existing).filter((manager) => manager !== EXPORTED);
  return {
    [karmadaLabels.endpointSliceNamespace]: service.namespace,
    [karmadaLabels.endpointSliceName]: service.name,
    [karmadaLabels.endpointSliceWorkManagedBy]: [...others, EXPORTED].sort().join("."),
  };
}

function managersOf(work: Work): readonly string[] {
  return (work.metadata.labels?.[karmadaLabels.endpointSliceWorkManagedBy] ?? "").split(".");
}
