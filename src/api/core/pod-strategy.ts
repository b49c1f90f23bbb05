import { compareQuantities, type FieldError, parseQuantity } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import type { Strategy } from "../descriptor.ts";
import { forbidden } from "../validation.ts";
import type { Container, Pod, PodSpec, PodStatus, ResourceList } from "./pod.ts";
import { defaultPod } from "./pod-defaults.ts";
import { validatePodSpec } from "./pod-validation.ts";

/** What is particular to pods (`pkg/registry/core/pod`). */
export const podStrategy: Strategy<Pod> = {
  applyDefaults: defaultPod,
  prepareForCreate: (pod) => ({ ...pod, status: PENDING[qosClass(pod.spec)] }),
  validate: (pod) => validatePodSpec(pod.spec, "spec"),
  validateUpdate: validatePodUpdate,
  deletionGraceSeconds: (pod) =>
    pod.spec.nodeName === undefined || pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded"
      ? 0
      : (pod.spec.terminationGracePeriodSeconds ?? 30),
};

type QosClass = NonNullable<PodStatus["qosClass"]>;

/** One first status per class, shared by all pods that are born with it. */
const PENDING: Readonly<Record<QosClass, PodStatus>> = {
  Guaranteed: { phase: "Pending", qosClass: "Guaranteed" },
  Burstable: { phase: "Pending", qosClass: "Burstable" },
  BestEffort: { phase: "Pending", qosClass: "BestEffort" },
};

/** `pkg/apis/core/helper/qos.ComputePodQOS`. */
function qosClass(spec: PodSpec): QosClass {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  if (
    !containers.some(
      (container) => hasCompute(container.resources?.requests) || hasCompute(container.resources?.limits),
    )
  )
    return "BestEffort";
  return containers.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

const COMPUTE = ["cpu", "memory"] as const;

function hasCompute(list: ResourceList | undefined): boolean {
  return COMPUTE.some((name) => list?.[name] !== undefined && parseQuantity(list[name]).nanos > 0n);
}

function isGuaranteed({ resources }: Container): boolean {
  return COMPUTE.every((name) => {
    const limit = resources?.limits?.[name];
    const request = resources?.requests?.[name] ?? limit;
    if (limit === undefined || request === undefined) return false;
    const parsed = parseQuantity(limit);
    return parsed.nanos > 0n && compareQuantities(parsed, parseQuantity(request)) === 0;
  });
}

const FIXED =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function validatePodUpdate(after: Pod, before: Pod): readonly FieldError[] {
  if (after.spec === before.spec || deepEqual(comparable(after.spec), comparable(before.spec))) {
    const kept = (before.spec.tolerations ?? []).every((toleration) =>
      (after.spec.tolerations ?? []).some((candidate) => deepEqual(candidate, toleration)),
    );
    return kept
      ? []
      : [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
  }
  return [forbidden("spec", FIXED)];
}

/** The spec less what may change. */
function comparable(spec: PodSpec): Partial<PodSpec> {
  const {
    tolerations: _tolerations,
    activeDeadlineSeconds: _deadline,
    ephemeralContainers: _ephemeral,
    ...rest
  } = spec;
  const imageless = ({ image: _image, ...container }: Container): Container => container;
  return {
    ...rest,
    containers: spec.containers.map(imageless),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(imageless) }),
  };
}
