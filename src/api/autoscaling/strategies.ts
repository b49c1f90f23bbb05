import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { type Findings, nonNegative } from "../validation.ts";
import { autoscalerToV1, autoscalerToV2 } from "./conversion.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerV1,
  HPAScalingRules,
} from "./horizontal-pod-autoscaler.ts";
import { validateBounds, validateMetricsAndBehavior } from "./validation.ts";

const OF_SPECS: Partial<HorizontalPodAutoscalerSpec> = {
  minReplicas: 1,
  metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
};
const SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: HPAScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** What is particular to HorizontalPodAutoscalers (`pkg/registry/autoscaling`). */
export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  applyDefaults: (autoscaler) => withSpec(autoscaler, (spec) => withBehavior(withDefaults(spec, OF_SPECS))),
  prepareForCreate: withStatus<HorizontalPodAutoscaler>({
    desiredReplicas: 0,
  }),
  validate: ({ spec }, before) => [
    ...validateBounds(spec, before?.spec.minReplicas === 0 ? 0 : 1),
    ...validateMetricsAndBehavior(spec),
  ],
  validateStatus: statusCounts,
};

/** The same rules for the older version. */
export const horizontalPodAutoscalerV1Strategy: Strategy<HorizontalPodAutoscalerV1> = {
  applyDefaults: (autoscaler) =>
    withAnnotated(withSpec(autoscaler, (spec) => withDefaults(spec, isMeasured(autoscaler) ? OF_MEASURED : OF_V1))),
  prepareForCreate: withStatus<HorizontalPodAutoscalerV1>({ currentReplicas: 0, desiredReplicas: 0 }),
  validate: ({ spec }, before) => validateBounds(spec, before?.spec.minReplicas === 0 ? 0 : 1),
  validateStatus: statusCounts,
};

const OF_MEASURED = { minReplicas: 1 };
const OF_V1 = { ...OF_MEASURED, targetCPUUtilizationPercentage: 80 };

/** Whether it states some metric already, be it in an annotation. */
function isMeasured(autoscaler: HorizontalPodAutoscalerV1): boolean {
  return autoscaler.spec !== undefined && (autoscalerToV2(autoscaler).spec.metrics ?? []).length > 0;
}

/** What is said of metrics is written into annotations as well, by whoever says it. */
function withAnnotated(autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscalerV1 {
  if (autoscaler.spec === undefined) return autoscaler;
  const { annotations } = autoscalerToV1(autoscalerToV2(autoscaler)).metadata;
  return deepEqual(annotations, autoscaler.metadata.annotations)
    ? autoscaler
    : withField(autoscaler, "metadata", withField(autoscaler.metadata, "annotations", annotations ?? {}));
}

/** Who states a behavior at all gets the rest of it (`SetDefaults_HorizontalPodAutoscalerBehavior`). */
function withBehavior(spec: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const { behavior } = spec;
  if (behavior === undefined) return spec;
  const scaleUp = withDefaults(behavior.scaleUp ?? {}, SCALE_UP);
  const scaleDown = withDefaults(behavior.scaleDown ?? {}, SCALE_DOWN);
  return withField(spec, "behavior", withField(withField(behavior, "scaleUp", scaleUp), "scaleDown", scaleDown));
}

function statusCounts({
  status,
}: {
  readonly status?: { readonly currentReplicas?: number; readonly desiredReplicas?: number };
}): Findings {
  return [
    ...nonNegative("status.currentReplicas", status?.currentReplicas),
    ...nonNegative("status.desiredReplicas", status?.desiredReplicas),
  ];
}
