import { describe, expect, it } from "vitest";
import { Deployment, Event, Node, Pod, PodDisruptionBudget, PriorityClass } from "../../../src/api/index.ts";
import type { NodeConfig } from "../../../src/kube/index.ts";
import { pod, requesting } from "../pods.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

const workers = (count: number, more: Partial<NodeConfig> = {}): readonly NodeConfig[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    capacity: { cpu: "4", memory: "8Gi", pods: "20" },
    ...more,
  }));

function cluster(nodes: readonly NodeConfig[]): SmallCluster {
  return smallCluster({ config: { nodes } });
}

function scheduled(world: SmallCluster, ...pods: readonly Pod[]): readonly (string | undefined)[] {
  for (const each of pods) {
    world.apply(Pod, each);
    world.settle();
  }
  return pods.map(({ metadata }) => world.get(Pod, metadata.name)?.spec.nodeName);
}

function refusal(world: SmallCluster, name: string): string | undefined {
  return world.get(Pod, name)?.status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
}

describe("the scheduler filters", () => {
  it("S1-20 S0-13 says why no node takes a pod, counted by reason, once", () => {
    const world = cluster([
      ...workers(1),
      { name: "tainted", taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] },
      { name: "labelled", labels: { role: "db" } },
    ]);
    scheduled(world, pod("big", { nodeSelector: { "kubernetes.io/hostname": "node1" } }, requesting("64", "900Gi")));
    expect(refusal(world, "big")).toBe(
      "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {dedicated: gpu}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    );
    world.advance(600);
    const events = world.list(Event, "default").filter(({ reason }) => reason === "FailedScheduling");
    expect(events.map(({ type, count }) => [type, count])).toEqual([["Warning", 1]]);
  });

  it("S1-34 binds a pending pod as soon as a node suits it", () => {
    const world = cluster(workers(2));
    expect(scheduled(world, pod("picky", { nodeSelector: { disk: "ssd" } }))).toEqual([undefined]);
    const node = world.get(Node, "node2") as Node;
    world.apply(Node, { ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: "ssd" } } });
    world.settle();
    expect(world.get(Pod, "picky")?.spec.nodeName).toBe("node2");
  });

  it("does not place pods on a cordoned node, unless they tolerate that", () => {
    const world = cluster(workers(1));
    const node = world.get(Node, "node1") as Node;
    world.apply(Node, { ...node, spec: { ...node.spec, unschedulable: true } });
    world.settle();
    expect(world.get(Node, "node1")?.spec.taints?.map(({ key }) => key)).toEqual(["node.kubernetes.io/unschedulable"]);
    const tolerations = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" as const }];
    expect(scheduled(world, pod("plain"), pod("tolerant", { tolerations }))).toEqual([undefined, "node1"]);
  });

  it("S0-47 leaves a pod that names its node alone", () => {
    const world = cluster(workers(2, { taints: [{ key: "x", effect: "NoSchedule" }] }));
    expect(scheduled(world, pod("direct", { nodeName: "node2" }))).toEqual(["node2"]);
    expect(world.get(Pod, "direct")?.status?.phase).toBe("Running");
    expect(world.list(Event, "default").some(({ reason }) => reason === "Scheduled")).toBe(false);
  });

  it("never gives a node more than it has", () => {
    const world = cluster(workers(3));
    const template = { metadata: { labels: { app: "x" } }, spec: pod("x", {}, requesting("1500m")).spec };
    world.apply(Deployment, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "x", namespace: "default" },
      spec: { replicas: 10, selector: { matchLabels: { app: "x" } }, template },
    });
    world.settle();
    const byNode = new Map<string, number>();
    for (const { spec } of world.list(Pod, "default"))
      byNode.set(spec.nodeName ?? "pending", (byNode.get(spec.nodeName ?? "pending") ?? 0) + 1);
    expect(Object.fromEntries(byNode)).toEqual({ node1: 2, node2: 2, node3: 2, pending: 4 });
  });

  it("keeps to pod anti-affinity and affinity", () => {
    const world = cluster(workers(2));
    const near = { labelSelector: { matchLabels: { app: "anchor" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near] } };
    const aloof = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near] } };
    const follower = pod("follower", { affinity });
    world.apply(Pod, follower);
    world.settle();
    expect(refusal(world, "follower")).toContain("2 node(s) didn't match pod affinity rules");
    const [anchor, apart] = scheduled(world, pod("anchor"), pod("aloof", { affinity: aloof }));
    expect(world.get(Pod, "follower")?.spec.nodeName).toBe(anchor);
    expect(apart).not.toBe(anchor);
  });

  it("lets the first of a group that wants its own company in", () => {
    const world = cluster(workers(1));
    const own = { labelSelector: { matchLabels: { app: "group" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [own] } };
    expect(scheduled(world, pod("group", { affinity }))).toEqual(["node1"]);
  });

  it("keeps pods away from those that want to be alone", () => {
    const world = cluster(workers(2));
    const others = { labelSelector: { matchLabels: { app: "noisy" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [others] } };
    const [hermit, noisy] = scheduled(world, pod("hermit", { affinity }), pod("noisy"));
    expect(noisy).not.toBe(hermit);
  });

  it("spreads over zones within maxSkew", () => {
    const zone = (name: string) => ({ "topology.kubernetes.io/zone": name });
    const world = cluster([
      ...workers(1, { labels: zone("a") }),
      { name: "other", labels: zone("b"), capacity: { cpu: "1" } },
    ]);
    const constraint = {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "s" } },
    };
    const spread = (name: string): Pod => {
      const each = pod(name, { topologySpreadConstraints: [constraint] });
      return { ...each, metadata: { ...each.metadata, labels: { app: "s" } } };
    };
    const nodes = scheduled(world, ...["s1", "s2", "s3", "s4"].map(spread));
    expect([...nodes].sort()).toEqual(["node1", "node1", "other", "other"]);
  });
});

