import {
  ClusterRole,
  ClusterRoleBinding,
  Namespace,
  type PolicyRule,
  Role,
  RoleBinding,
} from "../../../src/api/index.ts";
import type { Subject } from "../../../src/api/rbac/rbac.ts";
import type { ApiServerOptions, User } from "../../../src/apiserver/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

const API = "rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

/** An API server whose roles decide, and words for writing them. */
export type RbacCluster = Fixture & {
  readonly role: (name: string, rules: readonly PolicyRule[], namespace?: string) => void;
  readonly bind: (name: string, role: string, subjects: readonly Subject[], namespace?: string) => void;
  /** As {@link bind}, to a Role of the namespace. */
  readonly bindRole: (name: string, role: string, subjects: readonly Subject[], namespace: string) => void;
};

export function rbacCluster(options: Partial<ApiServerOptions> = {}): RbacCluster {
  const made = fixture({ rbac: true, ...options });
  for (const name of ["kube-system", "team"])
    made.good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name }) });
  const bind = (
    roleKind: "ClusterRole" | "Role",
    place: { readonly name: string; readonly namespace?: string | undefined },
    role: string,
    subjects: readonly Subject[],
  ): void => {
    const { name, namespace } = place;
    const kind = namespace === undefined ? ClusterRoleBinding : RoleBinding;
    const fields = { roleRef: { apiGroup: GROUP, kind: roleKind, name: role }, subjects };
    const metadata = namespace === undefined ? { name } : { name, namespace };
    made.good({ verb: "create", kind, object: object(API, kind.kind, metadata, fields) });
  };
  return {
    ...made,
    role: (name, rules, namespace) => {
      const kind = namespace === undefined ? ClusterRole : Role;
      const metadata = namespace === undefined ? { name } : { name, namespace };
      made.good({ verb: "create", kind, object: object(API, kind.kind, metadata, { rules }) });
    },
    bind: (name, role, subjects, namespace) => bind("ClusterRole", { name, namespace }, role, subjects),
    bindRole: (name, role, subjects, namespace) => bind("Role", { name, namespace }, role, subjects),
  };
}

export const userSubject = (name: string): Subject => ({ kind: "User", apiGroup: GROUP, name });
export const groupSubject = (name: string): Subject => ({ kind: "Group", apiGroup: GROUP, name });
export const accountSubject = (name: string, namespace: string): Subject => ({
  kind: "ServiceAccount",
  name,
  namespace,
});

export function person(name: string, ...groups: readonly string[]): User {
  return { name, groups: [...groups, "system:authenticated"] };
}
