import { describe, expect, it } from "vitest";
import type { Cluster, Node, Pod, ResourceModel, Taint } from "../../../src/api/index.ts";
import { readinessTaints } from "../../../src/federation/cluster/readiness.ts";
import { nodeSummary, resourceSummary } from "../../../src/federation/cluster/resource-summary.ts";

function node(name: string, cpu: string, memory: string, ready: "True" | "False" = "True"): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: {},
    status: { allocatable: { cpu, memory, pods: "110" }, conditions: [{ type: "Ready", status: ready }] },
  };
}

function pod(cpu: string, nodeName?: string, phase: "Running" | "Succeeded" = "Running"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default" },
    spec: {
      containers: [{ name: "main", resources: { requests: { cpu, memory: "1Gi" } } }],
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    status: { phase },
  };
}

const MODELS: readonly ResourceModel[] = [
  {
    grade: 0,
    ranges: [
      { name: "cpu", min: "0", max: "1" },
      { name: "memory", min: "0", max: "4Gi" },
    ],
  },
  {
    grade: 1,
    ranges: [
      { name: "cpu", min: "1", max: "2" },
      { name: "memory", min: "4Gi", max: "16Gi" },
    ],
  },
  {
    grade: 2,
    ranges: [
      { name: "cpu", min: "2", max: "9" },
      { name: "memory", min: "16Gi", max: "999Gi" },
    ],
  },
];

describe("what a member has", () => {
  it("is counted by node", () => {
    expect(nodeSummary([node("a", "1", "1Gi"), node("b", "1", "1Gi", "False")])).toEqual({ totalNum: 2, readyNum: 1 });
  });

  it("is summed over nodes, and over pods that have or await one", () => {
    const nodes = [node("a", "4", "8Gi"), node("b", "3500m", "8Gi")];
    const pods = [pod("250m", "a"), pod("1", "a"), pod("500m"), pod("8", "b", "Succeeded")];
    expect(resourceSummary(nodes, pods, [])).toEqual({
      allocatable: { cpu: "7500m", memory: "16Gi", pods: "220" },
      allocated: { cpu: "1250m", memory: "2Gi", pods: "2" },
      allocating: { cpu: "500m", memory: "1Gi", pods: "1" },
    });
  });

  it("is graded by what nodes have free, the poorest resource deciding", () => {
    const nodes = [node("a", "4", "32Gi"), node("b", "4", "8Gi"), node("c", "2", "32Gi")];
    const summary = resourceSummary(nodes, [pod("1500m", "c")], MODELS);
    expect(summary.allocatableModelings).toEqual([
      { grade: 0, count: 1 },
      { grade: 1, count: 1 },
      { grade: 2, count: 1 },
    ]);
  });
});

describe("the taints of a Cluster", () => {
  const NOT_READY: Taint = { key: "cluster.karmada.io/not-ready", effect: "NoSchedule" };
  const UNREACHABLE: Taint = { key: "cluster.karmada.io/unreachable", effect: "NoSchedule" };
  const OWN: Taint = { key: "own", effect: "NoExecute" };
  it.each<[string, "True" | "False" | "Unknown" | undefined, Taint[], Taint[] | undefined]>([
    ["are none when it is ready", "True", [NOT_READY, UNREACHABLE, OWN], [OWN]],
    ["say not-ready when it is not", "False", [OWN, UNREACHABLE], [OWN, NOT_READY]],
    ["say unreachable when nobody knows", "Unknown", [NOT_READY], [UNREACHABLE]],
    ["say not-ready before the first look", undefined, [], [NOT_READY]],
    ["stay when they are right", "False", [NOT_READY, OWN], undefined],
    ["stay empty when it is ready", "True", [], undefined],
  ])("%s", (_sentence, status, taints, expected) => {
    const cluster: Cluster = {
      apiVersion: "cluster.karmada.io/v1alpha1",
      kind: "Cluster",
      metadata: { name: "m" },
      spec: { syncMode: "Push", taints },
      status: status === undefined ? {} : { conditions: [{ type: "Ready", status }] },
    };
    expect(readinessTaints(cluster)).toEqual(expected);
  });
});
