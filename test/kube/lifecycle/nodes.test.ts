import { describe, expect, it } from "vitest";
import { DaemonSet, Deployment, EndpointSlice, Node, Pod, Service } from "../../../src/api/index.ts";
import { pod } from "../pods.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

const labels = { app: "web" };

function twoNodes(): SmallCluster {
  const world = smallCluster({ config: { nodes: [{ name: "a" }, { name: "b" }] } });
  world.apply(Deployment, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 4, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod("x").spec } },
  });
  world.apply(Service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  world.settle();
  return world;
}

const readyOn = (world: SmallCluster): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { metadata, endpoints } of world.list(EndpointSlice, "default"))
    for (const { nodeName, conditions } of metadata.name.startsWith("web-") ? endpoints : [])
      if (conditions?.ready) counts[nodeName ?? ""] = (counts[nodeName ?? ""] ?? 0) + 1;
  return counts;
};
const taintsOf = (world: SmallCluster, name: string): readonly string[] =>
  (world.get(Node, name)?.spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const readyOf = (world: SmallCluster, name: string): string | undefined =>
  world.get(Node, name)?.status?.conditions?.find(({ type }) => type === "Ready")?.status;

describe("a node that crashes", () => {
  it("S1-18 becomes Unknown when its heartbeats cease, its pods leave the slices, and after 300 s they are replaced", () => {
    const world = twoNodes();
    expect(readyOn(world)).toEqual({ a: 2, b: 2 });
    world.cluster.crashNode("b");
    world.advance(45);
    expect(readyOf(world, "b")).toBe("True");
    world.advance(10);
    expect(readyOf(world, "b")).toBe("Unknown");
    expect(taintsOf(world, "b")).toEqual([
      "node.kubernetes.io/unreachable:NoSchedule",
      "node.kubernetes.io/unreachable:NoExecute",
    ]);
    expect(readyOn(world)).toEqual({ a: 2 });
    world.advance(290);
    expect(readyOn(world)).toEqual({ a: 2 });
    world.advance(10);
    expect(readyOn(world)).toEqual({ a: 4 });
    const gone = world.list(Pod, "default").filter(({ spec }) => spec.nodeName === "b");
    expect(gone.map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([true, true]);
  });

  it("comes back with its pods, restarted", () => {
    const world = twoNodes();
    world.cluster.crashNode("b");
    world.advance(70);
    world.cluster.restartNode("b");
    world.settle();
    expect(readyOf(world, "b")).toBe("True");
    expect(taintsOf(world, "b")).toEqual([]);
    expect(readyOn(world)).toEqual({ a: 2, b: 2 });
    const restarts = world.list(Pod, "default").map((each) => each.status?.containerStatuses?.[0]?.restartCount);
    expect([...restarts].sort()).toEqual([0, 0, 1, 1]);
  });

  it("ends pods that were to go, once it is back", () => {
    const world = twoNodes();
    world.cluster.crashNode("b");
    world.advance(400);
    world.cluster.restartNode("b");
    world.settle();
    expect(world.list(Pod, "default")).toHaveLength(4);
    expect(world.list(Pod, "default").every(({ spec }) => spec.nodeName === "a")).toBe(true);
  });
});

describe("an API server that does not answer for a while", () => {
  it("finds its nodes and pods as they were, and what was asked meanwhile is done", () => {
    const world = twoNodes();
    world.advance(17);
    world.faults.setDown("member1", true);
    world.apply(Pod, pod("asked"));
    world.advance(600);
    expect(world.get(Pod, "asked")?.spec.nodeName).toBeUndefined();
    const flaps: string[] = [];
    world.loop.trace.observe(({ subject, verb }) => {
      if (/^(nodes|pods) /.test(subject)) flaps.push(`${verb} ${subject}`);
    });
    world.faults.setDown("member1", false);
    world.advance(120);
    expect(readyOn(world)).toEqual({ a: 2, b: 2 });
    expect(world.get(Pod, "asked")?.status?.phase).toBe("Running");
    expect(flaps.filter((line) => line.includes("pods") && !line.includes("asked"))).toEqual([]);
    expect(flaps.filter((line) => line.startsWith("update nodes"))).toEqual([]);
  });
});

describe("taints", () => {
  const taint = (world: SmallCluster, effect: "NoExecute" | "NoSchedule"): void => {
    const node = world.get(Node, "b") as Node;
    world.apply(Node, { ...node, spec: { ...node.spec, taints: [{ key: "example.com/out", effect }] } });
  };

  it("S0-59 NoExecute drives pods out at once, or after the time they tolerate", () => {
    const world = twoNodes();
    const tolerations = [
      { key: "example.com/out", operator: "Exists", effect: "NoExecute", tolerationSeconds: 100 } as const,
    ];
    world.apply(Pod, pod("patient", { tolerations, nodeName: "b" }));
    world.settle();
    taint(world, "NoExecute");
    world.settle();
    expect(
      world
        .list(Pod, "default")
        .filter(({ spec }) => spec.nodeName === "b")
        .map(({ metadata }) => metadata.name),
    ).toEqual(["patient"]);
    world.advance(101);
    expect(world.get(Pod, "patient")).toBeUndefined();
  });

  it("NoSchedule leaves running pods alone", () => {
    const world = twoNodes();
    taint(world, "NoSchedule");
    world.settle();
    expect(readyOn(world)).toEqual({ a: 2, b: 2 });
  });
});

describe("a node that is deleted", () => {
  it("S0-03 S0-47 takes its pods with it after a while", () => {
    const world = twoNodes();
    world.apply(DaemonSet, {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "each", namespace: "default" },
      spec: {
        selector: { matchLabels: { ds: "each" } },
        template: { metadata: { labels: { ds: "each" } }, spec: pod("x").spec },
      },
    });
    world.settle();
    expect(world.get(DaemonSet, "each")?.status?.desiredNumberScheduled).toBe(2);
    world.cluster.crashNode("b");
    world.remove(Node, "b");
    world.settle();
    world.advance(45);
    world.settle();
    expect(world.list(Pod).every(({ spec }) => spec.nodeName === "a")).toBe(true);
    expect(world.get(DaemonSet, "each")?.status?.desiredNumberScheduled).toBe(1);
    expect(readyOn(world)).toEqual({ a: 4 });
  });
});

it("a node gives pods what its status is told to have", () => {
  const world = smallCluster({ config: { nodes: [{ name: "a" }] } });
  const tell = (dongles: string | undefined): void => {
    const node = world.get(Node, "a") as Node;
    const { "example.com/dongle": _, ...rest } = node.status?.capacity ?? {};
    const capacity = dongles === undefined ? rest : { ...rest, "example.com/dongle": dongles };
    const object = { ...node, status: { ...node.status, capacity } } as Node;
    world.send({ verb: "update", kind: Node, name: "a", subresource: "status", object });
    world.advance(20);
  };
  const limits = { "example.com/dongle": "1" };
  for (const name of ["one", "two", "three"])
    world.apply(Pod, pod(name, {}, { resources: { limits, requests: limits } }));
  tell("2");
  const phases = (): readonly unknown[] => world.list(Pod, "default").map(({ status }) => status?.phase);
  expect([...phases()].sort()).toEqual(["Pending", "Running", "Running"]);
  tell(undefined);
  expect(world.get(Node, "a")?.status?.allocatable).not.toHaveProperty(["example.com/dongle"]);
});
