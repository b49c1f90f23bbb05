import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topologyHints as decide } from "../../src/algorithms/index.ts";

const cpus = (...milli: readonly number[]) => milli.map((milliCpu, index) => ({ zone: `z${index}`, milliCpu }));
const inZones = (...counts: readonly number[]): readonly string[] =>
  counts.flatMap((count, index) => new Array<string>(count).fill(`z${index}`));
const shares = (hints: readonly string[] | undefined): readonly number[] =>
  [0, 1, 2].map((zone) => (hints ?? []).filter((hint) => hint === `z${zone}`).length);

const topologyHints = (...given: Parameters<typeof decide>): readonly string[] | undefined => {
  const decision = decide(...given);
  return decision.ok ? decision.zones : undefined;
};
const why = (...given: Parameters<typeof decide>): string => {
  const decision = decide(...given);
  return decision.ok ? "" : decision.why;
};

describe("topologyHints", () => {
  it("EPS-40 leaves endpoints in their zones where that is fair", () => {
    expect(shares(topologyHints(inZones(3, 3, 3), cpus(1000, 1000, 1000)))).toEqual([3, 3, 3]);
  });

  it("EPS-40 lends endpoints to a zone that is short of them", () => {
    expect(shares(topologyHints(inZones(8, 0, 1), cpus(1000, 1000, 1000)))).toEqual([3, 3, 3]);
  });

  it("EPS-40 gives no hints with one zone, with fewer endpoints than zones, without zones, or where no split is fair", () => {
    const noNodes = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";
    expect(why(inZones(9), cpus(1000))).toBe(noNodes);
    expect(why(inZones(2, 2), [{ zone: "", milliCpu: 1 }, ...cpus(1, 1)])).toBe(noNodes);
    expect(why(inZones(1, 1), cpus(1000, 1000, 1000))).toBe("Insufficient number of endpoints (2 endpoints, 3 zones)");
    expect(why(["z0", undefined, "z1", "z0", "z1", "z1"], cpus(1000, 1000))).toBe(
      "One or more endpoints do not have a zone specified",
    );
    expect(why(inZones(1, 1, 1), cpus(1000, 1000, 100))).toBe(
      "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 3 zones)",
    );
  });

  it("keeps every zone's overload within a fifth, and moves no more than that takes", () => {
    const anyCase = fc.record({
      counts: fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)),
      milli: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    });
    fc.assert(
      fc.property(anyCase, ({ counts, milli }) => {
        const zones = inZones(...counts);
        const hints = topologyHints(zones, cpus(...milli.map((one) => one * 1000)));
        if (hints === undefined) return;
        const total = milli[0] + milli[1] + milli[2];
        const minimum = milli.map((one) => Math.ceil(((one / total) * zones.length) / 1.2));
        for (const [zone, share] of shares(hints).entries()) expect(share).toBeGreaterThanOrEqual(minimum[zone] ?? 0);
        const moved = hints.filter((hint, index) => hint !== zones[index]).length;
        const short = counts.reduce((sum, count, zone) => sum + Math.max(0, (minimum[zone] ?? 0) - count), 0);
        expect(moved).toBe(short);
      }),
    );
  });
});
