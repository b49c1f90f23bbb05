import { dns1123LabelErrors, pathSegmentNameErrors, tryParseQuantity } from "../../apimachinery/index.ts";
import { containerResourceNameErrors } from "../core/resource-names.ts";
import {
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  required,
  requiredAnd,
} from "../validation.ts";
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from "./horizontal-pod-autoscaler.ts";

/** How many replicas of what (the rules both versions share). */
export function validateBounds(
  spec: {
    readonly scaleTargetRef: CrossVersionObjectReference;
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  },
  lowest: number,
): Findings {
  const { minReplicas, maxReplicas = 0 } = spec;
  return [
    ...(minReplicas !== undefined && minReplicas < lowest
      ? [invalid("spec.minReplicas", minReplicas, `must be greater than or equal to ${lowest}`)]
      : NOTHING),
    ...(maxReplicas < 1 ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than 0")] : NOTHING),
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`")]
      : NOTHING),
    ...reference(spec.scaleTargetRef, "spec.scaleTargetRef"),
  ];
}

/** Metrics and behavior (`validateMetrics`, `validateBehavior`). */
export function validateMetricsAndBehavior({ metrics, behavior, minReplicas }: HorizontalPodAutoscalerSpec): Findings {
  const countsElsewhere = (metrics ?? []).some(({ type }) => type === "Object" || type === "External");
  return [
    ...eachItem(metrics, (metric, index) => checkMetric(metric, `spec.metrics[${index}]`)),
    ...(minReplicas === 0 && !countsElsewhere
      ? [
          forbidden(
            "spec.metrics",
            "must specify at least one Object or External metric to support scaling to zero replicas",
          ),
        ]
      : NOTHING),
    ...scalingRules(behavior?.scaleUp, "spec.behavior.scaleUp"),
    ...scalingRules(behavior?.scaleDown, "spec.behavior.scaleDown"),
  ];
}

function reference(given: CrossVersionObjectReference | undefined, path: string): Findings {
  return [
    ...requiredAnd(`${path}.kind`, given?.kind, pathSegmentNameErrors),
    ...requiredAnd(`${path}.name`, given?.name, pathSegmentNameErrors),
  ];
}

const SOURCES = ["object", "external", "pods", "resource", "containerResource"] as const;
const TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/** One source, the one its type names; the first present is checked, as upstream does. */
function checkMetric(metric: MetricSpec, path: string): Findings {
  const present = SOURCES.filter((name) => metric[name] !== undefined);
  const [first] = present;
  const type: string = metric.type ?? "";
  const expected = SOURCES.find((name) => name.toLowerCase() === type.toLowerCase());
  const unsupported = notSupported(`${path}.type`, type, TYPES);
  return [
    ...(type === "" ? [required(`${path}.type`, "must specify a metric source type")] : NOTHING),
    ...(TYPES.includes(type) ? NOTHING : [unsupported]),
    ...(first === undefined ? NOTHING : checkSource(metric, first, `${path}.${first}`)),
    // Said again where the type decides which source must be there.
    ...(TYPES.includes(type) ? NOTHING : [unsupported]),
    ...(expected !== undefined && metric[expected] === undefined
      ? [required(`${path}.${expected}`, "must populate information for the given metric source")]
      : NOTHING),
    ...(present.length === 1
      ? NOTHING
      : present
          .filter((name) => name !== expected)
          .map((name) => forbidden(`${path}.${name}`, "must populate the given metric source only"))),
  ];
}

function checkSource(metric: MetricSpec, name: (typeof SOURCES)[number], path: string): Findings {
  switch (name) {
    case "object":
      return [
        ...reference(metric.object?.describedObject, `${path}.describedObject`),
        ...identifier(metric.object?.metric, `${path}.metric`),
        ...target(metric.object?.target, `${path}.target`),
        ...eitherValue(metric.object?.target, path, "must set either a target value or averageValue"),
      ];
    case "external":
      return [
        ...identifier(metric.external?.metric, `${path}.metric`),
        ...target(metric.external?.target, `${path}.target`),
        ...eitherValue(metric.external?.target, path, "must set either a target value for metric or a per-pod target"),
        ...(metric.external?.target?.value !== undefined && metric.external.target.averageValue !== undefined
          ? [forbidden(`${path}.target.value`, "may not set both a target value for metric and a per-pod target")]
          : NOTHING),
      ];
    case "pods":
      return [
        ...identifier(metric.pods?.metric, `${path}.metric`),
        ...target(metric.pods?.target, `${path}.target`),
        ...(metric.pods?.target?.averageValue !== undefined
          ? NOTHING
          : [required(`${path}.target.averageValue`, "must specify a positive target averageValue")]),
      ];
    default:
      return checkResource(metric, name, path);
  }
}

function checkResource(metric: MetricSpec, name: "resource" | "containerResource", path: string): Findings {
  const source = metric[name];
  const { averageUtilization, averageValue } = source?.target ?? {};
  return [
    ...(source?.name ? NOTHING : [required(`${path}.name`, "must specify a resource name")]),
    ...(name === "containerResource" ? ofContainer(metric.containerResource, path) : NOTHING),
    ...target(source?.target, `${path}.target`),
    ...(averageUtilization === undefined && averageValue === undefined
      ? [required(`${path}.target.averageUtilization`, "must set either a target raw value or a target utilization")]
      : NOTHING),
    ...(averageUtilization !== undefined && averageValue !== undefined
      ? [forbidden(`${path}.target.averageValue`, "may not set both a target raw value and a target utilization")]
      : NOTHING),
  ];
}

function ofContainer(source: MetricSpec["containerResource"], path: string): Findings {
  const { name, container } = source ?? {};
  return [
    ...(name ? invalidFor(`${path}.name`, name, containerResourceNameErrors(name)) : NOTHING),
    ...(container
      ? invalidFor(`${path}.container`, container, dns1123LabelErrors(container))
      : [required(`${path}.container`, "must specify a container")]),
  ];
}

function eitherValue(given: MetricTarget | undefined, path: string, detail: string): Findings {
  return given?.value === undefined && given?.averageValue === undefined
    ? [required(`${path}.target.averageValue`, detail)]
    : NOTHING;
}

function identifier(metric: MetricIdentifier | undefined, path: string): Findings {
  const named = metric?.name ? requiredAnd(`${path}.name`, metric.name, pathSegmentNameErrors) : undefined;
  // Its selector is the metrics server's matter.
  return named ?? [required(`${path}.name`, "must specify a metric name")];
}

function target(given: MetricTarget | undefined, path: string): Findings {
  const { value, averageValue, averageUtilization } = given ?? {};
  const type: string = given?.type ?? "";
  return [
    ...(type === "" ? [required(`${path}.type`, "must specify a metric target type")] : NOTHING),
    ...(["Utilization", "Value", "AverageValue"].includes(type)
      ? NOTHING
      : [invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue")]),
    ...(value === undefined || isPositive(value) ? NOTHING : [invalid(`${path}.value`, value, "must be positive")]),
    ...(averageValue === undefined || isPositive(averageValue)
      ? NOTHING
      : [invalid(`${path}.averageValue`, averageValue, "must be positive")]),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0")]
      : NOTHING),
  ];
}

function isPositive(text: string | undefined): boolean {
  return (tryParseQuantity(text)?.nanos ?? 0n) > 0n;
}

const WINDOW_MAX = 3600;
const PERIOD_MAX = 1800;

function scalingRules(rules: HPAScalingRules | undefined, path: string): Findings {
  if (rules === undefined) return NOTHING;
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [] } = rules;
  const field = `${path}.stabilizationWindowSeconds`;
  return [
    ...(seconds !== undefined && seconds < 0
      ? [invalid(field, seconds, "must be greater than or equal to zero")]
      : NOTHING),
    ...(seconds !== undefined && seconds > WINDOW_MAX
      ? [invalid(field, seconds, `must be less than or equal to ${WINDOW_MAX}`)]
      : NOTHING),
    ...(selectPolicy === undefined || ["Disabled", "Max", "Min"].includes(selectPolicy)
      ? NOTHING
      : [notSupported(`${path}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"])]),
    ...(policies.length === 0 ? [required(`${path}.policies`, "must specify at least one Policy")] : NOTHING),
    ...eachItem(policies, ({ type, value, periodSeconds }, index) => {
      const at = `${path}.policies[${index}]`;
      return [
        ...(type === "Pods" || type === "Percent"
          ? NOTHING
          : [notSupported(`${at}.type`, type ?? "", ["Percent", "Pods"])]),
        ...(value > 0 ? NOTHING : [invalid(`${at}.value`, value ?? 0, "must be greater than zero")]),
        ...(periodSeconds > 0
          ? NOTHING
          : [invalid(`${at}.periodSeconds`, periodSeconds ?? 0, "must be greater than zero")]),
        ...(periodSeconds > PERIOD_MAX
          ? [invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_MAX}`)]
          : NOTHING),
      ];
    }),
  ];
}
