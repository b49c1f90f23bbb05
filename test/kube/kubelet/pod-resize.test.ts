import { describe, expect, it } from "vitest";
import {
  type Container,
  Event,
  LimitRange,
  Pod,
  ResourceQuota,
  type ResourceRequirements,
} from "../../../src/api/index.ts";
import { oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod, requesting } from "../pods.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

const NODES = [{ name: "node1", capacity: { cpu: "4", memory: "8Gi", pods: "20" } }];

function cluster(): SmallCluster {
  return smallCluster({ config: { nodes: NODES } });
}

function running(world: SmallCluster, name: string, container: Partial<Container>): void {
  world.apply(Pod, pod(name, {}, container));
  world.settle();
}

/** Asks for other resources, as `kubectl patch --subresource resize` does; what the pod's conditions said on the way. */
function resize(world: SmallCluster, name: string, resources: ResourceRequirements): readonly string[] {
  const before = world.get(Pod, name) as Pod;
  const containers = before.spec.containers.map((container) => ({ ...container, resources }));
  const object = { ...before, spec: { ...before.spec, containers } };
  const answer = world.send({
    verb: "update",
    kind: Pod,
    namespace: "default",
    name,
    subresource: "resize",
    object: object as Pod,
  });
  expect(answer.ok ? "" : answer.status.message).toBe("");
  const seen: string[] = [];
  const unwatch = world.cluster.informers.of(Pod).addHandler(({ after }) => {
    if (after?.metadata.name !== name) return;
    seen.push(...(after.status?.conditions ?? []).flatMap(({ type }) => (type.startsWith("PodResize") ? [type] : [])));
  });
  world.settle();
  unwatch();
  return [...new Set(seen)];
}

function container(world: SmallCluster, name: string) {
  return world.get(Pod, name)?.status?.containerStatuses?.[0];
}

function pending(world: SmallCluster, name: string): string | undefined {
  const found = world.get(Pod, name)?.status?.conditions?.find(({ type }) => type === "PodResizePending");
  return found && `${found.reason}: ${found.message}`;
}

function told(world: SmallCluster, name: string): readonly string[] {
  const events = world.list(Event, "default").filter(({ involvedObject }) => involvedObject?.name === name);
  return events.map(({ reason, message }) => `${reason}: ${message}`);
}

describe("a running pod that asks for other resources", () => {
  it("gets them in place", () => {
    const world = cluster();
    running(world, "web", requesting("1"));
    expect(container(world, "web")).toMatchObject({
      allocatedResources: { cpu: "1" },
      resources: { requests: { cpu: "1" } },
    });
    expect(resize(world, "web", { requests: { cpu: "2" } })).toEqual(["PodResizeInProgress"]);
    expect(container(world, "web")).toMatchObject({
      allocatedResources: { cpu: "2" },
      resources: { requests: { cpu: "2" } },
      restartCount: 0,
    });
    expect(world.get(Pod, "web")?.status?.conditions?.some(({ type }) => type.startsWith("PodResize"))).toBe(false);
    expect(told(world, "web")).toContain(
      'ResizeCompleted: Pod resize completed: {"containers":[{"name":"main","resources":{"requests":{"cpu":"2"}}}],"generation":2}',
    );
  });

  it("is restarted for it where its policy says so", () => {
    const world = cluster();
    const resizePolicy = [{ resourceName: "memory", restartPolicy: "RestartContainer" }];
    running(world, "web", { ...requesting("1", "1Gi"), resizePolicy });
    resize(world, "web", { requests: { cpu: "2", memory: "1Gi" } });
    expect(container(world, "web")).toMatchObject({ restartCount: 0, resources: { requests: { cpu: "2" } } });
    resize(world, "web", { requests: { cpu: "2", memory: "2Gi" } });
    expect(container(world, "web")).toMatchObject({ restartCount: 1, resources: { requests: { memory: "2Gi" } } });
    expect(told(world, "web")).toContain("Killing: Container main resize requires restart");
  });

  it("waits until its node has room, and the scheduler counts what it waits for", () => {
    const world = cluster();
    running(world, "web", requesting("1"));
    running(world, "other", requesting("2500m"));
    expect(resize(world, "web", { requests: { cpu: "2" } })).toEqual(["PodResizePending"]);
    expect(pending(world, "web")).toBe(
      "Deferred: Node didn't have enough resource: cpu, requested: 2000, used: 2700, capacity: 4000",
    );
    expect(container(world, "web")).toMatchObject({ allocatedResources: { cpu: "1" } });
    running(world, "late", requesting("500m"));
    expect(world.get(Pod, "late")?.spec.nodeName).toBeUndefined();
    world.remove(Pod, "other");
    world.settle();
    world.advance(60);
    expect(pending(world, "web")).toBeUndefined();
    expect(container(world, "web")).toMatchObject({ allocatedResources: { cpu: "2" } });
    expect(world.get(Pod, "late")?.status?.phase).toBe("Running");
  });

  it("has what it was granted, and waits on, when its node starts again", () => {
    const world = cluster();
    running(world, "a", requesting("1"));
    running(world, "b", requesting("2500m"));
    resize(world, "a", { requests: { cpu: "2" } });
    world.cluster.crashNode("node1");
    world.cluster.restartNode("node1");
    world.advance(60);
    expect(container(world, "a")).toMatchObject({
      allocatedResources: { cpu: "1" },
      resources: { requests: { cpu: "1" } },
      state: { running: {} },
    });
    expect(pending(world, "a")).toMatch(/^Deferred: /);
    world.remove(Pod, "b");
    world.advance(60);
    expect(container(world, "a")).toMatchObject({ allocatedResources: { cpu: "2" } });
  });

  it("is told what no node of its size can give", () => {
    const world = cluster();
    running(world, "web", requesting("1"));
    resize(world, "web", { requests: { cpu: "64" } });
    expect(pending(world, "web")).toBe(
      "Infeasible: Node didn't have enough capacity: cpu, requested: 64000, capacity: 4000",
    );
    // What cannot be had is not held.
    running(world, "other", requesting("2500m"));
    expect(world.get(Pod, "other")?.status?.phase).toBe("Running");
    resize(world, "web", { requests: { cpu: "500m" } });
    expect(pending(world, "web")).toBeUndefined();
    expect(container(world, "web")).toMatchObject({ allocatedResources: { cpu: "500m" } });
  });

  it("before 1.33 shows no resources", () => {
    const world = smallCluster({ config: { nodes: NODES, version: "v1.32.0" } });
    running(world, "web", requesting("1"));
    expect(container(world, "web")).not.toHaveProperty("resources");
  });
});

