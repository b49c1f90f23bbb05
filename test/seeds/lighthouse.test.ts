import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClusterRoleBinding, ConfigMap, Pod, Service, ServiceExport } from "../../src/api/index.ts";
import { type DigAnswer, World } from "../../src/index.ts";

const MEMBERS = ["member1", "member2", "member3"];
const worlds: World[] = [];
afterAll(async () => {
  for (const world of worlds) await world.stop();
});

/** Three members with Lighthouse; each has one DNS server of its, so that it takes strict turns. */
async function fleet(): Promise<World> {
  const dns = { clusterset: "lighthouse" } as const;
  const world = await World.create({ seed: 4, freeze: true, members: MEMBERS.map((name) => ({ name })), dns });
  worlds.push(world);
  await world.settle();
  for (const name of MEMBERS)
    await world
      .member(name)
      .patch("deployments", SERVER, { spec: { replicas: 1 } }, { namespace: "submariner-operator" });
  await world.settle();
  return world;
}

const SERVER = "submariner-lighthouse-coredns";
const EXPORT = "apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceExport\n";

const HTTP = "{name: http, port: 80, targetPort: 8080}";
type Exported = { readonly ports?: string; readonly spec?: string; readonly annotations?: string };

/** A Deployment, its Service and the export of that. */
function exported(name: string, { ports = HTTP, spec = "", annotations = "" }: Exported = {}): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: "jeremyot/serve:0a40de8"}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec: {selector: {app: ${name}}, ports: [${ports}]${spec}}
---
${EXPORT}metadata: {name: ${name}, namespace: default, annotations: {${annotations}}}
`;
}

/** A StatefulSet of two behind a headless Service, exported. */
const HEADLESS = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "jeremyot/serve:0a40de8"}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}]}
---
${EXPORT}metadata: {name: db, namespace: default}
`;

const ask = (world: World, name: string, type = "A"): Promise<DigAnswer> =>
  world.member("member2").dig(`${name}.default.svc.clusterset.local`, type);
const datas = ({ answers }: DigAnswer): readonly string[] => answers.map(({ data }) => data);

/** The addresses of exported ClusterIP Services and of pods, each with what it is: `foo in member1`. */
async function called(world: World): Promise<(text: string) => string> {
  const names = new Map<string, string>();
  for (const cluster of MEMBERS) {
    for (const { metadata, spec } of await world.member(cluster).list(Service, { namespace: "default" }))
      names.set(spec.clusterIP ?? "", `${metadata.name} in ${cluster}`);
    for (const { metadata, status } of await world.member(cluster).list(Pod, { namespace: "default" }))
      names.set(status?.podIP ?? "", `${metadata.name} in ${cluster}`);
  }
  return (text) => names.get(text) ?? text;
}

async function conditions(world: World, cluster: string, name: string): Promise<Readonly<Record<string, string>>> {
  const found = await world.member(cluster).get(ServiceExport, name, "default");
  return Object.fromEntries((found?.status?.conditions ?? []).map(({ type, reason = "" }) => [type, reason]));
}

async function messages(world: World, cluster: string, name: string): Promise<string> {
  const found = await world.member(cluster).get(ServiceExport, name, "default");
  return (found?.status?.conditions ?? []).map(({ message }) => message).join("\n");
}

const scale = async (world: World, member: string, name: string, replicas: number): Promise<void> => {
  await world.member(member).patch("deployments", name, { spec: { replicas } }, { namespace: "default" });
  await world.advance("3s");
};

