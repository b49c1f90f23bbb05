import type { FieldError } from "../../apimachinery/index.ts";
import { withDefaults, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, invalid, oneOf, required } from "../validation.ts";
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerV1,
} from "./horizontal-pod-autoscaler.ts";

const OF_SPECS: Partial<HorizontalPodAutoscalerSpec> = {
  minReplicas: 1,
  metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
};

/** What is particular to HorizontalPodAutoscalers (`pkg/registry/autoscaling`). */
export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  applyDefaults: (autoscaler) => withSpec(autoscaler, (spec) => withDefaults(spec, OF_SPECS)),
  prepareForCreate: withStatus<HorizontalPodAutoscaler>({
    currentReplicas: 0,
    desiredReplicas: 0,
    currentMetrics: null,
  }),
  validate: ({ spec }) => [
    ...replicaBounds(spec),
    ...eachItem(spec.metrics, ({ type }, index) =>
      oneOf(`spec.metrics[${index}].type`, type, ["ContainerResource", "External", "Object", "Pods", "Resource"]),
    ),
  ],
};

/** The same rules for the older version. */
export const horizontalPodAutoscalerV1Strategy: Strategy<HorizontalPodAutoscalerV1> = {
  applyDefaults: (autoscaler) =>
    withSpec(autoscaler, (spec) => withDefaults(spec, { minReplicas: 1, targetCPUUtilizationPercentage: 80 })),
  prepareForCreate: withStatus<HorizontalPodAutoscalerV1>({ currentReplicas: 0, desiredReplicas: 0 }),
  validate: ({ spec }) => replicaBounds(spec),
};

function replicaBounds(spec: {
  readonly scaleTargetRef: CrossVersionObjectReference;
  readonly minReplicas?: number;
  readonly maxReplicas: number;
}): readonly FieldError[] {
  const { minReplicas = 1, maxReplicas = 0 } = spec;
  return [
    ...(spec.scaleTargetRef?.kind ? [] : [required("spec.scaleTargetRef.kind")]),
    ...(spec.scaleTargetRef?.name ? [] : [required("spec.scaleTargetRef.name")]),
    ...(minReplicas < 1 ? [invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1")] : []),
    ...(maxReplicas < 1 ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than 0")] : []),
    ...(maxReplicas >= 1 && maxReplicas < minReplicas
      ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`")]
      : []),
  ];
}
