import { describe, expect, it } from "vitest";
import {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  type StatefulSetSpec,
} from "../../../src/api/index.ts";
import type { SmallCluster } from "../small-cluster.ts";
import { clusterOf, labels, named, template, told } from "./workloads.ts";

function statefulSet(spec: Partial<StatefulSetSpec> = {}): StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    ...named("web"),
    spec: { replicas: 3, serviceName: "web", selector: { matchLabels: labels }, template: template(), ...spec },
  };
}

/** What happens to pods of the set, in order. */
function watchPods(world: SmallCluster): string[] {
  const seen: string[] = [];
  world.loop.trace.observe(({ verb, subject }) => {
    const [plural, key] = subject.split(" ");
    if (plural === "pods" && (verb === "create" || verb === "delete")) seen.push(`${verb} ${key?.split("/")[1]}`);
  });
  return seen;
}

const images = (world: SmallCluster): readonly (string | undefined)[] =>
  world.list(Pod, "default").map(({ spec }) => spec.containers[0]?.image);

describe("the StatefulSet controller", () => {
  it("creates its pods in order, each with its name, its host name and its claims", () => {
    const world = clusterOf(1);
    const seen = watchPods(world);
    const claims = [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ];
    world.apply(StatefulSet, statefulSet({ volumeClaimTemplates: claims }));
    world.settle();
    expect(seen).toEqual(["create web-0", "create web-1", "create web-2"]);
    expect(world.get(Pod, "web-1")).toMatchObject({
      metadata: { labels: { "statefulset.kubernetes.io/pod-name": "web-1", "apps.kubernetes.io/pod-index": "1" } },
      spec: {
        hostname: "web-1",
        subdomain: "web",
        volumes: expect.arrayContaining([{ name: "data", persistentVolumeClaim: { claimName: "data-web-1" } }]),
      },
    });
    expect(world.list(PersistentVolumeClaim, "default").map(({ metadata }) => metadata.name)).toEqual([
      "data-web-0",
      "data-web-1",
      "data-web-2",
    ]);
    const revision = world.list(ControllerRevision, "default")[0]?.metadata.name;
    expect(world.get(StatefulSet, "web")?.status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
    });
    expect(told(world, "statefulset-controller")).toContain("create Pod web-0 in StatefulSet web successful");
  });

  it("waits for a pod that does not become ready, unless it may work in parallel", () => {
    const unready = template({
      containers: [{ name: "c", image: "bad:1", readinessProbe: { httpGet: { port: 80 } } }],
    });
    for (const [podManagementPolicy, count] of [
      ["OrderedReady", 1],
      ["Parallel", 3],
    ] as const) {
      const world = clusterOf(1);
      world.apply(StatefulSet, statefulSet({ podManagementPolicy, template: unready }));
      world.settle();
      expect(world.list(Pod, "default")).toHaveLength(count);
    }
  });

  it("scales down from the highest ordinal, one by one", () => {
    const world = clusterOf(1);
    world.apply(StatefulSet, statefulSet());
    world.settle();
    const seen = watchPods(world);
    world.apply(StatefulSet, statefulSet({ replicas: 1 }));
    world.settle();
    expect(seen).toEqual(["delete web-2", "delete web-1"]);
  });

  it("updates from the highest ordinal down to the partition", () => {
    const world = clusterOf(1);
    world.apply(StatefulSet, statefulSet());
    world.settle();
    const updated = { template: template({}, "nginx:2") };
    const seen = watchPods(world);
    world.apply(StatefulSet, statefulSet({ ...updated, updateStrategy: { rollingUpdate: { partition: 1 } } }));
    world.settle();
    expect(seen).toEqual(["delete web-2", "create web-2", "delete web-1", "create web-1"]);
    expect(images(world)).toEqual(["nginx:1", "nginx:2", "nginx:2"]);
    world.remove(Pod, "web-0");
    world.settle();
    expect(images(world)).toEqual(["nginx:1", "nginx:2", "nginx:2"]);
    world.apply(StatefulSet, statefulSet(updated));
    world.settle();
    expect(images(world)).toEqual(["nginx:2", "nginx:2", "nginx:2"]);
    const status = world.get(StatefulSet, "web")?.status;
    expect(status?.currentRevision).toBe(status?.updateRevision);
    expect(
      world
        .list(ControllerRevision, "default")
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([1, 2]);
  });

  it("gives a pod its name again when it is gone", () => {
    const world = clusterOf(1);
    world.apply(StatefulSet, statefulSet());
    world.settle();
    const uid = world.get(Pod, "web-1")?.metadata.uid;
    world.remove(Pod, "web-1");
    world.settle();
    expect(world.get(Pod, "web-1")?.metadata.uid).not.toBe(uid);
    expect(world.list(Pod, "default")).toHaveLength(3);
  });
});
