import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { NodeSelectorTerm, ResourceList, Toleration } from "../core/pod.ts";
import type { ConflictResolution, FailoverBehavior, Placement, PurgeMode, Suspension } from "../policy/shared.ts";
import type { Condition } from "../shared.ts";
import type { ResourceHealth } from "./work.ts";

/** work.karmada.io/v1alpha2 ObjectReference: the template a binding is of. */
export type TemplateReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
};
export type NodeClaim = {
  readonly hardNodeAffinity?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] };
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
};
export type ReplicaRequirements = {
  readonly nodeClaim?: NodeClaim;
  readonly resourceRequest?: ResourceList;
  readonly namespace?: string;
  readonly priorityClassName?: string;
};
export type Component = {
  readonly name: string;
  readonly replicas: number;
  readonly replicaRequirements?: ReplicaRequirements;
};
export type TargetCluster = {
  readonly name: string;
  readonly replicas?: number;
  readonly components?: readonly { readonly name: string; readonly replicas: number }[];
};
export type GracefulEvictionTask = {
  readonly fromCluster: string;
  readonly purgeMode?: PurgeMode;
  readonly replicas?: number;
  readonly reason: string;
  readonly message?: string;
  readonly producer: string;
  readonly gracePeriodSeconds?: number;
  readonly suppressDeletion?: boolean;
  readonly preservedLabelState?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly clustersBeforeFailover?: readonly string[];
};
/** A snapshot of an independent binding that needs this one's object. */
export type BindingSnapshot = {
  readonly namespace?: string;
  readonly name: string;
  readonly clusters?: readonly TargetCluster[];
};
export type BindingSpec = {
  readonly resource: TemplateReference;
  readonly propagateDeps?: boolean;
  readonly replicaRequirements?: ReplicaRequirements;
  readonly replicas?: number;
  readonly components?: readonly Component[];
  readonly clusters?: readonly TargetCluster[];
  readonly gracefulEvictionTasks?: readonly GracefulEvictionTask[];
  readonly requiredBy?: readonly BindingSnapshot[];
  readonly schedulerName?: string;
  readonly placement?: Placement;
  readonly failover?: FailoverBehavior;
  readonly conflictResolution?: ConflictResolution;
  readonly rescheduleTriggeredAt?: string;
  readonly suspension?: Suspension & { readonly scheduling?: boolean };
  readonly preserveResourcesOnDeletion?: boolean;
  readonly schedulePriority?: { readonly priority?: number };
  readonly workloadAffinityGroups?: { readonly affinityGroup?: string; readonly antiAffinityGroup?: string };
};
export type AggregatedStatusItem = {
  readonly clusterName: string;
  readonly status?: unknown;
  readonly applied?: boolean;
  readonly appliedMessage?: string;
  readonly health?: ResourceHealth;
};
export type BindingStatus = {
  readonly schedulerObservedGeneration?: number;
  readonly schedulerObservingAffinityName?: string;
  readonly lastScheduledTime?: string;
  readonly conditions?: readonly Condition[];
  readonly aggregatedStatus?: readonly AggregatedStatusItem[];
};

/** What ResourceBinding and ClusterResourceBinding share: which clusters a template goes to, and what became of it. */
export type Binding = KubeObject & { readonly spec: BindingSpec; readonly status?: BindingStatus };

export type ResourceBinding = Binding;
export const ResourceBinding: Kind<ResourceBinding> = defineKind<ResourceBinding>({
  group: "work.karmada.io",
  version: "v1alpha2",
  kind: "ResourceBinding",
  plural: "resourcebindings",
  namespaced: true,
});

export type ClusterResourceBinding = Binding;
export const ClusterResourceBinding: Kind<ClusterResourceBinding> = defineKind<ClusterResourceBinding>({
  group: "work.karmada.io",
  version: "v1alpha2",
  kind: "ClusterResourceBinding",
  plural: "clusterresourcebindings",
  namespaced: false,
});

/** Condition types of a binding. */
export const bindingConditions = { scheduled: "Scheduled", fullyApplied: "FullyApplied" } as const;
