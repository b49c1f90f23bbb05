import { describe, expect, it } from "vitest";
import { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from "../../../src/api/index.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

const namespace = "default";
const resources = { requests: { storage: "1Gi" } };

function claim(world: SmallCluster, spec: object = {}): void {
  world.apply(PersistentVolumeClaim, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources, ...spec },
  });
}

const claimOf = (world: SmallCluster) => world.get(PersistentVolumeClaim, "c", namespace);

describe("storage", () => {
  it("goes at once while nothing uses it", () => {
    const world = smallCluster();
    claim(world);
    expect(claimOf(world)?.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    world.send({ verb: "delete", kind: PersistentVolumeClaim, namespace, name: "c" });
    world.settle();
    expect(claimOf(world)).toBeUndefined();
  });

  it("stays while a pod on a node mounts the claim", () => {
    const world = smallCluster();
    claim(world);
    const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "c" } }];
    world.apply(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace },
      spec: { containers: [{ name: "c", image: "i" }], volumes },
    });
    world.settle();
    world.send({ verb: "delete", kind: PersistentVolumeClaim, namespace, name: "c" });
    world.settle();
    expect(claimOf(world)?.metadata.deletionTimestamp).toBeDefined();
    world.send({ verb: "delete", kind: Pod, namespace, name: "p" });
    world.advance(60);
    expect(claimOf(world)).toBeUndefined();
  });

  it("stays while a claim has the volume", () => {
    const world = smallCluster();
    const spec = { accessModes: ["ReadWriteOnce" as const], storageClassName: "manual" };
    world.apply(PersistentVolume, {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "v" },
      spec: { ...spec, capacity: { storage: "1Gi" }, hostPath: { path: "/d" } },
    });
    world.apply(PersistentVolumeClaim, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "c", namespace: "default" },
      spec: { ...spec, resources: { requests: { storage: "1Gi" } } },
    });
    world.settle();
    world.send({ verb: "delete", kind: PersistentVolume, name: "v" });
    world.settle();
    expect(world.get(PersistentVolume, "v")?.metadata.deletionTimestamp).toBeDefined();
    world.send({ verb: "delete", kind: PersistentVolumeClaim, namespace: "default", name: "c" });
    world.settle();
    expect(world.get(PersistentVolume, "v")).toBeUndefined();
  });

  it("stays while a claim is of the class", () => {
    const world = smallCluster();
    world.apply(VolumeAttributesClass, {
      apiVersion: "storage.k8s.io/v1",
      kind: "VolumeAttributesClass",
      metadata: { name: "gold" },
      driverName: "d.example.com",
      parameters: { a: "b" },
    });
    claim(world, { volumeAttributesClassName: "gold" });
    world.settle();
    world.send({ verb: "delete", kind: VolumeAttributesClass, name: "gold" });
    world.settle();
    expect(world.get(VolumeAttributesClass, "gold")?.metadata.finalizers).toEqual(["kubernetes.io/vac-protection"]);
    world.send({ verb: "delete", kind: PersistentVolumeClaim, namespace, name: "c" });
    world.settle();
    expect(world.get(VolumeAttributesClass, "gold")).toBeUndefined();
  });
});
