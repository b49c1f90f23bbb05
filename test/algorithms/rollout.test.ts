import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proportionalSizes, rollingSizes, rolloutBounds, type SetSize } from "../../src/algorithms/index.ts";

describe("rolloutBounds", () => {
  it.each([
    ["S1-41 rounds surge up and unavailability down", 3, "25%", "25%", { maxSurge: 1, maxUnavailable: 0 }],
    ["takes counts as they are", 10, 2, 3, { maxSurge: 2, maxUnavailable: 3 }],
    ["lets one pod be unavailable when both come to zero", 3, 0, "10%", { maxSurge: 0, maxUnavailable: 1 }],
    ["allows no more to be unavailable than there are", 2, 0, 5, { maxSurge: 0, maxUnavailable: 2 }],
  ] as const)("%s", (_name, replicas, maxSurge, maxUnavailable, expected) => {
    expect(rolloutBounds({ replicas, maxSurge, maxUnavailable })).toEqual({ replicas, ...expected });
  });
});

/** The sets after one step; pods of a smaller set go unavailable first, pods of a larger one come up unavailable. */
function stepped(sets: readonly SetSize[], sizes: ReadonlyMap<string, number>): SetSize[] {
  return sets.map((set) => {
    const replicas = sizes.get(set.name) ?? set.replicas;
    return { ...set, replicas, available: Math.min(set.available, replicas) };
  });
}

const scenario = fc
  .record({
    replicas: fc.integer({ min: 0, max: 20 }),
    maxSurge: fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    ),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    ),
    unwell: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 }),
  })
  .map(({ unwell, ...rest }) => ({ bounds: rolloutBounds(rest), unwell }));

describe("rollingSizes", () => {
  it("never exceeds the surge, never shrinks below what must be available, and converges", () => {
    fc.assert(
      fc.property(scenario, ({ bounds, unwell }) => {
        let sets: SetSize[] = [
          { name: "old", replicas: bounds.replicas, available: bounds.replicas },
          { name: "new", replicas: 0, available: 0 },
        ];
        for (let round = 0; round < 200; round++) {
          const [old, fresh] = sets as [SetSize, SetSize];
          const sizes = rollingSizes(bounds, fresh, [old]);
          const after = stepped(sets, sizes);
          const total = after.reduce((sum, set) => sum + set.replicas, 0);
          const available = after.reduce((sum, set) => sum + set.available, 0);
          expect(total).toBeLessThanOrEqual(bounds.replicas + bounds.maxSurge);
          expect(available).toBeGreaterThanOrEqual(bounds.replicas - bounds.maxUnavailable);
          // Between steps some new pods come up, in an order of chance.
          const up = unwell[round % unwell.length] as number;
          sets = after.map((set) =>
            set.name === "new"
              ? { ...set, available: Math.max(set.available, Math.min(set.replicas, up || set.replicas)) }
              : set,
          );
        }
        const [old, fresh] = sets.map((set) => set.replicas);
        if (unwell.some((up) => up === 0)) expect([old, fresh]).toEqual([0, bounds.replicas]);
      }),
    );
  });

  it("takes unavailable old pods away first, even from a younger set", () => {
    const bounds = { replicas: 4, maxSurge: 0, maxUnavailable: 1 };
    const sizes = rollingSizes(bounds, { name: "new", replicas: 0, available: 0 }, [
      { name: "a", replicas: 2, available: 2 },
      { name: "b", replicas: 2, available: 1 },
    ]);
    expect([...sizes]).toEqual([["b", 1]]);
  });

  it("does not believe a status that lags behind a smaller size", () => {
    const bounds = { replicas: 4, maxSurge: 1, maxUnavailable: 1 };
    const sizes = rollingSizes(bounds, { name: "new", replicas: 2, available: 1 }, [
      { name: "old", replicas: 3, available: 4 },
    ]);
    expect([...sizes]).toEqual([["old", 2]]);
  });

  it("scales the new set down when it is larger than the Deployment", () => {
    const bounds = { replicas: 2, maxSurge: 1, maxUnavailable: 0 };
    expect([...rollingSizes(bounds, { name: "new", replicas: 5, available: 5 }, [])]).toEqual([["new", 2]]);
  });
});

describe("proportionalSizes", () => {
  const set = (name: string, replicas: number, createdAt: string, maxReplicasBefore = 13) => ({
    name,
    replicas,
    createdAt,
    maxReplicasBefore,
  });

  it("spreads new pods in proportion, the example of the Kubernetes documentation", () => {
    // 10 replicas with maxSurge 3 stand at 8 old and 5 new; scaled to 15 they become 11 and 7.
    const sizes = proportionalSizes(
      { replicas: 15, maxSurge: 3, maxUnavailable: 2 },
      [set("old", 8, "1"), set("new", 5, "2")],
      13,
    );
    expect(Object.fromEntries(sizes)).toEqual({ old: 11, new: 7 });
  });

  it("sums to the size with surge, whatever the sets", () => {
    const sets = fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1 }),
        replicas: fc.integer({ min: 1, max: 30 }),
        createdAt: fc.string(),
      }),
      { selector: (each) => each.name, minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        sets,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 5 }),
        (before, replicas, maxSurge) => {
          const total = before.reduce((sum, each) => sum + each.replicas, 0);
          const noted = before.map((each) => ({ ...each, maxReplicasBefore: total }));
          const sizes = proportionalSizes({ replicas, maxSurge, maxUnavailable: 1 }, noted, total);
          const after = before.map((each) => sizes.get(each.name) ?? each.replicas);
          for (const size of after) expect(size).toBeGreaterThanOrEqual(0);
          expect(after.reduce((sum, size) => sum + size, 0)).toBe(replicas + maxSurge);
        },
      ),
    );
  });

  it("goes to nothing with the Deployment", () => {
    const sizes = proportionalSizes(
      { replicas: 0, maxSurge: 0, maxUnavailable: 0 },
      [set("old", 8, "1"), set("new", 5, "2")],
      13,
    );
    expect(Object.fromEntries(sizes)).toEqual({ old: 0, new: 0 });
  });
});
