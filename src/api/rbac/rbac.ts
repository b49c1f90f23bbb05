import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { LabelSelector } from "../shared.ts";

export type PolicyRule = {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
};
export type Subject = {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
};
export type RoleRef = { readonly apiGroup: string; readonly kind: string; readonly name: string };

export type Role = KubeObject & { readonly rules?: readonly PolicyRule[] };
export const Role: Kind<Role> = defineKind<Role>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  namespaced: true,
});
export type ClusterRole = Role & {
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
};
export const ClusterRole: Kind<ClusterRole> = defineKind<ClusterRole>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
});
export type RoleBinding = KubeObject & { readonly subjects?: readonly Subject[]; readonly roleRef: RoleRef };
export const RoleBinding: Kind<RoleBinding> = defineKind<RoleBinding>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  namespaced: true,
});
export type ClusterRoleBinding = RoleBinding;
export const ClusterRoleBinding: Kind<ClusterRoleBinding> = defineKind<ClusterRoleBinding>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  namespaced: false,
});
