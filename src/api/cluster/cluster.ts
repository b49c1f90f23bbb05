import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Taint } from "../core/node.ts";
import type { ResourceList } from "../core/pod.ts";
import type { Condition } from "../shared.ts";

export type LocalSecretReference = { readonly namespace: string; readonly name: string };
export type ResourceModelRange = { readonly name: string; readonly min: string; readonly max: string };
export type ResourceModel = { readonly grade: number; readonly ranges: readonly ResourceModelRange[] };
export type ClusterSpec = {
  readonly id?: string;
  readonly syncMode: "Push" | "Pull";
  readonly apiEndpoint?: string;
  readonly secretRef?: LocalSecretReference;
  readonly impersonatorSecretRef?: LocalSecretReference;
  readonly insecureSkipTLSVerification?: boolean;
  readonly proxyURL?: string;
  readonly proxyHeader?: Readonly<Record<string, string>>;
  readonly provider?: string;
  readonly region?: string;
  /** Deprecated; moved into `zones` on write. */
  readonly zone?: string;
  readonly zones?: readonly string[];
  readonly taints?: readonly Taint[];
  readonly resourceModels?: readonly ResourceModel[];
};
export type APIEnablement = {
  readonly groupVersion: string;
  readonly resources?: readonly { readonly name: string; readonly kind: string }[];
};
export type NodeSummary = { readonly totalNum?: number; readonly readyNum?: number };
export type ResourceSummary = {
  readonly allocatable?: ResourceList;
  readonly allocating?: ResourceList;
  readonly allocated?: ResourceList;
  readonly allocatableModelings?: readonly { readonly grade: number; readonly count: number }[];
};
export type ClusterStatus = {
  readonly kubernetesVersion?: string;
  readonly apiEnablements?: readonly APIEnablement[];
  readonly conditions?: readonly Condition[];
  readonly nodeSummary?: NodeSummary;
  readonly resourceSummary?: ResourceSummary;
  readonly remedyActions?: readonly string[];
};
/** A member cluster, as the host knows it. */
export type Cluster = KubeObject & { readonly spec: ClusterSpec; readonly status?: ClusterStatus };
export const Cluster: Kind<Cluster> = defineKind<Cluster>({
  group: "cluster.karmada.io",
  version: "v1alpha1",
  kind: "Cluster",
  plural: "clusters",
  namespaced: false,
});

/** Condition types of a Cluster that Karmada itself sets. */
export const clusterConditions = { ready: "Ready", completeApiEnablements: "CompleteAPIEnablements" } as const;
