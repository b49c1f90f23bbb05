import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from "../../../api/index.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";
const API_VERSION = `${RBAC_GROUP}/v1`;

export const READ = "get list watch";
export const WRITE = "create delete deletecollection patch update";

/** A rule in words parted by spaces; the core group is written `core`. */
export function allow(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((group) => (group === "core" ? "" : group)),
    resources: words(resources),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  };
}

/** A rule about paths that are no resources. */
export function allowPaths(verbs: string, paths: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(paths) };
}

/** What every component may do: tell what happened. */
export const EVENTS: PolicyRule = allow("create patch update", "core events.k8s.io", "events");

/** A ClusterRole of the default policy. */
export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  more: { readonly aggregateTo?: string; readonly aggregates?: string } = {},
): ClusterRole {
  const { aggregateTo, aggregates } = more;
  const labels = aggregateTo === undefined ? LABELS : { ...LABELS, [aggregationLabel(aggregateTo)]: "true" };
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRole",
    metadata: { name, labels, annotations: ANNOTATIONS },
    ...(aggregates === undefined
      ? {}
      : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregationLabel(aggregates)]: "true" } }] } }),
    rules,
  };
}

/** A ClusterRoleBinding of the default policy, named after its role. */
export function clusterRoleBinding(name: string, subjects: readonly Subject[]): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

/** A Role of the default policy. */
export function systemRole(name: string, rules: readonly PolicyRule[], namespace = "kube-system"): Role {
  return { apiVersion: API_VERSION, kind: "Role", metadata: systemMeta(name, namespace), rules };
}

/** A RoleBinding of the default policy. */
export function systemRoleBinding(
  name: string,
  role: string,
  subjects: readonly Subject[],
  namespace = "kube-system",
): RoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: "RoleBinding",
    metadata: systemMeta(name, namespace),
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: role },
    subjects,
  };
}

export const user = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: "User", name });
export const group = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: "Group", name });
export const systemAccount = (name: string): Subject => ({ kind: "ServiceAccount", name, namespace: "kube-system" });

const LABELS = { "kubernetes.io/bootstrapping": "rbac-defaults" } as const;
const ANNOTATIONS = { "rbac.authorization.kubernetes.io/autoupdate": "true" } as const;

function systemMeta(name: string, namespace: string): RoleBinding["metadata"] {
  return { name, namespace, labels: LABELS, annotations: ANNOTATIONS };
}

function aggregationLabel(role: string): string {
  return `${RBAC_GROUP}/aggregate-to-${role}`;
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
