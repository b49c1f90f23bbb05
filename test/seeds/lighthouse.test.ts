import { afterAll, describe, expect, it } from "vitest";
import { ClusterRoleBinding } from "../../src/api/index.ts";
import { World } from "../../src/index.ts";
import {
  ask,
  called,
  conditions,
  datas,
  EXPORT,
  exported,
  HEADLESS,
  lighthouseFleet,
  lighthouseWorld,
  MEMBERS,
  messages,
  SERVER,
  scale,
  stopWorlds,
} from "./lighthouse-fleet.ts";

afterAll(stopWorlds);

describe("what Lighthouse decides as clusters come and go", () => {
  it("LH-02 prefers the local cluster while it is healthy, and else turns to those that are connected and healthy", async () => {
    const world = await lighthouseFleet();
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
    const world = await lighthouseFleet();
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
    const world = await lighthouseFleet();
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
    const world = await lighthouseFleet();
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

  it("LH-02 imports into a namespace once it is there, and keeps no member waiting for one that is cut off", async () => {
    const world = await lighthouseFleet();
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
    const world = await lighthouseWorld({ members });
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
    const world = await lighthouseFleet();
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
    const world = await lighthouseFleet();
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

  it("LH-05 Globalnet is refused without Lighthouse", async () => {
    const wrong = World.create({ network: { globalnet: true } });
    await expect(wrong).rejects.toThrow("network.globalnet needs dns.clusterset: lighthouse");
  });
});
