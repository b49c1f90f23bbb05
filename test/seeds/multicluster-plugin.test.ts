import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { World, type WorldOptions } from "../../src/index.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const yaml = (name: string): string => readFileSync(join(SAMPLE, `${name}.yaml`), "utf8");
const CLUSTERSET = "serve.default.svc.clusterset.local";
const COREDNS = { namespace: "kube-system" };

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function fleet(options: WorldOptions = {}): Promise<World> {
  const members = options.members ?? [{ name: "member1" }, { name: "member2" }];
  const world = await World.create({ seed: 4, freeze: true, ...options, members });
  worlds.push(world);
  await world.settle();
  for (const name of ["crd-policies", "workload", "export", "import"]) {
    await world.host.apply(yaml(name));
    await world.settle();
  }
  return world;
}

async function answer(world: World, name: string): Promise<readonly string[]> {
  const { status, answers } = await world.member("member2").dig(name, "A");
  return answers.length === 0 ? [status] : answers.map(({ data }) => data);
}

/** Writes member2's Corefile anew. */
async function edit(world: World, change: (corefile: string) => string): Promise<void> {
  const map = await world.member("member2").get("configmaps", "coredns", "kube-system");
  const { Corefile } = (map as unknown as { readonly data: { readonly Corefile: string } }).data;
  await world.member("member2").patch("configmaps", "coredns", { data: { Corefile: change(Corefile) } }, COREDNS);
}

/** A CoreDNS beside the cluster's that answers imports and nothing else, in the same service account. */
const RESOLVER = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: resolver}
rules:
- {apiGroups: [multicluster.x-k8s.io], resources: [serviceimports], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: resolver}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: resolver}
subjects: [{kind: ServiceAccount, name: coredns, namespace: kube-system}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: resolver, namespace: kube-system}
data: {Corefile: ".:53 {\\n    multicluster clusterset.local\\n}\\n"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: resolver, namespace: kube-system}
spec:
  selector: {matchLabels: {app: resolver}}
  template:
    metadata: {labels: {app: resolver}}
    spec:
      serviceAccountName: coredns
      dnsPolicy: Default
      containers:
      - name: coredns
        image: registry.k8s.io/coredns/coredns:v1.12.1
        args: [-conf, /etc/coredns/Corefile]
        volumeMounts: [{name: config, mountPath: /etc/coredns}]
      volumes: [{name: config, configMap: {name: resolver}}]
---
apiVersion: v1
kind: Service
metadata: {name: resolver, namespace: kube-system}
spec:
  selector: {app: resolver}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]
`;

describe("the plugin multicluster", () => {
  it("S4-39 S4-40 makes records of an import's ips, be they a pod's elsewhere or the derived Service's here", async () => {
    const world = await fleet();
    const derived = await world.member("member2").get("services", "derived-serve", "default");
    const { clusterIP } = (derived as unknown as { readonly spec: { readonly clusterIP: string } }).spec;
    expect(await answer(world, CLUSTERSET)).toEqual([clusterIP]);
    const [pod] = await world.member("member1").list("pods", { namespace: "default", labelSelector: "app=serve" });
    const { podIP } = (pod as unknown as { readonly status: { readonly podIP: string } }).status;
    await world.host.patch("serviceimports", "serve", { spec: { ips: [podIP] } }, { namespace: "default" });
    await world.advance("10s");
    expect(await answer(world, CLUSTERSET)).toEqual([podIP]);
  });

  it("S4-41 is no word to a CoreDNS built without it, whose pods crash", async () => {
    const plugins = [
      "errors",
      "health",
      "ready",
      "cache",
      "loadbalance",
      "kubernetes",
      "forward",
      "loop",
      "reload",
      "prometheus",
    ];
    const world = await World.create({ seed: 4, members: [{ name: "member1", coreDns: { plugins } }] });
    worlds.push(world);
    await world.advance("2m");
    const pods = await world.member("member1").list("pods", { ...COREDNS, labelSelector: "k8s-app=kube-dns" });
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(JSON.stringify(pod)).toContain('"reason":"CrashLoopBackOff"');
      expect(await world.member("member1").logs({ ...COREDNS, name: pod.metadata.name })).toContain(
        "Corefile:7 - Error during parsing: Unknown directive 'multicluster'",
      );
    }
    expect((await world.member("member1").dig("kubernetes.default.svc.cluster.local", "A")).status).toBe("TIMEOUT");
  });

  it("S4-69 is switched on by a line of the Corefile, and off by its removal, in a running cluster", async () => {
    const world = await fleet({ dns: { multicluster: false } });
    const rights = await world.member("member2").get("clusterroles", "system:coredns");
    const { rules } = rights as unknown as { readonly rules: readonly object[] };
    const more = { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs: ["list", "watch"] };
    await world.member("member2").patch("clusterroles", "system:coredns", { rules: [...rules, more] });
    const before = await answer(world, CLUSTERSET);
    await edit(world, (text) => text.replace("    kubernetes ", "    multicluster clusterset.local\n    kubernetes "));
    await world.advance("2m");
    const meanwhile = await answer(world, CLUSTERSET);
    await edit(world, (text) => text.replace("    multicluster clusterset.local\n", ""));
    await world.advance("2m");
    expect([before, meanwhile, await answer(world, CLUSTERSET)]).toEqual([
      [expect.stringMatching(/NXDOMAIN|SERVFAIL/)],
      [expect.stringMatching(/^10\.13\./)],
      [expect.stringMatching(/NXDOMAIN|SERVFAIL/)],
    ]);
  });

  it("S4-36 S4-38 CD-44 may be left to a resolver beside CoreDNS, which a line sends names to and which can be taken away", async () => {
    const world = await fleet({ dns: { multicluster: false } });
    const member = world.member("member2");
    await member.apply(RESOLVER);
    await world.advance("10s");
    const service = await member.get("services", "resolver", "kube-system");
    const { clusterIP } = (service as unknown as { readonly spec: { readonly clusterIP: string } }).spec;
    const before = await answer(world, CLUSTERSET);
    const zone = `clusterset.local:53 {\n    forward . ${clusterIP}\n}\n`;
    await edit(world, (text) => text + zone);
    await world.advance("2m");
    const meanwhile = await answer(world, CLUSTERSET);
    await edit(world, (text) => text.replace(zone, ""));
    await member.delete("deployments", "resolver", { namespace: "kube-system" });
    await world.advance("2m");
    expect([before, meanwhile, await answer(world, CLUSTERSET)]).toEqual([
      ["NXDOMAIN"],
      [expect.stringMatching(/^10\.13\./)],
      ["NXDOMAIN"],
    ]);
  });

  it("S4-71 has its price: the name is another one, and the one of the exporter is unknown", async () => {
    const world = await fleet();
    expect(await answer(world, CLUSTERSET)).toEqual([expect.stringMatching(/^10\.13\./)]);
    expect(await answer(world, "serve.default.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    expect(await answer(world, "derived-serve.default.svc.cluster.local")).toEqual(await answer(world, CLUSTERSET));
  });
});
