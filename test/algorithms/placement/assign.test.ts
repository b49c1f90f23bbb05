import { describe, expect, it } from "vitest";
import { assignReplicas } from "../../../src/algorithms/placement/assign.ts";
import type { Placement, StaticClusterWeight } from "../../../src/api/index.ts";
import { candidate } from "./clusters.ts";

type Shares = Readonly<Record<string, number>>;

type Case = {
  readonly replicas: number;
  readonly room: Shares;
  readonly current?: Shares;
  readonly scheduling: NonNullable<Placement["replicaScheduling"]>;
  readonly mode?: "Steady" | "Fresh";
};

function assigned({ replicas, room, current = {}, scheduling, mode = "Steady" }: Case): Shares | string {
  const candidates = Object.keys(room).map((name) => candidate(name, 0, room[name] ?? 0));
  const step = assignReplicas(candidates, {
    replicas,
    uid: undefined,
    placement: { replicaScheduling: scheduling },
    current: Object.keys(current).map((name) => ({ name, replicas: current[name] ?? 0 })),
    mode,
    workload: true,
    overflow: false,
  });
  return step.ok ? Object.fromEntries(step.value.map((target) => [target.name, target.replicas ?? 0])) : step.message;
}

function rooms(text: string): Shares {
  return Object.fromEntries(text.split(":").map((room, index) => [`m${index + 1}`, Number(room)]));
}

/** Shares without those of zero, which are left out of results. */
function shares(text: string): Shares {
  return Object.fromEntries(Object.entries(rooms(text.replaceAll("/", ":"))).filter(([, share]) => share > 0));
}

function weights(text: string): readonly StaticClusterWeight[] {
  return text
    .split(":")
    .map((weight, index) => ({ targetCluster: { clusterNames: [`m${index + 1}`] }, weight: Number(weight) }));
}

describe("static weights", () => {
  const divided = (staticWeightList?: readonly StaticClusterWeight[]): Case["scheduling"] => ({
    replicaSchedulingType: "Divided",
    replicaDivisionPreference: "Weighted",
    ...(staticWeightList === undefined ? {} : { weightPreference: { staticWeightList } }),
  });
  it.each([
    [12, "3:2:1", "6/4/2"],
    [13, "3:2:1", "7/4/2"],
    [14, "3:2:1", "7/5/2"],
    [3, "1:1", "2/1"],
    [5, "1:1:1", "2/2/1"],
    [7, "2:1:1:1", "3/2/1/1"],
    [8, "2:1:1:1", "3/2/2/1"],
    [9, "2:1:1:1", "3/2/2/2"],
    [6, "1:1:1:1", "2/2/1/1"],
    [6, "2:1:1:1", "3/1/1/1"],
    [5, "1:1:1:1", "2/1/1/1"],
    [6, "1:1:1", "2/2/2"],
  ])("divide %i replicas at %s into %s", (replicas, list, result) => {
    expect(assigned({ replicas, room: rooms(list), scheduling: divided(weights(list)) })).toEqual(shares(result));
  });

  it("are equal when there is no preference", () => {
    expect(assigned({ replicas: 12, room: rooms("0:0:0"), scheduling: divided() })).toEqual(shares("4/4/4"));
  });

  it("leave a cluster without a weight out", () => {
    expect(assigned({ replicas: 4, room: rooms("9:9:9"), scheduling: divided(weights("1:1")) })).toEqual(shares("2/2"));
  });

  it("take the greatest of several rules for a cluster", () => {
    const list = [
      { targetCluster: { clusterNames: ["m1"] }, weight: 1 },
      { targetCluster: { clusterNames: ["m1"] }, weight: 2 },
      { targetCluster: { clusterNames: ["m2"] }, weight: 1 },
    ];
    expect(assigned({ replicas: 3, room: rooms("9:9"), scheduling: divided(list) })).toEqual(shares("2/1"));
  });

  it("leave clusters without replicas out", () => {
    expect(assigned({ replicas: 0, room: rooms("9:9"), scheduling: divided(weights("1:1")) })).toEqual({});
  });
});

