import type { TargetCluster } from "../../api/index.ts";
import {
  type Binding,
  type BindingStatus,
  bindingConditions,
  type Condition,
  karmadaAnnotations,
} from "../../api/index.ts";
import { findCondition, type KubeObject, setCondition, timestamp } from "../../apimachinery/index.ts";
import { type Intent, type Key, type Plan, plan } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { bindingScope, keyOf, templateReference } from "../binding-scope.ts";
import type { Decision } from "./decision.ts";

/** How soon a binding that could not be scheduled is tried again; one that no cluster fits waits for a change. */
const RETRY_MS = { Unschedulable: 300_000, SchedulerError: 10_000 } as const;

const SCHEDULED: Condition = {
  type: bindingConditions.scheduled,
  status: "True",
  reason: "Success",
  message: "Binding has been scheduled successfully.",
};

/** A decision, and what it was made of. */
export type Situation = {
  readonly binding: Binding;
  readonly decision: Decision;
  /** The placement, as the applied-placement annotation has it. */
  readonly placementText: string;
  readonly fresh: boolean;
  readonly nowMs: number;
};

/** Writes the clusters of a decision; when they are written already, its status. */
export function schedulePlan(situation: Situation): Plan {
  const patch = specPatch(situation);
  if (patch === undefined) return statusPlan(situation, situation.binding);
  return plan({ type: "patch", patchType: "merge", ...keyOfBinding(situation.binding), body: patch });
}

/**
 * Writes what a decision means for the status, and tells it; `written` is the binding as the API server has it. Without
 * news nothing is written.
 */
export function statusPlan(situation: Situation, written: KubeObject): Plan {
  const { binding, decision } = situation;
  const status = nextStatus(situation, written.metadata.generation ?? 0);
  const intents: Intent[] = [];
  if (status !== undefined) {
    const key = keyOfBinding(binding);
    intents.push({ type: "patch", patchType: "merge", ...key, subresource: "status", body: { status } });
    intents.push(...events(binding, decision));
  }
  const retryMs = decision.ok || decision.reason === "NoClusterFit" ? undefined : RETRY_MS[decision.reason];
  return retryMs === undefined ? { intents } : { intents, requeueAfterMs: retryMs, requeue: "periodic" };
}

/**
 * Nothing to decide: what remains is to have seen the binding. A condition that is not there was lost between the writing of
 * the clusters and that of the status.
 */
export function observedPlan(binding: Binding, nowMs: number): Plan {
  const { metadata, status } = binding;
  const generation = metadata.generation ?? 0;
  const isTold = findCondition(status?.conditions, bindingConditions.scheduled) !== undefined;
  if (isTold && status?.schedulerObservedGeneration === generation) return plan();
  const told = isTold
    ? {}
    : { conditions: setCondition(status?.conditions, SCHEDULED, nowMs), lastScheduledTime: timestamp(nowMs) };
  const body = { status: { schedulerObservedGeneration: generation, ...told } };
  return plan({ type: "patch", patchType: "merge", ...keyOfBinding(binding), subresource: "status", body });
}

function keyOfBinding(binding: Binding): Key {
  return keyOf(bindingScope(binding.metadata).kind, binding);
}

/** What changes of clusters and annotation. A failure that keeps the clusters does not count as applied. */
function specPatch({ binding, decision, placementText }: Situation): Readonly<Record<string, unknown>> | undefined {
  const { clusters } = decision;
  if (clusters === undefined) return undefined;
  const isApplied = binding.metadata.annotations?.[karmadaAnnotations.appliedPlacement] === placementText;
  const areSame = deepEqual(binding.spec.clusters ?? [], clusters);
  if (isApplied && areSame) return undefined;
  return {
    ...(isApplied ? {} : { metadata: { annotations: { [karmadaAnnotations.appliedPlacement]: placementText } } }),
    ...(areSame ? {} : { spec: { clusters: clustersValue(clusters) } }),
  };
}

/** Upstream's field vanishes when it is empty. */
function clustersValue(clusters: readonly TargetCluster[]): readonly TargetCluster[] | null {
  return clusters.length === 0 ? null : clusters;
}

/** The status fields to write; `undefined` when they say so already. */
function nextStatus(situation: Situation, generation: number): Partial<BindingStatus> | undefined {
  const { binding, decision, fresh, nowMs } = situation;
  const before = binding.status ?? {};
  const conditions = setCondition(before.conditions, conditionOf(decision), nowMs);
  const affinity = decision.ok ? decision.affinityName : undefined;
  const isAffinitySame = affinity === undefined || affinity === before.schedulerObservingAffinityName;
  const isSame =
    conditions === before.conditions && before.schedulerObservedGeneration === generation && isAffinitySame && !fresh;
  if (isSame) return undefined;
  return {
    conditions,
    schedulerObservedGeneration: generation,
    ...(decision.ok ? { lastScheduledTime: timestamp(nowMs) } : {}),
    ...(affinity === undefined ? {} : { schedulerObservingAffinityName: affinity }),
  };
}

function conditionOf(decision: Decision): Condition {
  return decision.ok
    ? SCHEDULED
    : { type: bindingConditions.scheduled, status: "False", reason: decision.reason, message: decision.message };
}

function events(binding: Binding, decision: Decision): readonly Intent[] {
  const regarding = [binding, templateReference(binding.spec)];
  if (decision.ok) {
    const result = decision.clusters.map(({ name, replicas = 0 }) => `${name}:${replicas}`).join(", ");
    const message = `Binding has been scheduled successfully. Result: {${result}}`;
    return regarding.map((object) => event(object, "Normal", "ScheduleBindingSucceed", message));
  }
  return [...decision.attempts, decision.message].flatMap((message) =>
    regarding.map((object) => event(object, "Warning", "ScheduleBindingFailed", message)),
  );
}

function event(
  regarding: Extract<Intent, { type: "event" }>["regarding"],
  eventType: "Normal" | "Warning",
  reason: string,
  message: string,
): Intent {
  return { type: "event", regarding, eventType, reason, message };
}
