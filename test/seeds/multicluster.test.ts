import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { World, type WorldOptions } from "../../src/index.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const file = (name: string): string => readFileSync(join(SAMPLE, `${name}.yaml`), "utf8");
const [workload, crdPolicies, exported, imported] = ["workload", "crd-policies", "export", "import"].map(file) as [
  string,
  string,
  string,
  string,
];
const FLEET: WorldOptions = {
  seed: 4,
  startTime: "2023-06-12T02:58:00Z",
  freeze: true,
  members: [
    { name: "member1", podCIDR: "10.10.0.0/16", serviceCIDR: "10.11.0.0/16" },
    { name: "member2", podCIDR: "10.12.0.0/16", serviceCIDR: "10.13.0.0/16", dnsIP: "10.13.0.10" },
  ],
};
const HELLO =
  /^'hello from cluster member1 \(Node: member1-control-plane Pod: serve-[a-z0-9]{8,10}-[a-z0-9]{5} Address: 10\.10\.0\.\d+\)'$/;

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function fleet(...applied: readonly string[]): Promise<World> {
  const world = await World.create(FLEET);
  worlds.push(world);
  await world.settle();
  for (const yaml of applied) {
    await world.host.apply(yaml);
    await world.settle();
  }
  return world;
}

/** A pod in a member to ask from. */
async function client(world: World, member: string): Promise<{ readonly namespace: string; readonly name: string }> {
  await world.member(member).apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "client", namespace: "default" },
    spec: { containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "86400"] }] },
  });
  await world.settle();
  return { namespace: "default", name: "client" };
}

type Json = Readonly<Record<string, unknown>>;
type Slice = {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly endpoints: readonly { readonly addresses: readonly string[] }[];
  readonly ports?: readonly Json[];
};

async function importedSlices(world: World, cluster: string): Promise<readonly Slice[]> {
  const slices = await world
    .cluster(cluster)
    .list("endpointslices", { namespace: "default", labelSelector: "kubernetes.io/service-name=derived-serve" });
  return slices as unknown as readonly Slice[];
}

const addressesOf = (slices: readonly Slice[]): readonly string[] =>
  slices.flatMap((slice) => slice.endpoints.flatMap((endpoint) => endpoint.addresses)).sort();

async function clusterIP(world: World, member: string, name: string): Promise<string> {
  const service = await world.member(member).get("services", name, "default");
  return (service as unknown as { readonly spec: { readonly clusterIP: string } }).spec.clusterIP;
}

const podIPOf = (pod: object | undefined): string =>
  (pod as { readonly status: { readonly podIP: string } }).status.podIP;

const conditions = (object: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (
      (
        object as {
          readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
        }
      )?.status?.conditions ?? []
    ).map(({ type, status }) => [type, status]),
  );

