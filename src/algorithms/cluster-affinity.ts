import type { Cluster, ClusterAffinity, FieldSelectorRequirement } from "../api/index.ts";
import { matchesLabelSelector } from "../apimachinery/index.ts";

/** Whether a cluster satisfies every condition of the affinity (`util.ClusterMatches`); an empty affinity matches all. */
export function clusterMatches(cluster: Cluster, affinity: ClusterAffinity): boolean {
  const name = cluster.metadata.name;
  if (affinity.exclude?.includes(name)) return false;
  if (affinity.labelSelector && !matchesLabelSelector(affinity.labelSelector, cluster.metadata.labels)) return false;
  if (affinity.fieldSelector && !matchesFields(cluster, affinity.fieldSelector.matchExpressions ?? [])) return false;
  const names = affinity.clusterNames ?? [];
  return names.length === 0 || names.includes(name);
}

function matchesFields(cluster: Cluster, requirements: readonly FieldSelectorRequirement[]): boolean {
  return requirements.every((requirement) => {
    const found = fieldValues(cluster, requirement.key);
    const hit = found.some((value) => requirement.values?.includes(value));
    return requirement.operator === "In" ? hit : !hit;
  });
}

/** A cluster may be in several zones; one of them suffices for `In`, each of them counts against `NotIn`. */
function fieldValues(cluster: Cluster, key: string): readonly string[] {
  switch (key) {
    case "provider":
      return [cluster.spec.provider ?? ""];
    case "region":
      return [cluster.spec.region ?? ""];
    case "zone":
      return cluster.spec.zones ?? [];
    default:
      return [];
  }
}