describe("the DNS of Submariner Lighthouse", () => {
  let world: World;
  beforeAll(async () => {
    world = await fleet();
    const admin = "{name: admin, port: 81, targetPort: 8080}";
    await world.member("member1").apply(exported("foo", { ports: `${HTTP}, ${admin}` }));
    await world.member("member3").apply(exported("foo"));
    for (const name of ["member1", "member3"]) await world.member(name).apply(HEADLESS);
    await world.settle();
  });

  it("LH-01 is a server of its own, which CoreDNS asks by a stanza at the head of its Corefile", async () => {
    const member = world.member("member2");
    const service = await member.get(Service, SERVER, "submariner-operator");
    const corefile = (await member.get(ConfigMap, "coredns", "kube-system"))?.data?.Corefile;
    const stanza = `clusterset.local:53 {\n    forward . ${service?.spec.clusterIP}\n}\n`;
    expect(corefile).toContain(`#lighthouse-start AUTO-GENERATED SECTION. DO NOT EDIT\n${stanza}#lighthouse-end\n.:53`);
    expect(corefile).not.toContain("multicluster");
    const [pod] = await member.list(Pod, { namespace: "submariner-operator" });
    expect(pod?.spec.containers.map(({ image }) => image)).toEqual([
      expect.stringMatching(/^quay\.io\/submariner\/lighthouse-coredns:/),
    ]);
  });

  it("LH-01 lists what its ServiceAccount may, and nothing else", async () => {
    const role = await world.member("member2").get("clusterroles", SERVER);
    expect(role).toMatchObject({
      rules: [
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
        { apiGroups: ["submariner.io"], resources: ["gateways", "submariners"] },
        { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"] },
      ],
    });
  });

  const negatives: readonly (readonly [string, string, string])[] = [
    ["foo.default.svc.clusterset.local", "AAAA", "NOERROR"],
    ["x.y.z.foo.default.svc.clusterset.local", "AAAA", "NOERROR"],
    ["foo.default.svc.clusterset.local", "MX", "NOTIMP"],
    ["foo.default.svc.clusterset.local", "TXT", "NOTIMP"],
    ["foo.default.svc.clusterset.local", "HTTPS", "NOTIMP"],
    ["nope.default.svc.clusterset.local", "MX", "NOTIMP"],
    ["nope.default.svc.clusterset.local", "A", "NXDOMAIN"],
    ["nope.default.svc.clusterset.local", "AAAA", "NXDOMAIN"],
    ["foo.elsewhere.svc.clusterset.local", "A", "NXDOMAIN"],
    ["10-10-0-5.default.pod.clusterset.local", "A", "NXDOMAIN"],
    ["foo.default.what.clusterset.local", "A", "NXDOMAIN"],
    ["default.svc.clusterset.local", "A", "NXDOMAIN"],
    ["svc.clusterset.local", "A", "NXDOMAIN"],
    ["clusterset.local", "A", "NXDOMAIN"],
    ["clusterset.local", "SOA", "NOTIMP"],
    ["a.b.member1.foo.default.svc.clusterset.local", "A", "NXDOMAIN"],
    ["member2.foo.default.svc.clusterset.local", "A", "NXDOMAIN"],
    ["_no._tcp.foo.default.svc.clusterset.local", "SRV", "NOERROR"],
    ["a._http._tcp.member1.foo.default.svc.clusterset.local", "SRV", "NXDOMAIN"],
  ];
  it.each(negatives)("LH-01 %s %s is %s with authority, and without a SOA", async (name, type, status) => {
    const answer = await world.member("member2").dig(name, type);
    expect([answer.status, answer.answers]).toEqual([status, []]);
    expect(answer.text).toMatch(/;; flags: qr aa rd; .* AUTHORITY: 0,/);
  });

  it("LH-01 answers live 5 seconds, and the zone keeps the letters it was asked with", async () => {
    expect(await world.member("member2").dig("FOO.Default.svc.ClusterSet.Local", "A")).toMatchObject({
      status: "NOERROR",
      answers: [{ name: "FOO.Default.svc.ClusterSet.Local.", ttl: 5, type: "A" }],
    });
    const srv = await world.member("member2").dig("_http._tcp.FOO.default.SVC.ClusterSet.Local", "SRV");
    expect(srv).toMatchObject({
      status: "NOERROR",
      answers: [{ ttl: 5, data: "0 50 80 foo.default.svc.ClusterSet.Local." }],
    });
  });

  it("LH-01 3.7 knows no names of addresses, which stay CoreDNS' affair", async () => {
    const reverse = async (address = ""): Promise<DigAnswer> =>
      world.member("member2").dig(`${address.split(".").reverse().join(".")}.in-addr.arpa`, "PTR");
    const [pod] = await world.member("member1").list(Pod, { namespace: "default", labelSelector: "app=foo" });
    expect((await reverse(pod?.status?.podIP)).status).toBe("NXDOMAIN");
    // Lighthouse's slices name no Service, and the name CoreDNS makes of such a one cannot be written.
    expect((await reverse(datas(await ask(world, "member1.db"))[0])).answers).toEqual([]);
  });

  it("LH-02 rotates strictly over the clusters, by name", async () => {
    const whose = await called(world);
    const seen: string[] = [];
    for (let turn = 0; turn < 6; turn++) seen.push(...datas(await ask(world, "foo")).map(whose));
    const [first, second] = seen;
    expect([first, second].sort()).toEqual(["foo in member1", "foo in member3"]);
    expect(seen).toEqual([first, second, first, second, first, second]);
  });

  it("LH-02 answers the cluster that is asked for, whichever label stands before it", async () => {
    const whose = await called(world);
    for (const name of ["member3.foo", "anything.member3.foo"])
      expect(datas(await ask(world, name)).map(whose)).toEqual(["foo in member3"]);
  });

  const srv: readonly (readonly [string, readonly string[]])[] = [
    // Both clusters have `http`; only member1 has `admin`.
    ["foo", ["0 50 80 foo"]],
    ["_http._tcp.foo", ["0 50 80 foo"]],
    ["http.tcp.foo", ["0 50 80 foo"]],
    ["_http._udp.foo", []],
    ["_admin._tcp.foo", []],
    ["member1.foo", ["0 50 80 member1.foo", "0 50 81 member1.foo"]],
    ["_admin._tcp.member1.foo", ["0 50 81 member1.foo"]],
    ["_pg._tcp.db", ["db-0.member1", "db-1.member1", "db-0.member3", "db-1.member3"].map((at) => `0 50 5432 ${at}.db`)],
    ["_pg._tcp.member3.db", ["0 50 5432 db-0.member3.db", "0 50 5432 db-1.member3.db"]],
  ];
  it.each(srv)("LH-03 SRV of %s is %j", async (name, wanted) => {
    const found = datas(await ask(world, name, "SRV"));
    expect([...found].sort()).toEqual(wanted.map((one) => `${one}.default.svc.clusterset.local.`).sort());
  });

  const headless: readonly (readonly [string, readonly string[]])[] = [
    ["db", ["db-0 in member1", "db-0 in member3", "db-1 in member1", "db-1 in member3"]],
    ["member1.db", ["db-0 in member1", "db-1 in member1"]],
    ["db-1.member3.db", ["db-1 in member3"]],
  ];
  it.each(headless)("LH-03 3.7 headless %s is %j", async (name, wanted) => {
    const whose = await called(world);
    expect(
      datas(await ask(world, name))
        .map(whose)
        .sort(),
    ).toEqual(wanted);
  });

  it("LH-03 3.7 knows neither a pod that is not there nor one without its cluster", async () => {
    for (const name of ["db-7.member1.db", "db-0.db"]) expect((await ask(world, name)).status).toBe("NXDOMAIN");
  });

  it("LH-03 exposes the union of ports in the import, and says on the exports what is served", async () => {
    const served = await world.member("member2").get("serviceimports", "foo", "default");
    expect(served).toMatchObject({
      spec: { type: "ClusterSetIP", ports: [{ name: "http" }, { name: "admin" }] },
      status: { clusters: [{ cluster: "member1" }, { cluster: "member3" }] },
    });
    expect(await messages(world, "member3", "foo")).toContain(
      'clusters [member1, member3]. The service will expose the intersection of all the ports: [name: http, protocol: TCP, port: 80, appProtocol: ""]',
    );
    expect(await conditions(world, "member1", "db")).toEqual({ Valid: "Valid", Ready: "Exported" });
  });
});

describe("what Lighthouse decides as clusters come and go", () => {
  it("LH-02 prefers the local cluster while it is healthy, and else turns to those that are connected and healthy", async () => {
    const world = await fleet();
    for (const name of MEMBERS) await world.member(name).apply(exported("foo"));
    await world.settle();
    const whose = await called(world);
    const seen = async (name = "foo"): Promise<string> => {
      const told = new Set<string>();
      for (let turn = 0; turn < 4; turn++) {
        const answer = await ask(world, name);
        told.add(datas(answer).map(whose).join() || answer.status);
      }
      return [...told].sort().join(" and ");
    };
    const lived = [await seen()];
    const step = async (change: unknown): Promise<void> => {
      await change;
      lived.push(await seen());
    };
    await step(scale(world, "member2", "foo", 0));
    await step(world.partition("member1", "member2"));
    await step(world.crash("member3"));
    await step(world.heal("member1", "member2"));
    await step(scale(world, "member1", "foo", 0));
    await step(world.restore("member3"));
    await step(scale(world, "member2", "foo", 1));
    expect(lived).toEqual([
      "foo in member2",
      "foo in member1 and foo in member3",
      "foo in member3",
      "NOERROR",
      "foo in member1",
      "NOERROR",
      "foo in member3",
      "foo in member2",
    ]);
    expect(await seen("member1.foo")).toBe("foo in member1");
  });

  it("LH-02 3.7 drops a cluster's pods of a headless Service at once when the link to it is cut, and not for who asks for it", async () => {
    const world = await fleet();
    for (const name of ["member1", "member3"]) await world.member(name).apply(HEADLESS);
    await world.settle();
    const whose = await called(world);
    world.partition("member1", "member2");
    expect(datas(await ask(world, "db")).map(whose)).toEqual(["db-0 in member3", "db-1 in member3"]);
    expect(datas(await ask(world, "member1.db"))).toHaveLength(2);
    world.heal("member1", "member2");
    expect(datas(await ask(world, "db"))).toHaveLength(4);
  });

  it("LH-02 gives an address of the cluster set where exports ask for one, with the union of ports", async () => {
    const world = await fleet();
    const annotations = '"lighthouse.submariner.io/use-clusterset-ip": "true"';
    await world.member("member1").apply(exported("foo", { annotations }));
    await world.settle();
    await world.member("member2").apply(exported("foo", { annotations, ports: "{name: other, port: 90}" }));
    await world.settle();
    const [address] = datas(await ask(world, "foo"));
    expect(address).toMatch(/^243\.\d+\.\d+\.\d+$/);
    for (const member of MEMBERS)
      expect(datas(await world.member(member).dig("foo.default.svc.clusterset.local", "A"))).toEqual([address]);
    expect(datas(await ask(world, "foo", "SRV")).map((data) => data.split(" ")[2])).toEqual(["80", "90"]);
    expect(await messages(world, "member1", "foo")).toContain("the union of all the ports");
    await world.member("member1").delete("serviceexports", "foo", { namespace: "default" });
    await world.settle();
    expect(datas(await ask(world, "foo"))).toEqual([address]);
  });

  it("LH-02 forgets a Service with its last export, and leaves alone what a user imported", async () => {
    const world = await fleet();
    const own = `apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceImport\nmetadata: {name: own, namespace: default}\nspec: {type: ClusterSetIP, ports: [{port: 1}], ips: [10.99.0.1]}\n`;
    await world.member("member2").apply(own);
    for (const name of ["foo", "own"]) await world.member("member1").apply(exported(name));
    await world.settle();
    expect(datas(await ask(world, "foo"))).toHaveLength(1);
    await world.member("member1").delete("serviceexports", "foo", { namespace: "default" });
    await world.settle();
    expect((await ask(world, "foo")).status).toBe("NXDOMAIN");
    for (const member of MEMBERS) {
      const kept = await world.member(member).list("endpointslices", { namespace: "default" });
      expect(
        kept.filter(
          ({ metadata }) =>
            metadata.name.startsWith("foo-") &&
            metadata.labels?.["multicluster.kubernetes.io/service-name"] !== undefined,
        ),
      ).toEqual([]);
    }
    expect(await world.member("member2").get("serviceimports", "own", "default")).toMatchObject({
      spec: { ips: ["10.99.0.1"] },
    });
  });

  it("LH-02 imports into a namespace once it is there, and reaches no member twice for one that is cut off", async () => {
    const world = await fleet();
    const elsewhere = exported("foo").replaceAll("namespace: default", "namespace: team");
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n";
    await world.member("member1").apply(namespace);
    world.crash("member2");
    await world.member("member1").apply(elsewhere);
    await world.member("member3").apply(namespace);
    await world.settle();
    const name = "foo.team.svc.clusterset.local";
    expect((await world.member("member3").dig(name, "A")).answers).toHaveLength(1);
    world.restore("member2");
    await world.advance("2m");
    expect((await world.member("member2").dig(name, "A")).status).toBe("NXDOMAIN");
    await world.member("member2").apply(namespace);
    await world.settle();
    expect((await world.member("member2").dig(name, "A")).answers).toHaveLength(1);
  });

  it("LH-01 does not serve before it has seen what there is, however long it may not", async () => {
    const members = [{ name: "member1" }, { name: "member2" }];
    const world = await World.create({ seed: 4, freeze: true, members, dns: { clusterset: "lighthouse" } });
    worlds.push(world);
    const member = world.member("member2");
    const binding = await member.get(ClusterRoleBinding, SERVER);
    await member.delete(ClusterRoleBinding, SERVER);
    await world.member("member1").apply(exported("foo"));
    await world.advance("5m");
    expect((await ask(world, "foo")).status).toBe("SERVFAIL");
    await member.apply({ ...binding, metadata: { name: SERVER } });
    await world.advance("2m");
    expect((await ask(world, "foo")).answers).toHaveLength(1);
  });
});

describe("what exports are told", () => {
  it("LH-04 Valid, Ready and Conflict carry Lighthouse's own reasons, joined by commas", async () => {
    const world = await fleet();
    const member1 = world.member("member1");
    const affine = (seconds: number) =>
      `, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: ${seconds}}}`;
    await member1.apply(`${EXPORT}metadata: {name: nobody, namespace: default}\n`);
    await member1.apply(exported("open", { spec: ", type: NodePort" }));
    await member1.apply(exported("kind"));
    await member1.apply(exported("much", { spec: affine(10) }));
    await member1.apply(exported("same"));
    await world.advance("2s");
    const member3 = world.member("member3");
    await member3.apply(HEADLESS.replaceAll("name: db", "name: kind").replaceAll("app: db", "app: kind"));
    const annotations = '"lighthouse.submariner.io/use-clusterset-ip": "true"';
    await member3.apply(exported("much", { ports: "{name: other, port: 90}", annotations }));
    await member3.apply(exported("same"));
    await world.settle();
    const wanted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      "member1 nobody": { Valid: "ServiceUnavailable" },
      "member1 open": { Valid: "UnsupportedServiceType" },
      "member1 kind": { Valid: "Valid", Ready: "Exported" },
      "member3 kind": { Valid: "Valid", Ready: "ExportFailed", Conflict: "ConflictingType" },
      "member1 much": { Valid: "Valid", Ready: "Exported", Conflict: "ConflictingPorts" },
      "member3 much": {
        Valid: "Valid",
        Ready: "Exported",
        Conflict:
          "ConflictingPorts,ConflictingSessionAffinity,ConflictingSessionAffinityConfig,ConflictingClusterSetIPEnablement",
      },
      "member3 same": { Valid: "Valid", Ready: "Exported" },
    };
    const seen = Object.keys(wanted).map(async (key) => {
      const [member = "", name = ""] = key.split(" ");
      return [key, await conditions(world, member, name)] as const;
    });
    expect(Object.fromEntries(await Promise.all(seen))).toEqual(wanted);
    expect(await messages(world, "member3", "kind")).toContain(
      'The local service type ("Headless") does not match the type ("ClusterSetIP") of the existing exported service',
    );
    expect(await messages(world, "member3", "much")).toContain(
      'The local service SessionAffinityConfig "none" conflicts with other constituent clusters. Using SessionAffinityConfig "ClientIP TimeoutSeconds: 10" from the oldest exported service in cluster "member1".',
    );
  });

  it("LH-04 a conflict that is over is said to be, and a Service that goes takes its export along", async () => {
    const world = await fleet();
    await world.member("member1").apply(exported("foo"));
    await world.member("member3").apply(exported("foo", { ports: "{name: http, port: 81, targetPort: 8080}" }));
    await world.settle();
    expect(await conditions(world, "member1", "foo")).toMatchObject({ Conflict: "ConflictingPorts" });
    expect((await ask(world, "_http._tcp.foo", "SRV")).answers).toEqual([]);
    await world.member("member3").delete("services", "foo", { namespace: "default" });
    await world.settle();
    expect(await conditions(world, "member1", "foo")).toMatchObject({ Conflict: "NoConflicts" });
    expect(await conditions(world, "member3", "foo")).toMatchObject({
      Valid: "ServiceUnavailable",
      Ready: "NoServiceImport",
    });
    expect(datas(await ask(world, "_http._tcp.foo", "SRV"))).toEqual(["0 50 80 foo.default.svc.clusterset.local."]);
  });
});

describe("a fleet's setting", () => {
  it.each([
    [
      { clusterset: "lighthouse", multicluster: true },
      "dns.multicluster and dns.clusterset: lighthouse both serve clusterset.local",
    ],
    [
      { clusterset: "lighthouse", unifiedNames: "localService" },
      "dns.unifiedNames needs dns.multicluster, which dns.clusterset: lighthouse replaces",
    ],
  ] as const)("%j is refused: %s", async (dns, message) => {
    await expect(World.create({ dns })).rejects.toThrow(message);
  });
});
