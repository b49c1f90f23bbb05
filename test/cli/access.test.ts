import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { has, type Ran, type ServedFleet, serve } from "./served-fleet.ts";

const RBAC = "rbac.authorization.k8s.io";

describe.skipIf(!has("kubectl"))("who may do what, by stock kubectl", () => {
  let fleet: ServedFleet;
  const member = (...argv: readonly string[]): Promise<Ran> => fleet.member("member1", ...argv);
  const created = async (...argv: readonly string[]): Promise<void> => {
    const { code, stderr } = await member("create", ...argv);
    expect([code, stderr]).toEqual([0, ""]);
  };
  beforeAll(async () => {
    fleet = await serve("--members", "1");
    await created("namespace", "team");
    await created("-n", "team", "rolebinding", "jane", "--clusterrole=admin", "--user=jane");
    await created("-n", "team", "serviceaccount", "robot");
    await created("-n", "team", "rolebinding", "robot", "--clusterrole=view", "--serviceaccount=team:robot");
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("auth whoami tells the administrator, and whom one stands in for", async () => {
    expect((await member("auth", "whoami")).stdout).toMatch(
      /^Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]$/m,
    );
    const impersonating = await member("auth", "whoami", "--as=bob", "--as-group=dev", "--as-uid=7", "-o", "json");
    expect(JSON.parse(impersonating.stdout).status.userInfo).toEqual({
      username: "bob",
      uid: "7",
      groups: ["dev", "system:authenticated"],
    });
  });

  it.each([
    [["create", "pods"], "yes", 0],
    [["create", "pods", "--as=bob"], "no", 1],
    [["create", "deployments", "-n", "team", "--as=jane"], "yes", 0],
    [["create", "deployments", "--as=jane"], "no", 1],
    [["get", "pods", "--subresource=log", "-n", "team", "--as=system:serviceaccount:team:robot"], "yes", 0],
    [["get", "secrets", "-n", "team", "--as=system:serviceaccount:team:robot"], "no", 1],
    [["get", "/version", "--as=bob"], "yes", 0],
    [["get", "/metrics", "--as=bob"], "no", 1],
    [["*", "*"], "yes", 0],
  ])("auth can-i %j answers %s", async (question, answer, code) => {
    const ran = await member("auth", "can-i", ...question);
    expect([ran.stdout.trim(), ran.code]).toEqual([answer, code]);
  });

  it("auth can-i --list lists what is held in the namespace", async () => {
    const { stdout } = await member("auth", "can-i", "--list", "-n", "team", "--as=jane");
    expect(stdout).toMatch(/^rolebindings\.rbac\.authorization\.k8s\.io +\[\] +\[\] +\[.*create.*\]$/m);
    expect(stdout).toMatch(/^ +\[\/version\] +\[\] +\[get\]$/m);
    const elsewhere = await member("auth", "can-i", "--list", "--as=jane");
    expect(elsewhere.stdout).not.toContain("rolebindings");
  });

  it("refuses in upstream's words", async () => {
    expect(await member("get", "pods", "-A", "--as=bob")).toMatchObject({
      code: 1,
      stderr:
        'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope\n',
    });
    const escalating = ["-n", "team", "create", "rolebinding", "root", "--clusterrole=cluster-admin", "--user=jane"];
    expect((await member(...escalating, "--as=jane")).stderr).toBe(
      `error: failed to create rolebinding: rolebindings.${RBAC} "root" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:["*"], Resources:["*"], Verbs:["*"]}
{NonResourceURLs:["*"], Verbs:["*"]}
`,
    );
    expect((await member("get", "pods", "--as=bob", "--as-group=system:masters")).code).toBe(0);
    const twice = await member("-n", "team", "create", "token", "robot", "--duration=1s");
    expect(twice.stderr).toContain("may not specify a duration less than 10 minutes");
  });

  it("create token makes a credential with the rights of its service account", async () => {
    const { stdout } = await member("-n", "team", "create", "token", "robot", "--duration=30m");
    const token = stdout.trim();
    const config = join(fleet.folder, "robot.config");
    const view = await member("config", "view", "--minify", "--raw", "-o", "json");
    const { clusters } = JSON.parse(view.stdout) as { readonly clusters: readonly [{ readonly name: string }] };
    const context = { cluster: clusters[0].name, user: "robot", namespace: "team" };
    const robot = {
      apiVersion: "v1",
      kind: "Config",
      clusters,
      users: [{ name: "robot", user: { token } }],
      contexts: [{ name: "robot", context }],
      "current-context": "robot",
    };
    writeFileSync(config, JSON.stringify(robot));
    const asRobot = (...argv: readonly string[]): Promise<Ran> => fleet.kubectl(["--kubeconfig", config, ...argv]);
    expect((await asRobot("auth", "whoami")).stdout).toMatch(/^Username +system:serviceaccount:team:robot$/m);
    expect((await asRobot("get", "configmaps", "-o", "name")).stdout).toBe("configmap/kube-root-ca.crt\n");
    expect((await asRobot("get", "secrets")).stderr).toContain(
      'secrets is forbidden: User "system:serviceaccount:team:robot" cannot list resource "secrets" in API group "" in the namespace "team"',
    );
    expect((await asRobot("get", "--raw", "/openid/v1/jwks")).stdout).toContain('"alg":"ES256"');
  });

  it("auth reconcile makes roles and bindings what a file says, adding what is missing", async () => {
    const file = (verb: string): string => `apiVersion: ${RBAC}/v1
kind: ClusterRole
metadata: { name: reconciled }
rules: [{ apiGroups: [""], resources: [nodes], verbs: [${verb}] }]
---
apiVersion: ${RBAC}/v1
kind: ClusterRoleBinding
metadata: { name: reconciled }
roleRef: { apiGroup: ${RBAC}, kind: ClusterRole, name: reconciled }
subjects: [{ apiGroup: ${RBAC}, kind: User, name: bob }]
`;
    for (const verb of ["list", "get"]) {
      const { stdout } = await fleet.kubectl(["--context", "member1", "auth", "reconcile", "-f", "-"], {
        config: "members",
        input: file(verb),
      });
      expect(stdout).toContain(`clusterrole.${RBAC}/reconciled reconciled`);
    }
    expect((await member("get", "nodes", "--as=bob", "-o", "name")).stdout).toBe("node/member1-control-plane\n");
  });
});
