import type { ClusterRole, PolicyRule } from "../../../api/index.ts";
import { allow, allowPaths, clusterRole, RBAC_GROUP, READ, WRITE } from "./notation.ts";

const VIEW: readonly PolicyRule[] = [
  allow(
    READ,
    "core",
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
  ),
  allow(
    READ,
    "core",
    "bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
  ),
  allow(READ, "core", "namespaces"),
  allow(READ, "core events.k8s.io", "events"),
  allow(READ, "discovery.k8s.io", "endpointslices"),
  allow(
    READ,
    "apps",
    "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
  ),
  allow(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
  allow(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
  allow(
    READ,
    "extensions",
    "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
  ),
  allow(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
  allow(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
  allow(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
];

const EDIT: readonly PolicyRule[] = [
  allow(READ, "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
  allow("impersonate", "core", "serviceaccounts"),
  allow(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
  allow("create", "core", "pods/eviction"),
  allow(
    WRITE,
    "core",
    "configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
  ),
  allow("create", "core", "serviceaccounts/token"),
  allow(WRITE, "core events.k8s.io", "events"),
  allow(
    WRITE,
    "apps",
    "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
  ),
  allow(WRITE, "autoscaling", "horizontalpodautoscalers"),
  allow(WRITE, "batch", "cronjobs jobs"),
  allow(
    WRITE,
    "extensions",
    "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
  ),
  allow(WRITE, "policy", "poddisruptionbudgets"),
  allow(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
  allow("create delete deletecollection get list patch update watch", "coordination.k8s.io", "leases"),
  allow(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
];

const ADMIN: readonly PolicyRule[] = [
  allow("create", "authorization.k8s.io", "localsubjectaccessreviews"),
  allow("create delete deletecollection get list patch update watch", RBAC_GROUP, "rolebindings roles"),
];

/**
 * The roles people are given. `admin`, `edit` and `view` are gathered from others by their labels; here they hold from the
 * start what the aggregation controller would write into them, sources in order of their names.
 */
export const USER_ROLES: readonly ClusterRole[] = [
  clusterRole("admin", [...EDIT, ...VIEW, ...ADMIN], { aggregates: "admin" }),
  clusterRole("cluster-admin", [allow("*", "*", "*"), allowPaths("*", "*")]),
  clusterRole("edit", [...EDIT, ...VIEW], { aggregates: "edit", aggregateTo: "admin" }),
  clusterRole("system:aggregate-to-admin", ADMIN, { aggregateTo: "admin" }),
  clusterRole("system:aggregate-to-edit", EDIT, { aggregateTo: "edit" }),
  clusterRole("system:aggregate-to-view", VIEW, { aggregateTo: "view" }),
  clusterRole("system:basic-user", [
    allow("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    allow("create", "authentication.k8s.io", "selfsubjectreviews"),
  ]),
  clusterRole("system:discovery", [
    allowPaths("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"),
  ]),
  clusterRole("system:monitoring", [
    allowPaths("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"),
    allow("get", "core", "nodes/metrics"),
  ]),
  clusterRole("system:public-info-viewer", [allowPaths("get", "/healthz /livez /readyz /version /version/")]),
  clusterRole("view", VIEW, { aggregates: "view", aggregateTo: "edit" }),
];
