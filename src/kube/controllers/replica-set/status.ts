import { availableAtMs, isPodReady } from "../../../algorithms/index.ts";
import type { Condition, Pod, PodTemplateSpec, ReplicaSetStatus } from "../../../api/index.ts";
import { type KubeObject, removeCondition, setCondition } from "../../../apimachinery/index.ts";
import { nonZero } from "../status-update.ts";

/** A ReplicaSet or ReplicationController: as many pods of one template as it asks for. */
export type Replicated = KubeObject & {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: unknown;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: ReplicaSetStatus;
};

/** The owner's status over its active pods (`calculateStatus`); `failure` says why a pod could not be created. */
export function replicaStatus(
  owner: Replicated,
  pods: readonly Pod[],
  at: { readonly nowMs: number; readonly failure?: string },
): ReplicaSetStatus {
  const { template, minReadySeconds = 0 } = owner.spec;
  const wanted = Object.entries(template?.metadata?.labels ?? {});
  const counts = { fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
  for (const pod of pods) {
    if (wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)) counts.fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    counts.readyReplicas++;
    if ((availableAtMs(pod, minReadySeconds) ?? Infinity) <= at.nowMs) counts.availableReplicas++;
  }
  const conditions = failureConditions(owner, at);
  return {
    replicas: pods.length,
    ...nonZero(counts),
    ...nonZero({ observedGeneration: owner.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function failureConditions(
  owner: Replicated,
  at: { readonly nowMs: number; readonly failure?: string },
): readonly Condition[] {
  const before = owner.status?.conditions;
  if (at.failure === undefined) return removeCondition(before, "ReplicaFailure");
  const condition: Condition = {
    type: "ReplicaFailure",
    status: "True",
    reason: "FailedCreate",
    message: at.failure,
  };
  return setCondition(before, condition, at.nowMs);
}
