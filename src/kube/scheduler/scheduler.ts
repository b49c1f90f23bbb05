import { namedNodes } from "../../algorithms/index.ts";
import {
  type Condition,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  StorageClass,
} from "../../api/index.ts";
import { setCondition } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { claimNamesOf, claimPath, claimPathsOf, VOLUME_INDEXES } from "../storage/claims.ts";
import { beginCycle, type Cycle } from "./cycle.ts";
import { blockedMessage, noVictimsMessage, unschedulableMessage } from "./diagnosis.ts";
import { type Rejection, rejection } from "./filter.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { awaitsVictims, findPreemption, type Preemption } from "./preemption.ts";
import { hasPodAffinity, SchedulerCache } from "./scheduler-cache.ts";
import { bestNodes } from "./score.ts";
import { volumeIntents, volumeView } from "./volumes.ts";

const NAME = "default-scheduler";
/** Waiting pods by the claims they mount. */
const CLAIM_INDEX = "claims";

/**
 * kube-scheduler: binds each pending pod to the best of the nodes it fits on. Sums per node live in a cache that is fed with
 * single changes, so that the cost of one pod does not grow with the number of pods.
 */
export function scheduler(): ControllerDefinition {
  const cache = new SchedulerCache();
  const search = { start: 0 };
  return defineController({
    name: NAME,
    primary: [Pod],
    predicate: ({ after }) => after !== undefined && isPending(after),
    reads: [
      read(Pod, {
        enqueue: (change) => keysOf(retriedAfter(change, cache)),
        indexes: { [CLAIM_INDEX]: (pod) => (isPending(pod) ? claimPathsOf(pod) : []) },
      }),
      read(Node, { enqueue: (change) => keysOf(cache.observeNode(change) ? cache.pending() : []) }),
      read(Namespace, { enqueue: "none" }),
      read(PodDisruptionBudget, { enqueue: "none" }),
      read(PersistentVolumeClaim, {
        enqueue: ({ object: { metadata } }, snapshot) =>
          keysOf(podsMounting(claimPath(metadata.namespace, metadata.name), snapshot)),
      }),
      read(PersistentVolume, {
        enqueue: ({ object }, snapshot) => {
          const holders = VOLUME_INDEXES.holder(object);
          const pods = holders.flatMap((path) => podsMounting(path, snapshot));
          return keysOf(holders.length > 0 ? pods : cache.pending().filter(hasClaims));
        },
        indexes: VOLUME_INDEXES,
      }),
      read(StorageClass, { enqueue: () => keysOf(cache.pending().filter(hasClaims)) }),
    ],
    reconcile: (pod, snapshot) => {
      if (!isPending(pod) || cache.isPlaced(pod)) return NOTHING;
      const volumes = volumeView(pod, snapshot);
      if (typeof volumes === "string") {
        cache.setPending(pod);
        return plan(unschedulable(pod, blockedMessage(volumes, cache.ledgers().length), undefined, snapshot.nowMs));
      }
      const labelsOf = (name: string) => snapshot.get(Namespace, name)?.metadata.labels;
      return schedule(beginCycle(pod, cache, { volumes, labelsOf }), cache, search, snapshot);
    },
    conclude: (pod, outcomes) => {
      for (const { intent, answer } of outcomes)
        if (intent.type === "post" && answer !== "skipped" && answer.ok) cache.assume(pod, targetOf(intent));
      return NOTHING;
    },
  }) as ControllerDefinition;
}

function mayPreempt({ spec }: Pod): boolean {
  return (spec as { readonly preemptionPolicy?: string }).preemptionPolicy !== "Never";
}

type Search = { start: number };

function schedule(
  cycle: Cycle,
  cache: SchedulerCache,
  search: Search,
  snapshot: Snapshot<typeof PodDisruptionBudget>,
): Plan {
  const { feasible, rejected } = findFeasible(cycle, cache, search);
  if (feasible.length > 0) {
    const best = bestNodes(cycle, feasible);
    const chosen = best.length === 1 ? (best[0] as NodeLedger) : snapshot.random.pick(best);
    if (cycle.volumes === undefined || cycle.volumes.delayed.length === 0) return plan(bind(cycle.pod, chosen.name));
    // Its claims get their volumes first; the pod is looked at again when they have.
    cache.setPending(cycle.pod);
    return plan(volumeIntents(cycle.volumes, chosen.node));
  }
  cache.setPending(cycle.pod);
  const nominated = cache.ledger(cycle.pod.status?.nominatedNodeName ?? "");
  const preemption =
    mayPreempt(cycle.pod) && !awaitsVictims(cycle.pod, nominated)
      ? findPreemption(cycle, rejected, snapshot.list(PodDisruptionBudget))
      : undefined;
  return preemption === undefined
    ? reject(cycle, [...rejected.values()], snapshot.nowMs)
    : preempt(cycle, preemption, [...rejected.values()], snapshot.nowMs);
}

/**
 * Looks at nodes until enough fit: all of up to 100, fewer of more, going on where the last search ended
 * (`schedule_one.go` numFeasibleNodesToFind). A pod that names its nodes is tried on these alone.
 */
