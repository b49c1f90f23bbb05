import { afterAll, describe, expect, it } from "vitest";
import { GlobalIngressIP, Service } from "../../src/api/index.ts";
import type { World } from "../../src/index.ts";
import { ask, conditions, datas, EXPORT, exported, HEADLESS, lighthouseWorld, stopWorlds } from "./lighthouse-fleet.ts";

afterAll(stopWorlds);

describe("Globalnet", () => {
  /** Two members of equal networks, and a client in the second. */
  async function twins(): Promise<World> {
    const networks = { podCIDR: "10.1.0.0/16", serviceCIDR: "10.2.0.0/16" };
    const members = ["member1", "member2"].map((name) => ({ name, ...networks }));
    const world = await lighthouseWorld({ members, network: { globalnet: true } });
    const containers = [{ name: "c", image: "busybox:1.36", command: ["sleep", "86400"] }];
    await world.member("member2").apply({ apiVersion: "v1", kind: "Pod", metadata: CLIENT, spec: { containers } });
    await world.settle();
    return world;
  }
  const CLIENT = { namespace: "default", name: "client" };
  const speaking = (name: string, text: string): string =>
    exported(name).replace(
      'image: "jeremyot/serve:0a40de8"',
      `image: "jeremyot/serve:0a40de8", args: ["--message=${text}"]`,
    );
  const get = (world: World, host: string) => world.member("member2").request(CLIENT, `http://${host}`);

  it("LH-05 tells global addresses where clusters have equal networks, and they lead there", async () => {
    const world = await twins();
    await world.member("member1").apply(speaking("foo", "from member1"));
    await world.settle();
    const [address = ""] = datas(await ask(world, "foo"));
    expect(address).toMatch(/^242\.0\.\d+\.\d+$/);
    expect(await world.member("member1").get(GlobalIngressIP, "foo", "default")).toMatchObject({
      spec: { target: "ClusterIPService", serviceRef: { name: "foo" } },
      status: { allocatedIP: address },
    });
    for (const host of ["foo.default.svc.clusterset.local", address])
      expect(await get(world, host)).toMatchObject({ ok: true, body: "from member1" });
    const own = await world.member("member1").dig("foo.default.svc.clusterset.local", "A");
    expect(datas(own)).toEqual([address]);
    world.partition("member1", "member2");
    expect((await ask(world, "foo")).answers).toEqual([]);
    expect(await get(world, address)).toMatchObject({ ok: false, error: expect.stringContaining("timeout") });
  });

  it("LH-05 gives each pod of a headless Service its own, but at home its own address", async () => {
    const world = await twins();
    const netcat = 'image: "busybox:1.36", command: [nc, -lk, -p, "8080", -e, echo, hello]';
    await world.member("member1").apply(HEADLESS.replace('image: "jeremyot/serve:0a40de8"', netcat));
    await world.settle();
    const told = datas(await ask(world, "db"));
    expect(told.map((address) => /^242\.0\.\d+\.\d+$/.test(address))).toEqual([true, true]);
    const host = "db-1.member1.db.default.svc.clusterset.local";
    const answer = await world.member("member2").exec(CLIENT, ["nc", "-w", "3", host, "8080"]);
    expect(answer.stdout).toBe("hello\n");
    const home = await world.member("member1").dig("db.default.svc.clusterset.local", "A");
    expect(datas(home).every((address) => address.startsWith("10.1."))).toBe(true);
    await world.member("member1").patch("statefulsets", "db", { spec: { replicas: 1 } }, { namespace: "default" });
    await world.advance("1m");
    expect(datas(await ask(world, "db"))).toHaveLength(1);
    expect(await world.member("member1").list(GlobalIngressIP, { namespace: "default" })).toHaveLength(1);
  });

  it("LH-05 packets come from the global address of the cluster they leave", async () => {
    const world = await twins();
    const agnhost = HEADLESS.replace('image: "jeremyot/serve:0a40de8"', 'image: "agnhost:2.53", args: [netexec]');
    await world.member("member1").apply(agnhost);
    await world.settle();
    expect(await get(world, "db-0.member1.db.default.svc.clusterset.local:8080/clientip")).toMatchObject({
      body: expect.stringMatching(/^242\.1\.0\.1:/),
    });
  });

  it("LH-05 LH-04 takes its addresses back with the export, and says where a Service has none", async () => {
    const world = await twins();
    const member1 = world.member("member1");
    await member1.apply(exported("foo"));
    await world.settle();
    await member1.delete("serviceexports", "foo", { namespace: "default" });
    await world.settle();
    expect(await member1.list(GlobalIngressIP, { namespace: "default" })).toEqual([]);
    expect((await member1.list(Service, { namespace: "default" })).map(({ metadata }) => metadata.name).sort()).toEqual(
      ["foo", "kubernetes"],
    );
    const taken = {
      apiVersion: "submariner.io/v1",
      kind: "GlobalIngressIP",
      metadata: { namespace: "default", name: "foo" },
      spec: { target: "ClusterIPService", serviceRef: { name: "other" } },
    };
    await member1.apply(taken);
    await member1.apply(`${EXPORT}metadata: {name: foo, namespace: default}\n`);
    await world.settle();
    expect(await conditions(world, "member1", "foo")).toEqual({ Valid: "ServiceGlobalIPUnavailable" });
    expect((await ask(world, "foo")).status).toBe("NXDOMAIN");
  });
});
