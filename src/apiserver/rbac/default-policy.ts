import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../api/index.ts";
import { type Kind, type KubeObject, unstructured } from "../../apimachinery/index.ts";
import type { ServerCore } from "../core.ts";
import type { User } from "../request.ts";
import { commitCreate } from "../write.ts";
import { CLUSTER_ROLE_BINDINGS, SYSTEM_ROLE_BINDINGS, SYSTEM_ROLES } from "./policy/bindings.ts";
import { COMPONENT_ROLES } from "./policy/component-roles.ts";
import { CONTROLLER_ROLES } from "./policy/controller-roles.ts";
import { USER_ROLES } from "./policy/user-roles.ts";

const POLICY: readonly (readonly [Kind<KubeObject>, readonly KubeObject[]])[] = [
  [ClusterRole, [...USER_ROLES, ...COMPONENT_ROLES, ...CONTROLLER_ROLES]],
  [ClusterRoleBinding, CLUSTER_ROLE_BINDINGS],
  [Role, SYSTEM_ROLES],
  [RoleBinding, SYSTEM_ROLE_BINDINGS],
];
const API_SERVER: User = { name: "system:apiserver", groups: ["system:masters"] };

/**
 * Writes the roles and bindings every cluster starts with (upstream's post-start hook `rbac/bootstrap-roles`), past
 * admission. Rules, subjects and labels are the same objects in all clusters.
 */
export function writeDefaultPolicy(core: ServerCore): void {
  for (const [kind, objects] of POLICY) {
    const resource = core.registry.lookup(kind);
    if (resource === undefined) continue;
    const call = { core, resource, request: { verb: "create", kind }, user: API_SERVER, options: {} } as const;
    for (const object of objects) {
      const metadata = { ...object.metadata, uid: core.state.newUid(), creationTimestamp: core.timestamp() };
      commitCreate(call, unstructured({ ...object, metadata }));
    }
  }
}
