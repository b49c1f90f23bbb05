import type { ClusterRole, PolicyRule } from "../../../api/index.ts";
import { allow, allowPaths, clusterRole, EVENTS, READ } from "./notation.ts";

const REVIEWS: readonly PolicyRule[] = [
  allow("create", "authentication.k8s.io", "tokenreviews"),
  allow("create", "authorization.k8s.io", "subjectaccessreviews"),
];

/** What a kubelet may do; granted by the node authorizer, no binding needed (`bootstrappolicy.NodeRules`). */
export const NODE_RULES: readonly PolicyRule[] = [
  allow("create", "authentication.k8s.io", "tokenreviews"),
  allow("create", "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
  allow(READ, "core", "services"),
  allow("create get list watch", "core", "nodes"),
  allow("patch update", "core", "nodes/status"),
  allow("patch update", "core", "nodes"),
  EVENTS,
  allow(READ, "core", "pods"),
  allow("create delete", "core", "pods"),
  allow("patch update", "core", "pods/status"),
  allow("create", "core", "pods/eviction"),
  allow(READ, "core", "configmaps secrets"),
  allow("get", "core", "persistentvolumeclaims persistentvolumes"),
  allow("get", "core", "endpoints"),
  allow("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  allow("create delete get patch update", "coordination.k8s.io", "leases"),
  allow("get", "storage.k8s.io", "volumeattachments"),
  allow("create", "core", "serviceaccounts/token"),
  allow("get patch update", "core", "persistentvolumeclaims/status"),
  allow(READ, "storage.k8s.io", "csidrivers"),
  allow("create delete get patch update", "storage.k8s.io", "csinodes"),
  allow(READ, "node.k8s.io", "runtimeclasses"),
  allow("get", "resource.k8s.io", "resourceclaims"),
  allow("deletecollection", "resource.k8s.io", "resourceslices"),
  allow("get", "core", "serviceaccounts"),
];

const CONTROLLER_MANAGER: readonly PolicyRule[] = [
  EVENTS,
  allow("create", "coordination.k8s.io", "leases"),
  allow("get update", "coordination.k8s.io", "leases", "kube-controller-manager"),
  allow("create", "core", "secrets serviceaccounts"),
  allow("delete", "core", "secrets"),
  allow("get", "core", "configmaps namespaces secrets serviceaccounts"),
  allow("update", "core", "secrets serviceaccounts"),
  ...REVIEWS,
  allow("list watch", "*", "*"),
  allow("create", "core", "serviceaccounts/token"),
];

const SCHEDULER: readonly PolicyRule[] = [
  EVENTS,
  allow("create", "coordination.k8s.io", "leases"),
  allow("get list update watch", "coordination.k8s.io", "leases", "kube-scheduler"),
  allow("create delete deletecollection get list patch update watch", "coordination.k8s.io", "leasecandidates"),
  allow(READ, "core", "nodes"),
  allow("delete get list watch", "core", "pods"),
  allow("create", "core", "bindings pods/binding"),
  allow("patch update", "core", "pods/status"),
  allow(READ, "core", "replicationcontrollers services"),
  allow(READ, "apps extensions", "replicasets"),
  allow(READ, "apps", "statefulsets"),
  allow(READ, "policy", "poddisruptionbudgets"),
  allow(READ, "core", "persistentvolumeclaims persistentvolumes"),
  ...REVIEWS,
  allow(READ, "storage.k8s.io", "csinodes"),
  allow(READ, "storage.k8s.io", "volumeattachments"),
  allow(READ, "core", "namespaces"),
  allow(READ, "storage.k8s.io", "csidrivers"),
  allow(READ, "storage.k8s.io", "csistoragecapacities"),
  allow(READ, "resource.k8s.io", "deviceclasses"),
  allow("get list patch update watch", "resource.k8s.io", "resourceclaims"),
  allow("get list patch update watch", "resource.k8s.io", "resourceclaims/status"),
  allow("update", "core", "pods/finalizers"),
  allow(READ, "resource.k8s.io", "resourceslices"),
];

const PROXIER: readonly PolicyRule[] = [
  allow("list watch", "core", "endpoints services"),
  allow(READ, "core", "nodes"),
  EVENTS,
  allow("list watch", "networking.k8s.io", "servicecidrs"),
  allow("list watch", "discovery.k8s.io", "endpointslices"),
];

const SIGNERS = "certificates.k8s.io";

/** The roles of a cluster's own components. */
export const COMPONENT_ROLES: readonly ClusterRole[] = [
  clusterRole("system:auth-delegator", REVIEWS),
  clusterRole("system:certificates.k8s.io:certificatesigningrequests:nodeclient", [
    allow("create", SIGNERS, "certificatesigningrequests/nodeclient"),
  ]),
  clusterRole("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", [
    allow("create", SIGNERS, "certificatesigningrequests/selfnodeclient"),
  ]),
  clusterRole("system:certificates.k8s.io:kube-apiserver-client-approver", [
    allow("approve", SIGNERS, "signers", "kubernetes.io/kube-apiserver-client"),
  ]),
  clusterRole("system:certificates.k8s.io:kube-apiserver-client-kubelet-approver", [
    allow("approve", SIGNERS, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
  ]),
  clusterRole("system:certificates.k8s.io:kubelet-serving-approver", [
    allow("approve", SIGNERS, "signers", "kubernetes.io/kubelet-serving"),
  ]),
  clusterRole("system:certificates.k8s.io:legacy-unknown-approver", [
    allow("approve", SIGNERS, "signers", "kubernetes.io/legacy-unknown"),
  ]),
  clusterRole("system:heapster", [
    allow(READ, "core", "events namespaces nodes pods"),
    allow(READ, "extensions", "deployments"),
  ]),
  clusterRole("system:kube-aggregator", [allow(READ, "core", "endpoints services")]),
  clusterRole("system:kube-controller-manager", CONTROLLER_MANAGER),
  clusterRole("system:kube-dns", [allow("list watch", "core", "endpoints services")]),
  clusterRole("system:kube-scheduler", SCHEDULER),
  clusterRole("system:kubelet-api-admin", [
    allow(READ, "core", "nodes"),
    allow("proxy", "core", "nodes"),
    allow("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
    allow("*", "core", "nodes/configz nodes/healthz nodes/pods"),
  ]),
  clusterRole("system:node", NODE_RULES),
  clusterRole("system:node-bootstrapper", [allow("create get list watch", SIGNERS, "certificatesigningrequests")]),
  clusterRole("system:node-problem-detector", [
    allow("get", "core", "nodes"),
    allow("patch", "core", "nodes/status"),
    EVENTS,
  ]),
  clusterRole("system:node-proxier", PROXIER),
  clusterRole("system:persistent-volume-provisioner", [
    allow("create delete get list watch", "core", "persistentvolumes"),
    allow("get list update watch", "core", "persistentvolumeclaims"),
    allow(READ, "storage.k8s.io", "storageclasses"),
    allow("watch", "core", "events"),
    EVENTS,
  ]),
  clusterRole("system:service-account-issuer-discovery", [
    allowPaths(
      "get",
      "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
    ),
  ]),
  clusterRole("system:volume-scheduler", [
    allow("get list patch update watch", "core", "persistentvolumes"),
    allow(READ, "storage.k8s.io", "storageclasses"),
    allow("get list patch update watch", "core", "persistentvolumeclaims"),
  ]),
];
