import { availableAtMs, isPodReady } from "../../../algorithms/index.ts";
import type { Condition, Pod, ReplicaSet, ReplicaSetStatus } from "../../../api/index.ts";
import { removeCondition, setCondition } from "../../../apimachinery/index.ts";
import { nonZero } from "../status-update.ts";

/** A ReplicaSet's status over its active pods (`calculateStatus`); `failure` says why a pod could not be created. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  at: { readonly nowMs: number; readonly failure?: string },
): ReplicaSetStatus {
  const { template, minReadySeconds = 0 } = replicaSet.spec;
  const wanted = Object.entries(template.metadata?.labels ?? {});
  const counts = { fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
  for (const pod of pods) {
    if (wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)) counts.fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    counts.readyReplicas++;
    if ((availableAtMs(pod, minReadySeconds) ?? Infinity) <= at.nowMs) counts.availableReplicas++;
  }
  const conditions = failureConditions(replicaSet, at);
  return {
    replicas: pods.length,
    ...nonZero(counts),
    ...nonZero({ observedGeneration: replicaSet.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function failureConditions(
  replicaSet: ReplicaSet,
  at: { readonly nowMs: number; readonly failure?: string },
): readonly Condition[] {
  const before = replicaSet.status?.conditions;
  if (at.failure === undefined) return removeCondition(before, "ReplicaFailure");
  const condition: Condition = {
    type: "ReplicaFailure",
    status: "True",
    reason: "FailedCreate",
    message: at.failure,
  };
  return setCondition(before, condition, at.nowMs);
}