describe("the scheduler scores", () => {
  it("prefers the freer node", () => {
    const world = cluster(workers(2));
    const [first, second] = scheduled(world, pod("a", {}, requesting("2")), pod("b", {}, requesting("2")));
    expect(first).not.toBe(second);
  });

  it("S0-53 S1-35 follows preferred node affinity, the highest sum first", () => {
    const world = cluster([{ name: "plain" }, { name: "wanted", labels: { fast: "yes" } }]);
    const preference = { matchExpressions: [{ key: "fast", operator: "Exists" as const }] };
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] },
    };
    expect(scheduled(world, ...["a", "b", "c"].map((name) => pod(name, { affinity })))).toEqual(
      Array(3).fill("wanted"),
    );
  });

  it("S0-59 avoids PreferNoSchedule, but goes there when nothing else is left", () => {
    const world = cluster([
      { name: "avoided", taints: [{ key: "x", effect: "PreferNoSchedule" }] },
      { name: "small", capacity: { cpu: "1" } },
    ]);
    expect(scheduled(world, pod("a", {}, requesting("500m")), pod("b", {}, requesting("900m")))).toEqual([
      "small",
      "avoided",
    ]);
  });

  it("finds its nodes among many, without looking at all", () => {
    const world = cluster(workers(300));
    const nodes = scheduled(world, ...Array.from({ length: 12 }, (_, index) => pod(`p${index}`)));
    expect(new Set(nodes).size).toBe(12);
  });
});

describe("scheduling gates", () => {
  it("hold a pod back until the last of them is gone", () => {
    const world = cluster(workers(1));
    const gated = pod("gated", { schedulingGates: [{ name: "example.com/quota" }, { name: "example.com/ready" }] });
    expect(scheduled(world, gated)).toEqual([undefined]);
    expect(refusal(world, "gated")).toBe("Scheduling is blocked due to non-empty scheduling gates");
    const target = { kind: "Node", name: "node1" };
    const object = { apiVersion: "v1", kind: "Binding", metadata: { name: "gated", namespace: "default" }, target };
    const at = { namespace: "default", name: "gated", subresource: "binding" } as const;
    const bound = world.send({ verb: "create", kind: Pod, ...at, object });
    expect(bound.ok ? "" : bound.status.message).toBe(
      'Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
    );
    for (const left of [[{ name: "example.com/ready" }], []]) {
      const before = world.get(Pod, "gated") as Pod;
      world.apply(Pod, { ...before, spec: { ...before.spec, schedulingGates: left } });
      world.settle();
      expect(world.get(Pod, "gated")?.spec.nodeName).toBe(left.length > 0 ? undefined : "node1");
    }
  });
});