describe("step 1: deploy the workload", () => {
  it("S4-03 member1 runs it, member2 does not have it, and no pod runs on the control plane", async () => {
    const world = await fleet(workload);
    expect(await world.member("member1").get("deployments", "serve", "default")).toMatchObject({
      status: { readyReplicas: 2, replicas: 2 },
    });
    expect(await world.member("member1").get("services", "serve", "default")).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    });
    expect(await world.member("member2").get("deployments", "serve", "default")).toBeUndefined();
    expect(await world.host.list("pods")).toEqual([]);
  });

  it("S4-04 the control plane shows status, bindings and Works", async () => {
    const world = await fleet(workload);
    expect(await world.host.get("deployments", "serve", "default")).toMatchObject({ status: { readyReplicas: 2 } });
    for (const name of ["serve-deployment", "serve-service"]) {
      expect(conditions(await world.host.get("resourcebindings", name, "default"))).toMatchObject({
        Scheduled: "True",
        FullyApplied: "True",
      });
    }
    const works = await world.host.list("works", { namespace: "karmada-es-member1" });
    expect(works.map((work) => conditions(work).Applied)).toEqual(works.map(() => "True"));
    expect(works.length).toBeGreaterThanOrEqual(2);
  });

  it("S4-05 nothing is propagated without the policy; adding it later propagates", async () => {
    const [deployment, service, policy] = workload.split("\n---\n") as [string, string, string];
    const world = await fleet(deployment, service);
    expect(await world.member("member1").get("deployments", "serve", "default")).toBeUndefined();
    await world.host.apply(policy);
    await world.settle();
    expect(await world.member("member1").get("deployments", "serve", "default")).toMatchObject({
      status: { readyReplicas: 2 },
    });
  });

  it("S4-06 the member follows the template, hand edits are reverted, deletion is cleaned up", async () => {
    const world = await fleet(workload);
    await world.host.scale("deployments", "serve", 3);
    await world.settle();
    const member = world.member("member1");
    expect(await member.get("deployments", "serve", "default")).toMatchObject({
      spec: { replicas: 3 },
      status: { readyReplicas: 3 },
    });
    await member.scale("deployments", "serve", 1);
    await world.settle();
    expect(await member.get("deployments", "serve", "default")).toMatchObject({
      spec: { replicas: 3 },
      status: { readyReplicas: 3 },
    });
    await world.host.delete("deployments", "serve");
    await world.settle();
    expect(await member.get("deployments", "serve", "default")).toBeUndefined();
    expect(await member.list("pods", { namespace: "default" })).toEqual([]);
    expect(await world.host.get("resourcebindings", "serve-deployment", "default")).toBeUndefined();
  });

  it("S4-07 an unknown cluster is not scheduled to and a condition says so; two clusters get the full count each", async () => {
    const world = await fleet(workload.replace("- member1", "- member7"));
    const binding = await world.host.get("resourcebindings", "serve-deployment", "default");
    expect(binding?.spec).not.toHaveProperty("clusters");
    expect(conditions(binding)).toMatchObject({ Scheduled: "False" });
    await world.host.apply(workload.replace("- member1", "- member1\n      - member2"));
    await world.settle();
    for (const name of ["member1", "member2"]) {
      expect(await world.member(name).get("deployments", "serve", "default")).toMatchObject({
        status: { readyReplicas: 2 },
      });
    }
    expect(await world.host.get("deployments", "serve", "default")).toMatchObject({ status: { readyReplicas: 4 } });
  });

  it("S4-08 S4-09 the downward API reaches the program, whose body is as the seed prints it", async () => {
    const world = await fleet(workload);
    const from = await client(world, "member1");
    const [pod] = await world.member("member1").list("pods", { namespace: "default", labelSelector: "app=serve" });
    const address = podIPOf(pod);
    const answer = await world.member("member1").request(from, `http://${address}:8080`);
    expect(answer).toMatchObject({
      ok: true,
      status: 200,
      body: `'hello from cluster member1 (Node: member1-control-plane Pod: ${pod?.metadata.name} Address: ${address})'`,
    });
    const env = await world.member("member1").exec({ namespace: "default", name: pod?.metadata.name ?? "" }, ["env"]);
    expect(env.stdout).toContain("NODE_NAME=member1-control-plane\n");
    expect(env.stdout).toContain(`POD_NAME=${pod?.metadata.name}\n`);
  });

  it("S4-10 resolv.conf follows dnsPolicy and dnsConfig", async () => {
    const world = await fleet();
    const member = world.member("member2");
    const pod = (name: string, spec: Json): object => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: { containers: [{ name: "c", image: "busybox", command: ["sleep", "9999"] }], ...spec },
    });
    await member.apply(pod("first", { dnsPolicy: "ClusterFirst" }));
    await member.apply(pod("node", { dnsPolicy: "Default" }));
    await member.apply(pod("more", { dnsConfig: { searches: ["clusterset.local"] } }));
    await world.settle();
    const conf = async (name: string): Promise<string> =>
      (await member.exec({ namespace: "default", name }, ["cat", "/etc/resolv.conf"])).stdout;
    expect(await conf("first")).toBe(
      "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.13.0.10\noptions ndots:5\n",
    );
    expect(await conf("node")).not.toContain("10.13.0.10");
    expect(await conf("more")).toContain(
      "search default.svc.cluster.local svc.cluster.local cluster.local clusterset.local\n",
    );
  });
});

