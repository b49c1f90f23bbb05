import type { Pod } from "../../api/index.ts";
import { compareText } from "../../std/index.ts";
import type { Cycle } from "./cycle.ts";
import { type Rejection, rejection } from "./filter.ts";
import { type NodeLedger, uidOf, withoutPods } from "./node-ledger.ts";

/** A node, and the pods that must go for the newcomer to fit. */
export type Preemption = { readonly nodeName: string; readonly victims: readonly Pod[] };

/**
 * The node where making room costs least: the least important highest victim, then the fewest victims
 * (`pkg/scheduler/framework/preemption`). Only room is preempted (resources, ports, pod count); disruption budgets are not
 * looked at.
 */
export function findPreemption(cycle: Cycle, rejected: ReadonlyMap<NodeLedger, Rejection>): Preemption | undefined {
  let best: Preemption | undefined;
  for (const [ledger, { hopeless }] of rejected) {
    const victims = hopeless ? undefined : victimsOn(cycle, ledger);
    if (victims === undefined) continue;
    const candidate = { nodeName: ledger.name, victims };
    if (best === undefined || isCheaper(candidate, best)) best = candidate;
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

function victimsOn(cycle: Cycle, ledger: NodeLedger): readonly Pod[] | undefined {
  const lesser = [...ledger.pods.values()].filter((pod) => priorityOf(pod) < priorityOf(cycle.pod));
  if (lesser.length === 0 || rejection(cycle, withoutPods(ledger, lesser)) !== undefined) return undefined;
  // Spare as many as possible, the most important first.
  const victims: Pod[] = [];
  let gone = lesser.sort(
    (left, right) => priorityOf(right) - priorityOf(left) || compareText(uidOf(left), uidOf(right)),
  );
  for (const candidate of [...gone]) {
    const without = gone.filter((pod) => pod !== candidate);
    if (rejection(cycle, withoutPods(ledger, without)) === undefined) gone = without;
    else victims.push(candidate);
  }
  return victims;
}

function isCheaper(left: Preemption, right: Preemption): boolean {
  const highest = ({ victims }: Preemption): number => Math.max(...victims.map(priorityOf));
  return (
    highest(left) - highest(right) < 0 ||
    (highest(left) === highest(right) && left.victims.length < right.victims.length)
  );
}

function priorityOf(pod: Pod): number {
  return pod.spec.priority ?? 0;
}
