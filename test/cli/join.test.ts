import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, has, type Ran, type ServedFleet, serve } from "./served-fleet.ts";

const PROXY = "/apis/cluster.karmada.io/v1alpha1/clusters/far/proxy";

/** What `karmadactl join` leaves in the cluster that joins. */
const inMember = `
apiVersion: v1
kind: Namespace
metadata: {name: karmada-cluster}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: karmada-far, namespace: karmada-cluster}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: karmada-impersonator, namespace: karmada-cluster}
---
apiVersion: v1
kind: Secret
metadata: {name: karmada-far, namespace: karmada-cluster, annotations: {kubernetes.io/service-account.name: karmada-far}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: karmada-impersonator, namespace: karmada-cluster, annotations: {kubernetes.io/service-account.name: karmada-impersonator}}
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "karmada-controller-manager:karmada-far"}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {nonResourceURLs: ["*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "karmada-controller-manager:karmada-far"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "karmada-controller-manager:karmada-far"}
subjects: [{kind: ServiceAccount, name: karmada-far, namespace: karmada-cluster}]
`;

/** What it leaves at the host. */
function atHost(options: { readonly server: string; readonly own: Token; readonly impersonator: Token }): string {
  const { server, own, impersonator } = options;
  return `
apiVersion: v1
kind: Secret
metadata: {name: far, namespace: karmada-cluster}
data: {token: ${own.token}, caBundle: ${own.authority}}
---
apiVersion: v1
kind: Secret
metadata: {name: far-impersonator, namespace: karmada-cluster}
data: {token: ${impersonator.token}}
---
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: far}
spec:
  syncMode: Push
  apiEndpoint: ${server}
  secretRef: {namespace: karmada-cluster, name: far}
  impersonatorSecretRef: {namespace: karmada-cluster, name: far-impersonator}
`;
}

type Token = { readonly token: string; readonly authority: string };

async function tokenOf(fleet: ServedFleet, secret: string): Promise<Token> {
  const shown = await eventually(
    () =>
      fleet.member(
        "member1",
        "-n",
        "karmada-cluster",
        "get",
        "secret",
        secret,
        "-o",
        "jsonpath={.data.token} {.data.ca\\.crt}",
      ),
    ({ stdout }) => /^\S+ \S+$/.test(stdout),
  );
  const [token = "", authority = ""] = shown.stdout.split(" ");
  return { token, authority };
}

describe.skipIf(!has("kubectl"))("a cluster that joins a running fleet", () => {
  let home: ServedFleet;
  let away: ServedFleet;
  beforeAll(async () => {
    [home, away] = await Promise.all([serve("--members", "1"), serve("--members", "1", "--seed", "9")]);
    expect((await away.kubectl(["apply", "-f", "-"], { config: "members", input: inMember })).code).toBe(0);
    const [own, impersonator] = await Promise.all([
      tokenOf(away, "karmada-far"),
      tokenOf(away, "karmada-impersonator"),
    ]);
    const [, server = ""] = /server: (\S+)/.exec(readFileSync(join(away.folder, "members.config"), "utf8")) ?? [];
    const input = atHost({ server, own, impersonator });
    expect((await home.kubectl(["apply", "-f", "-"], { input })).stdout).toContain(
      "cluster.cluster.karmada.io/far created",
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all([home.stop(), away.stop()]);
  });

  const raw = (path: string): Promise<Ran> => home.host("get", "--raw", `${PROXY}${path}`);

  it("becomes ready, and gets what its policies say", async () => {
    const ready = await home.host("wait", "--for=condition=Ready", "cluster/far", "--timeout=20s");
    expect(ready.stdout).toBe("cluster.cluster.karmada.io/far condition met\n");
    const input = `
apiVersion: v1
kind: ConfigMap
metadata: {name: sent, namespace: default}
data: {a: b}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: sent, namespace: default}
spec:
  resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: sent}]
  placement: {clusterAffinity: {clusterNames: [far]}}
`;
    await home.kubectl(["apply", "-f", "-"], { input });
    const seen = await eventually(
      () => away.member("member1", "get", "configmap", "sent", "-o", "jsonpath={.data.a}"),
      ({ code }) => code === 0,
    );
    expect(seen.stdout).toBe("b");
  });

  it("is reached through the proxy, as the one who asks", async () => {
    const nodes = await eventually(
      () => raw("/api/v1/nodes"),
      ({ code }) => code === 0,
    );
    expect(nodes.stdout).toContain('"name":"member1-control-plane"');
    const who = await home.kubectl(
      ["create", "--raw", `${PROXY}/apis/authentication.k8s.io/v1/selfsubjectreviews`, "-f", "-"],
      {
        input: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
      },
    );
    expect(JSON.parse(who.stdout)).toMatchObject({
      status: { userInfo: { username: "kubernetes-admin", groups: expect.arrayContaining(["system:masters"]) } },
    });
  });

  it("runs commands through the proxy", async () => {
    await away.member("member1", "run", "box", "--image=busybox", "--command", "--", "sleep", "3600");
    await away.member("member1", "wait", "--for=condition=Ready", "pod/box", "--timeout=20s");
    const config = readFileSync(join(home.folder, "karmada.config"), "utf8");
    const [, server = ""] = /server: (\S+)/.exec(config) ?? [];
    const ran = await home.kubectl(
      ["--server", `${server}${PROXY}`, "exec", "-i", "box", "--", "sh", "-c", "cat; exit 3"],
      {
        input: "far away\n",
      },
    );
    expect(ran).toMatchObject({ code: 3, stdout: "far away\n" });
  });

  it("leaves nothing behind when it is unjoined", async () => {
    expect((await home.host("delete", "cluster", "far", "--timeout=20s")).code).toBe(0);
    expect((await home.host("get", "namespace", "karmada-es-far")).code).toBe(1);
    const gone = await eventually(
      () => away.member("member1", "get", "configmap", "sent"),
      ({ code }) => code !== 0,
    );
    expect(gone.stderr).toContain('configmaps "sent" not found');
    expect((await raw("/version")).stderr).toContain('clusters.cluster.karmada.io "far" not found');
  });
});
