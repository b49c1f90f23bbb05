import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { World, type WorldOptions } from "../../src/index.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const yaml = (name: string): string => readFileSync(join(SAMPLE, `${name}.yaml`), "utf8");
const URL = "http://serve.default.svc.cluster.local";
const FROM_MEMBER1 = { ok: true, body: expect.stringContaining("hello from cluster member1") };
const CLIENT = { namespace: "default", name: "client" };
const REFUSED = { ok: false, error: expect.stringContaining("connection refused") };

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** `serve` runs in member1 and is imported by member2; a client waits in both. */
async function fleet(dns: NonNullable<WorldOptions["dns"]>): Promise<World> {
  const world = await World.create({ seed: 4, freeze: true, members: [{ name: "member1" }, { name: "member2" }], dns });
  worlds.push(world);
  await world.settle();
  for (const name of ["crd-policies", "workload", "export", "import"]) {
    await world.host.apply(yaml(name));
    await world.settle();
  }
  for (const member of ["member1", "member2"]) await world.member(member).apply(pod());
  await world.settle();
  return world;
}

function pod(dnsPolicy = "ClusterFirst"): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: CLIENT,
    spec: { dnsPolicy, containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "86400"] }] },
  };
}

/** member2's own `serve`: a page that says so. */
const LOCAL_SERVE = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: local-serve, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: local-serve}}
  template:
    metadata: {labels: {app: local-serve}}
    spec:
      containers:
      - name: serve
        image: jeremyot/serve:0a40de8
        args: ["--message=hello from here"]
---
apiVersion: v1
kind: Service
metadata: {name: serve, namespace: default}
spec:
  selector: {app: local-serve}
  ports: [{port: 80, targetPort: 8080}]
`;

const ask = (world: World, member: string, url = URL) => world.member(member).request(CLIENT, url);
const resolvConf = async (world: World, member: string, name = CLIENT.name): Promise<string> =>
  (await world.member(member).exec({ namespace: "default", name }, ["cat", "/etc/resolv.conf"])).stdout;

async function scaleLocal(world: World, replicas: number): Promise<void> {
  await world.member("member2").patch("deployments", "local-serve", { spec: { replicas } }, { namespace: "default" });
  await world.advance("10s");
}

describe("one name with no awareness", () => {
  it.each(["member1", "member2"])("S4-70 S4-37 %s asks by the cluster's own name, unchanged", async (member) => {
    const world = await fleet({ unifiedNames: "localService" });
    expect(await ask(world, member)).toMatchObject(FROM_MEMBER1);
    expect(await ask(world, member, "http://serve")).toMatchObject(FROM_MEMBER1);
    expect((await world.member(member).dig("nobody.default.svc.cluster.local", "A")).status).toBe("NXDOMAIN");
    expect(await resolvConf(world, member)).not.toContain("clusterset");
  });

  it("S4-70 without the switch member2 does not know the name", async () => {
    const world = await fleet({});
    expect(await ask(world, "member1")).toMatchObject(FROM_MEMBER1);
    expect(await ask(world, "member2")).toMatchObject({ ok: false, error: expect.stringContaining("no such host") });
  });

  it("is refused where CoreDNS serves no imports", async () => {
    const dns = { multicluster: false, unifiedNames: "localService" } as const;
    await expect(World.create({ dns })).rejects.toThrow("dns.unifiedNames needs dns.multicluster, which is off");
  });

  it("S4-34 a Service of that name whose slice tells of pods elsewhere needs no switch", async () => {
    const world = await fleet({});
    const pods = await world.member("member1").list("pods", { namespace: "default", labelSelector: "app=serve" });
    const addresses = pods.map(({ status }) => (status as { readonly podIP: string }).podIP);
    await world.member("member2").apply(`
