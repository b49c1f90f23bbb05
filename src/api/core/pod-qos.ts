import { compareQuantities, parseQuantity } from "../../apimachinery/index.ts";
import type { Container, PodSpec, PodStatus, ResourceList } from "./pod.ts";

export type QosClass = NonNullable<PodStatus["qosClass"]>;

/** The class of service a pod's resources earn it (`pkg/apis/core/helper/qos.ComputePodQOS`). */
export function qosClass(spec: PodSpec): QosClass {
  // A pod without containers is told so by its validation, which comes later.
  const { initContainers = [], containers: main = [] } = spec;
  const containers = initContainers.length === 0 ? main : [...initContainers, ...main];
  const asks = ({ resources }: Container): boolean => hasCompute(resources?.requests) || hasCompute(resources?.limits);
  if (!containers.some(asks)) return "BestEffort";
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
