import type { ApplicationFailoverBehavior, Policy, PropagationSpec } from "../../api/index.ts";
import { type FieldError, invalid, qualifiedNameErrors, type Unstructured } from "../../apimachinery/index.ts";
import type { AdmissionRequest } from "../../apiserver/index.ts";
import { placementErrors } from "./placement-validation.ts";
import { policyScope } from "./policy-defaults.ts";

/** What is wrong with a policy, in Karmada's words. */
export function policyErrors(policy: Policy, { before }: AdmissionRequest): readonly FieldError[] | string {
  const { idLabel } = policyScope(policy);
  return (
    (before === undefined ? undefined : updateError(policy, before, idLabel)) ??
    requiredLabelError(policy, idLabel) ??
    specErrors(policy.spec, policy.metadata.namespace)
  );
}

function updateError(policy: Policy, before: Unstructured, idLabel: string): string | undefined {
  const { schedulerName } = (before as Unstructured & Partial<Policy>).spec ?? {};
  if (policy.spec.schedulerName !== schedulerName) return "the schedulerName should not be updated";
  const id = policy.metadata.labels?.[idLabel];
  if (id === undefined || id === before.metadata.labels?.[idLabel]) return undefined;
  return `label ${idLabel} is immutable, it can only be set by the system during creation`;
}

function requiredLabelError({ metadata }: Policy, idLabel: string): string | undefined {
  return metadata.labels?.[idLabel] === undefined
    ? `label ${idLabel} is required, it should be set by the mutating admission webhook during creation`
    : undefined;
}

function specErrors(spec: PropagationSpec, namespace: string | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.placement !== undefined) errors.push(...placementErrors(spec.placement, "spec.placement"));
  const application = spec.failover?.application;
  if (application !== undefined) {
    if (spec.propagateDeps !== true)
      errors.push(
        invalid(
          "spec.propagateDeps",
          spec.propagateDeps ?? false,
          "application failover is set, propagateDeps must be true",
        ),
      );
    errors.push(...applicationErrors(application, "spec.failover.application"));
  }
  return [...errors, ...selectorErrors(spec, namespace), ...suspensionErrors(spec)];
}

function applicationErrors(application: ApplicationFailoverBehavior, field: string): FieldError[] {
  const { decisionConditions, purgeMode, gracePeriodSeconds, statePreservation } = application;
  const errors: FieldError[] = [];
  const toleration = decisionConditions.tolerationSeconds;
  if (toleration !== undefined && toleration < 0)
    errors.push(
      invalid(`${field}.decisionConditions.tolerationSeconds`, toleration, "must be greater than or equal to 0"),
    );
  const grace = (detail: string): FieldError =>
    invalid(`${field}.gracePeriodSeconds`, gracePeriodSeconds ?? null, detail);
  if (purgeMode !== "Gracefully") {
    if (gracePeriodSeconds !== undefined) errors.push(grace("only takes effect when purgeMode is gracefully"));
  } else if (gracePeriodSeconds === undefined) errors.push(grace("should not be empty when purgeMode is gracefully"));
  else if (gracePeriodSeconds <= 0) errors.push(grace("must be greater than 0"));
  for (const [index, { aliasLabelName }] of (statePreservation?.rules ?? []).entries())
    for (const detail of qualifiedNameErrors(aliasLabelName))
      errors.push(invalid(`${field}.statePreservation.rules[${index}].aliasLabelName`, aliasLabelName, detail));
  return errors;
}

/** A policy without selectors is for its schema to refuse, which has its turn after this. */
function selectorErrors(spec: Partial<PropagationSpec>, namespace: string | undefined): FieldError[] {
  return (spec.resourceSelectors ?? []).flatMap((selector, index) => {
    const at = `spec.resourceSelectors[${index}]`;
    const errors: FieldError[] = [];
    if (namespace !== undefined && selector.namespace !== namespace)
      errors.push(
        invalid(
          `${at}.namespace`,
          selector.namespace ?? "",
          "namespace of resource selector must be the same as the namespace of the policy",
        ),
      );
    if (spec.preemption === "Always" && (selector.name ?? "") === "")
      errors.push(
        invalid(
          `${at}.name`,
          "",
          "name cannot be empty if preemption is Always, the empty name may cause unexpected resources preemption",
        ),
      );
    return errors;
  });
}

function suspensionErrors({ suspension }: PropagationSpec): FieldError[] {
  const names = suspension?.dispatchingOnClusters?.clusterNames ?? [];
  if (suspension?.dispatching !== true || names.length === 0) return [];
  return [
    invalid(
      "spec.suspension.suspension",
      suspension,
      "suspension dispatching cannot co-exist with dispatchingOnClusters.clusterNames",
    ),
  ];
}
