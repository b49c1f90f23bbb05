import type { Pod } from "../../api/index.ts";
import { type NodeLedger, type PodWeight, podWeight, uidOf } from "./node-ledger.ts";
import { type Affine, type AffinityView, affinityView, type NamespaceLabels } from "./pod-affinity.ts";
import type { SchedulerCache } from "./scheduler-cache.ts";
import { type SpreadView, spreadView } from "./topology-spread.ts";
import type { VolumeView } from "./volumes.ts";

/** What scheduling one pod needs to know, computed once before nodes are looked at. */
export type Cycle = {
  readonly pod: Pod;
  readonly weight: PodWeight;
  readonly ledgers: readonly NodeLedger[];
  readonly affinity: AffinityView | undefined;
  readonly spread: SpreadView | undefined;
  readonly volumes: VolumeView | undefined;
  /** What it was computed from beside the ledgers. */
  readonly affine: readonly Affine[];
  readonly labelsOf: NamespaceLabels;
};

/** Prepares the scheduling of `pod` against the cache's present state. */
export function beginCycle(
  pod: Pod,
  cache: SchedulerCache,
  { volumes, labelsOf }: Pick<Cycle, "volumes" | "labelsOf">,
): Cycle {
  const ledgers = cache.ledgers();
  const affine = [...cache.affinePods()];
  return {
    pod,
    weight: podWeight(pod),
    ledgers,
    affinity: affinityView(pod, ledgers, affine, labelsOf),
    spread: spreadView(pod, ledgers),
    volumes,
    affine,
    labelsOf,
  };
}

/** The cycle as it would be with `trial` in the place of its node: pods that are not on it are gone. */
export function cycleWith(cycle: Cycle, trial: NodeLedger): Cycle {
  if (cycle.affinity === undefined && cycle.spread === undefined) return cycle;
  const { pod, labelsOf } = cycle;
  const ledgers = cycle.ledgers.map((ledger) => (ledger.name === trial.name ? trial : ledger));
  const affine = cycle.affine.filter((other) => other.ledger.name !== trial.name || trial.pods.has(uidOf(other.pod)));
  const affinity = affinityView(pod, ledgers, affine, labelsOf);
  return { ...cycle, ledgers, affine, affinity, spread: spreadView(pod, ledgers) };
}
