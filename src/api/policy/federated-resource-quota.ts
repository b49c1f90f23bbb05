import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ResourceList } from "../core/pod.ts";

export type ClusterQuotaStatus = {
  readonly clusterName: string;
  readonly hard?: ResourceList;
  readonly used?: ResourceList;
};
/** What a namespace may use over all clusters. */
export type FederatedResourceQuota = KubeObject & {
  readonly spec: {
    readonly overall: ResourceList;
    readonly staticAssignments?: readonly { readonly clusterName: string; readonly hard: ResourceList }[];
  };
  readonly status?: {
    readonly overall?: ResourceList;
    readonly overallUsed?: ResourceList;
    readonly aggregatedStatus?: readonly ClusterQuotaStatus[];
  };
};
export const FederatedResourceQuota: Kind<FederatedResourceQuota> = defineKind<FederatedResourceQuota>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "FederatedResourceQuota",
  plural: "federatedresourcequotas",
  namespaced: true,
});
