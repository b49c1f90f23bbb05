import { selectorsPriority } from "../../algorithms/index.ts";
import type { Policy } from "../../api/index.ts";
import type { KubeObject } from "../../apimachinery/index.ts";
import type { Snapshot } from "../../controller/index.ts";
import { compareText } from "../../std/index.ts";
import { claimant, policyId, policyScopes } from "./policy-scope.ts";

type PolicyReader = Pick<Snapshot<(typeof policyScopes)[number]["kind"]>, "get" | "list">;

/** The index by which a template finds the policies that may select it. */
export const SELECTED_INDEX = "selected";

/** Where a policy stands in that index: by the names it selects, and by kind where it selects by labels or all. */
export function selectedBy(policy: Policy): readonly string[] {
  const scope = policy.metadata.namespace ?? "";
  return [
    ...new Set(
      policy.spec.resourceSelectors.map(({ apiVersion, kind, name }) =>
        indexValue(scope, apiVersion, kind, name ?? ""),
      ),
    ),
  ];
}

/**
 * The policy that governs a template: the one that has claimed it as long as it selects it, or else the best that selects
 * it. A policy in the template's namespace goes before a cluster-wide one, whatever their priorities.
 */
export function governingPolicy(template: KubeObject, reader: PolicyReader): Policy | undefined {
  const claimed = claimant(template);
  if (claimed !== undefined) {
    const { kind, name, namespace } = claimed.key;
    const policy = reader.get(kind as (typeof policyScopes)[number]["kind"], name, namespace);
    if (policy !== undefined && policyId(policy) === claimed.id && selects(policy, template)) return policy;
  }
  for (const scope of policyScopes) {
    const namespace = scope.namespaceAnnotation === undefined ? "" : template.metadata.namespace;
    if (namespace === undefined) continue;
    const best = bestPolicy(template, candidates(template, scope.kind, namespace, reader));
    if (best !== undefined) return best;
  }
  return undefined;
}

/** Whether a policy selects the template and may claim it. */
function selects(policy: Policy, template: KubeObject): boolean {
  return isReady(policy) && selectorsPriority(template, policy.spec.resourceSelectors) > 0;
}

/** A policy claims once it has its permanent id, and until its deletion is asked for. */
export function isReady(policy: Policy): boolean {
  return policy.metadata.deletionTimestamp === undefined && policyId(policy) !== undefined;
}

function candidates(
  template: KubeObject,
  kind: (typeof policyScopes)[number]["kind"],
  namespace: string,
  reader: PolicyReader,
): readonly Policy[] {
  const { apiVersion, kind: templateKind, metadata } = template;
  const listed = (name: string): readonly Policy[] =>
    reader.list(kind, {
      index: {
        name: SELECTED_INDEX,
        value: indexValue(namespace, apiVersion, templateKind, name),
      },
    });
  return [...listed(metadata.name), ...listed("")];
}

/** By explicit priority, then by how closely the template is selected, then by name. */
function bestPolicy(template: KubeObject, policies: readonly Policy[]): Policy | undefined {
  let best: Policy | undefined;
  let bestCloseness = 0;
  for (const policy of policies) {
    const closeness = isReady(policy) ? selectorsPriority(template, policy.spec.resourceSelectors) : 0;
    if (closeness === 0) continue;
    const difference =
      best === undefined
        ? 1
        : (policy.spec.priority ?? 0) - (best.spec.priority ?? 0) ||
          closeness - bestCloseness ||
          compareText(best.metadata.name, policy.metadata.name);
    if (difference <= 0) continue;
    best = policy;
    bestCloseness = closeness;
  }
  return best;
}

function indexValue(scope: string, apiVersion: string, kind: string, name: string): string {
  return `${scope}|${apiVersion}|${kind}|${name}`;
}
