import type { Pod } from "../../api/index.ts";
import { type NodeLedger, type PodWeight, podWeight } from "./node-ledger.ts";
import { type AffinityView, affinityView, type NamespaceLabels } from "./pod-affinity.ts";
import type { SchedulerCache } from "./scheduler-cache.ts";
import { type SpreadView, spreadView } from "./topology-spread.ts";

/** What scheduling one pod needs to know, computed once before nodes are looked at. */
export type Cycle = {
  readonly pod: Pod;
  readonly weight: PodWeight;
  readonly ledgers: readonly NodeLedger[];
  readonly affinity: AffinityView | undefined;
  readonly spread: SpreadView | undefined;
};

/** Prepares the scheduling of `pod` against the cache's present state. */
export function beginCycle(pod: Pod, cache: SchedulerCache, labelsOf: NamespaceLabels): Cycle {
  const ledgers = cache.ledgers();
  return {
    pod,
    weight: podWeight(pod),
    ledgers,
    affinity: affinityView(pod, cache, labelsOf),
    spread: spreadView(pod, ledgers),
  };
}
