import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ConflictResolution, FailoverBehavior, Placement, ResourceSelector, Suspension } from "./shared.ts";

export type PropagationSpec = {
  readonly resourceSelectors: readonly ResourceSelector[];
  readonly association?: boolean;
  readonly propagateDeps?: boolean;
  readonly placement?: Placement;
  readonly priority?: number;
  readonly preemption?: "Always" | "Never";
  readonly dependentOverrides?: readonly string[];
  readonly schedulerName?: string;
  readonly failover?: FailoverBehavior;
  readonly conflictResolution?: ConflictResolution;
  readonly activationPreference?: "Lazy";
  readonly suspension?: Suspension;
  readonly preserveResourcesOnDeletion?: boolean;
  readonly schedulePriority?: { readonly priorityClassSource: "KubePriorityClass"; readonly priorityClassName: string };
};

/** What PropagationPolicy and ClusterPropagationPolicy share; the namespaced one has `metadata.namespace`. */
export type Policy = KubeObject & { readonly spec: PropagationSpec };

export type PropagationPolicy = Policy;
export const PropagationPolicy: Kind<PropagationPolicy> = defineKind<PropagationPolicy>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "PropagationPolicy",
  plural: "propagationpolicies",
  namespaced: true,
});

export type ClusterPropagationPolicy = Policy;
export const ClusterPropagationPolicy: Kind<ClusterPropagationPolicy> = defineKind<ClusterPropagationPolicy>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "ClusterPropagationPolicy",
  plural: "clusterpropagationpolicies",
  namespaced: false,
});
