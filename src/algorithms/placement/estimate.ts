import type { Cluster, ReplicaRequirements, ResourceSummary } from "../../api/index.ts";
import { type Amounts, amountsOf, subtractAmounts } from "../node-fit.ts";

/** A node of a resource model takes that many pods. */
const PODS_PER_NODE = 110;

/** How many more replicas a cluster has room for, as its status sums up its nodes (`pkg/estimator/client/general.go`). */
export function estimateReplicas(cluster: Cluster, requirements: ReplicaRequirements | undefined): number {
  const summary = cluster.status?.resourceSummary;
  if (summary === undefined) return 0;
  const available = availableAmounts(summary);
  const pods = available.pods ?? 0;
  if (pods <= 0) return 0;
  if (requirements === undefined) return pods;
  const requests = amountsOf(requirements.resourceRequest);
  return Math.min(pods, byModels(cluster, requests) ?? fitting(available, requests));
}

/** Takes every node of a grade for one of the grade's smallest size; `undefined` where the cluster has no models. */
function byModels(cluster: Cluster, requests: Amounts): number | undefined {
  const models = cluster.spec.resourceModels ?? [];
  const counts = cluster.status?.resourceSummary?.allocatableModelings ?? [];
  if (models.length === 0 || counts.length === 0) return undefined;
  let replicas = 0;
  for (const { grade, count } of counts) {
    const ranges = models.find((model) => model.grade === grade)?.ranges;
    if (ranges === undefined || count <= 0) continue;
    const capacity = amountsOf(Object.fromEntries(ranges.map((range) => [range.name, range.min])));
    replicas += Math.min(PODS_PER_NODE, fitting(capacity, requests)) * count;
  }
  return replicas;
}

/** How often `requests` fit; a resource that is not there at all fits never. */
function fitting(available: Amounts, requests: Amounts): number {
  let times = Infinity;
  for (const resource in requests) {
    const request = requests[resource] as number;
    if (request <= 0) continue;
    times = Math.min(times, Math.max(0, Math.floor((available[resource] ?? 0) / request)));
  }
  return times;
}

/** What is allocatable and neither allocated nor about to be. */
function availableAmounts({ allocatable, allocated, allocating }: ResourceSummary): Amounts {
  return subtractAmounts(subtractAmounts(amountsOf(allocatable), amountsOf(allocated)), amountsOf(allocating));
}
