import type { Toleration } from "../core/pod.ts";
import type { LabelSelector } from "../shared.ts";

export type FieldSelectorRequirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn";
  readonly values?: readonly string[];
};
export type FieldSelector = { readonly matchExpressions?: readonly FieldSelectorRequirement[] };

/** Which clusters; all conditions must hold, `exclude` wins, an empty one means every cluster. */
export type ClusterAffinity = {
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
  readonly clusterNames?: readonly string[];
  readonly exclude?: readonly string[];
};

/** Which resource templates; `name` makes `labelSelector` void. */
export type ResourceSelector = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: LabelSelector;
};

export type OverflowAffinity = ClusterAffinity & { readonly affinityName: string };
export type ClusterAffinityTerm = ClusterAffinity & {
  readonly affinityName: string;
  readonly overflowAffinities?: readonly OverflowAffinity[];
};
export type StaticClusterWeight = { readonly targetCluster: ClusterAffinity; readonly weight: number };
export type ClusterPreferences = {
  readonly staticWeightList?: readonly StaticClusterWeight[];
  readonly dynamicWeight?: "AvailableReplicas";
};
export type ReplicaSchedulingStrategy = {
  readonly replicaSchedulingType?: "Duplicated" | "Divided";
  readonly replicaDivisionPreference?: "Aggregated" | "Weighted";
  readonly weightPreference?: ClusterPreferences;
};
export type SpreadConstraint = {
  readonly spreadByField?: "cluster" | "region" | "zone" | "provider";
  readonly spreadByLabel?: string;
  readonly maxGroups?: number;
  readonly minGroups?: number;
};
export type WorkloadAffinityTerm = { readonly groupByLabelKey: string };
export type Placement = {
  readonly clusterAffinity?: ClusterAffinity;
  readonly clusterAffinities?: readonly ClusterAffinityTerm[];
  readonly clusterTolerations?: readonly Toleration[];
  readonly spreadConstraints?: readonly SpreadConstraint[];
  readonly replicaScheduling?: ReplicaSchedulingStrategy;
  readonly workloadAffinity?: {
    readonly affinity?: WorkloadAffinityTerm;
    readonly antiAffinity?: WorkloadAffinityTerm;
  };
};

export type PurgeMode = "Directly" | "Gracefully" | "Never";
export type StatePreservation = {
  readonly rules: readonly { readonly aliasLabelName: string; readonly jsonPath: string }[];
};
export type ApplicationFailoverBehavior = {
  readonly decisionConditions: { readonly tolerationSeconds?: number };
  readonly purgeMode?: PurgeMode;
  readonly gracePeriodSeconds?: number;
  readonly statePreservation?: StatePreservation;
};
export type ClusterFailoverBehavior = {
  readonly purgeMode?: Exclude<PurgeMode, "Never">;
  readonly statePreservation?: StatePreservation;
};
export type FailoverBehavior = {
  readonly application?: ApplicationFailoverBehavior;
  readonly cluster?: ClusterFailoverBehavior;
};
export type ConflictResolution = "Abort" | "Overwrite";
export type Suspension = {
  readonly dispatching?: boolean;
  readonly dispatchingOnClusters?: { readonly clusterNames?: readonly string[] };
};
