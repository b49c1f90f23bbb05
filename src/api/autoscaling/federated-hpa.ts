import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";

export type ScaleTargetReference = { readonly apiVersion?: string; readonly kind: string; readonly name: string };
export type ScalingPolicy = {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodSeconds: number;
};
export type ScalingRules = {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: "Max" | "Min" | "Disabled";
  readonly policies?: readonly ScalingPolicy[];
  readonly tolerance?: string;
};
/** autoscaling/v2 MetricSpec; read by the autoscaler according to `type`. */
export type FederatedMetric = { readonly type: string } & { readonly [source: string]: unknown };
export type FederatedHPASpec = {
  readonly scaleTargetRef: ScaleTargetReference;
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly metrics?: readonly FederatedMetric[];
  readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules };
};
/** A HorizontalPodAutoscaler over the pods of every cluster a template goes to. */
export type FederatedHPA = KubeObject & {
  readonly spec: FederatedHPASpec;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastScaleTime?: string;
    readonly currentReplicas?: number;
    readonly desiredReplicas: number;
    readonly currentMetrics?: readonly FederatedMetric[];
    readonly conditions?: readonly Condition[];
  };
};
export const FederatedHPA: Kind<FederatedHPA> = defineKind<FederatedHPA>({
  group: "autoscaling.karmada.io",
  version: "v1alpha1",
  kind: "FederatedHPA",
  plural: "federatedhpas",
  namespaced: true,
});