apiVersion: v1
kind: Service
metadata: {name: serve, namespace: default}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: serve-elsewhere, namespace: default, labels: {kubernetes.io/service-name: serve}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [${addresses.join("]}, {addresses: [")}]}]
`);
    await world.advance("31s");
    expect(await ask(world, "member2")).toMatchObject(FROM_MEMBER1);
  });

  it("S4-35 a Service that comes from the control plane leaves a local one of its name alone, and says so", async () => {
    const world = await fleet({});
    await world.member("member2").apply(LOCAL_SERVE.replaceAll("serve", "own"));
    const before = await world.member("member2").get("services", "own", "default");
    await world.host.apply(`
apiVersion: v1
kind: Service
metadata: {name: own, namespace: default}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: own, namespace: default}
spec:
  resourceSelectors: [{apiVersion: v1, kind: Service, name: own}]
  placement: {clusterAffinity: {clusterNames: [member2]}}
`);
    await world.advance("10s");
    expect(await world.member("member2").get("services", "own", "default")).toEqual(before);
    const binding = await world.host.get("resourcebindings", "own-service", "default");
    expect(binding?.status).toMatchObject({
      aggregatedStatus: [
        { clusterName: "member2", appliedMessage: expect.stringContaining("already exists in the cluster member2") },
      ],
    });
  });

  it("S4-37 a local Service of that name goes first, even without endpoints", async () => {
    const world = await fleet({ unifiedNames: "localService" });
    await world.member("member2").apply(LOCAL_SERVE);
    await world.advance("10s");
    expect(await ask(world, "member2")).toMatchObject({ ok: true, body: "hello from here" });
    await scaleLocal(world, 0);
    expect(await ask(world, "member2")).toMatchObject(REFUSED);
  });

  it("S4-67 preferLocal goes remote within seconds of the last local endpoint's end, and comes back", async () => {
    const world = await fleet({ unifiedNames: "preferLocal" });
    await world.member("member2").apply(LOCAL_SERVE);
    await world.advance("10s");
    const seen = [await ask(world, "member2")];
    for (const replicas of [0, 1]) {
      await scaleLocal(world, replicas);
      seen.push(await ask(world, "member2"));
    }
    expect(seen).toMatchObject([{ body: "hello from here" }, FROM_MEMBER1, { body: "hello from here" }]);
  });
});

describe("search domains that nobody wrote into a pod", () => {
  it("S4-68 the nodes' search list reaches plain pods, after the cluster's own domains", async () => {
    const world = await fleet({ searches: ["clusterset.local"] });
    expect(await resolvConf(world, "member2")).toContain(
      "search default.svc.cluster.local svc.cluster.local cluster.local clusterset.local\n",
    );
    expect(await ask(world, "member2", "http://serve.default.svc")).toMatchObject(FROM_MEMBER1);
    await world.member("member2").apply({ ...pod("Default"), metadata: { ...CLIENT, name: "default-client" } });
    await world.settle();
    expect(await resolvConf(world, "member2", "default-client")).toMatch(/^search clusterset\.local\nnameserver /);
  });

  it("S4-68 an OverridePolicy gives them to the pods of one cluster, the template untouched", async () => {
    const world = await fleet({});
    await world.host.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: caller, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: caller}}
  template:
    metadata: {labels: {app: caller}}
    spec:
      containers: [{name: c, image: "busybox:1.36", command: [sleep, "86400"]}]
---
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: search, namespace: default}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: caller}]
  overrideRules:
  - targetCluster: {clusterNames: [member2]}
    overriders:
      plaintext:
      - path: /spec/template/spec/dnsConfig
        operator: add
        value: {searches: [clusterset.local]}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: caller, namespace: default}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: caller}]
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`);
    await world.settle();
    const searched = async (member: string): Promise<boolean> => {
      const [caller] = await world.member(member).list("pods", { namespace: "default", labelSelector: "app=caller" });
      return (await resolvConf(world, member, caller?.metadata.name)).includes("clusterset.local");
    };
    expect([await searched("member1"), await searched("member2")]).toEqual([false, true]);
    expect(await world.host.get("deployments", "caller", "default")).not.toHaveProperty("spec.template.spec.dnsConfig");
  });
});
