import {
  type ClusterTaintPolicy,
  clusterNameErrors,
  type FederatedResourceQuota,
  type ResourceList,
} from "../../api/index.ts";
import {
  addQuantities,
  compareQuantities,
  type FieldError,
  invalid,
  parseQuantity,
  type Quantity,
  qualifiedNameErrors,
  tryParseQuantity,
} from "../../apimachinery/index.ts";

/** What is wrong with a FederatedResourceQuota. */
export function quotaErrors({ metadata, spec }: FederatedResourceQuota): readonly FieldError[] {
  const assignments = spec.staticAssignments ?? [];
  const errors: FieldError[] = [];
  if (metadata.name.length > 63)
    errors.push(invalid("metadata.name", metadata.name, "must be no more than 63 characters"));
  errors.push(...amountErrors(spec.overall, "spec.overall"));
  for (const [index, { clusterName, hard }] of assignments.entries()) {
    const at = `spec.staticAssignments[${index}]`;
    errors.push(...clusterNameErrors(clusterName).map((detail) => invalid(`${at}.clusterName`, clusterName, detail)));
    errors.push(...amountErrors(hard, `${at}.hard`));
    for (const [name, amount] of Object.entries(hard))
      if (spec.overall[name] === undefined)
        errors.push(invalid(`${at}.hard[${name}]`, amount, "assignment resourceName is not exist in overall"));
  }
  return [...errors, ...sumErrors(spec)];
}

/** What is wrong with a ClusterTaintPolicy; evicting by it must have been allowed by whoever runs the control plane. */
export function taintPolicyErrors(allowsNoExecute: boolean): (policy: ClusterTaintPolicy) => readonly FieldError[] {
  return ({ spec }) => {
    const seen = new Set<string>();
    return spec.taints.flatMap((taint, index): FieldError[] => {
      const field = `spec.taints[${index}]`;
      const identity = `${taint.key}:${taint.effect}`;
      const duplicate = seen.has(identity);
      seen.add(identity);
      const detail = `Duplicate taint with the same key(${taint.key}) and effect(${taint.effect}) is not allowed`;
      return [
        ...(taint.effect === "NoExecute" && !allowsNoExecute
          ? [{ type: "FieldValueForbidden", field, detail: NO_EXECUTE } as const]
          : []),
        ...(duplicate ? [invalid(field, taint, detail)] : []),
      ];
    });
  };
}

const NO_EXECUTE =
  "Configuring taint with NoExecute effect is not allowed, this capability must be explicitly enabled by administrators through command-line flags";

function amountErrors(list: ResourceList, field: string): FieldError[] {
  return Object.entries(list).flatMap(([name, amount]) => {
    const at = `${field}[${name}]`;
    const quantity = tryParseQuantity(amount);
    const errors = qualifiedNameErrors(name).map((detail) => invalid(at, name, detail));
    if (quantity !== undefined && quantity.nanos < 0n)
      errors.push(invalid(at, amount, "must be greater than or equal to 0"));
    return errors;
  });
}

function sumErrors({ overall, staticAssignments = [] }: FederatedResourceQuota["spec"]): FieldError[] {
  return Object.entries(overall).flatMap(([name, amount]) => {
    let sum: Quantity = { nanos: 0n, format: "DecimalSI" };
    for (const { hard } of staticAssignments) {
      const assigned = tryParseQuantity(hard[name] ?? "0");
      if (assigned !== undefined) sum = addQuantities(sum, assigned);
    }
    const exceeded = compareQuantities(parseQuantity(amount), sum) < 0;
    return exceeded ? [invalid(`spec.overall[${name}]`, amount, "overall is less than assignments")] : [];
  });
}