function findFeasible(
  cycle: Cycle,
  cache: SchedulerCache,
  search: Search,
): { readonly feasible: readonly NodeLedger[]; readonly rejected: ReadonlyMap<NodeLedger, Rejection> } {
  const { ledgers } = cycle;
  const feasible: NodeLedger[] = [];
  const rejected = new Map<NodeLedger, Rejection>();
  const named = namedNodes(cycle.pod.spec);
  const candidates = named === undefined ? ledgers : named.flatMap((name) => cache.ledger(name) ?? []);
  if (named !== undefined && candidates.some((ledger) => rejection(cycle, ledger) === undefined))
    return { feasible: candidates.filter((ledger) => rejection(cycle, ledger) === undefined), rejected };
  const wanted = feasibleWanted(ledgers.length);
  let looked = 0;
  for (; looked < ledgers.length && feasible.length < wanted; looked++) {
    const ledger = ledgers[(search.start + looked) % ledgers.length] as NodeLedger;
    const why = rejection(cycle, ledger);
    if (why === undefined) feasible.push(ledger);
    else rejected.set(ledger, why);
  }
  if (wanted < ledgers.length) search.start = (search.start + looked) % ledgers.length;
  return { feasible, rejected };
}

function feasibleWanted(nodes: number): number {
  if (nodes <= 100) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

function bind(pod: Pod, nodeName: string): readonly Intent[] {
  const { namespace = "default", name, uid } = pod.metadata;
  const binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: uid === undefined ? { name, namespace } : { name, namespace, uid },
    target: { kind: "Node", name: nodeName },
  };
  return [
    { type: "post", kind: Pod, namespace, name, subresource: "binding", object: binding },
    {
      type: "event",
      regarding: pod,
      eventType: "Normal",
      reason: "Scheduled",
      message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    },
  ];
}

function reject(cycle: Cycle, rejections: readonly Rejection[], nowMs: number): Plan {
  return plan(
    unschedulable(cycle.pod, unschedulableMessage(rejections, noVictimsMessage(rejections)), undefined, nowMs),
  );
}

function preempt(
  cycle: Cycle,
  { nodeName, victims }: Preemption,
  rejections: readonly Rejection[],
  nowMs: number,
): Plan {
  const { pod } = cycle;
  const evictions = victims.flatMap((victim): readonly Intent[] => {
    if (victim.metadata.deletionTimestamp !== undefined) return [];
    const { namespace = "default", name, uid } = victim.metadata;
    const disruption: Condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: `${pod.spec.schedulerName ?? NAME}: preempting to accommodate a higher priority pod`,
    };
    const conditions = setCondition(victim.status?.conditions, disruption, nowMs);
    const object = { ...victim, status: { ...victim.status, conditions } } as Pod;
    return [
      { type: "updateStatus", kind: Pod, object, before: victim },
      { type: "delete", kind: Pod, namespace, name, ...(uid === undefined ? {} : { uid }) },
      {
        type: "event",
        regarding: victim,
        eventType: "Normal",
        reason: "Preempted",
        message: `Preempted by pod ${pod.metadata.uid} on node ${nodeName}`,
      },
    ];
  });
  return plan(evictions, unschedulable(pod, unschedulableMessage(rejections, undefined), nodeName, nowMs));
}

/** Says once why the pod waits: an unchanged condition makes no second event. */
function unschedulable(pod: Pod, message: string, nominated: string | undefined, nowMs: number): readonly Intent[] {
  const condition: Condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
  const conditions = setCondition(pod.status?.conditions, condition, nowMs);
  const nominatedNodeName = nominated ?? pod.status?.nominatedNodeName;
  const status = {
    ...pod.status,
    conditions,
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
  };
  if (deepEqual(status, pod.status)) return [];
  return [
    { type: "event", regarding: pod, eventType: "Warning", reason: "FailedScheduling", message },
    { type: "updateStatus", kind: Pod, object: { ...pod, status } as Pod, before: pod },
  ];
}

function isPending(pod: Pod): boolean {
  return (
    (pod.spec.nodeName === undefined || pod.spec.nodeName === "") &&
    (pod.spec.schedulingGates ?? []).length === 0 &&
    (pod.spec.schedulerName ?? NAME) === NAME &&
    pod.metadata.deletionTimestamp === undefined &&
    pod.status?.phase !== "Succeeded" &&
    pod.status?.phase !== "Failed"
  );
}

/** Which waiting pods a change may help: all when room was made, those looking for company when a pod got its node. */
function retriedAfter(change: Change<Pod>, cache: SchedulerCache): readonly Pod[] {
  if (cache.observePod(change)) return cache.pending();
  const placed = change.after?.spec.nodeName !== undefined && change.before?.spec.nodeName === undefined;
  return placed ? cache.pending().filter(looksForCompany) : [];
}

function hasClaims(pod: Pod): boolean {
  return claimNamesOf(pod).length > 0;
}

function podsMounting(path: string, snapshot: Snapshot<typeof Pod>): readonly Pod[] {
  return snapshot.list(Pod, { index: { name: CLAIM_INDEX, value: path } });
}

function looksForCompany(pod: Pod): boolean {
  return hasPodAffinity(pod) || pod.spec.topologySpreadConstraints !== undefined;
}

function keysOf(pods: readonly Pod[]): readonly Key[] {
  return pods.map(({ metadata }) => ({
    kind: Pod,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  }));
}

function targetOf(intent: Extract<Intent, { type: "post" }>): string {
  return (intent.object as { readonly target?: { readonly name?: string } }).target?.name ?? "";
}
