import { type Cluster, clusterConditions, clusterTaintKeys, type Taint } from "../../api/index.ts";
import { findCondition, isConditionTrue } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";

/** Whether the member was last seen healthy. */
export function isClusterReady(cluster: Cluster): boolean {
  return isConditionTrue(cluster.status?.conditions, clusterConditions.ready);
}

/** The taints of a Cluster as its Ready condition demands them; `undefined` when they are right. */
export function readinessTaints(cluster: Cluster): readonly Taint[] | undefined {
  const taints = cluster.spec.taints ?? [];
  const wanted = wantedKey(cluster);
  const kept = taints.filter((taint) => !isReadinessTaint(taint) || taint.key === wanted);
  const complete = wanted === undefined || kept.some((taint) => isReadinessTaint(taint));
  const next = complete ? kept : [...kept, { key: wanted, effect: "NoSchedule" as const }];
  return deepEqual(next, taints) ? undefined : next;
}

function wantedKey(cluster: Cluster): string | undefined {
  switch (findCondition(cluster.status?.conditions, clusterConditions.ready)?.status) {
    case "True":
      return undefined;
    case "Unknown":
      return clusterTaintKeys.unreachable;
    default:
      return clusterTaintKeys.notReady;
  }
}

function isReadinessTaint({ key, effect }: Taint): boolean {
  return effect === "NoSchedule" && (key === clusterTaintKeys.notReady || key === clusterTaintKeys.unreachable);
}
