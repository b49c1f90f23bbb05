import { describe, expect, it } from "vitest";
import type { Binding, BindingSpec, Condition, Work } from "../../../src/api/index.ts";
import { aggregatedStatus, fullyAppliedCondition } from "../../../src/federation/status/aggregation.ts";

function binding(spec: Partial<BindingSpec> = {}): Binding {
  return {
    apiVersion: "work.karmada.io/v1alpha2",
    kind: "ResourceBinding",
    metadata: { name: "web-deployment", namespace: "default" },
    spec: {
      resource: { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "default" },
      clusters: [{ name: "m1" }, { name: "m2" }],
      ...spec,
    },
  };
}

function work(cluster: string, applied: Condition["status"] | undefined, status?: object): Work {
  const identifier = {
    ordinal: 0,
    group: "apps",
    version: "v1",
    kind: "Deployment",
    resource: "deployments",
    namespace: "default",
    name: "web",
  };
  return {
    apiVersion: "work.karmada.io/v1alpha1",
    kind: "Work",
    metadata: { name: "web-x", namespace: `karmada-es-${cluster}` },
    spec: {},
    status: {
      ...(applied === undefined ? {} : { conditions: [{ type: "Applied", status: applied, message: "why" }] }),
      ...(status === undefined ? {} : { manifestStatuses: [{ identifier, status, health: "Unhealthy" }] }),
    },
  };
}

describe("the aggregated status of a binding", () => {
  it("has an item per cluster, by name, with what each Work tells", () => {
    const works = [work("m2", "True", { replicas: 1 }), work("m1", "False", { replicas: 9 }), work("m3", "True")];
    expect(aggregatedStatus(binding(), works)).toEqual([
      { clusterName: "m1", applied: false, appliedMessage: "why", health: "Unknown" },
      { clusterName: "m2", applied: true, status: { replicas: 1 }, health: "Unhealthy" },
      { clusterName: "m3", applied: true, health: "Unknown" },
    ]);
  });

  it("does not count a Work that is on its way out", () => {
    const leaving = work("m1", "True");
    const metadata = { ...leaving.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(aggregatedStatus(binding(), [{ ...leaving, metadata }])).toEqual([]);
  });

  it.each<[string, Partial<BindingSpec>, Work[], string]>([
    ["all of its clusters have applied", {}, [work("m1", "True"), work("m2", "True")], "True"],
    ["one has failed", {}, [work("m1", "True"), work("m2", "False")], "False"],
    ["one is missing", {}, [work("m1", "True")], "False"],
    ["there are none", { clusters: [] }, [], "False"],
    ["another still has the object", { clusters: [{ name: "m1" }] }, [work("m1", "True"), work("m2", "True")], "False"],
    [
      "the other is being left gracefully",
      {
        clusters: [{ name: "m1" }],
        gracefulEvictionTasks: [{ fromCluster: "m2", producer: "p", reason: "r", purgeMode: "Gracefully" }],
      },
      [work("m1", "True"), work("m2", "True")],
      "True",
    ],
    [
      "a binding that needs it brings the other",
      { clusters: [{ name: "m1" }], requiredBy: [{ name: "x", clusters: [{ name: "m2" }, { name: "m1" }] }] },
      [work("m1", "True"), work("m2", "True")],
      "True",
    ],
  ])("is fully applied or not when %s", (_case, spec, works, expected) => {
    const bound = binding(spec);
    expect(fullyAppliedCondition(bound, aggregatedStatus(bound, works)).status).toBe(expected);
  });
});
