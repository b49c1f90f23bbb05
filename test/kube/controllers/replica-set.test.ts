import { describe, expect, it } from "vitest";
import { Pod, ReplicaSet, type ReplicaSetSpec, ReplicationController } from "../../../src/api/index.ts";
import { clusterOf, labels, named, template, told } from "./workloads.ts";

function replicaSet(spec: Partial<ReplicaSetSpec> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    ...named("web"),
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(), ...spec },
  };
}

describe("the replication controller", () => {
  it("S1-33 keeps the pods of a ReplicationController", () => {
    const world = clusterOf(1);
    world.apply(ReplicationController, {
      apiVersion: "v1",
      kind: "ReplicationController",
      ...named("web"),
      spec: { replicas: 2, template: template() },
    });
    world.settle();
    world.remove(Pod, world.list(Pod, "default")[0]?.metadata.name ?? "");
    world.settle();
    expect(world.list(Pod, "default")).toHaveLength(2);
    expect(world.get(ReplicationController, "web")?.status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });
});

describe("the ReplicaSet controller", () => {
  it("replaces a pod that is deleted", () => {
    const world = clusterOf(1);
    world.apply(ReplicaSet, replicaSet());
    world.settle();
    const [first] = world.list(Pod, "default");
    world.remove(Pod, first?.metadata.name ?? "");
    world.settle();
    const names = world.list(Pod, "default").map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(2);
    expect(names).not.toContain(first?.metadata.name);
    expect(told(world, "replicaset-controller")).toHaveLength(3);
  });

  it("adopts pods that match, and lets go of those that no longer do", () => {
    const world = clusterOf(1);
    world.apply(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...named("bare").metadata, labels },
      spec: template().spec,
    });
    world.settle();
    world.apply(ReplicaSet, replicaSet());
    world.settle();
    expect(world.list(Pod, "default")).toHaveLength(2);
    const bare = world.get(Pod, "bare") as Pod;
    expect(bare.metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", name: "web", controller: true }]);
    world.apply(Pod, { ...bare, metadata: { ...bare.metadata, labels: { app: "other" } } });
    world.settle();
    expect(world.get(Pod, "bare")?.metadata.ownerReferences ?? []).toEqual([]);
    expect(world.list(Pod, "default")).toHaveLength(3);
  });

  it("counts a pod as available only after minReadySeconds", () => {
    const world = clusterOf(1);
    world.apply(ReplicaSet, replicaSet({ minReadySeconds: 30 }));
    world.advance(20);
    expect(world.get(ReplicaSet, "web")?.status).toMatchObject({ readyReplicas: 2 });
    expect(world.get(ReplicaSet, "web")?.status).not.toHaveProperty("availableReplicas");
    world.advance(20);
    expect(world.get(ReplicaSet, "web")?.status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
  });
});
