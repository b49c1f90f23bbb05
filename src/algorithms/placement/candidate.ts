import type { Cluster } from "../../api/index.ts";
import { compareText } from "../../std/index.ts";

/** A cluster that passed the filters, with all the scheduler weighs it by (`spreadconstraint.ClusterDetailInfo`). */
export type Candidate = {
  readonly name: string;
  readonly cluster: Cluster;
  readonly score: number;
  /** 0 for the observed affinity group, 1, 2, … for its overflow groups in order. */
  readonly overflowOrder: number;
  /** How many more replicas the estimators say fit. */
  readonly allocatableReplicas: number;
  /** Those, and the ones assigned already. */
  readonly availableReplicas: number;
};

/** The order in which clusters are preferred. */
export function compareCandidates(left: Candidate, right: Candidate): number {
  return (
    left.overflowOrder - right.overflowOrder ||
    right.score - left.score ||
    right.availableReplicas - left.availableReplicas ||
    compareText(left.name, right.name)
  );
}

/** Sum of what is available. */
export function totalAvailable(candidates: readonly Candidate[]): number {
  let total = 0;
  for (const candidate of candidates) total += candidate.availableReplicas;
  return total;
}
