import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  Node,
  Pod,
  Role,
  RoleBinding,
  Secret,
  ServiceImport,
} from "../../../src/api/index.ts";
import type { Kind, KubeObject } from "../../../src/apimachinery/index.ts";
import { aggregatedRules, type User } from "../../../src/apiserver/index.ts";
import { accountSubject, person, type RbacCluster, rbacCluster, userSubject } from "./cluster.ts";

type Question = readonly [
  verb: "get" | "list" | "create" | "update" | "delete",
  kind: Kind<KubeObject>,
  subresource?: string,
];

/** What of these a user may do in namespace team. */
function may({ server }: RbacCluster, user: User, questions: readonly Question[]): readonly boolean[] {
  return questions.map(([verb, kind, subresource]) => {
    const answer = server.answer(
      {
        verb,
        kind,
        ...(kind.namespaced ? { namespace: "team" } : {}),
        ...(verb === "list" ? {} : { name: "x" }),
        ...(subresource === undefined ? {} : { subresource }),
      },
      user,
    );
    return answer.ok || answer.status.code !== 403;
  });
}

describe("the default roles", () => {
  const cluster = rbacCluster();
  for (const role of ["view", "edit", "admin", "cluster-admin"]) cluster.bind(role, role, [userSubject(role)], "team");

  it("of people widen from view over edit and admin to cluster-admin", () => {
    const questions: readonly Question[] = [
      ["list", Pod],
      ["list", Secret],
      ["delete", Pod],
      ["get", Pod, "status"],
      ["update", Pod, "status"],
    ];
    const seen = ["view", "edit", "admin", "cluster-admin"].map((role) => may(cluster, person(role), questions));
    expect(seen).toEqual([
      [true, false, false, true, false],
      [true, true, true, true, false],
      [true, true, true, true, false],
      [true, true, true, true, true],
    ]);
  });

  it("hold from the start what aggregation gathers into admin, edit and view", () => {
    const roles = cluster.listed({ verb: "list", kind: ClusterRole }).items as readonly ClusterRole[];
    const gathering = roles.filter(({ aggregationRule }) => aggregationRule !== undefined);
    expect(gathering.map(({ metadata }) => metadata.name)).toEqual(["admin", "edit", "view"]);
    for (const role of gathering) expect(role.rules).toEqual(aggregatedRules(role, roles));
  });

  it("are bound to roles there are, each under the name of its role", () => {
    const names = new Set(
      cluster.listed({ verb: "list", kind: ClusterRole }).items.map(({ metadata }) => metadata.name),
    );
    const bindings = cluster.listed({ verb: "list", kind: ClusterRoleBinding }).items as readonly ClusterRoleBinding[];
    expect(bindings.filter(({ roleRef }) => !names.has(roleRef.name))).toEqual([]);
    expect(bindings.length).toBeGreaterThan(30);
  });

  it("let the anonymous see versions and health, and everybody known discovery besides", () => {
    const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
    const paths = ["/version", "/healthz", "/readyz", "/livez", "/api", "/apis", "/openapi/v3", "/metrics"];
    const allowed = (user: User): readonly string[] =>
      paths.filter((path) => {
        const answer = cluster.server.path(path, user, { discovery: "unaggregated", openApi: "json" });
        return answer.ok || answer.status.code !== 403;
      });
    expect(allowed(anonymous)).toEqual(["/version", "/healthz", "/readyz", "/livez"]);
    expect(allowed(person("bob"))).toEqual(paths.slice(0, -1));
  });

  it("let kubelets do what nodes do, without a binding", () => {
    const kubelet = person("system:nodes", "system:nodes");
    const questions: readonly Question[] = [
      ["update", Pod, "status"],
      ["update", Node, "status"],
      ["list", Secret],
      ["update", Secret],
      ["create", ConfigMap],
    ];
    expect(may(cluster, kubelet, questions)).toEqual([true, true, true, false, false]);
  });

  it("give the controllers' account what controllers need, and no more", () => {
    const manager = person("system:kube-controller-manager");
    const questions: readonly Question[] = [
      ["list", ServiceImport],
      ["create", Pod],
      ["create", Pod, "binding"],
      ["update", Secret],
      ["create", Node],
    ];
    expect(may(cluster, manager, questions)).toEqual([true, true, true, true, false]);
  });

  it("give each controller's own service account its own part", () => {
    const account = (name: string): User => person(`system:serviceaccount:kube-system:${name}`);
    expect(
      may(cluster, account("replicaset-controller"), [
        ["create", Pod],
        ["list", Secret],
      ]),
    ).toEqual([true, false]);
    expect(accountSubject("job-controller", "kube-system")).toEqual(
      (
        cluster.good({ verb: "get", kind: ClusterRoleBinding, name: "system:controller:job-controller" }) as object as {
          readonly subjects: readonly unknown[];
        }
      ).subjects[0],
    );
  });

  it("are the same objects in every cluster", () => {
    const rulesOf = ({ good }: RbacCluster): unknown => good({ verb: "get", kind: ClusterRole, name: "view" }).rules;
    expect(rulesOf(rbacCluster())).toBe(rulesOf(cluster));
  });
});

describe("the default policy", () => {
  it("is that of Kubernetes 1.34, rule by rule", () => {
    const { listed } = rbacCluster();
    const told = [ClusterRole, ClusterRoleBinding, Role, RoleBinding].flatMap((kind) =>
      listed({ verb: "list", kind }).items.flatMap((item) => lines(kind.kind, item as PolicyObject)),
    );
    const expected = readFileSync(new URL("default-policy.txt", import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    expect(told.sort()).toEqual(expected.sort());
  });
});

type PolicyObject = KubeObject & Partial<Pick<ClusterRole, "rules" | "aggregationRule">> & Partial<RoleBinding>;

function lines(
  kind: string,
  { metadata, rules = [], aggregationRule, roleRef, subjects = [] }: PolicyObject,
): string[] {
  const place = `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}: `;
  if (roleRef !== undefined) {
    const holders = subjects.map(({ kind: of, name, namespace }) => `${of} ${namespace ? `${namespace}/` : ""}${name}`);
    return [`${place}${roleRef.kind} ${roleRef.name} to ${holders.join(", ") || "nobody"}`];
  }
  if (aggregationRule !== undefined) {
    const labels = (aggregationRule.clusterRoleSelectors ?? []).flatMap(({ matchLabels = {} }) =>
      Object.entries(matchLabels),
    );
    return [`${place}gathers ${labels.map(([key, value]) => `${key}=${value}`).join(", ")}`];
  }
  return rules.map(({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs }) => {
    const groups = apiGroups.map((group) => group || "core").join(" ");
    const what = nonResourceURLs === undefined ? [groups, resources.join(" ")] : [nonResourceURLs.join(" ")];
    return (
      place + [verbs.join(" "), ...what, ...(resourceNames === undefined ? [] : [resourceNames.join(" ")])].join(" | ")
    );
  });
}
