import type { Placement, TargetCluster } from "../../api/index.ts";
import { type Candidate, totalAvailable } from "./candidate.ts";
import { type Division, divideByRoom, divideByStaticWeight } from "./divide.ts";
import { done, failed, type Step } from "./outcome.ts";
import { strategyOf } from "./strategy.ts";

/** What is to be assigned. */
export type Assignment = Division & {
  readonly placement: Placement;
  /** Whether replicas mean anything for the template; without, clusters are named and that is all. */
  readonly workload: boolean;
  /** The observed affinity group has overflow groups: candidates are used tier by tier. */
  readonly overflow: boolean;
};

/** Gives the selected clusters their replicas (`core.AssignReplicas`). Clusters that come to none are left out. */
export function assignReplicas(
  candidates: readonly Candidate[],
  assignment: Assignment,
): Step<readonly TargetCluster[]> {
  if (candidates.length === 0) return failed("SchedulerError", "no clusters available to schedule");
  if (!assignment.workload) return done(candidates.map(({ name }) => ({ name })));
  return assignment.overflow ? assignByTier(candidates, assignment) : assignOnce(candidates, assignment);
}

function assignOnce(candidates: readonly Candidate[], assignment: Assignment): Step<readonly TargetCluster[]> {
  const { placement, replicas } = assignment;
  const strategy = strategyOf(placement);
  switch (strategy) {
    case "Duplicated":
      return withoutEmpty(done(candidates.map(({ name }) => ({ name, replicas }))));
    case "StaticWeight":
      return withoutEmpty(
        done(divideByStaticWeight(candidates, assignment, placement.replicaScheduling?.weightPreference)),
      );
    case "DynamicWeight":
    case "Aggregated":
      return withoutEmpty(divideByRoom(candidates, assignment, strategy));
    case undefined:
      return failed(
        "SchedulerError",
        `unsupported replica scheduling strategy, replicaSchedulingType: Divided, replicaDivisionPreference: ${placement.replicaScheduling?.replicaDivisionPreference ?? ""}, please try another scheduling strategy`,
      );
  }
}

/** Fills the observed group first, then each overflow group with what is left. */
function assignByTier(candidates: readonly Candidate[], assignment: Assignment): Step<readonly TargetCluster[]> {
  const orders = [...new Set(candidates.map((candidate) => candidate.overflowOrder))].sort((a, b) => a - b);
  const results: TargetCluster[] = [];
  let remaining = assignment.replicas;
  for (const order of orders) {
    const tier = candidates.filter((candidate) => candidate.overflowOrder === order);
    const replicas = Math.min(remaining, totalAvailable(tier));
    const step = assignOnce(tier, { ...assignment, replicas });
    if (!step.ok) return step;
    results.push(...step.value);
    remaining -= replicas;
    if (remaining <= 0) return done(results);
  }
  return failed("Unschedulable", "Clusters available replicas are not enough to schedule.");
}

function withoutEmpty(step: Step<readonly TargetCluster[]>): Step<readonly TargetCluster[]> {
  return step.ok ? done(step.value.filter((target) => (target.replicas ?? 0) > 0)) : step;
}
