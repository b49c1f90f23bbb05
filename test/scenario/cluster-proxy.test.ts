import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../../src/index.ts";
import { type Asked, ask, type Told } from "./door.ts";

const PROXY = "/apis/cluster.karmada.io/v1alpha1/clusters";
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } });
const names = (told: Told): readonly string[] =>
  (told.json().items as readonly { readonly metadata: { readonly name: string } }[]).map(
    ({ metadata }) => metadata.name,
  );

describe("the proxy of clusters", () => {
  let world: World;
  let host: (request: string, asked?: Asked) => Told;
  let member: (name: string, request: string, asked?: Asked) => Told;
  beforeAll(async () => {
    world = await World.create({ members: [{ name: "member1" }, { name: "member2" }] });
    host = (request, asked) => ask(world.httpHandler("host"), request, asked);
    member = (name, request, asked) => ask(world.httpHandler(name), request, asked);
    await world.settle();
  });
  afterAll(() => world.stop());

  /** Lets a user do all with some resource of a cluster. */
  const grant = (to: (request: string, asked?: Asked) => Told, user: string, group: string, resource: string): void => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const name = `${user}-${resource.replace("/", "-")}`;
    const role = { metadata: { name }, rules: [{ apiGroups: [group], resources: [resource], verbs: ["*"] }] };
    const binding = {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
    };
    const head = { apiVersion: "rbac.authorization.k8s.io/v1" };
    expect(to(`POST ${rbac}/clusterroles`, { body: { ...head, kind: "ClusterRole", ...role } }).code).toBe(201);
    expect(
      to(`POST ${rbac}/clusterrolebindings`, { body: { ...head, kind: "ClusterRoleBinding", ...binding } }).code,
    ).toBe(201);
  };

  it("passes methods, paths and queries on", () => {
    const told = host(`GET ${PROXY}/member2/proxy/api/v1/namespaces?limit=1`);
    expect(told.code).toBe(200);
    expect(names(told)).toEqual(["default"]);
    expect(host(`HEAD ${PROXY}/member2/proxy/healthz`).code).toBe(200);
    expect(host(`HEAD ${PROXY}/member2/proxy/api/v1/namespaces`).code).toBe(405);
  });

  it("passes writes on, and their answers", () => {
    const maps = `${PROXY}/member1/proxy/api/v1/namespaces/default/configmaps`;
    expect(host(`POST ${maps}`, { body: configMap("a") }).code).toBe(201);
    const patch = { body: { data: { x: "y" } }, headers: { "content-type": "application/merge-patch+json" } };
    expect(host(`PATCH ${maps}/a`, patch).json().data).toEqual({ x: "y" });
    expect(member("member1", "GET /api/v1/namespaces/default/configmaps/a").code).toBe(200);
    expect(host(`DELETE ${maps}/a`).code).toBe(200);
    expect(host(`GET ${maps}/a`).code).toBe(404);
    expect(names(host("GET /api/v1/namespaces/default/configmaps"))).not.toContain("a");
  });

  it.each(["", "/"])("takes a path of %j for the member's root", (rest) => {
    expect(host(`GET ${PROXY}/member1/proxy${rest}`).json().paths).toContain("/apis/apps/v1");
  });

  it("streams a watch until the link is cut", async () => {
    const watch = host(`GET ${PROXY}/member1/proxy/api/v1/namespaces/default/configmaps?watch=true`);
    member("member1", "POST /api/v1/namespaces/default/configmaps", { body: configMap("seen") });
    await world.settle();
    expect(watch.text()).toContain('"name":"seen"');
    expect(watch.ended()).toBe(false);
    world.partition("host", "member1");
    expect(watch.ended()).toBe(true);
    world.heal("host", "member1");
  });

  it("says that a member cannot be reached", () => {
    world.crash("member1");
    const told = host(`GET ${PROXY}/member1/proxy/version`);
    expect(told.code).toBe(500);
    expect(told.json()).toMatchObject({ status: "Failure", message: expect.stringContaining("member1") });
    world.restore("member1");
  });

  it("does not know clusters that are not joined", () => {
    expect(host(`GET ${PROXY}/nobody/proxy/version`).json()).toMatchObject({
      code: 404,
      message: 'clusters.cluster.karmada.io "nobody" not found',
    });
  });

  describe("for a user with rights of their own", () => {
    const ann = { user: "ann" };
    const pods = `GET ${PROXY}/member1/proxy/api/v1/namespaces/default/pods`;

    it("asks the host first", () => {
      expect(host(pods, ann).json().message).toBe(
        'clusters.cluster.karmada.io "member1" is forbidden: User "ann" cannot get resource "clusters/proxy" in API group "cluster.karmada.io" at the cluster scope',
      );
    });

    it("then the member, once its impersonator may stand in for them", async () => {
      grant(host, "ann", "cluster.karmada.io", "clusters/proxy");
      expect(host(pods, ann).json().message).toBe(
        'users "ann" is forbidden: User "system:serviceaccount:karmada-cluster:karmada-impersonator" cannot impersonate resource "users" in API group "" at the cluster scope',
      );
      await world.settle();
      expect(host(pods, ann).json().message).toBe(
        'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default"',
      );
      grant((request, asked) => member("member1", request, asked), "ann", "", "pods");
      expect(host(pods, ann).code).toBe(200);
    });

    it("passes groups on, and no credentials", async () => {
      grant(host, "bob", "cluster.karmada.io", "clusters/proxy");
      await world.settle();
      const told = host(`POST ${PROXY}/member1/proxy/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
        body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
        headers: { "impersonate-user": "bob", "impersonate-group": "system:masters", authorization: "Bearer nonsense" },
      });
      expect(told.json().status).toEqual({
        userInfo: { username: "bob", groups: ["system:masters", "system:authenticated"] },
      });
    });
  });

  describe("of all clusters", () => {
    const all = `${PROXY}/*/proxy`;
    const twice = (name: string): void => {
      for (const cluster of ["member1", "member2"])
        member(cluster, "POST /api/v1/namespaces/default/configmaps", { body: configMap(name) });
    };

    it("answers what is no resource from the host", () => {
      expect(host(`GET ${all}/version`).json().gitVersion).toBe("v1.34.0");
    });

    it("joins the lists of all members", () => {
      expect(names(host(`GET ${all}/api/v1/nodes`))).toEqual(["member1-control-plane", "member2-control-plane"]);
    });

    it("leaves out members that cannot be reached", () => {
      world.crash("member2");
      expect(names(host(`GET ${all}/api/v1/nodes`))).toEqual(["member1-control-plane"]);
      world.restore("member2");
    });

    it("finds the one member that has an object, for any method", () => {
      expect(host(`GET ${all}/api/v1/nodes/member2-control-plane`).json().kind).toBe("Node");
      member("member2", "POST /api/v1/namespaces/default/configmaps", { body: configMap("own") });
      expect(host(`DELETE ${all}/api/v1/namespaces/default/configmaps/own`).code).toBe(200);
      expect(member("member2", "GET /api/v1/namespaces/default/configmaps/own").code).toBe(404);
    });

    it("refuses an object two have, one nobody has, and what would need one to be chosen", () => {
      twice("both");
      const maps = `${all}/api/v1/namespaces/default/configmaps`;
      expect(host(`GET ${maps}/both`)).toMatchObject({ code: 409 });
      expect(host(`GET ${maps}/both`).text()).toBe(
        "conflict resource, exist in more than one cluster: member1,member2\n",
      );
      expect(host(`GET ${maps}/none`).code).toBe(404);
      expect(host(`POST ${maps}`, { body: configMap("new") }).text()).toBe("Request verb create is not support\n");
      expect(host(`GET ${maps}?watch=true`).code).toBe(405);
    });
  });
});
