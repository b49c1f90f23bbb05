import { describe, expect, it } from "vitest";
import { estimateReplicas } from "../../../src/algorithms/placement/estimate.ts";
import { scheduleBinding } from "../../../src/algorithms/placement/schedule.ts";
import type { BindingSpec, Cluster, Placement } from "../../../src/api/index.ts";
import { cluster } from "./clusters.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" };

function scheduled(clusters: readonly Cluster[], spec: Partial<BindingSpec>, affinityName?: string): unknown {
  const step = scheduleBinding({ spec: { resource: DEPLOYMENT, ...spec }, affinityName, fresh: false }, clusters);
  return step.ok ? step.value : `${step.reason}: ${step.message}`;
}

describe("filters give upstream's reasons", () => {
  const tainted = cluster("m1", { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] });
  it.each<[string, Cluster, Partial<BindingSpec>, string]>([
    [
      "the API is not served",
      cluster("m1"),
      { resource: { ...DEPLOYMENT, kind: "Widget" } },
      "1 cluster(s) did not have the API resource",
    ],
    ["a taint is not tolerated", tainted, {}, "1 cluster(s) had untolerated taint {a=b:NoSchedule}"],
    [
      "the affinity does not match",
      cluster("m1"),
      { placement: { clusterAffinity: { clusterNames: ["m2"] } } },
      "1 cluster(s) did not match the placement cluster affinity constraint",
    ],
    [
      "a region is missing",
      cluster("m1"),
      { placement: { spreadConstraints: [{ spreadByField: "region" }] } },
      "1 cluster(s) did not have region property",
    ],
    [
      "the cluster is being evicted",
      cluster("m1"),
      { gracefulEvictionTasks: [{ fromCluster: "m1", reason: "TaintUntolerated", producer: "TaintManager" }] },
      "1 cluster(s) is in the process of eviction",
    ],
  ])("when %s", (_title, member, spec, reason) => {
    expect(scheduled([member], spec)).toBe(`NoClusterFit: 0/1 clusters are available: ${reason}.`);
  });

  it("counts them, sorted", () => {
    const names = { placement: { clusterAffinity: { clusterNames: ["none"] } } };
    const tainted2 = cluster("m3", { taints: [{ key: "a", effect: "NoExecute" }] });
    expect(scheduled([cluster("m1"), cluster("m2"), tainted2], names)).toBe(
      "NoClusterFit: 0/3 clusters are available: 1 cluster(s) had untolerated taint {a:NoExecute}, 2 cluster(s) did not match the placement cluster affinity constraint.",
    );
  });

  it("says so when there is no cluster", () => {
    expect(scheduled([], {})).toBe("NoClusterFit: 0/0 clusters are available: no cluster exists.");
  });

  it("do not drive out what runs already", () => {
    expect(scheduled([tainted], { clusters: [{ name: "m1" }] })).toEqual([{ name: "m1" }]);
  });
});

describe("cluster affinity", () => {
  const clusters = [
    cluster("m1", { provider: "p1", region: "r1", zones: ["z1", "z2"], labels: { tier: "gold" } }),
    cluster("m2", { provider: "p2", region: "r1", zones: ["z3"] }),
  ];
  const field = (key: string, operator: "In" | "NotIn", values: readonly string[]) => ({
    fieldSelector: { matchExpressions: [{ key, operator, values }] },
  });
  it.each<[string, NonNullable<Placement["clusterAffinity"]>, readonly string[]]>([
    ["an empty one matches all", {}, ["m1", "m2"]],
    ["names", { clusterNames: ["m2"] }, ["m2"]],
    ["exclusion wins over names", { clusterNames: ["m1", "m2"], exclude: ["m2"] }, ["m1"]],
    ["labels", { labelSelector: { matchLabels: { tier: "gold" } } }, ["m1"]],
    ["provider in", field("provider", "In", ["p2"]), ["m2"]],
    ["region not in", field("region", "NotIn", ["r9"]), ["m1", "m2"]],
    ["any of a cluster's zones", field("zone", "In", ["z2"]), ["m1"]],
    ["none of a cluster's zones", field("zone", "NotIn", ["z2"]), ["m2"]],
  ])("%s", (_title, clusterAffinity, names) => {
    expect(scheduled(clusters, { placement: { clusterAffinity } })).toEqual(names.map((name) => ({ name })));
  });

  it("is the observed group's where there are groups", () => {
    const clusterAffinities = [
      { affinityName: "a", clusterNames: ["m1"] },
      { affinityName: "b", clusterNames: ["m2"] },
    ];
    expect(scheduled(clusters, { placement: { clusterAffinities } }, "b")).toEqual([{ name: "m2" }]);
  });
});

describe("clusters are preferred", () => {
  it("when they are targets already, then by room, then by name", () => {
    const clusters = [
      cluster("m1", { pods: 5 }),
      cluster("m2", { pods: 9 }),
      cluster("m3", { pods: 9 }),
      cluster("m4", { pods: 1 }),
    ];
    const result = scheduled(clusters, { replicas: 1, clusters: [{ name: "m4", replicas: 1 }] });
    expect(result).toEqual(["m4", "m2", "m3", "m1"].map((name) => ({ name, replicas: 1 })));
  });
});

describe("the estimator", () => {
  const summary = (resourceSummary: NonNullable<Cluster["status"]>["resourceSummary"]): Cluster => ({
    ...cluster("m1"),
    status: resourceSummary === undefined ? {} : { resourceSummary },
  });
  const cpu = { resourceRequest: { cpu: "500m", memory: "1Gi" } };
  it.each<[string, Cluster, number]>([
    ["no summary, no room", summary(undefined), 0],
    ["pods bound", summary({ allocatable: { pods: "3", cpu: "8", memory: "8Gi" } }), 3],
    ["cpu bounds", summary({ allocatable: { pods: "110", cpu: "2", memory: "64Gi" } }), 4],
    [
      "what is allocated is gone",
      summary({ allocatable: { pods: "110", cpu: "2", memory: "64Gi" }, allocated: { cpu: "1", pods: "1" } }),
      2,
    ],
    ["a resource that is not there", summary({ allocatable: { pods: "110", cpu: "2" } }), 0],
  ])("%s", (_title, member, replicas) => {
    expect(estimateReplicas(member, cpu)).toBe(replicas);
  });

  it("takes nodes for the smallest of their grade where there are models", () => {
    const member: Cluster = {
      ...cluster("m1", {
        resourceModels: [
          { grade: 0, ranges: [{ name: "cpu", min: "0", max: "1" }] },
          { grade: 1, ranges: [{ name: "cpu", min: "1", max: "2" }] },
        ],
      }),
      status: {
        resourceSummary: {
          allocatable: { pods: "110", cpu: "100" },
          allocatableModelings: [
            { grade: 0, count: 5 },
            { grade: 1, count: 3 },
          ],
        },
      },
    };
    expect(estimateReplicas(member, { resourceRequest: { cpu: "500m" } })).toBe(6);
  });
});
