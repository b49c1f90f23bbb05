import type { ClusterRoleBinding, PolicyRule, Role, RoleBinding } from "../../../api/index.ts";
import { CONTROLLERS } from "./controller-roles.ts";
import {
  allow,
  clusterRoleBinding,
  EVENTS,
  group,
  READ,
  systemAccount,
  systemRole,
  systemRoleBinding,
  user,
} from "./notation.ts";

const CONTROLLER_MANAGER = user("system:kube-controller-manager");
const EVERYBODY = [group("system:authenticated"), group("system:unauthenticated")];

/** Who holds the default ClusterRoles. */
export const CLUSTER_ROLE_BINDINGS: readonly ClusterRoleBinding[] = [
  clusterRoleBinding("cluster-admin", [group("system:masters")]),
  clusterRoleBinding("system:basic-user", [group("system:authenticated")]),
  clusterRoleBinding("system:discovery", [group("system:authenticated")]),
  clusterRoleBinding("system:kube-controller-manager", [CONTROLLER_MANAGER]),
  clusterRoleBinding("system:kube-dns", [systemAccount("kube-dns")]),
  clusterRoleBinding("system:kube-scheduler", [user("system:kube-scheduler")]),
  clusterRoleBinding("system:monitoring", [group("system:monitoring")]),
  clusterRoleBinding("system:node", []),
  clusterRoleBinding("system:node-proxier", [user("system:kube-proxy")]),
  clusterRoleBinding("system:public-info-viewer", EVERYBODY),
  clusterRoleBinding("system:service-account-issuer-discovery", [group("system:serviceaccounts")]),
  clusterRoleBinding("system:volume-scheduler", [user("system:kube-scheduler")]),
  ...CONTROLLERS.map((name) => clusterRoleBinding(`system:controller:${name}`, [systemAccount(name)])),
];

/**
 * Users who act with the credentials of others too. kube-controller-manager and kube-scheduler are one user here, who does what
 * upstream's do with the service accounts of their controllers (`--use-service-account-credentials`).
 */
export const ACTS_AS: Readonly<Record<string, readonly string[]>> = {
  "system:kube-controller-manager": [
    "system:kube-scheduler",
    ...CONTROLLERS.map((name) => `system:serviceaccount:kube-system:${name}`),
  ],
};

const AUTHENTICATION_READER = "extension-apiserver-authentication-reader";
const MANAGER_LOCK = "system::leader-locking-kube-controller-manager";
const SCHEDULER_LOCK = "system::leader-locking-kube-scheduler";

const LOCK: readonly PolicyRule[] = [
  allow("create get list update watch", "coordination.k8s.io", "leases"),
  allow("create get list update watch", "coordination.k8s.io", "leasecandidates"),
];
const SIGNER = "system:controller:bootstrap-signer";
const CLOUD_PROVIDER = "system:controller:cloud-provider";
const TOKEN_CLEANER = "system:controller:token-cleaner";

/** The default Roles of kube-system and kube-public. */
export const SYSTEM_ROLES: readonly Role[] = [
  systemRole(AUTHENTICATION_READER, [allow(READ, "core", "configmaps", "extension-apiserver-authentication")]),
  systemRole(MANAGER_LOCK, LOCK),
  systemRole(SCHEDULER_LOCK, LOCK),
  systemRole(SIGNER, [allow(READ, "core", "secrets")]),
  systemRole(CLOUD_PROVIDER, [allow("create get list watch", "core", "configmaps")]),
  systemRole(TOKEN_CLEANER, [allow("delete get list watch", "core", "secrets"), EVENTS]),
  systemRole(
    SIGNER,
    [allow(READ, "core", "configmaps"), allow("update", "core", "configmaps", "cluster-info"), EVENTS],
    "kube-public",
  ),
];

export const SYSTEM_ROLE_BINDINGS: readonly RoleBinding[] = [
  systemRoleBinding("system::extension-apiserver-authentication-reader", AUTHENTICATION_READER, [
    CONTROLLER_MANAGER,
    user("system:kube-scheduler"),
  ]),
  systemRoleBinding(MANAGER_LOCK, MANAGER_LOCK, [
    CONTROLLER_MANAGER,
    systemAccount("kube-controller-manager"),
    systemAccount("leader-election-controller"),
  ]),
  systemRoleBinding(SCHEDULER_LOCK, SCHEDULER_LOCK, [user("system:kube-scheduler"), systemAccount("kube-scheduler")]),
  systemRoleBinding(SIGNER, SIGNER, [systemAccount("bootstrap-signer")]),
  systemRoleBinding(CLOUD_PROVIDER, CLOUD_PROVIDER, [systemAccount("cloud-provider")]),
  systemRoleBinding(TOKEN_CLEANER, TOKEN_CLEANER, [systemAccount("token-cleaner")]),
  systemRoleBinding(SIGNER, SIGNER, [systemAccount("bootstrap-signer")], "kube-public"),
];
