import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ClusterAffinity, ResourceSelector } from "./shared.ts";

export type OverriderOperator = "add" | "remove" | "replace";
export type PlaintextOverrider = {
  readonly path: string;
  readonly operator: OverriderOperator;
  readonly value?: unknown;
};
export type ImageOverrider = {
  readonly predicate?: { readonly path: string };
  readonly component: "Registry" | "Repository" | "Tag";
  readonly operator: OverriderOperator;
  readonly value?: string;
};
export type CommandArgsOverrider = {
  readonly containerName: string;
  readonly operator: "add" | "remove";
  readonly value?: readonly string[];
};
export type LabelAnnotationOverrider = {
  readonly operator: OverriderOperator;
  readonly value: Readonly<Record<string, string>>;
};
export type FieldPatchOperation = {
  readonly subPath: string;
  readonly operator: OverriderOperator;
  readonly value?: unknown;
};
export type FieldOverrider = {
  readonly fieldPath: string;
  readonly json?: readonly FieldPatchOperation[];
  readonly yaml?: readonly FieldPatchOperation[];
};
export type Overriders = {
  readonly plaintext?: readonly PlaintextOverrider[];
  readonly imageOverrider?: readonly ImageOverrider[];
  readonly commandOverrider?: readonly CommandArgsOverrider[];
  readonly argsOverrider?: readonly CommandArgsOverrider[];
  readonly labelsOverrider?: readonly LabelAnnotationOverrider[];
  readonly annotationsOverrider?: readonly LabelAnnotationOverrider[];
  readonly fieldOverrider?: readonly FieldOverrider[];
};
export type RuleWithCluster = { readonly targetCluster?: ClusterAffinity; readonly overriders: Overriders };
export type OverrideSpec = {
  /** Absent or empty: every resource (of the policy's namespace, if it has one). */
  readonly resourceSelectors?: readonly ResourceSelector[];
  readonly overrideRules?: readonly RuleWithCluster[];
  /** Deprecated, with `overriders`; excludes `overrideRules`. */
  readonly targetCluster?: ClusterAffinity;
  readonly overriders?: Overriders;
};

/** What OverridePolicy and ClusterOverridePolicy share. */
export type Override = KubeObject & { readonly spec: OverrideSpec };

export type OverridePolicy = Override;
export const OverridePolicy: Kind<OverridePolicy> = defineKind<OverridePolicy>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "OverridePolicy",
  plural: "overridepolicies",
  namespaced: true,
});

export type ClusterOverridePolicy = Override;
export const ClusterOverridePolicy: Kind<ClusterOverridePolicy> = defineKind<ClusterOverridePolicy>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "ClusterOverridePolicy",
  plural: "clusteroverridepolicies",
  namespaced: false,
});
