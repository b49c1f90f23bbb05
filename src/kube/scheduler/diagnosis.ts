import { compareText } from "../../std/index.ts";
import type { Rejection } from "./filter.ts";

/** Why no node takes a pod, in the words of `pkg/scheduler/framework.FitError`. */
export function unschedulableMessage(rejections: readonly Rejection[], preemption: string | undefined): string {
  if (rejections.length === 0) return "no nodes available to schedule pods";
  const nodes = `0/${rejections.length} nodes are available`;
  const why = `${nodes}: ${tally(rejections.flatMap(({ reasons }) => reasons))}.`;
  return preemption === undefined ? why : `${why} preemption: ${preemption}`;
}

/** Why a pod can go nowhere, whichever the nodes are. */
export function blockedMessage(why: string, nodes: number): string {
  const none = `0/${nodes} nodes are available`;
  return `${none}: ${why}. preemption: ${none}: ${nodes} Preemption is not helpful for scheduling.`;
}

/** What preemption had to say when it found no victims. */
export function noVictimsMessage(rejections: readonly Rejection[]): string {
  const answers = rejections.map(({ hopeless }) =>
    hopeless ? "Preemption is not helpful for scheduling" : "No preemption victims found for incoming pod",
  );
  return `0/${rejections.length} nodes are available: ${tally(answers)}.`;
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort(compareText)
    .join(", ");
}
