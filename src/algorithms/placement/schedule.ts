import type { BindingSpec, Cluster, Placement, TargetCluster } from "../../api/index.ts";
import { clusterMatches } from "../cluster-affinity.ts";
import { assignReplicas } from "./assign.ts";
import { type Candidate, compareCandidates } from "./candidate.ts";
import { estimateReplicas } from "./estimate.ts";
import { affinityTerm, fitErrorMessage, rejection } from "./filter.ts";
import { failed, type Step, within } from "./outcome.ts";
import { scoreCluster } from "./score.ts";
import { selectClusters } from "./select.ts";

/** Behind every affinity group there is: a cluster that only other terms match. */
const LAST_OVERFLOW_ORDER = 1000;
/** Go's MaxInt32, which stands for unlimited room upstream. */
const UNLIMITED_REPLICAS = 2 ** 31 - 1;

/** What to schedule. */
export type SchedulingRequest = {
  readonly spec: BindingSpec;
  /** The group of `clusterAffinities` to try. */
  readonly affinityName: string | undefined;
  /** A reschedule was asked for: what was assigned before does not count. */
  readonly fresh: boolean;
};

/** Chooses clusters for a binding, and replicas for each: filter, score, select, assign (`genericScheduler.Schedule`). */
export function scheduleBinding(
  request: SchedulingRequest,
  clusters: readonly Cluster[],
): Step<readonly TargetCluster[]> {
  const { spec, affinityName } = request;
  const placement = spec.placement ?? {};
  const reasons: string[] = [];
  const feasible = clusters.filter((cluster) => {
    if (cluster.metadata.deletionTimestamp !== undefined) return false;
    const reason = rejection(cluster, { spec, affinityName });
    if (reason !== undefined) reasons.push(reason);
    return reason === undefined;
  });
  if (feasible.length === 0) return failed("NoClusterFit", fitErrorMessage(clusters.length, reasons));
  const candidates = feasible.map((cluster) => candidateOf(cluster, request)).sort(compareCandidates);
  const replicas = spec.replicas ?? 0;
  const selected = within("failed to select clusters", selectClusters(candidates, { replicas, placement }));
  if (!selected.ok) return selected;
  return within("failed to assign replicas", assignReplicas(selected.value, assignmentOf(request, placement)));
}

function assignmentOf({ spec, affinityName, fresh }: SchedulingRequest, placement: Placement) {
  const replicas = spec.replicas ?? 0;
  return {
    replicas,
    placement,
    uid: spec.resource.uid,
    current: spec.clusters ?? [],
    mode: fresh ? "Fresh" : "Steady",
    workload: (replicas > 0 || spec.replicaRequirements !== undefined) && (spec.components?.length ?? 0) <= 1,
    overflow:
      placement.clusterAffinity === undefined && affinityTerm(spec, affinityName)?.overflowAffinities !== undefined,
  } as const;
}

function candidateOf(cluster: Cluster, request: SchedulingRequest): Candidate {
  const { spec } = request;
  const name = cluster.metadata.name;
  const assigned = spec.clusters?.find((target) => target.name === name)?.replicas ?? 0;
  const allocatableReplicas = roomFor(cluster, spec);
  return {
    name,
    cluster,
    score: scoreCluster(cluster, spec),
    overflowOrder: overflowOrder(cluster, request),
    allocatableReplicas,
    availableReplicas: allocatableReplicas + assigned,
  };
}

/** What needs no replicas fits everywhere. */
function roomFor(cluster: Cluster, spec: BindingSpec): number {
  if ((spec.replicas ?? 0) === 0 && (spec.components?.length ?? 0) === 0) return UNLIMITED_REPLICAS;
  return estimateReplicas(cluster, spec.replicaRequirements);
}

function overflowOrder(cluster: Cluster, { spec, affinityName }: SchedulingRequest): number {
  const placement = spec.placement;
  if (placement?.clusterAffinity !== undefined || !placement?.clusterAffinities?.length) return 0;
  const term = affinityTerm(spec, affinityName);
  if (term === undefined) return LAST_OVERFLOW_ORDER;
  if (clusterMatches(cluster, term)) return 0;
  const overflow = term.overflowAffinities?.findIndex((affinity) => clusterMatches(cluster, affinity)) ?? -1;
  return overflow < 0 ? LAST_OVERFLOW_ORDER : overflow + 1;
}
