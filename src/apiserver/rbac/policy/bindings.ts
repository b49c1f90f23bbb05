import type { ClusterRoleBinding, Role, RoleBinding } from "../../../api/index.ts";
import { CONTROLLERS } from "./controller-roles.ts";
import {
  allow,
  clusterRoleBinding,
  group,
  READ,
  systemAccount,
  systemRole,
  systemRoleBinding,
  user,
} from "./notation.ts";

const CONTROLLER_MANAGER = user("system:kube-controller-manager");
const EVERYBODY = [group("system:authenticated"), group("system:unauthenticated")];

/**
 * Who holds the default ClusterRoles. kube-controller-manager and kube-scheduler run here as one user, as with
 * `--use-service-account-credentials=false`: so that user holds the controllers' roles beside their service accounts.
 */
export const CLUSTER_ROLE_BINDINGS: readonly ClusterRoleBinding[] = [
  clusterRoleBinding("cluster-admin", [group("system:masters")]),
  clusterRoleBinding("system:basic-user", [group("system:authenticated")]),
  clusterRoleBinding("system:discovery", [group("system:authenticated")]),
  clusterRoleBinding("system:kube-controller-manager", [CONTROLLER_MANAGER]),
  clusterRoleBinding("system:kube-dns", [systemAccount("kube-dns")]),
  clusterRoleBinding("system:kube-scheduler", [user("system:kube-scheduler"), CONTROLLER_MANAGER]),
  clusterRoleBinding("system:monitoring", [group("system:monitoring")]),
  clusterRoleBinding("system:node", []),
  clusterRoleBinding("system:node-proxier", [user("system:kube-proxy")]),
  clusterRoleBinding("system:public-info-viewer", EVERYBODY),
  clusterRoleBinding("system:service-account-issuer-discovery", [group("system:serviceaccounts")]),
  clusterRoleBinding("system:volume-scheduler", [user("system:kube-scheduler"), CONTROLLER_MANAGER]),
  ...CONTROLLERS.map((name) =>
    clusterRoleBinding(`system:controller:${name}`, [systemAccount(name), CONTROLLER_MANAGER]),
  ),
];

const AUTHENTICATION_READER = "extension-apiserver-authentication-reader";
const MANAGER_LOCK = "system::leader-locking-kube-controller-manager";
const SCHEDULER_LOCK = "system::leader-locking-kube-scheduler";

/** The default Roles of kube-system. */
export const SYSTEM_ROLES: readonly Role[] = [
  systemRole(AUTHENTICATION_READER, [allow(READ, "core", "configmaps", "extension-apiserver-authentication")]),
  systemRole(MANAGER_LOCK, [
    allow("watch", "core", "configmaps"),
    allow("get update", "core", "configmaps", "kube-controller-manager"),
  ]),
  systemRole(SCHEDULER_LOCK, [
    allow("watch", "core", "configmaps"),
    allow("get update", "core", "configmaps", "kube-scheduler"),
  ]),
  systemRole("system:controller:token-cleaner", [
    allow("delete get list watch", "core", "secrets"),
    allow("create patch update", "core events.k8s.io", "events"),
  ]),
];

export const SYSTEM_ROLE_BINDINGS: readonly RoleBinding[] = [
  systemRoleBinding("system::extension-apiserver-authentication-reader", AUTHENTICATION_READER, [
    CONTROLLER_MANAGER,
    user("system:kube-scheduler"),
  ]),
  systemRoleBinding(MANAGER_LOCK, MANAGER_LOCK, [CONTROLLER_MANAGER, systemAccount("kube-controller-manager")]),
  systemRoleBinding(SCHEDULER_LOCK, SCHEDULER_LOCK, [user("system:kube-scheduler"), systemAccount("kube-scheduler")]),
  systemRoleBinding("system:controller:token-cleaner", "system:controller:token-cleaner", [
    systemAccount("token-cleaner"),
  ]),
];
