import { AGE, CREATED_AT, text, wide } from "../columns.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor } from "../descriptor.ts";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "./rbac.ts";
import { roleBindingStrategy, roleStrategy } from "./strategies.ts";

const bindingColumns: readonly PrinterColumn<RoleBinding>[] = [
  text<RoleBinding>("Role", ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  AGE,
  wide<RoleBinding>("Users", (binding) => subjects(binding, "User")),
  wide<RoleBinding>("Groups", (binding) => subjects(binding, "Group")),
  wide<RoleBinding>("ServiceAccounts", (binding) => subjects(binding, "ServiceAccount")),
];

/** The kinds of the rbac.authorization.k8s.io group. */
export const rbacResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Role,
    nullLists: ["rules"],
    update: { createsMissing: true },
    strategy: roleStrategy,
    singular: "role",
    columns: [CREATED_AT],
  }),
  defineResource({
    kind: ClusterRole,
    nullLists: ["rules"],
    update: { createsMissing: true },
    strategy: roleStrategy,
    singular: "clusterrole",
    columns: [CREATED_AT],
  }),
  defineResource({
    kind: RoleBinding,
    update: { createsMissing: true },
    strategy: roleBindingStrategy,
    singular: "rolebinding",
    columns: bindingColumns,
  }),
  defineResource({
    kind: ClusterRoleBinding,
    update: { createsMissing: true },
    strategy: roleBindingStrategy,
    singular: "clusterrolebinding",
    columns: bindingColumns,
  }),
];

function subjects(binding: RoleBinding, kind: "User" | "Group" | "ServiceAccount"): string {
  return (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}
