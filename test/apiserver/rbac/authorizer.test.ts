import { describe, expect, it } from "vitest";
import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  Deployment,
  Namespace,
  Pod,
  type PolicyRule,
  RoleBinding,
} from "../../../src/api/index.ts";
import type { ApiRequest, User } from "../../../src/apiserver/index.ts";
import { object } from "../fixture.ts";
import { accountSubject, groupSubject, person, type RbacCluster, rbacCluster, userSubject } from "./cluster.ts";

const BOB = person("bob");

function codeOf({ ask }: RbacCluster, request: ApiRequest, user: User = BOB): number {
  const answer = ask(request, user);
  return answer.ok ? answer.code : answer.status.code;
}

function pathCode(cluster: RbacCluster, path: string, user: User): number {
  const answer = cluster.server.path(path, user, { discovery: "unaggregated", openApi: "json" });
  return answer.ok ? 200 : answer.status.code;
}

/** A cluster where bob holds one ClusterRole of these rules. */
function bobHolds(...rules: readonly PolicyRule[]): RbacCluster {
  const cluster = rbacCluster();
  cluster.role("held", rules);
  cluster.bind("held", "held", [userSubject("bob")]);
  return cluster;
}

const pods = (verb: "get" | "list" | "create", more: Partial<ApiRequest> = {}): ApiRequest => ({
  verb,
  kind: Pod,
  namespace: "default",
  ...(verb === "get" ? { name: "p" } : {}),
  ...more,
});

describe("rules", () => {
  const rule = (fields: Partial<PolicyRule>): PolicyRule => ({
    verbs: ["get"],
    apiGroups: [""],
    resources: ["pods"],
    ...fields,
  });
  const deployment: ApiRequest = { verb: "get", kind: Deployment, namespace: "default", name: "d" };
  it.each<[string, PolicyRule, ApiRequest, boolean]>([
    ["a resource and a verb", rule({}), pods("get"), true],
    ["no other verb", rule({}), pods("list"), false],
    ["no other resource", rule({ resources: ["services"] }), pods("get"), false],
    ["every verb with *", rule({ verbs: ["*"] }), pods("list"), true],
    ["no other group", rule({ resources: ["deployments"] }), deployment, false],
    ["every group with *", rule({ apiGroups: ["*"], resources: ["deployments"] }), deployment, true],
    ["no subresource with its parent", rule({}), pods("get", { subresource: "status" }), false],
    ["a subresource by name", rule({ resources: ["pods/status"] }), pods("get", { subresource: "status" }), true],
    ["no parent with a subresource", rule({ resources: ["pods/status"] }), pods("get"), false],
    ["a subresource of anything", rule({ resources: ["*/status"] }), pods("get", { subresource: "status" }), true],
    ["subresources with *", rule({ resources: ["*"] }), pods("get", { subresource: "status" }), true],
    ["objects by name", rule({ resourceNames: ["p"] }), pods("get"), true],
    ["no objects of other names", rule({ resourceNames: ["q"] }), pods("get"), false],
    ["no list by names", rule({ verbs: ["list"], resourceNames: ["p"] }), pods("list"), false],
    [
      "a list of the one object that is named",
      rule({ verbs: ["list"], resourceNames: ["p"] }),
      pods("list", { options: { fieldSelector: "metadata.name=p" } }),
      true,
    ],
    [
      "the scale of anything",
      rule({ apiGroups: ["*"], resources: ["*/scale"] }),
      { ...deployment, subresource: "scale" },
      true,
    ],
  ])("allow %s: %j", (_title, held, request, allowed) => {
    const cluster = bobHolds(held);
    const code = codeOf(cluster, request);
    if (allowed) expect(code).not.toBe(403);
    else expect(code).toBe(403);
  });

  it.each([
    ["/metrics", "/metrics", 200],
    ["/metrics/slis", "/metrics", 403],
    ["/logs/kubelet", "/logs/*", 404],
    ["/log", "/logs/*", 403],
    ["/anything", "*", 404],
  ])("about %s hold for %s", (path, held, code) => {
    const cluster = bobHolds({ verbs: ["get"], nonResourceURLs: [held] });
    expect(pathCode(cluster, path, BOB)).toBe(code);
  });

  it("cut both ways: a rule on a resource says nothing of paths", () => {
    expect(pathCode(bobHolds({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }), "/metrics", BOB)).toBe(403);
  });
});