describe("dynamic weights", () => {
  const scheduling: Case["scheduling"] = {
    replicaSchedulingType: "Divided",
    replicaDivisionPreference: "Weighted",
    weightPreference: { dynamicWeight: "AvailableReplicas" },
  };
  it.each<[string, number, string, Shares, Shares | string]>([
    ["by room", 12, "18:12:6", {}, shares("6/4/2")],
    ["by room, rounded", 12, "20:12:6", {}, shares("6/4/2")],
    ["by room, as the rooms are", 12, "6:12:6", {}, shares("3/6/3")],
    ["by room, all alike or not", 12, "6:8:10", {}, shares("3/4/5")],
    ["by room, nearly alike", 12, "8:8:10", {}, shares("4/4/4")],
    [
      "fail without room",
      12,
      "3:3:3",
      {},
      "failed to scale up: Clusters available replicas 9 are not enough to schedule.",
    ],
    ["scale down in proportion", 6, "9:9:9", { m1: 2, m2: 4, m3: 6 }, shares("1/2/3")],
    ["add by room when scaling up", 24, "10:10:10", { m1: 2, m2: 4, m3: 6 }, shares("6/8/10")],
    [
      "fail to scale up without room",
      24,
      "1:1:1",
      { m1: 2, m2: 4, m3: 6 },
      "failed to scale up: Clusters available replicas 3 are not enough to schedule.",
    ],
    ["give what a lost cluster had to the others", 12, "3:3", { m1: 6, m3: 6 }, shares("9/3")],
    ["change nothing that is right", 12, "0:0:0", { m1: 2, m2: 4, m3: 6 }, shares("2/4/6")],
  ])("%s", (_title, replicas, room, current, result) => {
    expect(assigned({ replicas, room: rooms(room), current, scheduling })).toEqual(result);
  });

  it("count what is assigned as room when starting afresh", () => {
    expect(
      assigned({ replicas: 12, room: rooms("0:6"), current: { m1: 6, m2: 0 }, scheduling, mode: "Fresh" }),
    ).toEqual(shares("6/6"));
  });
});

describe("aggregation", () => {
  const scheduling: Case["scheduling"] = { replicaSchedulingType: "Divided", replicaDivisionPreference: "Aggregated" };
  it.each<[string, number, Shares, Shares, Shares | string]>([
    ["takes one cluster that suffices", 12, { m1: 6, m2: 12, m3: 6 }, {}, { m2: 12 }],
    ["takes as few as possible", 12, rooms("6:6:6"), {}, { m1: 6, m2: 6 }],
    ["takes the roomiest", 12, rooms("6:8:10"), {}, { m2: 5, m3: 7 }],
    ["takes the roomiest alone", 12, rooms("12:8:10"), {}, { m1: 12 }],
    [
      "fails without room",
      12,
      rooms("3:3:3"),
      {},
      "failed to scale up: Clusters available replicas 9 are not enough to schedule.",
    ],
    ["scales down to fewer", 6, rooms("6:6:6"), { m1: 4, m2: 8 }, { m2: 6 }],
    ["scales down to the largest", 8, rooms("6:6:6"), { m1: 4, m2: 8 }, { m2: 8 }],
    ["scales up where it is first", 24, rooms("4:6:8"), { m1: 4, m2: 8 }, { m1: 7, m2: 12, m3: 5 }],
    ["scales up there alone if it can", 24, rooms("6:6:20"), { m1: 4, m2: 8 }, { m1: 10, m2: 14 }],
    [
      "fails to scale up without room",
      24,
      rooms("1:1:1"),
      { m1: 4, m2: 8 },
      "failed to scale up: Clusters available replicas 3 are not enough to schedule.",
    ],
    ["spreads what a lost cluster had", 24, { m1: 4, m3: 8, m4: 12 }, { m1: 4, m2: 8 }, { m1: 7, m3: 7, m4: 10 }],
  ])("%s", (_title, replicas, room, current, result) => {
    expect(assigned({ replicas, room, current, scheduling })).toEqual(result);
  });
});

describe("assignment", () => {
  it("gives every cluster all replicas when duplicating, in order of preference", () => {
    const scheduling: Case["scheduling"] = { replicaSchedulingType: "Duplicated" };
    expect(assigned({ replicas: 3, room: { m2: 9, m1: 1 }, scheduling })).toEqual({ m2: 3, m1: 3 });
  });

  it("fails without clusters", () => {
    expect(assigned({ replicas: 1, room: {}, scheduling: {} })).toBe("no clusters available to schedule");
  });

  it("fills the observed group before its overflow groups", () => {
    const candidates = [
      { ...candidate("m1", 0, 3), overflowOrder: 0 },
      { ...candidate("m2", 0, 9), overflowOrder: 1 },
    ];
    const step = assignReplicas(candidates, {
      replicas: 5,
      uid: undefined,
      placement: { replicaScheduling: { replicaSchedulingType: "Divided", replicaDivisionPreference: "Aggregated" } },
      current: [],
      mode: "Steady",
      workload: true,
      overflow: true,
    });
    expect(step).toEqual({
      ok: true,
      value: [
        { name: "m1", replicas: 3 },
        { name: "m2", replicas: 2 },
      ],
    });
  });
});
