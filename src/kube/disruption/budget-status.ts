import type { Pod, PodDisruptionBudget } from "../../api/index.ts";
import { setCondition } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";
import { isReady } from "../services/service-pods.ts";
import type { Expected } from "./expected-pods.ts";

type Status = NonNullable<PodDisruptionBudget["status"]>;

/** How long an eviction may take from its decision until its pod is seen going (`DeletionTimeout`). */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** Evictions of a budget that were granted and whose pods are not going yet. */
export type Disrupted = {
  readonly pods: Readonly<Record<string, string>>;
  /** When the first of them is overdue. */
  readonly recheckAtMs?: number;
  /** Says of each pod that was to go and did not. */
  readonly events: readonly Intent[];
};

/** Which granted evictions are still on their way (`buildDisruptedPodMap`). */
export function disruptedPods(budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Disrupted {
  const granted = budget.status?.disruptedPods;
  if (granted === undefined) return { pods: {}, events: [] };
  const onTheirWay: Record<string, string> = {};
  const events: Intent[] = [];
  let recheckAtMs = Infinity;
  for (const pod of pods) {
    const since = granted[pod.metadata.name];
    if (since === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const dueMs = Date.parse(since) + DELETION_TIMEOUT_MS;
    if (dueMs < nowMs) events.push(notDeleted(pod, budget));
    else {
      onTheirWay[pod.metadata.name] = since;
      recheckAtMs = Math.min(recheckAtMs, dueMs);
    }
  }
  return { pods: onTheirWay, events, ...(recheckAtMs === Infinity ? {} : { recheckAtMs }) };
}

/** Upstream names the namespace twice. */
function notDeleted(pod: Pod, { metadata: { namespace } }: PodDisruptionBudget): Intent {
  const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
  return { type: "event", regarding: pod, eventType: "Warning", reason: "NotDeleted", message };
}

/** The status of a budget over its pods (`updatePdbStatus`). */
export function budgetStatus(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  {
    expected,
    disrupted,
    nowMs,
  }: { readonly expected: Expected; readonly disrupted: Disrupted; readonly nowMs: number },
): Status {
  const going = disrupted.pods;
  const healthy = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && going[pod.metadata.name] === undefined && isReady(pod),
  ).length;
  // A budget that covers no pod yet allows nothing: its first pods must be seen before one of them may go.
  const allowed = expected.pods > 0 ? Math.max(0, healthy - expected.healthy) : 0;
  const { generation } = budget.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const condition = {
    type: "DisruptionAllowed",
    reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    status: allowed > 0 ? "True" : "False",
    message: "",
    ...observed,
  } as const;
  return {
    ...observed,
    currentHealthy: healthy,
    desiredHealthy: expected.healthy,
    expectedPods: expected.pods,
    disruptionsAllowed: allowed,
    ...(Object.keys(going).length === 0 ? {} : { disruptedPods: going }),
    conditions: setCondition(budget.status?.conditions, condition, nowMs),
  };
}

/** What is left of a status when it cannot be worked out: nothing may be disrupted (`failSafe`). */
export function failedStatus({ status }: PodDisruptionBudget, why: string, nowMs: number): Status {
  const before = status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 };
  const { observedGeneration } = before;
  const condition = {
    type: "DisruptionAllowed",
    reason: "SyncFailed",
    status: "False",
    message: why,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  } as const;
  return { ...before, disruptionsAllowed: 0, conditions: setCondition(before.conditions, condition, nowMs) };
}
