import { withAnnotations } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerStatus,
  HorizontalPodAutoscalerV1,
  MetricSpec,
} from "./horizontal-pod-autoscaler.ts";
import {
  behaviorFromV1,
  behaviorToV1,
  metricsFromV1,
  metricsToV1,
  statusesFromV1,
  statusesToV1,
} from "./v1-annotations.ts";

/** What v1 has no field for travels in annotations, so that an update through v1 loses nothing. */
const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const STATUSES = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const NO_ANNOTATIONS = { [METRICS]: undefined, [BEHAVIOR]: undefined, [STATUSES]: undefined, [CONDITIONS]: undefined };

/** autoscaling/v1 as autoscaling/v2: the target utilization of cpu becomes its first metric. */
export function autoscalerToV2(autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { spec, status } = autoscaler;
  const { targetCPUUtilizationPercentage: target, ...rest } = spec;
  const others = readJson(autoscaler, METRICS);
  const behavior = behaviorFromV1(readJson(autoscaler, BEHAVIOR));
  // What v1 has a field for comes last where there are others.
  const metrics = [
    ...(Array.isArray(others) ? metricsFromV1(others) : []),
    ...(target === undefined ? [] : [cpuUtilization(target)]),
  ];
  const statusV2 = statusToV2(autoscaler, status);
  return {
    ...withAnnotations(autoscaler, NO_ANNOTATIONS),
    apiVersion: "autoscaling/v2",
    spec: {
      ...rest,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
    ...(statusV2 === undefined ? {} : { status: statusV2 }),
  };
}

type Conditions = NonNullable<HorizontalPodAutoscalerStatus["conditions"]>;

function statusToV2(
  autoscaler: HorizontalPodAutoscalerV1,
  status: HorizontalPodAutoscalerV1["status"],
): HorizontalPodAutoscalerStatus | undefined {
  const { currentCPUUtilizationPercentage: current, currentReplicas = 0, ...others } = status ?? {};
  // What v1 always says, v2 says when there is something to say.
  const rest = currentReplicas === 0 ? others : { currentReplicas, ...others };
  const [statuses, written] = [readJson(autoscaler, STATUSES), readJson(autoscaler, CONDITIONS)];
  const conditions = Array.isArray(written) ? (written as Conditions).filter((condition) => isRecord(condition)) : [];
  const metrics = Array.isArray(statuses)
    ? { currentMetrics: statusesFromV1(statuses) }
    : current === undefined
      ? {}
      : {
          currentMetrics: [
            { type: "Resource", resource: { name: "cpu", current: { averageUtilization: current } } } as const,
          ],
        };
  const told = { ...rest, ...metrics, ...(conditions.length === 0 ? {} : { conditions }) };
  return status === undefined && Object.keys(told).length === 0 ? undefined : told;
}

/** autoscaling/v2 as autoscaling/v1. */
export function autoscalerToV1(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior, ...rest } = autoscaler.spec;
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  const { currentMetrics, conditions = [], ...status } = autoscaler.status ?? {};
  const annotated = withAnnotations(autoscaler, {
    ...NO_ANNOTATIONS,
    ...(others.length === 0 ? {} : { [METRICS]: metricsToV1(others) }),
    ...(behavior === undefined ? {} : { [BEHAVIOR]: behaviorToV1(behavior) }),
    ...((currentMetrics ?? []).length === 0 ? {} : { [STATUSES]: statusesToV1(currentMetrics ?? []) }),
    ...(conditions.length === 0 ? {} : { [CONDITIONS]: JSON.stringify(conditions.map(conditionToV1)) }),
  });
  const target = cpu?.resource?.target.averageUtilization;
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

/** In the order of Go's struct. */
function conditionToV1(condition: Conditions[number]): unknown {
  const { type, status, lastTransitionTime, reason, message } = condition;
  return { type, status, lastTransitionTime, reason, message };
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
