import type { Pod, PodDisruptionBudget } from "../../api/index.ts";
import { matchesLabelSelector } from "../../apimachinery/index.ts";
import { compareText } from "../../std/index.ts";
import { type Cycle, cycleWith } from "./cycle.ts";
import { type Rejection, rejection } from "./filter.ts";
import { type NodeLedger, uidOf, withoutPods } from "./node-ledger.ts";

/** A node, and the pods that must go for the newcomer to fit, the most important first. */
export type Preemption = {
  readonly nodeName: string;
  readonly victims: readonly Pod[];
  /** How many of them a disruption budget would spare. */
  readonly violations: number;
};

/**
 * The node where making room costs least (`pkg/scheduler/framework/preemption`): the fewest pods that budgets would spare, the
 * least important highest victim, the smallest sum of priorities, the fewest victims, the youngest of the most important.
 */
export function findPreemption(
  cycle: Cycle,
  rejected: ReadonlyMap<NodeLedger, Rejection>,
  budgets: readonly PodDisruptionBudget[],
): Preemption | undefined {
  let best: Preemption | undefined;
  for (const [ledger, { hopeless }] of rejected) {
    const candidate = hopeless ? undefined : victimsOn(cycle, ledger, budgets);
    if (candidate === undefined) continue;
    if (best === undefined || compareCosts(candidate, best) < 0) best = candidate;
  }
  return best;
}

/** Whether an earlier preemption for `pod` is still under way: its victims on the nominated node are terminating. */
export function awaitsVictims(pod: Pod, ledger: NodeLedger | undefined): boolean {
  if (pod.status?.nominatedNodeName === undefined || ledger === undefined) return false;
  for (const other of ledger.pods.values())
    if (other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod)) return true;
  return false;
}

function victimsOn(cycle: Cycle, ledger: NodeLedger, budgets: readonly PodDisruptionBudget[]): Preemption | undefined {
  const lesser = [...ledger.pods.values()].filter((pod) => priorityOf(pod) < priorityOf(cycle.pod));
  if (lesser.length === 0 || !fitsWithout(cycle, ledger, lesser)) return undefined;
  lesser.sort(byImportance);
  const guarded = violatingBudgets(lesser, budgets);
  // Spare as many as possible: what budgets would spare first, the most important before others.
  const victims: Pod[] = [];
  let gone: readonly Pod[] = lesser;
  for (const candidate of [...lesser].sort((left, right) => Number(guarded.has(right)) - Number(guarded.has(left)))) {
    const without = gone.filter((pod) => pod !== candidate);
    if (fitsWithout(cycle, ledger, without)) gone = without;
    else victims.push(candidate);
  }
  const violations = victims.filter((pod) => guarded.has(pod)).length;
  return { nodeName: ledger.name, victims: victims.sort(byImportance), violations };
}

function fitsWithout(cycle: Cycle, ledger: NodeLedger, gone: readonly Pod[]): boolean {
  const trial = withoutPods(ledger, gone);
  return rejection(cycleWith(cycle, trial), trial) === undefined;
}

/** The pods whose going a budget does not allow, should they go in this order (`filterPodsWithPDBViolation`). */
function violatingBudgets(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): ReadonlySet<Pod> {
  const violating = new Set<Pod>();
  if (budgets.length === 0) return violating;
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  for (const pod of pods)
    for (const budget of budgets) {
      if (!covers(budget, pod) || budget.status?.disruptedPods?.[pod.metadata.name] !== undefined) continue;
      const allowed = (left.get(budget) as number) - 1;
      left.set(budget, allowed);
      if (allowed < 0) violating.add(pod);
    }
  return violating;
}

/** An empty selector covers nothing here, nor does any cover pods without labels. */
function covers(
  { metadata, spec: { selector } }: PodDisruptionBudget,
  { metadata: { namespace, labels } }: Pod,
): boolean {
  if (metadata.namespace !== namespace || selector === undefined || isEmpty(labels)) return false;
  if (isEmpty(selector.matchLabels) && (selector.matchExpressions ?? []).length === 0) return false;
  return matchesLabelSelector(selector, labels);
}

function isEmpty(record: Readonly<Record<string, string>> | undefined): boolean {
  for (const _ in record) return false;
  return true;
}

function compareCosts(left: Preemption, right: Preemption): number {
  return (
    left.violations - right.violations ||
    highestPriority(left) - highestPriority(right) ||
    sumOfPriorities(left) - sumOfPriorities(right) ||
    left.victims.length - right.victims.length ||
    compareText(earliestStart(right), earliestStart(left))
  );
}

function highestPriority({ victims }: Preemption): number {
  return Math.max(...victims.map(priorityOf));
}

/** Priorities count from the least there can be, so that many pods never weigh less than few. */
function sumOfPriorities({ victims }: Preemption): number {
  return victims.reduce((sum, pod) => sum + priorityOf(pod) + 2 ** 31, 0);
}

/** When the longest running of the most important victims started. */
function earliestStart(preemption: Preemption): string {
  const highest = highestPriority(preemption);
  const starts = preemption.victims.filter((pod) => priorityOf(pod) === highest).map(startOf);
  return starts.sort(compareText)[0] as string;
}

/** The more important first: by priority, then by how long they have been running (`util.MoreImportantPod`). */
function byImportance(left: Pod, right: Pod): number {
  return (
    priorityOf(right) - priorityOf(left) ||
    compareText(startOf(left), startOf(right)) ||
    compareText(uidOf(left), uidOf(right))
  );
}

/** A pod that has not started yet starts after all that have. */
function startOf({ status }: Pod): string {
  return status?.startTime ?? "9";
}

function priorityOf(pod: Pod): number {
  return pod.spec.priority ?? 0;
}
