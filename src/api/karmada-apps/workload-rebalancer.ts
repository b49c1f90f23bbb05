import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";

export type RebalancedWorkload = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
};
export type ObservedWorkload = {
  readonly workload: RebalancedWorkload;
  readonly result?: "Successful" | "Failed";
  readonly reason?: "ReferencedBindingNotFound";
};
/** Asks once for workloads to be scheduled afresh. */
export type WorkloadRebalancer = KubeObject & {
  readonly spec: { readonly workloads: readonly RebalancedWorkload[]; readonly ttlSecondsAfterFinished?: number };
  readonly status?: {
    readonly observedWorkloads?: readonly ObservedWorkload[];
    readonly observedGeneration?: number;
    readonly finishTime?: string;
  };
};
export const WorkloadRebalancer: Kind<WorkloadRebalancer> = defineKind<WorkloadRebalancer>({
  group: "apps.karmada.io",
  version: "v1alpha1",
  kind: "WorkloadRebalancer",
  plural: "workloadrebalancers",
  namespaced: false,
});
