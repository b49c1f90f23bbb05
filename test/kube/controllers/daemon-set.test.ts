import { describe, expect, it } from "vitest";
import { DaemonSet, type DaemonSetSpec, Node, Pod } from "../../../src/api/index.ts";
import type { SmallCluster } from "../small-cluster.ts";
import { clusterOf, labels, named, template, told } from "./workloads.ts";

function daemonSet(spec: Partial<DaemonSetSpec> = {}): DaemonSet {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    ...named("agent"),
    spec: { selector: { matchLabels: labels }, template: template(), ...spec },
  };
}

const nodesUsed = (world: SmallCluster): readonly (string | undefined)[] =>
  world
    .list(Pod, "default")
    .map(({ spec }) => spec.nodeName)
    .sort();

function changeNode(world: SmallCluster, name: string, change: (node: Node) => Node): void {
  world.apply(Node, change(world.get(Node, name) as Node));
  world.settle();
}

describe("the DaemonSet controller", () => {
  it("S2-24 runs one pod on each node, with patience for the node's troubles", () => {
    const world = clusterOf(3);
    world.apply(DaemonSet, daemonSet());
    world.settle();
    expect(nodesUsed(world)).toEqual(["n1", "n2", "n3"]);
    expect(world.get(DaemonSet, "agent")?.status).toMatchObject({
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberReady: 3,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
    });
    expect(world.list(Pod, "default")[0]?.spec.tolerations).toContainEqual({
      key: "node.kubernetes.io/unreachable",
      operator: "Exists",
      effect: "NoExecute",
    });
    expect(told(world, "daemonset-controller")).toHaveLength(3);
  });

  it.each([
    ["S0-46 nodeName", { nodeName: "n2" }],
    ["S0-49 nodeSelector", { nodeSelector: { "kubernetes.io/hostname": "n2" } }],
    [
      "S0-51 nodeAffinity",
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n2"] }] },
              ],
            },
          },
        },
      },
    ],
  ] as const)("%s of the template decides which nodes are meant", (_name, parts) => {
    const world = clusterOf(3);
    world.apply(DaemonSet, daemonSet({ template: template(parts) }));
    world.settle();
    expect(nodesUsed(world)).toEqual(["n2"]);
    expect(world.get(DaemonSet, "agent")?.status?.desiredNumberScheduled).toBe(1);
  });

  it("follows labels that come and go", () => {
    const world = clusterOf(2);
    world.apply(DaemonSet, daemonSet({ template: template({ nodeSelector: { role: "worker" } }) }));
    world.settle();
    expect(nodesUsed(world)).toEqual([]);
    const label = (role: string) => (node: Node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, role } },
    });
    changeNode(world, "n1", label("worker"));
    expect(nodesUsed(world)).toEqual(["n1"]);
    changeNode(world, "n1", label("idle"));
    expect(nodesUsed(world)).toEqual([]);
  });

  it("S0-58 keeps off tainted nodes; a taint that only forbids scheduling drives nobody out", () => {
    const world = clusterOf(2);
    const taint = (effect: "NoSchedule" | "NoExecute") => (node: Node) => ({
      ...node,
      spec: { ...node.spec, taints: [{ key: "k", value: "v", effect }] },
    });
    world.apply(DaemonSet, daemonSet());
    world.settle();
    changeNode(world, "n1", taint("NoSchedule"));
    expect(nodesUsed(world)).toEqual(["n1", "n2"]);
    expect(world.get(DaemonSet, "agent")?.status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
    changeNode(world, "n1", taint("NoExecute"));
    expect(nodesUsed(world)).toEqual(["n2"]);
  });

  it.each([
    ["one after the other", { maxUnavailable: 1, maxSurge: 0 }, 2, 3],
    ["beside the old pods when it may surge", { maxUnavailable: 0, maxSurge: 1 }, 3, 4],
  ])("updates pods %s", (_name, rollingUpdate, fewest, most) => {
    const world = clusterOf(3);
    const updateStrategy = { type: "RollingUpdate", rollingUpdate } as const;
    world.apply(DaemonSet, daemonSet({ updateStrategy }));
    world.settle();
    const counts: number[] = [];
    world.loop.trace.observe(({ subject }) => {
      if (!subject.startsWith("pods ")) return;
      counts.push(world.list(Pod, "default").filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
    });
    world.apply(DaemonSet, daemonSet({ updateStrategy, template: template({}, "nginx:2") }));
    world.settle();
    expect(world.list(Pod, "default").map(({ spec }) => spec.containers[0]?.image)).toEqual([
      "nginx:2",
      "nginx:2",
      "nginx:2",
    ]);
    expect(nodesUsed(world)).toEqual(["n1", "n2", "n3"]);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([fewest, most]);
  });

  it("leaves updates to whoever deletes the pods when told so", () => {
    const world = clusterOf(2);
    const updateStrategy = { type: "OnDelete" } as const;
    world.apply(DaemonSet, daemonSet({ updateStrategy }));
    world.settle();
    world.apply(DaemonSet, daemonSet({ updateStrategy, template: template({}, "nginx:2") }));
    world.settle();
    expect(world.get(DaemonSet, "agent")?.status?.updatedNumberScheduled).toBeUndefined();
    world.remove(Pod, world.list(Pod, "default")[0]?.metadata.name ?? "");
    world.settle();
    expect(world.get(DaemonSet, "agent")?.status?.updatedNumberScheduled).toBe(1);
  });
});
