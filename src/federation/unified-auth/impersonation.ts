import { Cluster, type ClusterRole, type ClusterRoleBinding, type PolicyRule, type Subject } from "../../api/index.ts";
import { compareText } from "../../std/index.ts";

const PROXY = { group: Cluster.group, resource: "clusters/proxy" } as const;
const SEARCH = { group: "search.karmada.io", resource: "proxying/proxy" } as const;

/** Which clusters the proxies can reach by a role: all, those it names, or none. */
export function proxiedClusters({ rules = [] }: ClusterRole): "all" | readonly string[] {
  if (rules.some((rule) => covers(rule, SEARCH))) return "all";
  const proxying = rules.filter((rule) => covers(rule, PROXY));
  if (proxying.some(({ resourceNames = [] }) => resourceNames.length === 0)) return "all";
  return proxying.flatMap(({ resourceNames = [] }) => resourceNames);
}

/**
 * What the impersonator of a member may do: stand in for everyone who may use the proxy to it at the host
 * (`util.GenerateImpersonationRules`). None when there is nobody.
 */
export function impersonationRules(
  cluster: string,
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
): readonly PolicyRule[] {
  const matched = new Set(
    roles.flatMap((role) => {
      const clusters = proxiedClusters(role);
      return clusters === "all" || clusters.includes(cluster) ? [role.metadata.name] : [];
    }),
  );
  const subjects = bindings
    .filter(({ roleRef }) => roleRef.kind === "ClusterRole" && matched.has(roleRef.name))
    .flatMap((binding) => binding.subjects ?? []);
  return [
    ...ruleFor("users", subjects, "User"),
    ...ruleFor("serviceaccounts", subjects, "ServiceAccount"),
    ...ruleFor("groups", subjects, "Group"),
  ];
}

function covers(
  { apiGroups = [], resources = [] }: PolicyRule,
  wanted: { readonly group: string; readonly resource: string },
): boolean {
  const has = (values: readonly string[], value: string): boolean => values.includes("*") || values.includes(value);
  return has(apiGroups, wanted.group) && has(resources, wanted.resource);
}

function ruleFor(resource: string, subjects: readonly Subject[], kind: string): readonly PolicyRule[] {
  const names = new Set(subjects.filter((subject) => subject.kind === kind).map(({ name }) => name));
  if (names.size === 0) return [];
  return [
    { verbs: ["impersonate"], apiGroups: [""], resources: [resource], resourceNames: [...names].sort(compareText) },
  ];
}
