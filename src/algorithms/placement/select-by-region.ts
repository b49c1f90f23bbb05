import type { Placement, SpreadConstraint } from "../../api/index.ts";
import { type Candidate, compareCandidates } from "./candidate.ts";
import { done, failed, type Step } from "./outcome.ts";
import { selectGroups } from "./select-groups.ts";
import { isDivided } from "./strategy.ts";

/** One unit of available replicas outweighs any sum of scores in a region's score. */
const WEIGHT_UNIT = 1000;

type Demand = { readonly replicas: number; readonly placement: Placement };

/**
 * Chooses regions, takes the best cluster of each, then the best of what they have left up to the cluster constraint's
 * `maxGroups` (`select_clusters_by_region.go`). `candidates` are in order of preference.
 */
export function selectByRegion(candidates: readonly Candidate[], demand: Demand): Step<readonly Candidate[]> {
  const constraints = demand.placement.spreadConstraints ?? [];
  const regionConstraint = constraints.findLast((constraint) => constraint.spreadByField === "region") ?? {};
  const clusterConstraint = constraints.findLast((constraint) => constraint.spreadByField === "cluster") ?? {};
  const regions = byRegion(candidates);
  if (regions.size < (regionConstraint.minGroups ?? 0)) {
    return failed("SchedulerError", "the number of feasible region is less than spreadConstraint.MinGroups");
  }
  const groups = [...regions].map(([name, clusters]) => ({
    name,
    value: clusters.length,
    weight: regionScore(clusters, demand, { regionConstraint, clusterConstraint }),
  }));
  const chosen = selectGroups(groups, {
    minGroups: regionConstraint.minGroups ?? 0,
    maxGroups: regionConstraint.maxGroups ?? 0,
    target: clusterConstraint.minGroups ?? 0,
  });
  if (chosen.length === 0) {
    return failed("SchedulerError", "the number of clusters is less than the cluster spreadConstraint.MinGroups");
  }
  return done(
    pickClusters(
      chosen.map((group) => regions.get(group.name) ?? []),
      clusterConstraint.maxGroups ?? 0,
    ),
  );
}

function pickClusters(regions: readonly (readonly Candidate[])[], maxClusters: number): readonly Candidate[] {
  const first = regions.flatMap((clusters) => clusters.slice(0, 1));
  const rest = regions.flatMap((clusters) => clusters.slice(1)).sort(compareCandidates);
  return [...first, ...rest.slice(0, Math.max(0, maxClusters - first.length))];
}

function byRegion(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const regions = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const region = candidate.cluster.spec.region;
    if (region === undefined || region === "") continue;
    const members = regions.get(region);
    if (members === undefined) regions.set(region, [candidate]);
    else members.push(candidate);
  }
  return regions;
}

type Constraints = { readonly regionConstraint: SpreadConstraint; readonly clusterConstraint: SpreadConstraint };

/** How good a region is (`calcGroupScore`). Integer divisions are Go's. */
export function regionScore(clusters: readonly Candidate[], demand: Demand, constraints: Constraints): number {
  return isDivided(demand.placement)
    ? dividedScore(clusters, demand.replicas, constraints)
    : duplicatedScore(clusters, demand.replicas);
}

/** Clusters that can hold every replica count most, their mean score decides between equals. */
function duplicatedScore(clusters: readonly Candidate[], replicas: number): number {
  const roomy = clusters.filter((candidate) => candidate.availableReplicas >= replicas);
  if (roomy.length === 0) return 0;
  return roomy.length * WEIGHT_UNIT + Math.trunc(sumOfScores(roomy) / roomy.length);
}

/** Room for the region's share counts most; more room than the share brings nothing. */
function dividedScore(clusters: readonly Candidate[], replicas: number, constraints: Constraints): number {
  const minRegions = constraints.regionConstraint.minGroups ?? 0;
  const share = Math.ceil(replicas / minRegions);
  const minClusters = Math.max(constraints.clusterConstraint.minGroups ?? 0, minRegions);
  let available = 0;
  let used = 0;
  for (const candidate of clusters) {
    available += candidate.availableReplicas;
    used++;
    if (used >= minClusters && available >= share) break;
  }
  if (available < share) return available * WEIGHT_UNIT + Math.trunc(sumOfScores(clusters) / clusters.length);
  return share * WEIGHT_UNIT + Math.trunc(sumOfScores(clusters.slice(0, used)) / used);
}

function sumOfScores(clusters: readonly Candidate[]): number {
  let sum = 0;
  for (const candidate of clusters) sum += candidate.score;
  return sum;
}
