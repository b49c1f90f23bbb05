import { isRecord } from "../../std/index.ts";
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "./horizontal-pod-autoscaler.ts";

type Fields = Readonly<Record<string, unknown>>;
type Source = "object" | "pods" | "resource" | "containerResource" | "external";

/** In the order of Go's struct. */
const SOURCES: readonly Source[] = ["object", "pods", "resource", "containerResource", "external"];

/** Metrics as v1 writes them into its annotation (`autoscalingv1.MetricSpec`): what is measured and what for, side by side. */
export function metricsToV1(metrics: readonly MetricSpec[]): string {
  return JSON.stringify(metrics.map((metric) => sourcesOf(metric, "target", "target")));
}

/** What metrics came to, as v1 writes it. */
export function statusesToV1(statuses: readonly MetricStatus[]): string {
  return JSON.stringify(statuses.map((status) => sourcesOf(status, "current", "current")));
}

export function metricsFromV1(written: readonly unknown[]): readonly MetricSpec[] {
  return written.map((metric) => sourcesFrom(metric, "target", targetOf) as MetricSpec);
}

export function statusesFromV1(written: readonly unknown[]): readonly MetricStatus[] {
  return written.map((status) => sourcesFrom(status, "current", (_source, value) => value) as MetricStatus);
}

type Behavior = NonNullable<HorizontalPodAutoscalerSpec["behavior"]>;

/** The behavior is written as Go's internal struct, whose fields have no names in JSON. */
export function behaviorToV1({ scaleUp, scaleDown }: Behavior): string {
  return JSON.stringify({ ScaleUp: rulesToV1(scaleUp), ScaleDown: rulesToV1(scaleDown) });
}

export function behaviorFromV1(written: unknown): Behavior | undefined {
  if (!isRecord(written)) return undefined;
  const [scaleUp, scaleDown] = [rulesFromV1(written.ScaleUp), rulesFromV1(written.ScaleDown)];
  if (scaleUp === undefined && scaleDown === undefined) return undefined;
  return { ...(scaleUp === undefined ? {} : { scaleUp }), ...(scaleDown === undefined ? {} : { scaleDown }) };
}

function rulesToV1(rules: HPAScalingRules | undefined): unknown {
  if (rules === undefined) return null;
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ??
      null,
    Tolerance: tolerance ?? null,
  };
}

function rulesFromV1(written: unknown): HPAScalingRules | undefined {
  if (!isRecord(written)) return undefined;
  const policies = listOf(written.Policies)?.map(({ Type, Value, PeriodSeconds }) => ({
    type: Type,
    value: Value,
    periodSeconds: PeriodSeconds,
  }));
  return stated({
    stabilizationWindowSeconds: written.StabilizationWindowSeconds,
    selectPolicy: written.SelectPolicy,
    policies,
    tolerance: written.Tolerance,
  }) as HPAScalingRules;
}

function listOf(value: unknown): readonly Fields[] | undefined {
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

/** Without what is null. */
function stated(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

type Values = MetricTarget | MetricValueStatus;

type OneSource = {
  readonly name?: string;
  readonly container?: string;
  readonly metric?: MetricIdentifier;
  readonly describedObject?: CrossVersionObjectReference;
  readonly target?: MetricTarget;
  readonly current?: MetricValueStatus;
};

function sourcesOf(metric: MetricSpec | MetricStatus, part: "target" | "current", prefix: string): Fields {
  const sources = SOURCES.flatMap((source) => {
    const one = metric[source] as OneSource | undefined;
    return one === undefined ? [] : [[source, sourceToV1(source, one, one[part] ?? {}, prefix)] as const];
  });
  return { type: metric.type, ...Object.fromEntries(sources) };
}

/** One source; values that are no pointers in v1 are 0 where there is none. */
function sourceToV1(source: Source, one: OneSource, values: Partial<Values>, prefix: string): Fields {
  const { value, averageValue, averageUtilization } = values;
  const isCurrent = prefix === "current";
  const { name: metricName, selector } = one.metric ?? {};
  const zeroed = (quantity: string | undefined): string => quantity ?? "0";
  switch (source) {
    case "object": {
      const { kind, name, apiVersion } = one.describedObject ?? {};
      const target = stated({ kind, name, apiVersion });
      return stated({ target, metricName, [`${prefix}Value`]: zeroed(value), selector, averageValue });
    }
    case "pods":
      return stated({ metricName, [`${prefix}AverageValue`]: zeroed(averageValue), selector });
    case "external":
      return stated({
        metricName,
        metricSelector: selector,
        [`${prefix}Value`]: isCurrent ? zeroed(value) : value,
        [`${prefix}AverageValue`]: averageValue,
      });
    default:
      return stated({
        name: one.name,
        [`${prefix}AverageUtilization`]: averageUtilization,
        [`${prefix}AverageValue`]: isCurrent ? zeroed(averageValue) : averageValue,
        container: one.container,
      });
  }
}

function sourcesFrom(
  written: unknown,
  prefix: "target" | "current",
  valuesOf: (source: Source, values: Fields) => Fields,
): Fields {
  if (!isRecord(written)) return { type: "" };
  const sources = SOURCES.flatMap((source) => {
    const one = written[source];
    return isRecord(one) ? [[source, sourceFromV1(source, one, prefix, valuesOf)] as const] : [];
  });
  return { type: written.type ?? "", ...Object.fromEntries(sources) };
}

function sourceFromV1(
  source: Source,
  one: Fields,
  prefix: "target" | "current",
  valuesOf: (source: Source, values: Fields) => Fields,
): Fields {
  const values = stated({
    value: one[`${prefix}Value`],
    averageValue: one.averageValue ?? one[`${prefix}AverageValue`],
    averageUtilization: one[`${prefix}AverageUtilization`],
  });
  const metric = stated({ name: one.metricName, selector: one.selector ?? one.metricSelector });
  return stated({
    describedObject: source === "object" ? one.target : undefined,
    metric: one.metricName === undefined ? undefined : metric,
    name: one.name,
    container: one.container,
    [prefix]: valuesOf(source, values),
  });
}

/** A target states what it is one of, and no value of an object's whose average it means. */
function targetOf(source: Source, values: Fields): Fields {
  const { value, ...averages } = values;
  const { averageValue, averageUtilization } = averages;
  if (averageUtilization !== undefined) return { type: "Utilization", ...averages };
  if (source === "object" && averageValue !== undefined && value === "0") return { type: "AverageValue", averageValue };
  return {
    type: value === undefined || (source === "object" && averageValue !== undefined) ? "AverageValue" : "Value",
    ...values,
  };
}
