import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topologyHints, type ZoneCapacity } from "../../src/algorithms/index.ts";

const cpus = (...milli: readonly number[]) => milli.map((milliCpu, index) => ({ zone: "abc"[index] ?? "", milliCpu }));
const inZones = (...counts: readonly number[]): string =>
  counts.map((count, index) => ("abc"[index] ?? "").repeat(count)).join("");
const shares = (hints: string): readonly number[] =>
  ["a", "b", "c"].map((zone) => [...hints].filter((hint) => hint === zone).length);

/** Slices as the zones of their endpoints (`.` for none), what each says at present after a `=`; the answer alike, `-` where one stays. */
function hints(slices: string, capacities: readonly ZoneCapacity[]): string {
  const decision = topologyHints(
    slices.split(" ").map((slice) => {
      const [zones = "", present] = slice.split("=");
      return {
        zones: [...zones].map((zone) => (zone === "." ? undefined : zone)),
        ...(present === undefined ? {} : { present: [...present].map((zone) => (zone === "." ? [] : [zone])) }),
      };
    }),
    capacities,
  );
  return decision.ok ? decision.slices.map((zones) => zones?.join("") ?? "-").join(" ") : decision.why;
}

const THIRDS = cpus(1000, 1000, 1000);
const NO_NODES = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";

describe("topologyHints", () => {
  const rows: readonly (readonly [what: string, slices: string, capacities: readonly ZoneCapacity[], said: string])[] =
    [
      ["EPS-40 leaves endpoints in their zones where that is fair", "aaabbbccc", THIRDS, "aaabbbccc"],
      ["EPS-40 lends endpoints to a zone that is short of them", "aaaaaaaac", THIRDS, "bbbccaaac"],
      ["EPS-40 gives no hints in one zone", "aaaaaaaaa", cpus(1000), NO_NODES],
      ["gives no hints when a node has no zone", "aabb", [{ zone: "", milliCpu: 1 }, ...cpus(1, 1)], NO_NODES],
      [
        "gives no hints to fewer endpoints than zones",
        "ab",
        THIRDS,
        "Insufficient number of endpoints (2 endpoints, 3 zones)",
      ],
      ["gives no hints without zones", "a.babb", cpus(1, 1), "One or more endpoints do not have a zone specified"],
      [
        "gives no hints where no split is fair",
        "abc",
        cpus(1000, 1000, 100),
        "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 3 zones)",
      ],
      ["takes two endpoints for two zones", "ab", cpus(1, 1), "ab"],
      ["deals slices out in turn", "ab cca aa bca", cpus(350, 350, 300), "bb cca aa bca"],
      [
        "prefers the own zone to a slightly better split",
        inZones(16),
        cpus(51, 51, 58),
        `${"b".repeat(5)}${"c".repeat(5)}${"a".repeat(6)}`,
      ],
      [
        "gives to whom an endpoint is missing most",
        inZones(16),
        cpus(50, 56, 54),
        `${"b".repeat(6)}${"c".repeat(5)}${"a".repeat(5)}`,
      ],
      [
        "takes from whom has most to spare",
        inZones(0, 8, 8),
        cpus(50, 56, 54),
        `aa${"b".repeat(6)}aaa${"c".repeat(5)}`,
      ],
      ["does not ask zones that have no nodes to give", "aaddbb", cpus(1, 1), "aaddbb"],
      ["leaves slices as they are that say what is fair", "a bbcc=bbcc aa=aa", THIRDS, "a - -"],
      ["counts what stays when it deals out the rest", "aaa aabbcc=aabbcc", THIRDS, "bca -"],
      ["writes a slice that lacks a hint", "a bb=b. ccaa=ccaa", THIRDS, "a bb -"],
      ["writes a slice with a hint for a zone that is no more", "a bb=bd ccaa=ccaa", THIRDS, "a bb -"],
      ["writes a slice that has too many for one zone", "b bbb=bbb aaccc=aaaaa", THIRDS, "a - aaccc"],
    ];
  it.each(rows)("%s", (_, slices, capacities, said) => expect(hints(slices, capacities)).toBe(said));

  it("brings zones nearer to their shares, and stops within one of them", () => {
    const anyCase = fc.record({
      counts: fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)),
      milli: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    });
    fc.assert(
      fc.property(anyCase, ({ counts, milli }) => {
        const zones = inZones(...counts);
        const said = hints(zones, cpus(...milli.map((one) => one * 1000)));
        if (said.length !== zones.length) return;
        const total = milli[0] + milli[1] + milli[2];
        const wanted = milli.map((one) =>
          Math.max((one / total) * zones.length, Math.ceil(((one / total) * zones.length) / 1.2)),
        );
        const off = (numbers: readonly number[]): readonly number[] =>
          numbers.map((n, index) => n - (wanted[index] ?? 0));
        const distance = (numbers: readonly number[]): number =>
          off(numbers).reduce((sum, one) => sum + Math.abs(one), 0);
        expect(distance(shares(said))).toBeLessThanOrEqual(distance(counts) + 1e-9);
        expect(Math.min(Math.max(...off(shares(said))), -Math.min(...off(shares(said))))).toBeLessThan(1);
      }),
    );
  });
});
