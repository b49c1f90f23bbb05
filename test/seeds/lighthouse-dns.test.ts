import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, Pod, Service } from "../../src/api/index.ts";
import type { DigAnswer, World } from "../../src/index.ts";
import {
  ask,
  called,
  conditions,
  datas,
  exported,
  HEADLESS,
  HTTP,
  lighthouseFleet,
  MEMBERS,
  messages,
  SERVER,
  stopWorlds,
} from "./lighthouse-fleet.ts";

afterAll(stopWorlds);

describe("the DNS of Submariner Lighthouse", () => {
  let world: World;
  beforeAll(async () => {
    world = await lighthouseFleet();
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

  it("LH-01 has the rights submariner-operator gives it, and no more", async () => {
    const role = await world.member("member2").get("clusterroles", SERVER);
    const verbs = ["get", "list", "watch"];
    expect(role?.rules).toEqual([
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
      { apiGroups: ["submariner.io"], resources: ["gateways", "submariners"], verbs },
      { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs },
    ]);
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

  it("LH-02 leaves everything as it is once everything is said", async () => {
    const versions = async (): Promise<readonly string[]> => {
      const kinds = ["serviceimports", "serviceexports", "endpointslices"];
      const lists = MEMBERS.flatMap((name) =>
        kinds.map((kind) => world.member(name).list(kind, { namespace: "default" })),
      );
      return (await Promise.all(lists)).flat().map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
    };
    const before = await versions();
    expect(before.length).toBeGreaterThan(10);
    await world.advance("1h");
    expect(await versions()).toEqual(before);
  });
});
