import { describe, expect, it } from "vitest";
import {
  CustomResourceDefinition,
  EndpointSlice,
  PropagationPolicy,
  ResourceBinding,
  Service,
  ServiceExport,
  ServiceImport,
  Work,
  workName,
} from "../../src/api/index.ts";
import { findCondition } from "../../src/apimachinery/index.ts";
import { type Fleet, type FleetOptions, fleet } from "./fleet.ts";

const CRD_POLICIES = `
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: serviceexport-policy}
spec:
  resourceSelectors:
  - {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: serviceexports.multicluster.x-k8s.io}
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
---
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: serviceimport-policy}
spec:
  resourceSelectors:
  - {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: serviceimports.multicluster.x-k8s.io}
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`;
const EXPORT = `
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceExport
metadata: {name: serve}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: serve-export-policy}
spec:
  resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, name: serve}]
  placement: {clusterAffinity: {clusterNames: [member1]}}
`;
const IMPORT = `
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: {name: serve}
spec:
  type: ClusterSetIP
  ports: [{port: 80, protocol: TCP}]
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: serve-import-policy}
spec:
  resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, name: serve}]
  placement: {clusterAffinity: {clusterNames: [member2]}}
`;
const SLICE = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: "serve-abcde",
    labels: {
      "kubernetes.io/service-name": "serve",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    },
  },
  addressType: "IPv4",
  endpoints: [
    {
      addresses: ["10.10.0.5"],
      conditions: { ready: true },
      hostname: "serve-0",
      nodeName: "node1",
      zone: "z1",
      hints: { forZones: [{ name: "z1" }] },
      targetRef: { kind: "Pod", namespace: "default", name: "serve-0", uid: "u" },
    },
  ],
  ports: [{ name: "", port: 8080, protocol: "TCP" }],
} as const;

function exported(options: FleetOptions = {}): Fleet {
  const made = fleet(options);
  made.apply(CRD_POLICIES);
  made.settle();
  made.member("member1").create(SLICE);
  made.apply(EXPORT);
  made.settle();
  return made;
}

function both(options: FleetOptions = {}): Fleet {
  const made = exported(options);
  made.apply(IMPORT);
  made.settle();
  return made;
}

const slicesAt = (made: Fleet, name?: string): string[] =>
  (name === undefined ? made.host : made.member(name))
    .list(EndpointSlice, "default")
    .map((slice) => slice.metadata.name);

const importAt = (made: Fleet, name: string): ServiceImport | undefined =>
  made.member(name).get(ServiceImport, "serve", "default");

