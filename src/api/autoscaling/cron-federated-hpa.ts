import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ScaleTargetReference } from "./federated-hpa.ts";

export type CronFederatedHPARule = {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone?: string;
  readonly targetReplicas?: number;
  readonly targetMinReplicas?: number;
  readonly targetMaxReplicas?: number;
  readonly suspend?: boolean;
  readonly successfulHistoryLimit?: number;
  readonly failedHistoryLimit?: number;
};
export type ExecutionHistory = {
  readonly ruleName: string;
  readonly nextExecutionTime?: string;
  readonly successfulExecutions?: readonly {
    readonly scheduleTime: string;
    readonly executionTime: string;
    readonly appliedReplicas?: number;
    readonly appliedMinReplicas?: number;
    readonly appliedMaxReplicas?: number;
  }[];
  readonly failedExecutions?: readonly {
    readonly scheduleTime: string;
    readonly executionTime: string;
    readonly message: string;
  }[];
};
/** Scales a workload, or moves the bounds of a FederatedHPA, by the clock. */
export type CronFederatedHPA = KubeObject & {
  readonly spec: {
    readonly scaleTargetRef: ScaleTargetReference;
    readonly rules: readonly CronFederatedHPARule[];
  };
  readonly status?: { readonly executionHistories?: readonly ExecutionHistory[] };
};
export const CronFederatedHPA: Kind<CronFederatedHPA> = defineKind<CronFederatedHPA>({
  group: "autoscaling.karmada.io",
  version: "v1alpha1",
  kind: "CronFederatedHPA",
  plural: "cronfederatedhpas",
  namespaced: true,
});