describe("preemption", () => {
  const high: PriorityClass = {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "high" },
    value: 1000,
  };

  it("S0-16 makes room for a more important pod, at the least cost", () => {
    const world = cluster(workers(1));
    world.apply(PriorityClass, high);
    scheduled(world, pod("small", {}, requesting("1")), pod("large", {}, requesting("2500m")));
    scheduled(world, pod("urgent", { priorityClassName: "high" }, requesting("2")));
    expect(world.get(Pod, "urgent")?.spec.nodeName).toBe("node1");
    expect(world.get(Pod, "large")).toBeUndefined();
    expect(world.get(Pod, "small")?.status?.phase).toBe("Running");
    const told = world.list(Event, "default").find(({ reason }) => reason === "Preempted");
    expect(told?.message).toMatch(/^Preempted by pod [0-9a-f-]{36} on node node1$/);
  });

  it("marks its victims, and takes first what no disruption budget would spare", () => {
    const world = cluster(workers(1));
    world.apply(PriorityClass, high);
    world.apply(PodDisruptionBudget, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guard", namespace: "default" },
      spec: { selector: { matchLabels: { app: "guarded" } }, maxUnavailable: 0 },
    });
    const kept = pod("free", {}, requesting("2"));
    const free = { ...kept, metadata: { ...kept.metadata, finalizers: ["example.com/look"] } };
    scheduled(world, free, pod("guarded", {}, requesting("2")));
    scheduled(world, pod("urgent", { priorityClassName: "high" }, requesting("2")));
    expect(world.get(Pod, "guarded")?.metadata.deletionTimestamp).toBeUndefined();
    const { metadata, status } = world.get(Pod, "free") as Pod;
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "PreemptionByScheduler",
      message: "default-scheduler: preempting to accommodate a higher priority pod",
    });
  });

  it("makes pods go that stand in the way of spread and anti-affinity", () => {
    const labels = { group: "spread" };
    const labelled = (made: Pod): Pod => ({ ...made, metadata: { ...made.metadata, labels } });
    const topologyKey = "kubernetes.io/hostname";
    const selector = { matchLabels: labels };
    const world = cluster(workers(1));
    world.apply(PriorityClass, high);
    const required = [{ topologyKey, labelSelector: selector }];
    const alone = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    scheduled(world, labelled(pod("low")));
    scheduled(world, labelled(pod("equal", { affinity: alone })));
    expect(refusal(world, "equal")).toBe(
      "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
    world.remove(Pod, "equal");
    scheduled(world, labelled(pod("high", { affinity: alone, priorityClassName: "high" })));
    expect(world.list(Pod, "default").map(({ metadata }) => metadata.name)).toEqual(["high"]);
    world.remove(Pod, "high");
    const spread = {
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: selector,
      minDomains: 2,
    };
    scheduled(world, labelled(pod("first")), labelled(pod("second")));
    scheduled(world, labelled(pod("third", { priorityClassName: "high", topologySpreadConstraints: [spread] })));
    expect(world.list(Pod, "default").map(({ metadata }) => metadata.name)).toEqual(["third"]);
  });

  it("spares equals", () => {
    const world = cluster(workers(1));
    scheduled(world, pod("first", {}, requesting("3")), pod("second", {}, requesting("3")));
    expect(world.get(Pod, "first")?.status?.phase).toBe("Running");
    expect(refusal(world, "second")).toBe(
      "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
  });

  it("S0-16 refuses a pod whose PriorityClass does not exist", () => {
    const world = cluster(workers(1));
    const answer = world.send({
      verb: "create",
      kind: Pod,
      namespace: "default",
      object: pod("vain", { priorityClassName: "important" }),
    });
    expect(answer.ok ? "" : answer.status.message).toBe(
      'pods "vain" is forbidden: no PriorityClass with name important was found',
    );
  });
});