describe("a Service that crosses clusters", () => {
  it("S4-11 needs the two CRDs in the members, where policies take them", () => {
    const made = fleet();
    made.apply(CRD_POLICIES);
    made.settle();
    for (const name of ["member1", "member2"])
      expect(made.member(name).get(CustomResourceDefinition, "serviceimports.multicluster.x-k8s.io")).toBeDefined();
  });

  it("S4-12 waits for the CRDs when it comes before them, and heals by itself", () => {
    const made = fleet();
    made.member("member1").create(SLICE);
    made.apply(EXPORT);
    made.settle();
    expect(slicesAt(made)).toEqual([]);
    const scheduled = made.host.get(ResourceBinding, "serve-serviceexport", "default")?.status?.conditions;
    expect(findCondition(scheduled, "Scheduled")?.reason).toBe("NoClusterFit");
    made.apply(CRD_POLICIES);
    made.settle();
    expect(slicesAt(made)).toEqual(["imported-member1-serve-abcde"]);
  });

  it("S4-12 says in its Work that a member does not serve the kind, and heals by itself", () => {
    const made = fleet();
    const name = workName("ServiceExport", "serve", "default");
    const manifest = { apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: "ServiceExport" };
    made.host.create({
      apiVersion: "work.karmada.io/v1alpha1",
      kind: "Work",
      metadata: { name, namespace: "karmada-es-member1" },
      spec: { workload: { manifests: [{ ...manifest, metadata: { name: "serve", namespace: "default" } }] } },
    } as Work);
    made.settle();
    const applied = () => findCondition(made.host.get(Work, name, "karmada-es-member1")?.status?.conditions, "Applied");
    expect(applied()).toMatchObject({
      status: "False",
      message:
        'Failed to apply all manifests (0/1): no matches for kind "ServiceExport" in version "multicluster.x-k8s.io/v1alpha1"',
    });
    made.apply(CRD_POLICIES);
    made.settle();
    expect(applied()?.status).toBe("True");
  });

  it("S4-14 S4-15 EPS-60 is exported by its member alone, whose slices are collected at the host", () => {
    const made = exported();
    expect(made.member("member1").get(ServiceExport, "serve", "default")).toBeDefined();
    expect(made.member("member2").get(ServiceExport, "serve", "default")).toBeUndefined();
    const collected = made.host.get(Work, workName("EndpointSlice", "serve-abcde", "default"), "karmada-es-member1");
    expect(collected?.spec.suspendDispatching).toBe(true);
    expect(collected?.metadata.labels).toMatchObject({
      "endpointslice.karmada.io/namespace": "default",
      "endpointslice.karmada.io/name": "serve",
      "endpointslice.karmada.io/managed-by": "ServiceExport",
    });
    const imported = made.host.get(EndpointSlice, "imported-member1-serve-abcde", "default");
    expect(imported?.metadata.labels).toMatchObject({
      "kubernetes.io/service-name": "derived-serve",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.karmada.io",
      "multicluster.kubernetes.io/source-cluster": "member1",
    });
    // Karmada hands on all that is said of an endpoint, though its node and pod are in another cluster.
    expect(imported?.endpoints).toEqual(SLICE.endpoints);
    expect(slicesAt(made, "member1")).toEqual(["serve-abcde"]);
  });

  it("S4-16 is collected once it exists", () => {
    const made = fleet();
    made.apply(CRD_POLICIES);
    made.apply(EXPORT);
    made.settle();
    expect(slicesAt(made)).toEqual([]);
    made.member("member1").create(SLICE);
    made.settle();
    expect(slicesAt(made)).toEqual(["imported-member1-serve-abcde"]);
  });

  it("S4-18 S4-19 S4-20 is imported with a derived Service of the member's own address, and the slices", () => {
    const made = both();
    expect(made.host.get(PropagationPolicy, "serve-import-policy", "default")?.spec.propagateDeps).toBe(true);
    const derived = made.member("member2").get(Service, "derived-serve", "default");
    expect(derived?.spec.selector).toBeUndefined();
    expect(derived?.spec.type).toBe("ClusterIP");
    expect(derived?.spec.clusterIP).toMatch(/^10\.13\./);
    expect(derived?.spec.ports).toMatchObject([{ port: 80, protocol: "TCP" }]);
    expect(slicesAt(made, "member2")).toEqual(["imported-member1-serve-abcde"]);
    expect(made.member("member2").list(EndpointSlice, "default")[0]?.ports).toEqual(SLICE.ports);
    expect(slicesAt(made, "member1")).toEqual(["serve-abcde"]);
  });

  it("S4-31 follows its endpoints", () => {
    const made = both();
    const endpoints = [{ addresses: ["10.10.0.5"] }, { addresses: ["10.10.0.6"] }];
    made.member("member1").patch(EndpointSlice, "serve-abcde", "default", { endpoints });
    made.settle();
    expect(made.member("member2").list(EndpointSlice, "default")[0]?.endpoints).toEqual(endpoints);
  });

  it("S4-17 EPS-63 loses its imported slices with the export, while the derived Service stays", () => {
    const made = both();
    made.host.remove(ServiceExport, "serve", "default");
    made.settle();
    expect(slicesAt(made)).toEqual([]);
    expect(slicesAt(made, "member2")).toEqual([]);
    expect(made.member("member2").get(Service, "derived-serve", "default")).toBeDefined();
    expect(made.member("member1").get(EndpointSlice, "serve-abcde", "default")).toBeDefined();
  });

  it("S4-21 loses derived Service and slices in the member with the import", () => {
    const made = both();
    made.host.remove(ServiceImport, "serve", "default");
    made.settle();
    expect(importAt(made, "member2")).toBeUndefined();
    expect(made.member("member2").get(Service, "derived-serve", "default")).toBeUndefined();
    expect(slicesAt(made, "member2")).toEqual([]);
  });

  it("S4-22 brings the slices of every exporter", () => {
    const made = fleet({ members: ["member1", "member2", "member3"] });
    made.apply(CRD_POLICIES.replaceAll("[member1, member2]", "[member1, member2, member3]"));
    made.settle();
    made.member("member1").create(SLICE);
    made.member("member3").create({ ...SLICE, metadata: { ...SLICE.metadata, name: "serve-xyz" } });
    made.apply(EXPORT.replace("[member1]", "[member1, member3]"));
    made.apply(IMPORT);
    made.settle();
    expect(slicesAt(made, "member2")).toEqual(["imported-member1-serve-abcde", "imported-member3-serve-xyz"]);
  });
});

