import { World } from "atoll-k8s";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

// As a user of the package writes it: a world, manifests, time that moves when told to.

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: web}
spec:
  resourceSelectors:
  - {apiVersion: apps/v1, kind: Deployment, name: web}
  - {apiVersion: v1, kind: Service, name: web}
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`;

describe("a web shop in two clusters", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create({ members: [{ name: "member1" }, { name: "member2" }], seed: 1 });
    await world.host.apply(deployment);
    await world.settle();
  });
  afterEach(async () => {
    await world.stop();
  });

  it("runs in both members", async () => {
    for (const name of ["member1", "member2"]) {
      expect(await world.member(name).get("deployments", "web")).toMatchObject({ status: { readyReplicas: 2 } });
      expect((await world.member(name).dig("web.default.svc.cluster.local")).status).toBe("NOERROR");
    }
    expect(await world.host.get("deployments", "web")).toMatchObject({ status: { readyReplicas: 4 } });
  });

  it("answers a request from a pod", async () => {
    const member = world.member("member1");
    await member.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "client" },
      spec: { containers: [{ name: "c", image: "busybox", command: ["sleep", "1000"] }] },
    });
    await world.settle();
    expect(await member.request("client", "http://web")).toMatchObject({ ok: true, status: 200 });
    expect((await member.exec("client", ["hostname"])).stdout).toBe("client\n");
  });

  it("survives the loss of a member for five minutes", async () => {
    world.crash("member1");
    await world.advance("5m");
    const [lost] = await world.host.list("clusters", { fieldSelector: "metadata.name=member1" });
    expect(lost).toMatchObject({
      status: { conditions: expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "False" })]) },
    });
    await world.host.scale("deployments", "web", 3);
    await world.settle();
    expect(await world.member("member2").get("deployments", "web")).toMatchObject({ status: { readyReplicas: 3 } });
    world.restore("member1");
    const recovered = await world.until(async () => {
      const web = await world.member("member1").get("deployments", "web");
      return (web?.status as { readonly readyReplicas?: number } | undefined)?.readyReplicas === 3;
    }, "5m");
    expect(recovered).toBe(true);
  });

  it("comes to rest: an hour later nothing but heartbeats has been written", async () => {
    await world.advance("1m");
    const written = new Set<string>();
    world.observeTrace((line) => written.add(`${line.verb} ${line.subject.split(" ")[0]}`));
    await world.advance("1h");
    expect([...written].sort()).toEqual(["update leases", "update/status nodes"]);
  });

  it("tells what is wrong with a manifest, as the server words it", async () => {
    await expect(
      world.host.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndat: {}\n"),
    ).rejects.toMatchObject({ code: 400, message: expect.stringContaining('unknown field "dat"') });
    await expect(
      world.host.apply("apiVersion: nobody.example/v1\nkind: Nothing\nmetadata: {name: x}\n"),
    ).rejects.toThrow('no matches for kind "Nothing" in version "nobody.example/v1"');
    await expect(world.host.apply("apiVersion: v1\n kind: Broken\n")).rejects.toThrow(/^manifest:\d+:\d+: /);
    expect(() => world.member("member9")).toThrow("unknown member member9; the fleet has member1, member2");
  });

  it("tells of a policy that selects nothing by an event on the policy", async () => {
    const policy = (name: string, selector: object): object => ({
      apiVersion: "policy.karmada.io/v1alpha1",
      kind: "PropagationPolicy",
      metadata: { name },
      spec: { resourceSelectors: [selector], placement: {} },
    });
    await world.host.apply(policy("typo", { apiVersion: "v1", kind: "ConfigMap", name: "settigns" }));
    await world.host.apply(policy("unknown", { apiVersion: "example.com/v1", kind: "Widget" }));
    await world.settle();
    const events = await world.host.list("events", { namespace: "default" });
    expect(events.filter((event) => event.reason === "NoResourceMatched").map((event) => event.message)).toEqual([
      "no ConfigMap is called settigns in namespace default",
      "no resource of kind Widget in version example.com/v1 is served",
    ]);
  });

  it("gives the same trace for the same seed, and another for another", async () => {
    const run = async (seed: number): Promise<string> => {
      const other = await World.create({ seed });
      await other.host.apply(deployment);
      await other.advance("10m");
      await other.stop();
      return other.traceHash;
    };
    const [first, second, different] = [await run(7), await run(7), await run(8)];
    expect(second).toBe(first);
    expect(different).not.toBe(first);
  });
});
