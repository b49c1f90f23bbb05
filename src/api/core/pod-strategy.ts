import type { Strategy } from "../descriptor.ts";
import type { Container, Pod, PodStatus } from "./pod.ts";
import { defaultPod } from "./pod-defaults.ts";
import { withLabelKeys } from "./pod-label-keys.ts";
import { type QosClass, qosClass } from "./pod-qos.ts";
import { validateEphemeralUpdate, validatePodUpdate, validateResize } from "./pod-update-validation.ts";
import { validatePod } from "./pod-validation.ts";
import { podStatusWarnings, podWarnings } from "./pod-warnings.ts";

/** What is particular to pods (`pkg/registry/core/pod`). */
export const podStrategy: Strategy<Pod> = {
  warnings: podWarnings,
  statusWarnings: podStatusWarnings,
  applyDefaults: defaultPod,
  prepareForCreate: withLabelKeys,
  // What containers ask for, which limits of the namespace may add to, decides on the class of service.
  firstState: (pod) => ({ ...pod, status: firstStatus(pod) }),
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  parts: {
    ephemeralcontainers: { prepare: withEphemeralContainers, validate: validateEphemeralUpdate },
    resize: { prepare: withResources, validate: validateResize },
  },
  deletionGraceSeconds: (pod) =>
    pod.spec.nodeName === undefined || pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded"
      ? 0
      : (pod.spec.terminationGracePeriodSeconds ?? 30),
};

function firstStatus({ metadata, spec }: Pod): PodStatus {
  const status = PENDING[qosClass(spec)];
  if ((spec.schedulingGates ?? []).length === 0) return status;
  const gated = {
    type: "PodScheduled",
    status: "False",
    lastProbeTime: null,
    lastTransitionTime: metadata.creationTimestamp ?? "",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  } as const;
  return { ...status, conditions: [gated] };
}

/** One first status per class, shared by all pods that are born with it. */
const PENDING: Readonly<Record<QosClass, PodStatus>> = {
  Guaranteed: { phase: "Pending", qosClass: "Guaranteed" },
  Burstable: { phase: "Pending", qosClass: "Burstable" },
  BestEffort: { phase: "Pending", qosClass: "BestEffort" },
};

/** Of a write of `pods/ephemeralcontainers`, those containers alone. */
function withEphemeralContainers(pod: Pod, before: Pod): Pod {
  const { ephemeralContainers } = pod.spec;
  const { ephemeralContainers: _, ...rest } = before.spec;
  return { ...pod, spec: ephemeralContainers === undefined ? rest : { ...rest, ephemeralContainers } };
}

/**
 * Of a write of `pods/resize`, the containers' resources and what a change of them does. Other containers than there are stay for
 * validation to refuse.
 */
function withResources(pod: Pod, before: Pod): Pod {
  const resized = (old: readonly Container[], next: readonly Container[]): readonly Container[] => {
    if (next.length !== old.length || next.some(({ name }, index) => name !== old[index]?.name)) return next;
    return old.map(({ resources: _, resizePolicy: __, ...container }, index) => {
      const { resources, resizePolicy } = next[index] as Container;
      return {
        ...container,
        ...(resources === undefined ? {} : { resources }),
        ...(resizePolicy === undefined ? {} : { resizePolicy }),
      };
    });
  };
  const { initContainers: _, ...rest } = before.spec;
  const init = resized(before.spec.initContainers ?? [], pod.spec.initContainers ?? []);
  const containers = resized(before.spec.containers, pod.spec.containers);
  return { ...pod, spec: { ...rest, ...(init.length === 0 ? {} : { initContainers: init }), containers } };
}
