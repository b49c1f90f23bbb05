import { describe, expect, it } from "vitest";
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Subject } from "../../../src/api/index.ts";
import { impersonationRules, proxiedClusters } from "../../../src/federation/unified-auth/impersonation.ts";

const proxy: PolicyRule = { verbs: ["*"], apiGroups: ["cluster.karmada.io"], resources: ["clusters/proxy"] };

function role(name: string, ...rules: readonly PolicyRule[]): ClusterRole {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
}

function binding(roleName: string, ...subjects: readonly Subject[]): ClusterRoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: roleName },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
    subjects,
  };
}

describe("the clusters a role reaches through the proxies", () => {
  it.each<[string, PolicyRule, "all" | readonly string[]]>([
    ["all without names", proxy, "all"],
    ["those it names", { ...proxy, resourceNames: ["m1", "m2"] }, ["m1", "m2"]],
    ["all by wildcards", { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, "all"],
    [
      "all by the search's proxy",
      { verbs: ["get"], apiGroups: ["search.karmada.io"], resources: ["proxying/proxy"] },
      "all",
    ],
    ["none by clusters themselves", { ...proxy, resources: ["clusters"] }, []],
    ["none by another group", { ...proxy, apiGroups: ["apps"] }, []],
    ["none by paths", { verbs: ["get"], nonResourceURLs: ["*"] }, []],
  ])("are %s", (_case, rule, expected) => {
    expect(proxiedClusters(role("r", rule))).toEqual(expected);
  });
});

describe("the rules of an impersonator", () => {
  const users = [
    { kind: "User", name: "bob" },
    { kind: "User", name: "ann" },
    { kind: "Group", name: "team" },
    { kind: "ServiceAccount", name: "robot", namespace: "default" },
  ];

  it("name everyone bound, sorted, kind by kind", () => {
    const of = (resource: string, ...resourceNames: readonly string[]) => ({
      verbs: ["impersonate"],
      apiGroups: [""],
      resources: [resource],
      resourceNames,
    });
    expect(impersonationRules("m1", [role("r", proxy)], [binding("r", ...users)])).toEqual([
      of("users", "ann", "bob"),
      of("serviceaccounts", "robot"),
      of("groups", "team"),
    ]);
  });

  it("are none for clusters a role does not name, and for roles nobody is bound to", () => {
    const named = role("r", { ...proxy, resourceNames: ["m1"] });
    expect(impersonationRules("m2", [named], [binding("r", ...users)])).toEqual([]);
    expect(impersonationRules("m1", [named], [binding("other", ...users)])).toEqual([]);
  });
});
