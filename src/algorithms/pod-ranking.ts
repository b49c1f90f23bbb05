import type { Pod } from "../api/index.ts";
import { findCondition, isConditionTrue } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";

/**
 * The pods in the order in which a controller that must shed some lets them go (`controller.ActivePodsWithRanks`).
 * `sameNode` tells how many related pods share the pod's node: the more, the sooner one goes.
 */
export function rankForDeletion(pods: readonly Pod[], sameNode: (pod: Pod) => number, nowMs: number): readonly Pod[] {
  return [...pods].sort((left, right) => {
    for (const compare of ORDERS) {
      const order = compare(left, right, nowMs);
      if (order !== 0) return order;
    }
    return (
      sameNode(right) - sameNode(left) ||
      byReadyAge(left, right, nowMs) ||
      restarts(right) - restarts(left) ||
      byCreation(left, right, nowMs)
    );
  });
}

/** Whether a pod is ready. */
export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, "Ready");
}

/** When a pod becomes available if it stays ready: `undefined` while it is not ready (`podutil.IsPodAvailable`). */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return -Infinity;
  return ready.lastTransitionTime === undefined
    ? undefined
    : Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000;
}

/** Whether a pod still counts: neither finished nor going away (`controller.IsPodActive`). */
export function isPodActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== "Succeeded" && phase !== "Failed" && pod.metadata.deletionTimestamp === undefined;
}

type Order = (left: Pod, right: Pod, nowMs: number) => number;

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

const ORDERS: readonly Order[] = [
  by((pod) => (pod.spec.nodeName === undefined ? 0 : 1)),
  by((pod) => PHASES[pod.status?.phase ?? "Pending"] ?? 0),
  by((pod) => (isPodReady(pod) ? 1 : 0)),
  by((pod) => Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0),
];

function by(valueOf: (pod: Pod) => number): Order {
  return (left, right) => valueOf(left) - valueOf(right);
}

/** Of two ready pods the one ready for less time goes first. */
function byReadyAge(left: Pod, right: Pod, nowMs: number): number {
  if (!isPodReady(left) || !isPodReady(right)) return 0;
  const since = (pod: Pod): string | undefined => findCondition(pod.status?.conditions, "Ready")?.lastTransitionTime;
  return byAge(left, right, since, nowMs);
}

function byCreation(left: Pod, right: Pod, nowMs: number): number {
  const order = byAge(left, right, (pod) => pod.metadata.creationTimestamp, nowMs);
  return order || compareText(left.metadata.name, right.metadata.name);
}

/** Ages are compared by their powers of two, so that it is not always the newest that goes; equals by UID. */
function byAge(left: Pod, right: Pod, timeOf: (pod: Pod) => string | undefined, nowMs: number): number {
  const one = timeOf(left);
  const other = timeOf(right);
  if (one === other) return 0;
  if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
  const order = logAge(one, nowMs) - logAge(other, nowMs);
  return order || compareText(left.metadata.uid ?? "", right.metadata.uid ?? "");
}

function logAge(time: string, nowMs: number): number {
  const age = nowMs - Date.parse(time);
  return age <= 0 ? -1 : Math.floor(Math.log2(age * 1e6));
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}
