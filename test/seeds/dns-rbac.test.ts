import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { ClusterRole } from "../../src/api/index.ts";
import type { Unstructured } from "../../src/apimachinery/index.ts";
import { World } from "../../src/index.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const file = (name: string): string => readFileSync(join(SAMPLE, `${name}.yaml`), "utf8");
const SHARED = "serve.default.svc.clusterset.local";
const COREDNS = "system:serviceaccount:kube-system:coredns";
const FORBIDDEN =
  'serviceimports.multicluster.x-k8s.io is forbidden: User "system:serviceaccount:kube-system:coredns" cannot list resource "serviceimports" in API group "multicluster.x-k8s.io" at the cluster scope';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function fleet(): Promise<World> {
  const world = await World.create({ seed: 73, freeze: true });
  worlds.push(world);
  await world.settle();
  return world;
}

async function shareService(world: World): Promise<void> {
  for (const name of ["workload", "crd-policies", "export", "import"]) {
    await world.host.apply(file(name));
    await world.settle();
  }
}

/** A CoreDNS that is not the cluster's own, and somebody to ask it. */
const OWN_DNS = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: dns, namespace: default}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own-dns, namespace: default}
data: {Corefile: ".:53 {\\n errors\\n kubernetes cluster.local\\n}\\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: own-dns, namespace: default}
spec:
  serviceAccountName: dns
  containers:
  - name: coredns
    image: registry.k8s.io/coredns/coredns:v1.14.7
    args: [-conf, /etc/coredns/Corefile]
    volumeMounts: [{name: config, mountPath: /etc/coredns}]
  volumes: [{name: config, configMap: {name: own-dns}}]
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: default}
spec: {containers: [{name: c, image: "busybox:1.36", command: [sleep, "86400"]}]}
`;
const OWN_DNS_RIGHTS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: own-dns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:coredns}
subjects: [{kind: ServiceAccount, name: dns, namespace: default}]
`;

type Rules = NonNullable<ClusterRole["rules"]>;

/** Takes the rule of the multicluster plugin away from CoreDNS in member2; returns what it was. */
async function withoutRule(world: World): Promise<Rules> {
  const role = (await world.member("member2").get("clusterroles", "system:coredns")) as Unstructured & ClusterRole;
  const rules = role.rules ?? [];
  await grant(
    world,
    rules.filter(({ apiGroups = [] }) => !apiGroups.includes("multicluster.x-k8s.io")),
  );
  return rules;
}

async function grant(world: World, rules: Rules): Promise<void> {
  await world.member("member2").patch("clusterroles", "system:coredns", { rules });
  await world.settle();
}

/** What member2 answers a GET by somebody impersonating CoreDNS. */
function asCoreDns(world: World, path: string): { readonly code: number; readonly message: string } {
  let answer = { code: 0, message: "" };
  world.httpHandler("member2")(
    {
      method: "GET",
      path,
      headers: { "impersonate-user": COREDNS },
      user: { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
      body: new Uint8Array(),
    },
    {
      respond: (code, _headers, body) => {
        const { message = "" } = JSON.parse(Buffer.from(body).toString()) as { readonly message?: string };
        answer = { code, message };
      },
      startStream: () => {
        throw new Error("no stream was asked for");
      },
    },
  );
  return answer;
}

const IMPORTS = "/apis/multicluster.x-k8s.io/v1alpha1/serviceimports";

describe("CoreDNS without the right to list ServiceImports", () => {
  it("S4-73 S4-74 is forbidden to, in the words of the article, whether the kind is served or not", async () => {
    const world = await fleet();
    await withoutRule(world);
    expect(asCoreDns(world, IMPORTS)).toEqual({ code: 403, message: FORBIDDEN });
    await shareService(world);
    expect(asCoreDns(world, IMPORTS)).toEqual({ code: 403, message: FORBIDDEN });
    expect(asCoreDns(world, "/api/v1/services").code).toBe(200);
  });

  it("S4-75 CD-60 CD-61 answers SERVFAIL for clusterset.local only, and heals without a restart once the rule is there", async () => {
    const world = await fleet();
    const rules = await withoutRule(world);
    await shareService(world);
    const member2 = world.member("member2");
    await world.advance("2m");
    expect(await member2.dig(SHARED)).toMatchObject({ status: "SERVFAIL", answers: [] });
    expect((await member2.dig("kubernetes.default.svc.cluster.local")).status).toBe("NOERROR");
    // member1 may list and has no import: it knows that there is no such name.
    expect((await world.member("member1").dig(SHARED)).status).toBe("NXDOMAIN");

    await grant(world, rules);
    expect(await world.until(async () => (await member2.dig(SHARED)).status === "NOERROR", "2m")).toBe(true);
    expect(asCoreDns(world, IMPORTS).code).toBe(200);
  });

  it("S4-73 is another's affair: a CoreDNS lists what the service account of its pod may", async () => {
    const world = await fleet();
    const member = world.member("member1");
    await member.apply(OWN_DNS);
    await world.advance("10s");
    const dig = async (name: string): Promise<string> => {
      const pod = await member.get("pods", "own-dns", "default");
      const { podIP } = (pod as unknown as { readonly status: { readonly podIP: string } }).status;
      const { stdout } = await member.exec({ namespace: "default", name: "client" }, ["dig", `@${podIP}`, name]);
      return /status: (\w+)/.exec(stdout)?.[1] ?? "";
    };
    const name = "kubernetes.default.svc.cluster.local";
    expect(await dig(name)).toBe("SERVFAIL");
    expect(await member.logs({ namespace: "default", name: "own-dns" })).toContain(
      'services is forbidden: User "system:serviceaccount:default:dns" cannot list resource "services" in API group "" at the cluster scope',
    );
    expect((await member.dig(name)).status).toBe("NOERROR");
    await member.apply(OWN_DNS_RIGHTS);
    expect(await world.until(async () => (await dig(name)) === "NOERROR", "2m")).toBe(true);
  });

  it("keeps a watch that is open, for rights are asked for when a request begins", async () => {
    const world = await fleet();
    await shareService(world);
    await withoutRule(world);
    await world.advance("10m");
    expect(asCoreDns(world, IMPORTS)).toEqual({ code: 403, message: FORBIDDEN });
    expect((await world.member("member2").dig(SHARED)).status).toBe("NOERROR");
  });
});
