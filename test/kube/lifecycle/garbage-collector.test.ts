import { describe, expect, it } from "vitest";
import { ClusterRole, ConfigMap, Namespace, ReplicationController } from "../../../src/api/index.ts";
import type { KubeObject, OwnerReference } from "../../../src/apimachinery/index.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

function configMap(
  world: SmallCluster,
  name: string,
  owners: readonly OwnerReference[] = [],
  namespace = "default",
): ConfigMap {
  const references = owners.length === 0 ? {} : { ownerReferences: owners };
  return world.apply(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, ...references } });
}

function owned(owner: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", ...more };
}

const names = (world: SmallCluster): readonly string[] =>
  world
    .list(ConfigMap, "default")
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "kube-root-ca.crt");

describe("the garbage collector", () => {
  it("follows chains of owners", () => {
    const world = smallCluster();
    const first = configMap(world, "a");
    const second = configMap(world, "b", [owned(first)]);
    configMap(world, "c", [owned(second)]);
    world.settle();
    world.remove(ConfigMap, "a");
    world.settle();
    expect(names(world)).toEqual([]);
  });

  it("is not held up by owners in a circle", () => {
    const world = smallCluster();
    const made = ["a", "b", "c"].map((name) => configMap(world, name));
    for (const [at, object] of made.entries()) {
      const owner = owned(made[(at + 2) % 3] as ConfigMap, { controller: true, blockOwnerDeletion: true });
      world.apply(ConfigMap, { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } });
    }
    world.settle();
    world.remove(ConfigMap, "a", { propagationPolicy: "Foreground" });
    world.settle();
    expect(names(world)).toEqual([]);
  });

  it("keeps what still has an owner, and strikes the one that is gone", () => {
    const world = smallCluster();
    const [first, second] = [configMap(world, "a"), configMap(world, "b")];
    configMap(world, "shared", [owned(first), owned(second)]);
    world.settle();
    world.remove(ConfigMap, "a");
    world.settle();
    expect(world.get(ConfigMap, "shared")?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(["b"]);
    world.remove(ConfigMap, "b");
    world.settle();
    expect(names(world)).toEqual([]);
  });

  it("deletes what names an owner that never was, after a second look", () => {
    const world = smallCluster();
    configMap(world, "lost", [{ apiVersion: "v1", kind: "ConfigMap", name: "nobody", uid: "nowhere" }]);
    world.advance(0);
    expect(names(world)).toEqual(["lost"]);
    world.settle();
    expect(names(world)).toEqual([]);
  });

  it("goes by UID, not by name: a namesake is no owner", () => {
    const world = smallCluster();
    const first = configMap(world, "a");
    configMap(world, "child", [owned(first)]);
    world.settle();
    world.remove(ConfigMap, "a");
    configMap(world, "a");
    world.settle();
    expect(names(world)).toEqual(["a"]);
  });

  it("does not look for owners in other namespaces", () => {
    const world = smallCluster();
    world.apply(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
    world.settle();
    const owner = configMap(world, "a", [], "other");
    configMap(world, "child", [owned(owner)]);
    world.settle();
    expect(names(world)).toEqual([]);
    expect(world.get(ConfigMap, "a", "other")).toBeDefined();
  });

  it("accepts cluster-scoped owners, and keeps cluster-scoped objects that name namespaced ones", () => {
    const world = smallCluster();
    const role = world.apply(ClusterRole, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "r" },
    });
    const owner = configMap(world, "child", [owned(role)]);
    world.apply(ClusterRole, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "odd", ownerReferences: [owned(owner)] },
    });
    world.settle();
    world.remove(ClusterRole, "r");
    world.settle();
    expect(names(world)).toEqual([]);
    expect(world.get(ClusterRole, "odd")).toBeDefined();
  });

  it("deletes in the foreground from the leaves up, waiting for those that block", () => {
    const world = smallCluster();
    const gone: string[] = [];
    world.cluster.informers.of(ConfigMap).addHandler(({ after, object }) => {
      if (after === undefined) gone.push(object.metadata.name);
    });
    const blocking = { blockOwnerDeletion: true };
    const first = configMap(world, "a");
    const second = configMap(world, "b", [owned(first, blocking)]);
    configMap(world, "c", [owned(second, blocking)]);
    configMap(world, "loose", [owned(first)]);
    world.settle();
    world.remove(ConfigMap, "a", { propagationPolicy: "Foreground" });
    world.settle();
    expect(gone).toEqual(["c", "b", "a", "loose"]);
  });

  it("leaves what a ReplicationController made, unless its deletion says otherwise", () => {
    const world = smallCluster();
    for (const [name, options] of [
      ["kept", {}],
      ["taken", { propagationPolicy: "Background" }],
    ] as const) {
      const metadata = { name, namespace: "default" };
      const controller = { apiVersion: "v1", kind: "ReplicationController", metadata };
      const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } };
      const spec = { replicas: 0, selector: { app: name }, template };
      const owner = world.apply(ReplicationController, { ...controller, spec } as ReplicationController);
      configMap(world, name, [owned(owner)]);
      world.settle();
      world.remove(ReplicationController, name, options);
      world.settle();
    }
    expect(names(world)).toEqual(["kept"]);
    expect(world.get(ConfigMap, "kept")?.metadata.ownerReferences).toBeUndefined();
    expect(world.get(ReplicationController, "kept")).toBeUndefined();
  });

  it("orphans dependents when asked to", () => {
    const world = smallCluster();
    const first = configMap(world, "a");
    configMap(world, "b", [owned(first)]);
    world.settle();
    world.remove(ConfigMap, "a", { propagationPolicy: "Orphan" });
    world.settle();
    expect(names(world)).toEqual(["b"]);
    expect(world.get(ConfigMap, "b")?.metadata.ownerReferences).toBeUndefined();
  });
});