it.each([
  [
    "containers of other names",
    [{ name: "other", image: "busybox:1" }],
    "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize",
  ],
  [
    "more containers",
    [
      { name: "main", image: "busybox:1" },
      { name: "more", image: "busybox:1" },
    ],
    "spec.containers: Forbidden: containers may not be added or removed on resize",
  ],
  [
    "more than a LimitRange allows",
    [{ name: "main", image: "busybox:1", resources: { requests: { cpu: "2" }, limits: { cpu: "2" } } }],
    "maximum cpu usage per Container is 1500m, but limit is 2",
  ],
  [
    "more than a ResourceQuota has left",
    [{ name: "main", image: "busybox:1", resources: { requests: { cpu: "1100m" }, limits: { cpu: "1100m" } } }],
    "exceeded quota: all, requested: requests.cpu=600m, used: requests.cpu=500m, limited: requests.cpu=1",
  ],
])("a resize is refused: %s", (_what, wished, refusal) => {
  const world = cluster();
  const metadata = { name: "all", namespace: "default" };
  world.apply(ResourceQuota, {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata,
    spec: { hard: { "requests.cpu": "1" } },
  });
  const limits = [{ type: "Container" as const, max: { cpu: "1500m" } }];
  world.apply(LimitRange, { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } });
  world.advance(10);
  running(world, "web", { resources: { requests: { cpu: "500m" }, limits: { cpu: "500m" } } });
  world.advance(10);
  const before = world.get(Pod, "web") as Pod;
  const object = { ...before, spec: { ...before.spec, containers: wished as readonly Container[] } };
  const at = { namespace: "default", name: "web", subresource: "resize" } as const;
  const answer = world.send({ verb: "update", kind: Pod, ...at, object });
  expect(answer.ok ? "" : answer.status.message).toContain(refusal);
});

it("a container is started again for another image", () => {
  const world = cluster();
  running(world, "web", {});
  const before = world.get(Pod, "web") as Pod;
  const containers = before.spec.containers.map((each) => ({ ...each, image: "busybox:2" }));
  world.apply(Pod, { ...before, spec: { ...before.spec, containers } });
  world.settle();
  expect(container(world, "web")).toMatchObject({ image: "busybox:2", restartCount: 1, state: { running: {} } });
  expect(told(world, "web")).toContain("Killing: Container main definition changed, will be restarted");
});

it("programs see what the kernel lets them have, also after a resize", () => {
  const world = oneCluster();
  const limits = { cpu: "1250m", memory: "64Mi" };
  const requests = { cpu: "250m", memory: "32Mi" };
  world.create(Pod, pod("p", {}, { command: ["sleep", "1d"], resources: { limits, requests } }));
  const seen = (): string =>
    world.exec("p", "sh", "-c", "cd /sys/fs/cgroup; cat cpu.max cpu.weight memory.max /proc/1/oom_score_adj");
  expect(world.exec("p", "mount", "-t", "cgroup2")).toBe(
    "cgroup on /sys/fs/cgroup type cgroup2 (ro,nosuid,nodev,noexec,relatime)\n",
  );
  expect(seen()).toBe("125000 100000\n10\n67108864\n999\n");
  const before = world.get(Pod, "p");
  const resources = { limits: { cpu: "2", memory: "128Mi" }, requests };
  const containers = before.spec.containers.map((each) => ({ ...each, resources }));
  const at = { namespace: "default", name: "p", subresource: "resize" } as const;
  world.send({ verb: "update", kind: Pod, ...at, object: { ...before, spec: { ...before.spec, containers } } as Pod });
  world.advance(1);
  expect(seen()).toBe("200000 100000\n10\n134217728\n999\n");
});