describe("steps 2 to 4: kinds, export, import", () => {
  it("S4-11 the CRDs reach both members and their ClusterResourceBindings are fully applied", async () => {
    const world = await fleet(crdPolicies);
    for (const member of ["member1", "member2"]) {
      for (const crd of ["serviceexports", "serviceimports"]) {
        expect(
          conditions(await world.member(member).get("customresourcedefinitions", `${crd}.multicluster.x-k8s.io`)),
        ).toMatchObject({ Established: "True" });
      }
    }
    const bindings = await world.host.list("clusterresourcebindings");
    expect(bindings.map((binding) => conditions(binding).FullyApplied)).toEqual(["True", "True"]);
  });

  it("S4-12 an export before its kind is held back with the reason, and heals by itself once the kind is there", async () => {
    const world = await fleet(workload, exported);
    // Upstream's APIEnablement filter keeps the binding from a member without the kind, so there is no Work yet.
    const binding = () => world.host.get("resourcebindings", "serve-serviceexport", "default");
    expect(JSON.stringify((await binding())?.status)).toContain("cluster(s) did not have the API resource");
    expect(conditions(await binding())).toMatchObject({ Scheduled: "False" });
    await world.host.apply(crdPolicies);
    expect(
      await world.until(
        async () => (await world.member("member1").get("serviceexports", "serve", "default")) !== undefined,
        "5m",
      ),
    ).toBe(true);
    await world.settle();
    expect(conditions(await binding())).toMatchObject({ Scheduled: "True", FullyApplied: "True" });
  });

  it("S4-12 a kind that goes away leaves the Work unapplied with the reason, retried until it is back", async () => {
    const world = await fleet(workload, crdPolicies, exported);
    const member = world.member("member1");
    const crd = await member.get("customresourcedefinitions", "serviceexports.multicluster.x-k8s.io");
    await world.host.delete("clusterpropagationpolicies", "serviceexport-policy");
    await world.host.delete("clusterresourcebindings", "serviceexports.multicluster.x-k8s.io-customresourcedefinition");
    await world.settle();
    await member.delete("customresourcedefinitions", "serviceexports.multicluster.x-k8s.io").catch(() => undefined);
    await world.settle();
    const work = async () =>
      (await world.host.list("works", { namespace: "karmada-es-member1" })).find((one) =>
        JSON.stringify(one.spec).includes('"kind":"ServiceExport"'),
      );
    await world.host.patch(
      "serviceexports",
      "serve",
      { metadata: { labels: { touched: "yes" } } },
      { namespace: "default" },
    );
    await world.settle();
    expect(conditions(await work())).toMatchObject({ Applied: "False" });
    expect(JSON.stringify((await work())?.status)).toContain(
      'no matches for kind \\"ServiceExport\\" in version \\"multicluster.x-k8s.io/v1alpha1\\"',
    );
    await member.create({
      apiVersion: crd?.apiVersion,
      kind: crd?.kind,
      metadata: { name: crd?.metadata.name },
      spec: crd?.spec,
    });
    expect(await world.until(async () => conditions(await work()).Applied === "True", "20m")).toBe(true);
    expect(await member.get("serviceexports", "serve", "default")).toMatchObject({
      metadata: { labels: { touched: "yes" } },
    });
  });

  it("S4-13 short names work at once in the member, and the schema refuses an import without type or ports", async () => {
    const world = await fleet(crdPolicies);
    const member = world.member("member2");
    expect(await member.list("svcim")).toEqual([]);
    expect(await member.list("svcex")).toEqual([]);
    const bad = (spec: Json): Promise<unknown> =>
      member.create({
        apiVersion: "multicluster.x-k8s.io/v1alpha1",
        kind: "ServiceImport",
        metadata: { name: "bad", namespace: "default" },
        spec,
      });
    await expect(bad({ ports: [{ port: 80, protocol: "TCP" }] })).rejects.toMatchObject({
      code: 422,
      reason: "Invalid",
    });
    await expect(bad({ type: "ClusterSetIP" })).rejects.toMatchObject({ code: 422, reason: "Invalid" });
  });

  it("S4-14 S4-15 the export exists in member1 only, and its slices are collected to the control plane", async () => {
    const world = await fleet(workload, crdPolicies, exported);
    expect(await world.member("member1").get("serviceexports", "serve", "default")).toBeDefined();
    expect(await world.member("member2").get("serviceexports", "serve", "default")).toBeUndefined();
    const slices = await importedSlices(world, "host");
    expect(slices.map((slice) => slice.metadata.name)).toEqual([
      expect.stringMatching(/^imported-member1-serve-[a-z0-9]{5}$/),
    ]);
    expect(await importedSlices(world, "member1")).toEqual([]);
    const collecting = await world.host.list("works", {
      namespace: "karmada-es-member1",
      labelSelector: "endpointslice.karmada.io/name=serve",
    });
    expect(collecting).toHaveLength(1);
    expect(collecting[0]?.spec).toMatchObject({ suspendDispatching: true });
  });

  it("S4-16 an export without its Service collects nothing until the Service appears", async () => {
    const world = await fleet(crdPolicies, exported);
    expect(await importedSlices(world, "host")).toEqual([]);
    await world.host.apply(workload);
    await world.settle();
    expect(addressesOf(await importedSlices(world, "host"))).toHaveLength(2);
  });

  it("S4-17 EPS-63 deleting the export takes the slices away and leaves derived-serve, refusing connections", async () => {
    const world = await fleet(workload, crdPolicies, exported, imported);
    const from = await client(world, "member2");
    await world.host.delete("serviceexports", "serve");
    await world.settle();
    expect(await importedSlices(world, "host")).toEqual([]);
    expect(await importedSlices(world, "member2")).toEqual([]);
    expect(await world.member("member2").get("services", "derived-serve", "default")).toBeDefined();
    expect(await world.member("member2").request(from, "http://derived-serve.default.svc.cluster.local")).toMatchObject(
      { ok: false, error: expect.stringContaining("connection refused") },
    );
  });

  it("S4-18 the import's policy propagates dependencies, so the derived Service and slices travel along", async () => {
    const world = await fleet(workload, crdPolicies, exported, imported);
    expect(await world.host.get("propagationpolicies", "serve-import-policy", "default")).toMatchObject({
      spec: { propagateDeps: true },
    });
    expect(await world.member("member2").get("serviceimports", "serve", "default")).toBeDefined();
    expect(await world.member("member2").get("services", "derived-serve", "default")).toBeDefined();
    expect(addressesOf(await importedSlices(world, "member2"))).toHaveLength(2);
  });

  it("S4-19 derived-serve keeps member2's own ClusterIP and reaches 8080 through the slice's port", async () => {
    const world = await fleet(workload, crdPolicies, exported, imported);
    const service = await world.member("member2").get("services", "derived-serve", "default");
    expect(service?.spec).toMatchObject({
      type: "ClusterIP",
      clusterIP: expect.stringMatching(/^10\.13\./),
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    });
    expect(service?.spec).not.toHaveProperty("selector");
    const before = await clusterIP(world, "member2", "derived-serve");
    const from = await client(world, "member2");
    expect(await world.member("member2").request(from, `http://${before}`)).toMatchObject({
      ok: true,
      body: expect.stringMatching(HELLO),
    });
    const ports = [
      { name: "http", port: 80, protocol: "TCP" },
      { name: "metrics", port: 9090, protocol: "TCP" },
    ];
    await world.host.patch("serviceimports", "serve", { spec: { ports } }, { namespace: "default" });
    await world.settle();
    expect(await world.member("member2").get("services", "derived-serve", "default")).toMatchObject({
      spec: { ports: [{ port: 80 }, { port: 9090 }] },
    });
    expect(await clusterIP(world, "member2", "derived-serve")).toBe(before);
  });

  it("S4-20 EPS-32 EPS-60 member2 has the slice with member1's addresses and port 8080, and no Endpoints object", async () => {
    const world = await fleet(workload, crdPolicies, exported, imported);
    const pods = await world.member("member1").list("pods", { namespace: "default", labelSelector: "app=serve" });
    const [slice] = await importedSlices(world, "member2");
    expect(slice?.metadata.name).toMatch(/^imported-member1-serve-[a-z0-9]{5}$/);
    expect(slice?.ports).toEqual([expect.objectContaining({ port: 8080, protocol: "TCP" })]);
    expect(slice?.ports?.[0]?.name ?? "").toBe("");
    expect(addressesOf(await importedSlices(world, "member2"))).toEqual(
      pods.map((pod) => (pod.status as { readonly podIP: string }).podIP).sort(),
    );
    expect(await world.member("member2").get("endpoints", "derived-serve", "default")).toBeUndefined();
  });

  it("S4-21 EPS-63 deleting the import takes derived-serve and the slices out of member2", async () => {
    const world = await fleet(workload, crdPolicies, exported, imported);
    await world.host.delete("serviceimports", "serve");
    await world.settle();
    expect(await world.member("member2").get("services", "derived-serve", "default")).toBeUndefined();
    expect(await importedSlices(world, "member2")).toEqual([]);
    expect(await world.member("member2").get("serviceimports", "serve", "default")).toBeUndefined();
  });

  it("S4-22 two exporters give slices of both and traffic over both; another export name gives no endpoints", async () => {
    const world = await World.create({ ...FLEET, members: [...(FLEET.members ?? []), { name: "member3" }] });
    worlds.push(world);
    const twice = (yaml: string): string => yaml.replace("- member1", "- member1\n      - member3");
    for (const yaml of [twice(workload), twice(crdPolicies), twice(exported), imported]) await world.host.apply(yaml);
    await world.settle();
    expect(
      (await importedSlices(world, "member2")).map((slice) => slice.metadata.name.replace(/-[a-z0-9]{5}$/, "")).sort(),
    ).toEqual(["imported-member1-serve", "imported-member3-serve"]);
    const from = await client(world, "member2");
    const bodies = new Set<string>();
    for (let count = 0; count < 40; count++) {
      const answer = await world.member("member2").request(from, "http://derived-serve.default.svc.cluster.local");
      if (answer.ok) bodies.add(/Node: (\S+)/.exec(answer.body)?.[1] ?? "");
    }
    expect([...bodies].sort()).toEqual(["member1-control-plane", "member3-control-plane"]);
    await world.host.apply(
      imported.replaceAll("name: serve\n", "name: other\n").replace("serve-import-policy", "other-import-policy"),
    );
    await world.settle();
    expect(await world.member("member2").get("services", "derived-other", "default")).toBeDefined();
    expect(
      await world
        .member("member2")
        .list("endpointslices", { namespace: "default", labelSelector: "kubernetes.io/service-name=derived-other" }),
    ).toEqual([]);
  });
});

