import { withAnnotations } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerV1,
  MetricSpec,
} from "./horizontal-pod-autoscaler.ts";

/** What v1 has no field for travels in an annotation, so that an update through v1 loses nothing. */
const BEYOND_V1 = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";

/** autoscaling/v1 as autoscaling/v2: the target utilization of cpu becomes its first metric. */
export function autoscalerToV2(autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { spec, status } = autoscaler;
  const { targetCPUUtilizationPercentage: target, ...rest } = spec;
  const others = readJson(autoscaler, BEYOND_V1);
  const behavior = readJson(autoscaler, BEHAVIOR);
  const metrics = [
    ...(target === undefined ? [] : [cpuUtilization(target)]),
    ...(Array.isArray(others) ? (others as MetricSpec[]) : []),
  ];
  const plain = withAnnotations(autoscaler, { [BEYOND_V1]: undefined, [BEHAVIOR]: undefined });
  return {
    ...plain,
    apiVersion: "autoscaling/v2",
    spec: {
      ...rest,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(isRecord(behavior) ? { behavior: behavior as NonNullable<HorizontalPodAutoscalerSpec["behavior"]> } : {}),
    },
    ...(status === undefined ? {} : { status: statusToV2(status) }),
  };
}

function statusToV2(
  status: NonNullable<HorizontalPodAutoscalerV1["status"]>,
): NonNullable<HorizontalPodAutoscaler["status"]> {
  const { currentCPUUtilizationPercentage: current, ...rest } = status;
  if (current === undefined) return rest;
  return {
    ...rest,
    currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: current } } }],
  };
}

/** autoscaling/v2 as autoscaling/v1. */
export function autoscalerToV1(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior, ...rest } = autoscaler.spec;
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const annotated = withAnnotations(autoscaler, {
    ...(others.length === 0 ? {} : { [BEYOND_V1]: JSON.stringify(others) }),
    ...(behavior === undefined ? {} : { [BEHAVIOR]: JSON.stringify(behavior) }),
  });
  const target = cpu?.resource?.target.averageUtilization;
  const { currentMetrics, conditions: _, ...status } = autoscaler.status ?? {};
  const current = currentMetrics?.find(({ resource }) => resource?.name === "cpu")?.resource?.current
    .averageUtilization;
  const { metadata } = annotated;
  return {
    apiVersion: "autoscaling/v1",
    kind: autoscaler.kind,
    metadata,
    spec: { ...rest, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    ...(autoscaler.status === undefined
      ? {}
      : {
          status: {
            currentReplicas: 0,
            ...status,
            ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
          },
        }),
  };
}

function cpuUtilization(averageUtilization: number): MetricSpec {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function isCpuUtilization({ resource }: MetricSpec): boolean {
  return resource?.name === "cpu" && resource.target.averageUtilization !== undefined;
}

function readJson(autoscaler: HorizontalPodAutoscalerV1, annotation: string): unknown {
  const text = autoscaler.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
