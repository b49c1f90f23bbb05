import { describe, expect, it } from "vitest";
import type { Candidate } from "../../../src/algorithms/placement/candidate.ts";
import { selectClusters } from "../../../src/algorithms/placement/select.ts";
import { regionScore } from "../../../src/algorithms/placement/select-by-region.ts";
import { selectGroups } from "../../../src/algorithms/placement/select-groups.ts";
import type { Placement, SpreadConstraint } from "../../../src/api/index.ts";
import { candidate } from "./clusters.ts";

const AGGREGATED: Placement["replicaScheduling"] = {
  replicaSchedulingType: "Divided",
  replicaDivisionPreference: "Aggregated",
};
const DUPLICATED: Placement["replicaScheduling"] = { replicaSchedulingType: "Duplicated" };
const STATIC: Placement["replicaScheduling"] = {
  replicaSchedulingType: "Divided",
  replicaDivisionPreference: "Weighted",
  weightPreference: { staticWeightList: [{ targetCluster: {}, weight: 1 }] },
};

function by(
  field: NonNullable<SpreadConstraint["spreadByField"]>,
  minGroups: number,
  maxGroups: number,
): SpreadConstraint {
  return { spreadByField: field, minGroups, maxGroups };
}

function selected(candidates: readonly Candidate[], replicas: number, placement: Placement): string {
  const step = selectClusters(candidates, { replicas, placement });
  return step.ok ? step.value.map((each) => each.name).join(",") : step.message;
}

describe("selection by cluster", () => {
  const candidates = [
    candidate("m4", 60, 50),
    candidate("m2", 40, 60),
    candidate("m3", 30, 80),
    candidate("m1", 20, 40),
  ];
  it.each<[string, Placement["replicaScheduling"], number, SpreadConstraint, string]>([
    ["takes the first when they have room", AGGREGATED, 100, by("cluster", 1, 2), "m4,m2"],
    ["does not ask for room when duplicating", DUPLICATED, 120, by("cluster", 1, 2), "m4,m2"],
    ["is not made for static weights", STATIC, 120, by("cluster", 1, 2), "m4,m2,m3,m1"],
    ["swaps the last for a roomier one", AGGREGATED, 120, by("cluster", 1, 2), "m4,m3"],
    ["fails without room", AGGREGATED, 200, by("cluster", 1, 2), "no enough resource when selecting 2 clusters"],
    [
      "fails with too few clusters",
      AGGREGATED,
      100,
      by("cluster", 7, 7),
      "the number of feasible clusters is less than spreadConstraint.MinGroups",
    ],
    [
      "takes nothing when maxGroups was left out",
      AGGREGATED,
      1,
      { spreadByField: "cluster", minGroups: 1 },
      "no enough resource when selecting 0 clusters",
    ],
  ])("%s", (_title, replicaScheduling, replicas, constraint, result) => {
    const placement = { spreadConstraints: [constraint], ...(replicaScheduling ? { replicaScheduling } : {}) };
    expect(selected(candidates, replicas, placement)).toBe(result);
  });

  it("knows clusters and regions only", () => {
    expect(selected(candidates, 1, { spreadConstraints: [by("zone", 1, 1)] })).toBe(
      "just support cluster and region spread constraint",
    );
  });
});

describe("selection of groups", () => {
  it.each([
    ["R1:1:80 R3:1:80 R2:1:60 R5:2:60 R4:5:50 R6:3:50", 1, 3, 10, "R5,R4,R6"],
    ["R1:1:80 R2:4:40 R3:1:30 R4:3:30 R5:3:20 R6:5:10", 2, 6, 5, "R1,R2"],
    ["R1:1:60 R2:1:50 R3:1:40 R4:3:30 R5:3:20 R6:3:10", 1, 3, 6, "R1,R4,R5"],
    ["R1:1:60 R2:2:50 R3:3:40 R4:4:30", 1, 2, 5, "R1,R4"],
    ["R4:1:60 R3:3:50 R1:3:40 R2:4:30", 1, 2, 5, "R3,R1"],
    ["R1:1:80", 2, 3, 1, ""],
  ])(
    "of %s with at least %i, at most %i groups and %i clusters takes [%#]",
    (text, minGroups, maxGroups, target, result) => {
      const groups = text.split(" ").map((part) => {
        const [name = "", value, weight] = part.split(":");
        return { name, value: Number(value), weight: Number(weight) };
      });
      const names = selectGroups(groups, { minGroups, maxGroups, target }).map((group) => group.name);
      expect(names.join(",")).toBe(result);
    },
  );
});

describe("selection by region", () => {
  const two = [
    candidate("m1", 100, 10, "R1"),
    candidate("m2", 80, 10, "R1"),
    candidate("m3", 80, 10, "R2"),
    candidate("m4", 80, 10, "R2"),
    candidate("m5", 60, 10, "R2"),
  ];
  const five = [
    candidate("m1", 70, 10, "R1"),
    candidate("m7", 70, 10, "R4"),
    candidate("m5", 60, 10, "R3"),
    candidate("m6", 50, 10, "R3"),
    candidate("m8", 50, 10, "R5"),
    candidate("m2", 40, 10, "R2"),
    candidate("m3", 40, 10, "R2"),
    candidate("m4", 40, 10, "R2"),
  ];
  const tooFewClusters = "the number of clusters is less than the cluster spreadConstraint.MinGroups";
  it.each<[readonly Candidate[], number, number, string]>([
    [two, 1, 3, "m3,m4,m5"],
    [two, 1, 4, tooFewClusters],
    [two, 3, 3, "the number of feasible region is less than spreadConstraint.MinGroups"],
  ])("row %# gives upstream's clusters", (candidates, regions, clusters, result) => {
    const spreadConstraints = [by("region", regions, regions), by("cluster", clusters, clusters)];
    expect(selected(candidates, 0, { spreadConstraints })).toBe(result);
  });

  it("takes the best of each region, then the best of the rest", () => {
    const spreadConstraints = [by("region", 1, 3), by("cluster", 6, 8)];
    expect(selected(five, 0, { spreadConstraints }).split(",").slice(3)).toEqual(["m6", "m3", "m4"]);
  });
});

describe("the score of a region", () => {
  const constraints = { regionConstraint: by("region", 1, 1), clusterConstraint: by("cluster", 1, 1) };
  const score = (rooms: readonly number[], each: number, placement: Placement): number =>
    regionScore(
      rooms.map((room, index) => candidate(`m${index}`, each, room)),
      { replicas: 50, placement },
      constraints,
    );
  it("counts the clusters that hold all replicas when duplicating", () => {
    expect(score([60, 70, 40, 30, 10], 100, {})).toBe(2100);
    expect(score([60, 60, 60, 60], 0, {})).toBe(4000);
    expect(score([10, 20], 100, {})).toBe(0);
  });
  it("counts room up to the region's share when dividing", () => {
    expect(score([60, 60], 100, { replicaScheduling: AGGREGATED ?? {} })).toBe(50_100);
    expect(score([10, 20], 100, { replicaScheduling: AGGREGATED ?? {} })).toBe(30_100);
  });
});
