import {
  applyOverriders,
  clusterMatches,
  implicitPriority,
  selectorsPriority,
  type YamlCodec,
} from "../../algorithms/index.ts";
import { type Cluster, karmadaAnnotations, type Override, type Overriders } from "../../api/index.ts";
import type { Unstructured } from "../../apimachinery/index.ts";
import { compareText } from "../../std/index.ts";

/** The override policies of a template's reach: the cluster-wide ones, and those of its namespace. */
export type OverridePolicies = {
  readonly clusterWide: readonly Override[];
  readonly namespaced: readonly Override[];
};

/** An object for one cluster after its overrides, or why they could not be applied. */
export type OverrideResult =
  | {
      readonly ok: true;
      readonly object: Unstructured;
      /** The Work's annotations that tell which overriders were applied. */
      readonly annotations: Readonly<Record<string, string>>;
      /** The policies, by name in order of application. */
      readonly applied: readonly Override[];
    }
  | { readonly ok: false; readonly policy: Override; readonly message: string };

type Rule = { readonly policy: Override; readonly overriders: Overriders };

/**
 * Applies all overrides that hold for the object and the cluster: cluster-wide policies first; within a scope those that
 * select least closely first, then by name, so that what comes later wins (`pkg/util/overridemanager`).
 */
export function applyOverrides(
  object: Unstructured,
  cluster: Cluster,
  policies: OverridePolicies,
  yaml: YamlCodec,
): OverrideResult {
  const annotations: Record<string, string> = {};
  const applied: Override[] = [];
  let result = object;
  for (const [annotation, candidates] of [
    [karmadaAnnotations.appliedClusterOverrides, policies.clusterWide],
    [karmadaAnnotations.appliedOverrides, policies.namespaced],
  ] as const) {
    const rules = matchingRules(result, cluster, candidates);
    for (const { policy, overriders } of rules) {
      const step = applyOverriders(result, overriders, yaml);
      if (!step.ok) return { ok: false, policy, message: step.message };
      result = step.object;
      applied.push(policy);
    }
    if (rules.length === 0) continue;
    const told = rules.map(({ policy, overriders }) => ({ policyName: policy.metadata.name, overriders }));
    annotations[annotation] = JSON.stringify(told);
  }
  return { ok: true, object: result, annotations, applied };
}

/** Whether a policy selects the object; one without selectors selects everything. */
export function overrideSelects(policy: Override, object: Unstructured): boolean {
  return closeness(policy, object) > implicitPriority.mismatch;
}

function matchingRules(object: Unstructured, cluster: Cluster, policies: readonly Override[]): readonly Rule[] {
  if (policies.length === 0) return [];
  return policies
    .map((policy) => ({ policy, closeness: closeness(policy, object) }))
    .filter((match) => match.closeness > implicitPriority.mismatch)
    .sort(
      (left, right) =>
        left.closeness - right.closeness || compareText(left.policy.metadata.name, right.policy.metadata.name),
    )
    .flatMap(({ policy }) => rulesFor(policy, cluster));
}

function closeness(policy: Override, object: Unstructured): number {
  const selectors = policy.spec.resourceSelectors ?? [];
  return selectors.length === 0 ? implicitPriority.matchAll : selectorsPriority(object, selectors);
}

/** The deprecated pair of `targetCluster` and `overriders` is a rule too. */
function rulesFor(policy: Override, cluster: Cluster): readonly Rule[] {
  const { overrideRules = [], targetCluster, overriders = {} } = policy.spec;
  const legacy = targetCluster === undefined ? { overriders } : { targetCluster, overriders };
  return (overrideRules.length > 0 ? overrideRules : [legacy])
    .filter((rule) => rule.targetCluster === undefined || clusterMatches(cluster, rule.targetCluster))
    .map((rule) => ({ policy, overriders: rule.overriders }));
}
