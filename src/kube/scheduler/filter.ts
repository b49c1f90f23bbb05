import {
  hostPortsCollide,
  matchesNodeAffinity,
  shortages,
  toleratesTaint,
  untoleratedTaint,
} from "../../algorithms/index.ts";
import type { Pod } from "../../api/index.ts";
import type { Cycle } from "./cycle.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { affinityFailure, NO_COMPANY } from "./pod-affinity.ts";
import { NO_DOMAIN, spreadFailure } from "./topology-spread.ts";
import { volumeFailure } from "./volumes.ts";

/** Why a pod cannot go to a node. `hopeless` when removing other pods would not change that. */
export type Rejection = { readonly reasons: readonly string[]; readonly hopeless: boolean };

/** The first filter that rejects the node, in the order of upstream's default profile; `undefined` when the pod fits. */
export function rejection(cycle: Cycle, ledger: NodeLedger): Rejection | undefined {
  return (
    nodeRejection(cycle.pod, ledger) ??
    portRejection(cycle, ledger) ??
    resourceRejection(cycle, ledger) ??
    volumeRejection(cycle, ledger) ??
    relationRejection(cycle, ledger)
  );
}

function nodeRejection(pod: Pod, ledger: NodeLedger): Rejection | undefined {
  const { node } = ledger;
  if (node.spec.unschedulable === true && !toleratesUnschedulable(pod)) return hopeless("node(s) were unschedulable");
  const taint = untoleratedTaint(node.spec.taints, pod.spec.tolerations, ["NoSchedule", "NoExecute"]);
  if (taint !== undefined) return hopeless(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`);
  if (!matchesNodeAffinity(pod.spec, node)) return hopeless("node(s) didn't match Pod's node affinity/selector");
  return undefined;
}

function portRejection(cycle: Cycle, ledger: NodeLedger): Rejection | undefined {
  const taken = cycle.weight.ports.some((port) => ledger.ports.some((other) => hostPortsCollide(port, other)));
  return taken
    ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], hopeless: false }
    : undefined;
}

function resourceRejection(cycle: Cycle, ledger: NodeLedger): Rejection | undefined {
  const { allocatable } = ledger;
  const lacking = shortages(cycle.weight.requests, ledger.used, allocatable);
  const full = ledger.pods.size + 1 > (allocatable.pods ?? 0);
  if (!full && lacking.length === 0) return undefined;
  return {
    reasons: [...(full ? ["Too many pods"] : []), ...lacking.map(({ resource }) => `Insufficient ${resource}`)],
    hopeless: lacking.some((shortage) => shortage.hopeless),
  };
}

function volumeRejection({ volumes }: Cycle, { node }: NodeLedger): Rejection | undefined {
  const failure = volumes === undefined ? undefined : volumeFailure(volumes, node);
  return failure === undefined ? undefined : hopeless(failure);
}

function relationRejection(cycle: Cycle, ledger: NodeLedger): Rejection | undefined {
  const spread = cycle.spread === undefined ? undefined : spreadFailure(cycle.spread, ledger);
  if (spread !== undefined) return { reasons: [spread], hopeless: spread === NO_DOMAIN };
  const affinity = cycle.affinity === undefined ? undefined : affinityFailure(cycle.affinity, ledger);
  return affinity === undefined ? undefined : { reasons: [affinity], hopeless: affinity === NO_COMPANY };
}

function hopeless(reason: string): Rejection {
  return { reasons: [reason], hopeless: true };
}

function toleratesUnschedulable(pod: Pod): boolean {
  const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
  return (pod.spec.tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));
}