describe("bindings", () => {
  const read: readonly PolicyRule[] = [{ verbs: ["list"], apiGroups: [""], resources: ["pods", "nodes"] }];

  it("hold for users, for groups and for service accounts by name and namespace", () => {
    const cluster = rbacCluster();
    cluster.role("reader", read);
    cluster.bind("readers", "reader", [userSubject("bob"), groupSubject("dev"), accountSubject("robot", "team")]);
    const allowed = [BOB, person("eve", "dev"), person("system:serviceaccount:team:robot")];
    const denied = [
      person("dev"),
      person("eve", "bob"),
      person("system:serviceaccount:default:robot"),
      person("robot"),
    ];
    expect(allowed.map((user) => codeOf(cluster, pods("list"), user))).toEqual([200, 200, 200]);
    expect(denied.map((user) => codeOf(cluster, pods("list"), user))).toEqual([403, 403, 403, 403]);
  });

  it("in a namespace hold there and nowhere else, whichever kind of role they grant", () => {
    const cluster = rbacCluster();
    cluster.role("reader", read);
    cluster.role("writer", [{ verbs: ["create"], apiGroups: [""], resources: ["configmaps"] }], "team");
    cluster.bind("bob", "reader", [userSubject("bob")], "team");
    cluster.bindRole("bob-writes", "writer", [userSubject("bob")], "team");
    const config = object("v1", "ConfigMap", { name: "c" });
    expect(codeOf(cluster, pods("list", { namespace: "team" }))).toBe(200);
    expect(codeOf(cluster, pods("list"))).toBe(403);
    expect(codeOf(cluster, { verb: "list", kind: Pod })).toBe(403);
    expect(codeOf(cluster, { verb: "create", kind: ConfigMap, namespace: "team", object: config })).toBe(201);
    expect(codeOf(cluster, { verb: "create", kind: ConfigMap, namespace: "default", object: config })).toBe(403);
  });

  it("in a namespace can grant the Namespace itself", () => {
    const cluster = rbacCluster();
    cluster.bind("bob", "admin", [userSubject("bob")], "team");
    expect(codeOf(cluster, { verb: "get", kind: Namespace, name: "team" })).toBe(200);
    expect(cluster.bad({ verb: "get", kind: Namespace, name: "default" }, BOB).message).toBe(
      'namespaces "default" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "default"',
    );
  });

  it("count from the write that makes them to the write that ends them, roles too", () => {
    const cluster = rbacCluster();
    const code = (): number => codeOf(cluster, pods("list"));
    const seen = [code()];
    cluster.bind("bob", "reader", [userSubject("bob")]);
    seen.push(code());
    cluster.role("reader", read);
    seen.push(code());
    const merge = (body: unknown): void =>
      void cluster.good({ verb: "patch", kind: ClusterRole, name: "reader", patch: { type: "merge", body } });
    merge({ rules: [] });
    seen.push(code());
    merge({ rules: read });
    seen.push(code());
    cluster.good({
      verb: "patch",
      kind: ClusterRoleBinding,
      name: "bob",
      patch: { type: "merge", body: { subjects: [userSubject("eve")] } },
    });
    seen.push(code());
    expect(seen).toEqual([403, 403, 200, 403, 200, 403]);
    expect(codeOf(cluster, pods("list"), person("eve"))).toBe(200);
    cluster.good({ verb: "delete", kind: ClusterRoleBinding, name: "bob" });
    expect(codeOf(cluster, pods("list"), person("eve"))).toBe(403);
  });

  it("that refer to no role are told in the refusal", () => {
    const cluster = rbacCluster();
    cluster.bind("a", "gone", [userSubject("bob")]);
    expect(cluster.bad(pods("list"), BOB).message).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    );
    cluster.bindRole("b", "absent", [userSubject("bob")], "default");
    expect(cluster.bad(pods("list"), BOB).message).toMatch(
      /: RBAC: \[clusterrole\.rbac\.authorization\.k8s\.io "gone" not found, role\.rbac\.authorization\.k8s\.io "absent" not found\]$/,
    );
  });

  it("never change their role", () => {
    const cluster = rbacCluster();
    cluster.bind("bob", "view", [userSubject("bob")], "team");
    const status = cluster.bad({
      verb: "patch",
      kind: RoleBinding,
      namespace: "team",
      name: "bob",
      patch: { type: "merge", body: { roleRef: { name: "edit" } } },
    });
    expect(status).toMatchObject({ code: 422, message: expect.stringContaining("cannot change roleRef") });
  });
});

describe("who may do anything", () => {
  it("is in system:masters, whatever roles there are", () => {
    const cluster = rbacCluster();
    for (const { metadata } of cluster.listed({ verb: "list", kind: ClusterRoleBinding }).items)
      cluster.good({ verb: "delete", kind: ClusterRoleBinding, name: metadata.name });
    expect(codeOf(cluster, pods("list"), person("root", "system:masters"))).toBe(200);
    expect(codeOf(cluster, pods("list"), person("system:kube-scheduler"))).toBe(403);
  });

  it("is not told of kinds that are not served when they may not ask", () => {
    const cluster = rbacCluster();
    const kind = { ...Pod, group: "x.io", plural: "widgets" };
    expect(codeOf(cluster, { verb: "list", kind })).toBe(403);
    expect(codeOf(cluster, { verb: "list", kind }, person("root", "system:masters"))).toBe(404);
  });
});

describe("a refusal", () => {
  it.each<[ApiRequest, string]>([
    [
      { verb: "list", kind: Deployment },
      'deployments.apps is forbidden: User "bob" cannot list resource "deployments" in API group "apps" at the cluster scope',
    ],
    [
      { verb: "get", kind: Pod, namespace: "default", name: "p", subresource: "log" },
      'pods "p" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "default"',
    ],
    [
      { verb: "watch", kind: Pod },
      'pods is forbidden: User "bob" cannot watch resource "pods" in API group "" at the cluster scope',
    ],
  ])("reads as upstream's: %j", (request, message) => {
    const cluster = rbacCluster();
    if (request.verb !== "watch") {
      expect(cluster.bad(request, BOB)).toMatchObject({ code: 403, reason: "Forbidden", message });
      return;
    }
    expect(() => cluster.server.prepareWatch(request, BOB)).toThrow(message);
  });

  it("of a path names the path", () => {
    const { server } = rbacCluster();
    const answer = server.path("/metrics", BOB, { discovery: "unaggregated", openApi: "json" });
    expect(answer).toMatchObject({
      ok: false,
      status: { code: 403, message: 'forbidden: User "bob" cannot get path "/metrics"' },
    });
  });
});
