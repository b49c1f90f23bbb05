import { describe, expect, it } from "vitest";
import { decideReplicas, type PodMetric, replicasForUsage, type ScalingMemory } from "../../src/algorithms/index.ts";
import type { Pod } from "../../src/api/index.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const TOLERANCES = { up: 0.1, down: 0.1 };
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

function pod(name: string, { request = "200m", age = 3600, ready = "True", phase = "Running" } = {}): Pod {
  const resources = request === "" ? {} : { requests: { cpu: request } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "web", resources }] },
    status: {
      phase,
      startTime: at(age),
      conditions: [{ type: "Ready", status: ready as "True", lastTransitionTime: at(age) }],
    },
  } as Pod;
}

const pods = (count: number): readonly Pod[] => Array.from({ length: count }, (_none, index) => pod(`p${index}`));
const measured = (milli: number, secondsAgo = 5): PodMetric => ({
  milli,
  atMs: NOW - secondsAgo * 1000,
  windowMs: 15_000,
});
const question = (given: readonly Pod[], metrics: ReadonlyMap<string, PodMetric>) => ({
  current: given.length,
  resource: "cpu",
  target: { utilization: 50 },
  pods: given,
  metrics,
  tolerances: TOLERANCES,
  nowMs: NOW,
});
/** What pods that use so much percent of their 200m ask for. */
const asked = (count: number, percent: number) =>
  replicasForUsage(
    question(pods(count), new Map(pods(count).map(({ metadata }) => [metadata.name, measured(percent * 2)]))),
  );

describe("how many pods usage asks for", () => {
  it.each([
    [1, 0, 0],
    [1, 49, 1],
    [1, 56, 2],
    [2, 37, 2],
    [2, 32, 2],
    [2, 41, 2],
    [2, 48, 2],
    [2, 51, 2],
    [2, 59, 3],
    [3, 42, 3],
    [3, 34, 3],
    [3, 38, 3],
    [3, 21, 2],
    [3, 17, 2],
    [3, 7, 1],
    [2, 7, 1],
    [3, 200, 12],
  ])("S2-59 %i at %i %% of their requests: %i", (count, percent, replicas) => {
    expect(asked(count, percent)).toMatchObject({ replicas, utilization: percent });
  });

  it("S2-57 needs requests and measures", () => {
    const one = [pod("p0", { request: "" })];
    expect(replicasForUsage(question(one, new Map([["p0", measured(100)]])))).toBe(
      "missing request for cpu in container web of Pod p0",
    );
    expect(replicasForUsage(question(pods(1), new Map()))).toBe(
      "did not receive metrics for targeted pods (pods might be unready)",
    );
    expect(replicasForUsage(question([], new Map()))).toContain("no pods returned by selector");
  });

  it("takes pods it knows nothing of as idle on the way up and as busy on the way down", () => {
    const known = (milli: number) => new Map([["p0", measured(milli)]]);
    expect(replicasForUsage(question(pods(2), known(300)))).toMatchObject({ replicas: 3, utilization: 150 });
    expect(replicasForUsage(question(pods(2), known(180)))).toMatchObject({ replicas: 2, utilization: 90 });
    expect(replicasForUsage(question(pods(2), known(10)))).toMatchObject({ replicas: 2, utilization: 5 });
  });

  it("does not count young pods before they have been ready for a window, nor those that end", () => {
    const young = pod("p1", { age: 10 });
    const metrics = new Map([
      ["p0", measured(120)],
      ["p1", measured(2000)],
    ]);
    expect(replicasForUsage(question([pod("p0"), young], metrics))).toMatchObject({ utilization: 60, replicas: 2 });
    const ending = { ...young, metadata: { ...young.metadata, deletionTimestamp: at(1) } };
    expect(replicasForUsage(question([pod("p0"), ending], metrics))).toMatchObject({ utilization: 60, replicas: 2 });
  });

  it("compares averages with an amount per pod", () => {
    const metrics = new Map([
      ["p0", measured(300)],
      ["p1", measured(500)],
    ]);
    expect(replicasForUsage({ ...question(pods(2), metrics), target: { averageMilli: 200 } })).toEqual({
      replicas: 4,
      averageMilli: 400,
    });
  });
});