describe("step 3: test", () => {
  const everything = [workload, crdPolicies, exported, imported];

  it("S4-25 S4-26 the request image asks at once and each second, prints dated lines, and ends Succeeded", async () => {
    const world = await fleet(...everything);
    const address = await clusterIP(world, "member2", "derived-serve");
    const member = world.member("member2");
    await member.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "request", namespace: "default" },
      spec: {
        restartPolicy: "Never",
        containers: [
          { name: "request", image: "jeremyot/request:0a40de8", args: ["--duration=3s", `--address=${address}`] },
        ],
      },
    });
    expect(
      await world.until(
        async () => JSON.stringify((await member.get("pods", "request", "default"))?.status).includes("Succeeded"),
        "10s",
      ),
    ).toBe(true);
    const lines = (await member.logs({ namespace: "default", name: "request" })).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.length).toBeLessThanOrEqual(4);
    for (const line of lines) {
      expect(line).toMatch(/^2023\/06\/12 02:5\d:\d\d 'hello from cluster member1 /);
      expect(line.slice(20)).toMatch(HELLO);
    }
    expect(await member.get("pods", "request", "default")).toMatchObject({
      status: { phase: "Succeeded", containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] },
    });
  });

  it("S4-27 both pods of member1 are hit over many requests", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member2");
    const pods = new Set<string>();
    for (let count = 0; count < 40; count++) {
      const answer = await world.member("member2").request(from, "http://derived-serve");
      if (answer.ok) pods.add(/Pod: (\S+)/.exec(answer.body)?.[1] ?? "");
    }
    expect(pods.size).toBe(2);
  });

  it("S4-28 in member1 the Service's own name answers", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member1");
    expect(await world.member("member1").request(from, "http://serve.default.svc.cluster.local")).toMatchObject({
      ok: true,
      body: expect.stringMatching(HELLO),
    });
  });

  it.each(["derived-serve.default.svc.cluster.local", "derived-serve", "derived-serve.default"])(
    "S4-29 in member2 %s answers from member1",
    async (name) => {
      const world = await fleet(...everything);
      const from = await client(world, "member2");
      expect(await world.member("member2").request(from, `http://${name}`)).toMatchObject({
        ok: true,
        body: expect.stringMatching(HELLO),
      });
    },
  );

  it("S4-30 in member2 the original name is unknown", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member2");
    expect((await world.member("member2").dig("serve.default.svc.cluster.local", "A")).status).toBe("NXDOMAIN");
    expect(await world.member("member2").request(from, "http://serve.default.svc.cluster.local")).toMatchObject({
      ok: false,
      error: expect.stringContaining("no such host"),
    });
  });

  it("S4-31 EPS-62 scaling, a killed pod and scaling to zero reach member2's slice", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member2");
    await world.host.scale("deployments", "serve", 3);
    await world.settle();
    const three = addressesOf(await importedSlices(world, "member2"));
    expect(three).toHaveLength(3);
    const [victim] = await world.member("member1").list("pods", { namespace: "default", labelSelector: "app=serve" });
    await world.member("member1").delete("pods", victim?.metadata.name ?? "", { gracePeriodSeconds: 0 });
    await world.settle();
    const replaced = addressesOf(await importedSlices(world, "member2"));
    expect(replaced).toHaveLength(3);
    expect(replaced).not.toContain(podIPOf(victim));
    await world.host.scale("deployments", "serve", 0);
    await world.settle();
    expect(await world.member("member2").request(from, "http://derived-serve")).toMatchObject({
      ok: false,
      error: expect.stringContaining("connection refused"),
    });
  });

  it("S4-32 with the pod networks apart requests time out; routed again they work", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member2");
    const ask = () => world.member("member2").request(from, "http://derived-serve");
    world.routePodNetworks(false);
    expect(await ask()).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^Get "http:\/\/derived-serve": .*i\/o timeout$/),
    });
    world.routePodNetworks(true);
    expect(await ask()).toMatchObject({ ok: true });
  });

  it("S4-33 EPS-62 access goes on while the control plane is stopped; with member1 stopped it fails and READY turns False", async () => {
    const world = await fleet(...everything);
    const from = await client(world, "member2");
    const ask = () => world.member("member2").request(from, "http://derived-serve");
    world.crash("host");
    await world.advance("1m");
    expect(await ask()).toMatchObject({ ok: true });
    world.restore("host");
    world.crash("member1");
    await world.advance("2m");
    expect(await ask()).toMatchObject({ ok: false });
    expect(conditions(await world.host.get("clusters", "member1"))).toMatchObject({ Ready: "False" });
    // The slices of a lost exporter stay, as Karmada leaves them: nobody can tell whether its pods are gone.
    expect(addressesOf(await importedSlices(world, "member2"))).toHaveLength(2);
  });

  it("S4-57 the import gets the importing member's derived ClusterIP, and a user's own ips stay", async () => {
    const world = await fleet(...everything);
    const address = await clusterIP(world, "member2", "derived-serve");
    expect(await world.member("member2").get("serviceimports", "serve", "default")).toMatchObject({
      spec: { ips: [address] },
    });
    await world.host.patch(
      "serviceimports",
      "serve",
      { metadata: { labels: { touched: "yes" } } },
      { namespace: "default" },
    );
    await world.settle();
    expect(await world.member("member2").get("serviceimports", "serve", "default")).toMatchObject({
      metadata: { labels: { touched: "yes" } },
      spec: { ips: [address] },
    });
    await world.host.patch("serviceimports", "serve", { spec: { ips: ["10.10.0.5"] } }, { namespace: "default" });
    await world.settle();
    expect(await world.member("member2").get("serviceimports", "serve", "default")).toMatchObject({
      spec: { ips: ["10.10.0.5"] },
    });
  });

  it("S4-58 serve.default.svc.clusterset.local answers in member2", async () => {
    const world = await fleet(...everything);
    const answer = await world.member("member2").dig("serve.default.svc.clusterset.local", "A");
    expect(answer).toMatchObject({
      status: "NOERROR",
      answers: [{ data: await clusterIP(world, "member2", "derived-serve"), ttl: 5 }],
    });
    const from = await client(world, "member2");
    expect(await world.member("member2").request(from, "http://serve.default.svc.clusterset.local")).toMatchObject({
      ok: true,
      body: expect.stringMatching(HELLO),
    });
  });
});
