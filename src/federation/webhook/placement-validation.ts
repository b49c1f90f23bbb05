import type { ClusterAffinity, ClusterAffinityTerm, Placement, SpreadConstraint, Toleration } from "../../api/index.ts";
import { type FieldError, invalid, notSupported, qualifiedNameErrors } from "../../apimachinery/index.ts";

const SELECTABLE_FIELDS = ["provider", "region", "zone"];
const TOLERATION_OPERATORS = ["", "Exists", "Equal"];

/** What is wrong with a placement (`pkg/util/validation.ValidatePlacement`). */
export function placementErrors(placement: Placement, field: string): readonly FieldError[] {
  const { clusterAffinity, clusterAffinities = [], spreadConstraints = [], clusterTolerations = [] } = placement;
  const both =
    clusterAffinity !== undefined && clusterAffinities.length > 0
      ? [invalid(field, placement, "clusterAffinities cannot co-exist with clusterAffinity")]
      : [];
  return [
    ...both,
    ...affinityErrors(clusterAffinity, `${field}.clusterAffinity`),
    ...termErrors(clusterAffinities, placement, `${field}.clusterAffinities`),
    ...spreadErrors(spreadConstraints, `${field}.spreadConstraints`),
    ...tolerationErrors(clusterTolerations, `${field}.clusterTolerations`),
    ...workloadAffinityErrors(placement, `${field}.workloadAffinity`),
  ];
}

/** What is wrong with a cluster affinity: only its field selector can be. */
export function affinityErrors(affinity: ClusterAffinity | undefined, field: string): readonly FieldError[] {
  return (affinity?.fieldSelector?.matchExpressions ?? []).flatMap(({ key, operator }, index) => {
    const at = `${field}.fieldSelector.matchExpressions[${index}]`;
    const errors: FieldError[] = [];
    if (!SELECTABLE_FIELDS.includes(key))
      errors.push(invalid(`${at}.key`, key, `unsupported key "${key}", must be provider, region, or zone`));
    if (operator !== "In" && operator !== "NotIn")
      errors.push(
        invalid(`${at}.operator`, operator, `unsupported operator "${String(operator)}", must be In or NotIn`),
      );
    return errors;
  });
}

function termErrors(terms: readonly ClusterAffinityTerm[], placement: Placement, field: string): FieldError[] {
  const names = new Set<string>();
  return terms.flatMap((term, index) => {
    const at = `${field}[${index}]`;
    const errors = [...nameErrors(term.affinityName, `${at}.affinityName`), ...affinityErrors(term, at)];
    if (names.has(term.affinityName))
      errors.push(invalid(field, terms, "each affinity term in a policy must have a unique name"));
    names.add(term.affinityName);
    return [...errors, ...overflowErrors(term, placement, `${at}.overflowAffinities`)];
  });
}

function overflowErrors(term: ClusterAffinityTerm, placement: Placement, field: string): FieldError[] {
  const overflow = term.overflowAffinities ?? [];
  if (overflow.length === 0) return [];
  const errors: FieldError[] = [];
  const { replicaDivisionPreference, weightPreference } = placement.replicaScheduling ?? {};
  if (replicaDivisionPreference !== "Aggregated" && weightPreference?.dynamicWeight === undefined)
    errors.push(
      invalid(
        field,
        overflow,
        "overflowAffinities can only be used together with dynamic weight or aggregated scheduling",
      ),
    );
  const names = new Set([term.affinityName]);
  for (const [index, { affinityName, ...affinity }] of overflow.entries()) {
    const at = `${field}[${index}]`;
    errors.push(...nameErrors(affinityName, `${at}.affinityName`), ...affinityErrors(affinity, at));
    if (names.has(affinityName))
      errors.push(
        invalid(
          `${at}.affinityName`,
          affinityName,
          "overflow affinity name must be unique and must not duplicate the primary group's affinityName",
        ),
      );
    names.add(affinityName);
  }
  return errors;
}

function nameErrors(name: string, field: string): FieldError[] {
  return qualifiedNameErrors(name).map((detail) => invalid(field, name, detail));
}

function spreadErrors(constraints: readonly SpreadConstraint[], field: string): FieldError[] {
  const errors = constraints.flatMap((constraint, index) => constraintErrors(constraint, `${field}[${index}]`));
  const counts = new Map<string, number>();
  for (const { spreadByField } of constraints)
    if (spreadByField !== undefined) counts.set(spreadByField, (counts.get(spreadByField) ?? 0) + 1);
  for (const [name, count] of counts)
    if (count > 1) errors.push(invalid(field, constraints, `multiple ${name} spread constraints are not allowed`));
  if (counts.size > 0 && !counts.has("cluster"))
    errors.push(
      invalid(
        field,
        constraints,
        "the cluster spread constraint must be enabled in one of the constraints in case of SpreadByField is enabled",
      ),
    );
  return errors;
}

function constraintErrors(constraint: SpreadConstraint, field: string): FieldError[] {
  const { spreadByField = "", spreadByLabel = "", minGroups = 0, maxGroups = 0 } = constraint;
  const wrong = (detail: string): FieldError => invalid(field, constraint, detail);
  const errors: FieldError[] = [];
  if (spreadByField !== "" && spreadByLabel !== "")
    errors.push(wrong("spreadByLabel should not co-exist with spreadByField"));
  if (minGroups < 0) errors.push(wrong("minGroups lower than 0 is not allowed"));
  if (maxGroups < 0) errors.push(wrong("maxGroups lower than 0 is not allowed"));
  if (maxGroups > 0 && maxGroups < minGroups) errors.push(wrong("maxGroups lower than minGroups is not allowed"));
  return errors;
}

function tolerationErrors(tolerations: readonly Toleration[], field: string): FieldError[] {
  return tolerations.flatMap(({ operator = "" }: { readonly operator?: string }, index) =>
    TOLERATION_OPERATORS.includes(operator)
      ? []
      : [notSupported(`${field}[${index}].operator`, operator, TOLERATION_OPERATORS)],
  );
}

function workloadAffinityErrors({ workloadAffinity }: Placement, field: string): FieldError[] {
  const together = workloadAffinity?.affinity?.groupByLabelKey;
  const apart = workloadAffinity?.antiAffinity?.groupByLabelKey;
  const errors: FieldError[] = [];
  if (together !== undefined) errors.push(...nameErrors(together, `${field}.affinity.groupByLabelKey`));
  if (apart !== undefined) errors.push(...nameErrors(apart, `${field}.antiAffinity.groupByLabelKey`));
  if (together !== undefined && together === apart)
    errors.push(invalid(field, workloadAffinity, "affinity and antiAffinity must not use the same groupByLabelKey"));
  return errors;
}
