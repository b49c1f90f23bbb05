import type { KubeObject } from "../../apimachinery/index.ts";
import { AGE, formatFirst, text } from "../columns.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor } from "../descriptor.ts";
import { autoscalerToV1, autoscalerToV2 } from "./conversion.ts";
import {
  type CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerV1,
  type MetricSpec,
  type MetricStatus,
  type MetricTarget,
  type MetricValueStatus,
} from "./horizontal-pod-autoscaler.ts";
import { horizontalPodAutoscalerStrategy, horizontalPodAutoscalerV1Strategy } from "./strategies.ts";

/** The kinds of the autoscaling group. */
export const autoscalingResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: HorizontalPodAutoscaler,
    nullLists: ["status.currentMetrics"],
    strategy: horizontalPodAutoscalerStrategy,
    singular: "horizontalpodautoscaler",
    shortNames: ["hpa"],
    categories: ["all"],
    status: true,
    columns: columnsWith<HorizontalPodAutoscaler>(
      ({ spec, status }) => formatMetrics(spec.metrics, status?.currentMetrics, nameless),
      ({ spec, status }) => formatMetrics(spec.metrics, status?.currentMetrics, named),
    ),
  }),
  defineResource({
    kind: HorizontalPodAutoscalerV1,
    strategy: horizontalPodAutoscalerV1Strategy,
    conversion: {
      toStorage: autoscalerToV2,
      fromStorage: (stored) => autoscalerToV1(stored as HorizontalPodAutoscaler),
    },
    singular: "horizontalpodautoscaler",
    shortNames: ["hpa"],
    categories: ["all"],
    status: true,
    columns: columnsWith<HorizontalPodAutoscalerV1>(cpuTarget, (autoscaler) =>
      autoscaler.spec.targetCPUUtilizationPercentage === undefined
        ? cpuTarget(autoscaler)
        : `cpu: ${cpuTarget(autoscaler)}`,
    ),
  }),
];

type Autoscaler = KubeObject & {
  readonly spec: {
    readonly scaleTargetRef: CrossVersionObjectReference;
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
  readonly status?: { readonly currentReplicas?: number };
};

/** Kubernetes 1.30 began to name the metric in Targets. */
function columnsWith<T extends Autoscaler>(
  targetsBefore30: (autoscaler: T) => string,
  targets: (autoscaler: T) => string,
): readonly PrinterColumn<T>[] {
  return [
    text<T>("Reference", ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`),
    { ...text<T>("Targets", targetsBefore30), untilMinor: 29 },
    { ...text<T>("Targets", targets), sinceMinor: 30 },
    text<T>("MinPods", ({ spec }) => String(spec.minReplicas ?? "<unset>")),
    text<T>("MaxPods", ({ spec }) => spec.maxReplicas),
    text<T>("Replicas", ({ status }) => status?.currentReplicas ?? 0),
    AGE,
  ];
}

function cpuTarget({ spec, status }: HorizontalPodAutoscalerV1): string {
  if (spec.targetCPUUtilizationPercentage === undefined) return "<none>";
  const current = status?.currentCPUUtilizationPercentage;
  return `${current === undefined ? "<unknown>" : `${current}%`}/${spec.targetCPUUtilizationPercentage}%`;
}

type Write = (name: string, value: string) => string;
const nameless: Write = (_name, value) => value;
const named: Write = (name, value) => `${name}: ${value}`;

function formatMetrics(
  specs: readonly MetricSpec[] | undefined,
  statuses: readonly MetricStatus[] | null | undefined,
  write: Write,
): string {
  if (specs === undefined || specs.length === 0) return "<none>";
  return formatFirst(
    specs.map((spec, index) => formatMetric(spec, statuses?.[index], write)),
    2,
  ).replaceAll(",", ", ");
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined, write: Write): string {
  if (spec.resource !== undefined)
    return write(spec.resource.name, ratio(spec.resource.target, status?.resource?.current));
  if (spec.containerResource !== undefined)
    return write(spec.containerResource.name, ratio(spec.containerResource.target, status?.containerResource?.current));
  if (spec.pods !== undefined) return ratio(spec.pods.target, status?.pods?.current);
  if (spec.object !== undefined) return averaged(spec.object.target, status?.object?.current);
  if (spec.external !== undefined) return averaged(spec.external.target, status?.external?.current);
  return "<unknown type>";
}

/** Metrics of one object or of the outside say when they are shared out among the pods. */
function averaged(target: MetricTarget, current: MetricValueStatus | undefined): string {
  return `${ratio(target, current)}${target.averageValue === undefined ? "" : " (avg)"}`;
}

function ratio(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageUtilization !== undefined) {
    const now = current?.averageUtilization;
    return `${now === undefined ? "<unknown>" : `${now}%`}/${target.averageUtilization}%`;
  }
  if (target.averageValue !== undefined) return `${current?.averageValue ?? "<unknown>"}/${target.averageValue}`;
  return `${current?.value ?? "<unknown>"}/${target.value ?? "<auto>"}`;
}
