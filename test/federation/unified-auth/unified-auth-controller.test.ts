import { describe, expect, it } from "vitest";
import { Cluster, ClusterRole, ClusterRoleBinding, Work, workName } from "../../../src/api/index.ts";
import { type Fleet, fleet } from "../fleet.ts";

const ROLE = workName(ClusterRole.kind, "karmada-impersonator");

/** A fleet whose clusters name an impersonator's secret. */
function unified(): Fleet {
  const made = fleet();
  for (const name of ["member1", "member2"]) {
    const impersonatorSecretRef = { namespace: "karmada-cluster", name: `${name}-impersonator` };
    made.host.patch(Cluster, name, undefined, { spec: { impersonatorSecretRef } });
  }
  made.settle();
  return made;
}

const users = (made: Fleet, cluster: string): readonly string[] =>
  made
    .member(cluster)
    .get(ClusterRole, "karmada-impersonator")
    ?.rules?.flatMap(({ resourceNames = [] }) => resourceNames) ?? [];

const grant = (resourceNames: readonly string[]): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: proxy}
rules:
- {apiGroups: [cluster.karmada.io], resources: [clusters/proxy], verbs: ["*"], resourceNames: ${JSON.stringify(resourceNames)}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: proxy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: proxy}
subjects: [{kind: User, name: ann}]
`;

describe("the unified-auth controller", () => {
  it("takes role and binding of the impersonator to every member, owned by its Cluster", () => {
    const made = unified();
    const { uid } = made.host.get(Cluster, "member1")?.metadata ?? {};
    expect(made.host.get(Work, ROLE, "karmada-es-member1")?.metadata).toMatchObject({
      finalizers: ["karmada.io/execution-controller"],
      ownerReferences: [{ kind: "Cluster", name: "member1", uid }],
    });
    expect(made.member("member1").get(ClusterRoleBinding, "karmada-impersonator")).toMatchObject({
      metadata: { labels: { "karmada.io/system": "true" } },
      subjects: [{ kind: "ServiceAccount", namespace: "karmada-cluster", name: "karmada-impersonator" }],
    });
  });

  it("follows who may use the proxy, cluster by cluster", () => {
    const made = unified();
    made.apply(grant(["member2"]));
    made.settle();
    expect([users(made, "member1"), users(made, "member2")]).toEqual([[], ["ann"]]);
    made.host.remove(ClusterRoleBinding, "proxy");
    made.settle();
    expect(users(made, "member2")).toEqual([]);
  });

  it("leaves clusters without an impersonator alone", () => {
    const made = fleet();
    made.host.patch(Cluster, "member1", undefined, { spec: { impersonatorSecretRef: null } });
    made.apply(grant([]));
    made.settle();
    expect(users(made, "member1")).toEqual([]);
  });

  it("writes a Work again that was lost", () => {
    const made = unified();
    made.host.remove(Work, ROLE, "karmada-es-member1");
    made.settle();
    expect(made.host.get(Work, ROLE, "karmada-es-member1")).toBeDefined();
  });
});
