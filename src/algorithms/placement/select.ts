import type { Placement } from "../../api/index.ts";
import type { Candidate } from "./candidate.ts";
import { done, failed, type Step } from "./outcome.ts";
import { selectByCluster } from "./select-by-cluster.ts";
import { selectByRegion } from "./select-by-region.ts";
import { ignoresSpreadConstraints, isDivided } from "./strategy.ts";

/** The clusters to use, by the spread constraints (`SelectBestClusters`). `candidates` are in order of preference. */
export function selectClusters(
  candidates: readonly Candidate[],
  demand: { readonly replicas: number; readonly placement: Placement },
): Step<readonly Candidate[]> {
  const { placement } = demand;
  const constraints = placement.spreadConstraints ?? [];
  if (constraints.length === 0 || ignoresSpreadConstraints(placement)) return done(candidates);
  if (constraints.some((constraint) => constraint.spreadByField === "region")) {
    return selectByRegion(candidates, demand);
  }
  const byCluster = constraints.findLast((constraint) => constraint.spreadByField === "cluster");
  if (byCluster === undefined) {
    return failed("SchedulerError", "just support cluster and region spread constraint");
  }
  return selectByCluster(candidates, byCluster, isDivided(placement) ? demand.replicas : undefined);
}