describe("the cluster set IP of an import", () => {
  it("S4-57 is filled in with the address of the importing member's derived Service, and stays", () => {
    const made = both();
    const address = made.member("member2").get(Service, "derived-serve", "default")?.spec.clusterIP;
    expect(importAt(made, "member2")?.spec.ips).toEqual([address]);
    made.host.patch(ServiceImport, "serve", "default", { metadata: { labels: { changed: "yes" } } });
    made.settle();
    expect(importAt(made, "member2")?.metadata.labels?.changed).toBe("yes");
    expect(importAt(made, "member2")?.spec.ips).toEqual([address]);
    made.writes.length = 0;
    made.advance(600_000);
    expect(made.writes).toEqual([]);
  });

  it("S4-57 follows the Service's address, and is cleared with it", () => {
    const made = both();
    const member = made.member("member2");
    member.remove(Service, "derived-serve", "default");
    made.settle();
    // Made again at once, with another address.
    const address = member.get(Service, "derived-serve", "default")?.spec.clusterIP;
    expect(address).toBeDefined();
    expect(importAt(made, "member2")?.spec.ips).toEqual([address]);
    const name = workName("Service", "derived-serve", "default");
    made.host.patch(Work, name, "karmada-es-member2", { spec: { suspendDispatching: true } });
    made.settle();
    member.remove(Service, "derived-serve", "default");
    made.settle();
    expect(importAt(made, "member2")?.spec.ips).toBeUndefined();
  });

  it("S4-57 is not touched when somebody set it at the member", () => {
    const made = both();
    const own = { spec: { ips: ["10.10.0.5"] } };
    expect(made.member("member2").patch(ServiceImport, "serve", "default", own).ok).toBe(true);
    made.settle();
    expect(importAt(made, "member2")?.spec.ips).toEqual(["10.10.0.5"]);
  });

  it("S4-57 is not touched when the template sets it", () => {
    const own = fleet();
    own.apply(CRD_POLICIES);
    own.settle();
    own.apply(IMPORT.replace("type: ClusterSetIP", "type: ClusterSetIP\n  ips: [10.99.0.1]"));
    own.settle();
    expect(importAt(own, "member2")?.spec.ips).toEqual(["10.99.0.1"]);
  });

  it("S4-49 stays empty as with Karmada when switched off", () => {
    const made = both({ federation: { fillClusterSetIPs: false } });
    expect(importAt(made, "member2")).toBeDefined();
    expect(importAt(made, "member2")?.spec.ips).toBeUndefined();
  });

  it("S4-50 leaves an import alone that was made by hand", () => {
    const made = fleet();
    made.apply(CRD_POLICIES);
    made.settle();
    made.member("member2").create({
      apiVersion: "multicluster.x-k8s.io/v1alpha1",
      kind: "ServiceImport",
      metadata: { name: "serve" },
      spec: { type: "ClusterSetIP", ports: [{ name: "http", port: 80, protocol: "TCP" }], ips: ["10.10.0.5"] },
    } as ServiceImport);
    made.settle();
    expect(importAt(made, "member2")?.spec.ips).toEqual(["10.10.0.5"]);
  });
});
