import { describe, expect, it } from "vitest";
import {
  ConfigMap,
  CustomResourceDefinition,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  Service,
} from "../../../src/api/index.ts";
import { defineKind } from "../../../src/apimachinery/index.ts";
import { object } from "../../apiserver/fixture.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

type Amounts = Readonly<Record<string, string>>;

function quota(world: SmallCluster, hard: Amounts): void {
  const metadata = { name: "q", namespace: "default" };
  world.apply(ResourceQuota, { apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard } });
  world.settle();
}

const used = (world: SmallCluster): unknown => world.get(ResourceQuota, "q", "default")?.status?.used;

function pod(world: SmallCluster, name: string, cpu = "100m"): void {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu } } }];
  world.apply(Pod, { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec: { containers } });
}

describe("the quota controller", () => {
  it("counts what is there when a quota comes, and when it changes", () => {
    const world = smallCluster();
    pod(world, "a");
    pod(world, "b", "1500m");
    world.settle();
    quota(world, { pods: "5", "requests.cpu": "2" });
    expect(world.get(ResourceQuota, "q", "default")?.status).toEqual({
      hard: { pods: "5", "requests.cpu": "2" },
      used: { pods: "2", "requests.cpu": "1600m" },
    });
    world.send({
      verb: "patch",
      kind: ResourceQuota,
      namespace: "default",
      name: "q",
      patch: { type: "merge", body: { spec: { hard: { services: "3" } } } },
    });
    world.settle();
    expect(used(world)).toEqual({ pods: "2", "requests.cpu": "1600m", services: "1" });
  });

  it("takes back what objects took that are gone, done or less", () => {
    const world = smallCluster();
    quota(world, { pods: "1", "services.nodeports": "1" });
    pod(world, "a");
    expect(used(world)).toEqual({ pods: "1", "services.nodeports": "0" });
    const again = object(
      "v1",
      "Pod",
      { name: "b", namespace: "default" },
      { spec: { containers: [{ name: "c", image: "i" }] } },
    );
    const request = { verb: "create", kind: Pod, namespace: "default", object: again } as const;
    expect(world.send(request).ok).toBe(false);
    world.settle();
    world.remove(Pod, "a");
    world.settle();
    expect(used(world)).toMatchObject({ pods: "0" });
    expect(world.send(request).ok).toBe(true);
    const service = { name: "s", namespace: "default" };
    world.apply(Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: service,
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    expect(used(world)).toMatchObject({ "services.nodeports": "1" });
    const narrow = { spec: { type: "ClusterIP", ports: [{ port: 80 }] } };
    world.send({
      verb: "patch",
      kind: Service,
      namespace: "default",
      name: "s",
      patch: { type: "merge", body: narrow },
    });
    world.settle();
    expect(used(world)).toMatchObject({ "services.nodeports": "0" });
  });

  it("counts objects of any kind", () => {
    const world = smallCluster();
    const Widget = defineKind({
      group: "example.com",
      version: "v1",
      kind: "Widget",
      plural: "widgets",
      namespaced: true,
    });
    const schema = { openAPIV3Schema: { type: "object" } };
    const definition = object(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      { name: "widgets.example.com" },
      {
        spec: {
          group: "example.com",
          scope: "Namespaced",
          names: { plural: "widgets", kind: "Widget" },
          versions: [{ name: "v1", served: true, storage: true, schema }],
        },
      },
    );
    world.send({ verb: "create", kind: CustomResourceDefinition, object: definition });
    world.apply(Widget, {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w", namespace: "default" },
    });
    world.settle();
    world.advance(60);
    quota(world, { "count/widgets.example.com": "2", "count/configmaps": "9" });
    const maps = world.list(ConfigMap, "default").length;
    expect(used(world)).toEqual({ "count/widgets.example.com": "1", "count/configmaps": String(maps) });
    world.remove(Widget, "w");
    world.settle();
    expect(used(world)).toMatchObject({ "count/widgets.example.com": "0" });
  });

  it("counts devices by their class, and claims by their class of attributes", () => {
    const world = smallCluster();
    quota(world, { "gpu.deviceclass.resource.k8s.io/devices": "9", "count/resourceclaims.resource.k8s.io": "2" });
    const resourceClaims = { group: "resource.k8s.io", version: "v1", kind: "ResourceClaim", plural: "resourceclaims" };
    const exactly = (name: string, request: object) => ({ name, exactly: { deviceClassName: "gpu", ...request } });
    const choice = [
      { name: "one", deviceClassName: "gpu", count: 1 },
      { name: "three", deviceClassName: "gpu", count: 3 },
    ];
    const requests = [exactly("a", {}), exactly("b", { count: 2 }), { name: "c", firstAvailable: choice }];
    const claim = object(
      "resource.k8s.io/v1",
      "ResourceClaim",
      { name: "c", namespace: "default" },
      { spec: { devices: { requests } } },
    );
    world.apply(defineKind({ ...resourceClaims, namespaced: true }), claim);
    world.settle();
    expect(used(world)).toEqual({
      "count/resourceclaims.resource.k8s.io": "1",
      "gpu.deviceclass.resource.k8s.io/devices": "6",
    });
    const scopeSelector = {
      matchExpressions: [{ scopeName: "VolumeAttributesClass", operator: "In", values: ["gold"] }],
    };
    const spec = { hard: { persistentvolumeclaims: "5" }, scopeSelector };
    const narrowed = object("v1", "ResourceQuota", { name: "gold", namespace: "default" }, { spec });
    world.apply(ResourceQuota, narrowed as ResourceQuota);
    for (const [name, className] of [
      ["g", "gold"],
      ["s", "silver"],
      ["n", undefined],
    ] as const) {
      const claimed = {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
        ...(className === undefined ? {} : { volumeAttributesClassName: className }),
      };
      const volume = object("v1", "PersistentVolumeClaim", { name, namespace: "default" }, { spec: claimed });
      world.apply(PersistentVolumeClaim, volume as PersistentVolumeClaim);
    }
    world.settle();
    expect(world.get(ResourceQuota, "gold", "default")?.status?.used).toEqual({ persistentvolumeclaims: "1" });
  });
});
