import { describe, expect, it } from "vitest";
import type { Binding, BindingSpec, BindingStatus, Placement } from "../../../src/api/index.ts";
import { rescheduleReason } from "../../../src/federation/scheduler/reschedule-reason.ts";

type Given = {
  readonly placement?: Placement;
  readonly applied?: Placement | string;
  readonly spec?: Partial<BindingSpec>;
  readonly status?: BindingStatus;
};

const AGGREGATED: Placement = {
  replicaScheduling: { replicaSchedulingType: "Divided", replicaDivisionPreference: "Aggregated" },
};

function reason({ placement = AGGREGATED, applied = placement, spec = {}, status = {} }: Given): string | undefined {
  const binding: Binding = {
    apiVersion: "work.karmada.io/v1alpha2",
    kind: "ResourceBinding",
    metadata: {
      name: "web-deployment",
      namespace: "default",
      annotations: {
        "policy.karmada.io/applied-placement": typeof applied === "string" ? applied : JSON.stringify(applied),
      },
    },
    spec: {
      resource: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      placement,
      replicas: 2,
      clusters: [{ name: "m1", replicas: 2 }],
      ...spec,
    },
    status,
  };
  return rescheduleReason(binding, JSON.stringify, (cluster) => cluster === "leaving");
}

const groups = (...names: readonly string[]): Placement => ({
  ...AGGREGATED,
  clusterAffinities: names.map((name) => ({ affinityName: name, clusterNames: [name] })),
});

describe("a binding is scheduled again", () => {
  it.each<[string, Given, string | undefined]>([
    ["not when nothing changed", {}, undefined],
    ["when it never was", { applied: "" }, "PlacementChanged"],
    ["when its placement changed", { applied: {} }, "PlacementChanged"],
    [
      "not when the placement is only written differently",
      { applied: `{ ${JSON.stringify(AGGREGATED).slice(1)}` },
      undefined,
    ],
    ["not when the annotation is somebody's nonsense", { applied: "{" }, undefined],
    [
      "not when another affinity group changed",
      { placement: groups("a", "b"), applied: groups("a", "c"), status: { schedulerObservingAffinityName: "a" } },
      undefined,
    ],
    [
      "when the observed affinity group is gone",
      { placement: groups("b"), applied: groups("a", "b"), status: { schedulerObservingAffinityName: "a" } },
      "PlacementChanged",
    ],
    ["when replicas do not add up", { spec: { replicas: 3 } }, "ReplicasChanged"],
    [
      "when a cluster has other replicas than all",
      { placement: {}, spec: { clusters: [{ name: "m1", replicas: 1 }] } },
      "ReplicasChanged",
    ],
    [
      "when that is asked for",
      {
        spec: { rescheduleTriggeredAt: "2026-01-01T00:00:01Z" },
        status: { lastScheduledTime: "2026-01-01T00:00:00Z" },
      },
      "Requested",
    ],
    [
      "not when it was asked for before",
      {
        spec: { rescheduleTriggeredAt: "2026-01-01T00:00:00Z" },
        status: { lastScheduledTime: "2026-01-01T00:00:00Z" },
      },
      undefined,
    ],
    ["always when it is duplicated", { placement: {} }, "Duplicated"],
    ["always when it has no replicas", { spec: { replicas: 0, clusters: [{ name: "m1" }] } }, "Duplicated"],
    [
      "when a target cluster goes away",
      { spec: { clusters: [{ name: "leaving", replicas: 2 }] } },
      "ClusterTerminating",
    ],
  ])("%s", (_title, given, expected) => {
    expect(reason(given)).toBe(expected);
  });
});
