import {
  type FailoverBehavior,
  karmadaFinalizers,
  karmadaLabels,
  type Placement,
  type Policy,
  type PropagationSpec,
  type ResourceSelector,
  ServiceImport,
  type SpreadConstraint,
} from "../../api/index.ts";
import { apiVersionOf, withFinalizer, withLabels } from "../../apimachinery/index.ts";
import type { AdmissionRequest, ClusterState } from "../../apiserver/index.ts";

const GRACE_PERIOD_SECONDS = 600;

/** All in which the two policy kinds differ for admission. */
export type PolicyScope = { readonly idLabel: string; readonly finalizer: string };

/** The scope of a policy. */
export function policyScope({ metadata }: Policy): PolicyScope {
  return metadata.namespace === undefined
    ? { idLabel: karmadaLabels.clusterPropagationPolicyId, finalizer: karmadaFinalizers.clusterPropagationPolicy }
    : { idLabel: karmadaLabels.propagationPolicyId, finalizer: karmadaFinalizers.propagationPolicy };
}

/** A policy with what Karmada's webhook fills in; a new one gets its permanent id and its finalizer. */
export function defaultedPolicy(policy: Policy, request: AdmissionRequest, state: ClusterState): Policy {
  const spec = defaultedSpec(policy.spec, policy.metadata.namespace);
  const defaulted = spec === policy.spec ? policy : { ...policy, spec };
  if (request.verb !== "create") return defaulted;
  const { idLabel, finalizer } = policyScope(policy);
  return withFinalizer(withLabels(defaulted, { [idLabel]: state.newUid() }), finalizer);
}

/** Selectors of a namespaced policy select in its own namespace unless they say otherwise. */
export function defaultedSelectors(
  selectors: readonly ResourceSelector[],
  namespace: string | undefined,
): readonly ResourceSelector[] {
  if (namespace === undefined || selectors.every((selector) => hasText(selector.namespace))) return selectors;
  return selectors.map((selector) => (hasText(selector.namespace) ? selector : { ...selector, namespace }));
}

function defaultedSpec(spec: PropagationSpec, namespace: string | undefined): PropagationSpec {
  // One that says not what it selects is refused by its schema, which has its turn after this.
  if (spec.resourceSelectors === undefined) return spec;
  const resourceSelectors = defaultedSelectors(spec.resourceSelectors, namespace);
  const placement = defaultedPlacement(spec.placement);
  const failover = defaultedFailover(spec.failover);
  const followsDependencies = spec.resourceSelectors.some(selectsImports) && spec.propagateDeps !== true;
  const changed =
    resourceSelectors !== spec.resourceSelectors ||
    placement !== spec.placement ||
    failover !== spec.failover ||
    followsDependencies;
  if (!changed) return spec;
  return {
    ...spec,
    resourceSelectors,
    ...(placement === undefined ? {} : { placement }),
    ...(failover === undefined ? {} : { failover }),
    ...(followsDependencies ? { propagateDeps: true } : {}),
  };
}

/** An import is of no use without its derived Service and slices. */
function selectsImports({ apiVersion, kind }: ResourceSelector): boolean {
  return kind === ServiceImport.kind && apiVersion === apiVersionOf(ServiceImport);
}

function defaultedPlacement(placement: Placement | undefined): Placement | undefined {
  if (placement === undefined) return undefined;
  const { spreadConstraints, replicaScheduling } = placement;
  const constraints = spreadConstraints?.map(defaultedConstraint);
  const spread = constraints?.some((constraint, index) => constraint !== spreadConstraints?.[index]) === true;
  const divides =
    replicaScheduling?.replicaSchedulingType === "Divided" && !hasText(replicaScheduling.replicaDivisionPreference);
  if (!spread && !divides) return placement;
  return {
    ...placement,
    ...(constraints === undefined ? {} : { spreadConstraints: constraints }),
    ...(divides ? { replicaScheduling: { ...replicaScheduling, replicaDivisionPreference: "Weighted" } } : {}),
  };
}

/** `maxGroups` is left alone, as upstream leaves it: absent counts as 0 there, and here. */
function defaultedConstraint(constraint: SpreadConstraint): SpreadConstraint {
  const byCluster = !hasText(constraint.spreadByField) && !hasText(constraint.spreadByLabel);
  const atLeastOne = (constraint.minGroups ?? 0) === 0;
  if (!byCluster && !atLeastOne) return constraint;
  return {
    ...constraint,
    ...(byCluster ? { spreadByField: "cluster" } : {}),
    ...(atLeastOne ? { minGroups: 1 } : {}),
  };
}

function defaultedFailover(failover: FailoverBehavior | undefined): FailoverBehavior | undefined {
  const application = failover?.application;
  if (application?.purgeMode !== "Gracefully" || application.gracePeriodSeconds !== undefined) return failover;
  return { ...failover, application: { ...application, gracePeriodSeconds: GRACE_PERIOD_SECONDS } };
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}