describe("what is done about it", () => {
  const EMPTY: ScalingMemory = { recommendations: [], scaleUps: [], scaleDowns: [] };
  const recommended = (count: number, secondsAgo: number): ScalingMemory => ({
    ...EMPTY,
    recommendations: [{ atMs: NOW - secondsAgo * 1000, count }],
  });
  const decide = (given: Partial<Parameters<typeof decideReplicas>[0]>) =>
    decideReplicas({ current: 3, desired: 3, minReplicas: 1, maxReplicas: 10, memory: EMPTY, nowMs: NOW, ...given });

  it("S2-60 S2-61 goes down to the highest recommendation of the last five minutes", () => {
    expect(decide({ desired: 1, memory: recommended(3, 299) })).toMatchObject({
      replicas: 3,
      able: { reason: "ScaleDownStabilized" },
    });
    expect(decide({ desired: 1, memory: recommended(3, 301) })).toMatchObject({
      replicas: 1,
      able: { reason: "ReadyForNewScale" },
    });
    expect(decide({ desired: 1, memory: recommended(2, 100) }).replicas).toBe(2);
  });

  it("S2-60 stays within its bounds", () => {
    expect(decide({ desired: 12, maxReplicas: 3 })).toMatchObject({
      replicas: 3,
      limited: { isLimited: true, reason: "TooManyReplicas" },
    });
    expect(decide({ desired: 0 })).toMatchObject({
      replicas: 1,
      limited: { isLimited: true, reason: "TooFewReplicas" },
    });
  });

  it.each([
    [1, 100, 4],
    [2, 100, 4],
    [3, 100, 6],
    [10, 100, 20],
  ])("S2-62 goes up from %i to %i no further than %3$i at once", (current, desired, replicas) => {
    expect(decide({ current, desired, maxReplicas: 1000 })).toMatchObject({
      replicas,
      limited: { isLimited: true, reason: "ScaleUpLimit" },
    });
  });

  it("S2-62 follows a behavior: policies, windows, or not at all", () => {
    const policy = (type: "Pods" | "Percent", value: number) => ({ type, value, periodSeconds: 60 });
    const up = (scaleUp: object, given: Parameters<typeof decide>[0] = {}) =>
      decide({ current: 10, desired: 100, maxReplicas: 1000, behavior: { scaleUp, scaleDown: {} }, ...given }).replicas;
    const down = (scaleDown: object, given: Parameters<typeof decide>[0] = {}) =>
      decide({ current: 10, desired: 1, behavior: { scaleUp: {}, scaleDown }, ...given }).replicas;
    expect(up({ policies: [policy("Pods", 3), policy("Percent", 50)] })).toBe(15);
    expect(up({ policies: [policy("Pods", 3), policy("Percent", 50)], selectPolicy: "Min" })).toBe(13);
    expect(up({ policies: [policy("Pods", 3)], selectPolicy: "Disabled" })).toBe(10);
    const scaled = { ...EMPTY, scaleUps: [{ atMs: NOW - 30_000, count: 2 }] };
    expect(up({ policies: [policy("Pods", 3)] }, { memory: scaled })).toBe(11);
    expect(
      up({ policies: [policy("Pods", 50)], stabilizationWindowSeconds: 60 }, { memory: recommended(12, 30) }),
    ).toBe(12);
    expect(down({ policies: [policy("Pods", 2)], stabilizationWindowSeconds: 0 })).toBe(8);
    expect(down({ policies: [policy("Percent", 10)], stabilizationWindowSeconds: 0 })).toBe(9);
    expect(
      down({ policies: [policy("Percent", 100)], stabilizationWindowSeconds: 60 }, { memory: recommended(7, 30) }),
    ).toBe(7);
  });
});
