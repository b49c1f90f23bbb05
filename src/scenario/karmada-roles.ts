import { ClusterRole, type PolicyRule } from "../api/index.ts";
import { apiVersionOf } from "../apimachinery/index.ts";

/** What people work with in their namespaces, by group. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  "autoscaling.karmada.io": withStatus("cronfederatedhpas", "federatedhpas"),
  "multicluster.x-k8s.io": withStatus("serviceexports", "serviceimports"),
  "networking.karmada.io": withStatus("multiclusteringresses", "multiclusterservices"),
  "policy.karmada.io": ["overridepolicies", "propagationpolicies"],
  "work.karmada.io": withStatus("resourcebindings", "works"),
};

/** The host's ClusterRoles that let `view`, `edit` and `admin` cover Karmada's namespaced kinds (`admin-clusterrole-aggregation.yaml`). */
export const KARMADA_ROLES: readonly ClusterRole[] = [
  role("karmada-view", "view", ["get", "list", "watch"]),
  role("karmada-edit", "edit", ["create", "delete", "deletecollection", "patch", "update"]),
];

function role(name: string, aggregateTo: string, verbs: readonly string[]): ClusterRole {
  const rules: readonly PolicyRule[] = Object.entries(RESOURCES).map(([group, resources]) => ({
    apiGroups: [group],
    resources,
    verbs,
  }));
  const labels = {
    "karmada.io/bootstrapping": "rbac-defaults",
    [`rbac.authorization.k8s.io/aggregate-to-${aggregateTo}`]: "true",
  };
  return { apiVersion: apiVersionOf(ClusterRole), kind: "ClusterRole", metadata: { name, labels }, rules };
}

function withStatus(...plurals: readonly string[]): readonly string[] {
  return plurals.flatMap((plural) => [plural, `${plural}/status`]);
}
