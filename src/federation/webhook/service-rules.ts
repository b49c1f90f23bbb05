import { clusterNameErrors, type MultiClusterService } from "../../api/index.ts";
import { dns1035LabelErrors, dns1123LabelErrors, type FieldError, invalid } from "../../apimachinery/index.ts";
import type { AdmissionRequest } from "../../apiserver/index.ts";
import { deepEqual } from "../../std/index.ts";

/** What is wrong with a MultiClusterService. */
export function multiClusterServiceErrors(
  { metadata, spec }: MultiClusterService,
  { before }: AdmissionRequest,
): readonly FieldError[] {
  const errors = dns1035LabelErrors(metadata.name).map((detail) => invalid("metadata.name", metadata.name, detail));
  const earlier = (before as (MultiClusterService & AdmissionRequest["before"]) | undefined)?.spec.types;
  if (earlier !== undefined && !deepEqual(earlier, spec.types))
    errors.push(invalid("spec.types", spec.types, "MultiClusterService types are immutable"));
  if (spec.types.length > 1)
    errors.push(invalid("spec.types", spec.types, "MultiClusterService types should not contain more than one type"));
  return [
    ...errors,
    ...portErrors(spec),
    ...nameErrors(spec.providerClusters ?? [], "spec.providerClusters"),
    ...nameErrors(spec.consumerClusters ?? [], "spec.consumerClusters"),
  ];
}

function portErrors({ ports = [] }: MultiClusterService["spec"]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, port }, index) => {
    const at = `spec.ports[${index}]`;
    const errors: FieldError[] = [];
    if (name !== undefined && name !== "") {
      errors.push(...dns1123LabelErrors(name).map((detail) => invalid(`${at}.name`, name, detail)));
      if (names.has(name)) errors.push({ type: "FieldValueDuplicate", field: `${at}.name`, value: name, detail: "" });
      names.add(name);
    }
    if (port < 1 || port > 65_535) errors.push(invalid(`${at}.port`, port, "must be between 1 and 65535, inclusive"));
    return errors;
  });
}

function nameErrors(clusters: readonly { readonly name: string }[], field: string): FieldError[] {
  return clusters.flatMap(({ name }, index) =>
    clusterNameErrors(name).map((detail) => invalid(`${field}[${index}].name`, name, detail)),
  );
}
