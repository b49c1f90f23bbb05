import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Deployment, HorizontalPodAutoscaler, Pod } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import { masterAndWorkers } from "./fleets.ts";
import { myhpa, mywebScaled } from "./manifests/controllers.ts";
import { rowsOf, type ServedWorld, servedWorld, table } from "./served-world.ts";

const APACHE = "Welcome to The Apache.\n";
const client = (name: string, command: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {containers: [{name: shell, image: "myos:latest", command: [sh, -c, '${command}']}]}
`;

describe.skipIf(!has("kubectl"))("a HorizontalPodAutoscaler", () => {
  let fleet: ServedWorld;
  const print = async (command: string | readonly string[], input?: string) => {
    const printed = await fleet.print(command, input);
    await fleet.world.settle();
    return printed;
  };
  const pods = async () =>
    (await fleet.member.list(Pod, { namespace: "default", labelSelector: "app=myhttp" })) as readonly Pod[];
  const autoscaler = async () =>
    (await fleet.member.get(HorizontalPodAutoscaler, "myweb", "default")) as HorizontalPodAutoscaler;
  const replicas = async () => ((await fleet.member.get(Deployment, "myweb", "default")) as Deployment).spec.replicas;
  const condition = async (type: string) => (await autoscaler()).status?.conditions?.find((one) => one.type === type);
  /** Has every pod use so much percent of its 200m, for so long. */
  const use = async (percent: number, duration: string) => {
    for (const { metadata } of await pods())
      await fleet.member.patch(Pod, metadata.name, {
        metadata: { annotations: { "atoll.dev/usage-cpu": `${percent * 2}m` } },
      });
    await fleet.world.advance(duration);
  };

  beforeAll(async () => {
    fleet = await servedWorld(masterAndWorkers());
    writeFileSync(join(fleet.folder, "mydeploy.yaml"), mywebScaled);
    writeFileSync(join(fleet.folder, "myhpa.yaml"), myhpa);
    await fleet.member.apply(client("shell", "sleep infinity"));
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S2-53 S2-54 is applied beside its Deployment, and read in both versions", async () => {
    expect(await print("apply -f mydeploy.yaml")).toBe("deployment.apps/myweb created\nservice/websvc created\n");
    expect(await pods()).toHaveLength(1);
    expect(await print("exec shell -- curl -s http://10.245.1.80")).toBe(APACHE);
    expect(await print("apply -f myhpa.yaml")).toBe("horizontalpodautoscaler.autoscaling/myweb created\n");
    const [v1, v2] = await Promise.all([
      print("get horizontalpodautoscalers.v1.autoscaling myweb -o jsonpath={.spec.targetCPUUtilizationPercentage}"),
      print("get horizontalpodautoscalers.v2.autoscaling myweb -o jsonpath={.spec.metrics}"),
    ]);
    expect(v1).toBe("50");
    expect(JSON.parse(v2)).toEqual([
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
    ]);
  });

  it("S2-55 S2-56 knows nothing at first, and the idle pod's use a little later", async () => {
    await fleet.world.advance("4s");
    const header = "NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE".split(" ");
    expect(table(await print("get horizontalpodautoscalers.autoscaling"))).toEqual([
      header,
      "myweb Deployment/myweb <unknown>/50% 1 3 0 4s".split(" "),
    ]);
    await fleet.world.advance("67s");
    expect(table(await print("get hpa"))).toEqual([header, "myweb Deployment/myweb 0%/50% 1 3 1 71s".split(" ")]);
  });

  it("S2-58 S1-45 follows load that costs CPU, spread over the backends", async () => {
    const loop = 'while true;do curl -s "http://10.245.1.80/info.php?id=50000"; sleep 1; done';
    await fleet.member.apply(client("load", loop));
    await fleet.world.advance("31s");
    const used = (await autoscaler()).status?.currentMetrics?.[0]?.resource?.current.averageUtilization;
    expect(used).toBeGreaterThan(50);
    const [top, nodes] = await Promise.all([print("top pods"), print("top nodes")]);
    expect(table(top)[0]).toEqual(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    expect(table(nodes)[0]?.slice(0, 2)).toEqual(["NAME", "CPU(cores)"]);
    const [name = ""] = (await pods()).map(({ metadata }) => metadata.name);
    expect(Number.parseInt(rowsOf(top).get(name)?.[1] ?? "", 10)).toBeGreaterThan(100);
    await fleet.world.advance("1m");
    const shares = rowsOf(await print("top pods -l app=myhttp"));
    expect(shares.size).toBe(2);
    for (const [, cpu = ""] of shares.values()) expect(Number.parseInt(cpu, 10)).toBeLessThan(100);
    await fleet.member.delete(Pod, "load");
    await fleet.world.advance("90s");
    expect(
      rowsOf(await print("get hpa"))
        .get("myweb")
        ?.slice(2, 3),
    ).toEqual(["0%/50%"]);
    await fleet.world.advance("6m");
    expect(await replicas()).toBe(1);
  });

  it("S2-59 S2-60 S2-61 S2-63 S2-64 takes each step of the table, and holds it for five minutes on the way down", async () => {
    const watched = fleet.start("get hpa -w");
    await watched.printed(/myweb/);
    const steps: readonly (readonly [percent: number, duration: string, replicas: number])[] = [
      [49, "30s", 1],
      [56, "30s", 2],
      [37, "30s", 2],
      [48, "30s", 2],
      [51, "30s", 2],
      [59, "30s", 3],
      [42, "30s", 3],
      [34, "30s", 3],
      // Asks for two from here on: nothing until five minutes have passed.
      [21, "270s", 3],
      [17, "60s", 2],
      // One for ten seconds, and again: a rise in between would call it off.
      [7, "150s", 2],
      [37, "15s", 2],
      [7, "270s", 2],
      [0, "60s", 1],
      [200, "60s", 3],
    ];
    for (const [percent, duration, expected] of steps) {
      await use(percent, duration);
      expect([percent, await replicas()]).toEqual([percent, expected]);
    }
    await watched.printed(/myweb +Deployment\/myweb +200%\/50% +1 +3 +3 /);
    const lines = table(await watched.stop()).slice(1);
    const targets = lines.map(([, , target]) => target);
    expect(targets).toEqual(expect.arrayContaining(["49%/50%", "56%/50%", "59%/50%", "21%/50%", "7%/50%"]));
    expect(new Set(lines.map((line) => line[5]))).toEqual(new Set(["1", "2", "3"]));
    const described = await print("describe hpa");
    expect(described).toMatch(
      /SuccessfulRescale .* New size: 2; reason: cpu resource utilization \(percentage of request\) above target/,
    );
    expect(described).toMatch(/SuccessfulRescale .* New size: 1; reason: All metrics below target/);
  });

  it("S2-62 goes up at once, and as its behavior says", async () => {
    await fleet.member.patch(HorizontalPodAutoscaler, "myweb", {
      spec: {
        maxReplicas: 20,
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
      },
    });
    await use(0, "45s");
    expect(await replicas()).toBe(1);
    await use(1000, "15s");
    expect(await replicas()).toBe(5);
    await fleet.member.patch(HorizontalPodAutoscaler, "myweb", {
      spec: { behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 15 }] } } },
    });
    await use(1000, "15s");
    expect(await replicas()).toBe(6);
  });

  it.each([
    ["v1", "ReplicationController", { app: "busy" }],
    ["apps/v1", "ReplicaSet", { matchLabels: { app: "busy" } }],
    ["apps/v1", "StatefulSet", { matchLabels: { app: "busy" } }],
  ])("S1-45 scales a %s %s", async (apiVersion, kind, selector) => {
    const metadata = { labels: { app: "busy" }, annotations: { "atoll.dev/usage-cpu": "100m" } };
    const containers = [{ name: "busy", image: "myos:httpd", resources: { requests: { cpu: "100m" } } }];
    const template = { metadata, spec: { containers } };
    await fleet.member.apply({
      apiVersion,
      kind,
      metadata: { name: "busy" },
      spec: { replicas: 1, selector, template },
    });
    await fleet.member.apply(
      myhpa
        .replace("name: myweb\nspec", "name: busy\nspec")
        .replace(
          "kind: Deployment\n    apiVersion: apps/v1\n    name: myweb",
          `kind: ${kind}\n    apiVersion: ${apiVersion}\n    name: busy`,
        ),
    );
    await fleet.world.advance("91s");
    expect(await fleet.member.get({ apiVersion, kind }, "busy", "default")).toMatchObject({ spec: { replicas: 3 } });
    await fleet.member.delete(HorizontalPodAutoscaler, "busy");
    await fleet.member.delete({ apiVersion, kind }, "busy");
    await fleet.world.settle();
  });

  it("S2-66 rests while its target has no pods, and leaves the count as it is when it goes", async () => {
    await print("scale deployment myweb --replicas=0");
    await fleet.world.advance("15s");
    expect(await condition("ScalingActive")).toMatchObject({ status: "False", reason: "ScalingDisabled" });
    expect(await replicas()).toBe(0);
    await print("scale deployment myweb --replicas=2");
    expect(await print("delete hpa myweb")).toBe('horizontalpodautoscaler.autoscaling "myweb" deleted\n');
    await fleet.world.advance("6m");
    expect(await replicas()).toBe(2);
  });

  it("S2-57 S2-65 says which metric it cannot compute, and takes every source there is", async () => {
    await print("set resources deployment myweb --requests=cpu=0");
    await fleet.member.patch(Deployment, "myweb", {
      spec: { template: { spec: { containers: [{ name: "apache", image: "myos:httpd", resources: {} }] } } },
    });
    await fleet.member.apply(myhpa);
    await fleet.world.advance("1m");
    expect(await condition("ScalingActive")).toMatchObject({ status: "False", reason: "FailedGetResourceMetric" });
    expect((await condition("ScalingActive"))?.message).toContain(
      "missing request for cpu in container apache of Pod myweb-",
    );
    expect(rowsOf(await print("get hpa")).get("myweb")?.[2]).toBe("<unknown>/50%");
    const target = { type: "AverageValue", averageValue: "30Mi" };
    const metric = { name: "requests-per-second" };
    const metrics = [
      { type: "Resource", resource: { name: "memory", target } },
      { type: "Pods", pods: { metric, target } },
      {
        type: "Object",
        object: { metric, describedObject: { apiVersion: "v1", kind: "Service", name: "websvc" }, target },
      },
      { type: "External", external: { metric, target } },
    ];
    await print(
      "apply -f -",
      JSON.stringify({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "myweb" },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "myweb" }, metrics },
      }),
    );
    await fleet.world.advance("1m");
    expect(rowsOf(await print("get hpa")).get("myweb")?.[2]).toMatch(
      /^\d+(Ki)?\/30Mi, <unknown>\/30Mi \+ 2 more\.\.\.$/,
    );
    expect((await autoscaler()).status?.currentMetrics?.map(({ type }) => type)).toEqual(["Resource", "", "", ""]);
  });
});
