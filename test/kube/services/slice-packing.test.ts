import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint, EndpointSlice } from "../../../src/api/index.ts";
import { type Packing, packEndpoints } from "../../../src/kube/services/slice-packing.ts";

const PORTS = [{ name: "", protocol: "TCP" as const, port: 80 }];
const endpoint = (index: number, ready = true): Endpoint => ({
  addresses: [`10.0.${Math.floor(index / 256)}.${index % 256}`],
  conditions: { ready },
  targetRef: { kind: "Pod", uid: `uid-${index}` },
});
const range = (from: number, to: number): readonly Endpoint[] =>
  Array.from({ length: to - from }, (_, index) => endpoint(from + index));
const slice = (name: string, endpoints: readonly Endpoint[]): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name },
  addressType: "IPv4",
  endpoints,
  ports: PORTS,
});
const pack = (endpoints: readonly Endpoint[], existing: readonly EndpointSlice[]): Packing =>
  packEndpoints([{ ports: PORTS, endpoints }], existing);

/** The slices after a packing has been carried out. */
function carriedOut(packing: Packing, existing: readonly EndpointSlice[]): readonly EndpointSlice[] {
  const kept = existing.flatMap((each) => {
    if (packing.deleted.includes(each)) return [];
    const updated = packing.updated.find((other) => other.slice === each);
    return [updated === undefined ? each : { ...each, ports: updated.ports, endpoints: updated.endpoints }];
  });
  const made = packing.created.map(({ ports, endpoints }, index) => ({ ...slice(`new-${index}`, endpoints), ports }));
  return [...kept, ...made];
}

const sizes = (slices: readonly EndpointSlice[]): readonly number[] => slices.map(({ endpoints }) => endpoints.length);

describe("packEndpoints", () => {
  it("EPS-01 makes slices of at most 100", () => {
    expect(sizes(carriedOut(pack(range(0, 250), []), []))).toEqual([100, 100, 50]);
  });

  it("EPS-03 keeps one placeholder for a Service without endpoints", () => {
    expect(sizes(carriedOut(pack([], []), []))).toEqual([0]);
    const existing = [slice("a", range(0, 3)), slice("b", range(3, 6))];
    expect(sizes(carriedOut(pack([], existing), existing))).toEqual([0]);
  });

  it("EPS-04 fills what is written anyway, then one other slice that takes the rest", () => {
    const existing = [slice("a", range(0, 90)), slice("b", range(100, 150))];
    const stale = pack([...range(1, 90), ...range(100, 150), ...range(200, 205)], existing);
    expect(stale.updated.map((each) => each.slice.metadata.name)).toEqual(["a"]);
    const fresh = pack([...range(0, 90), ...range(100, 150), ...range(200, 205)], existing);
    expect(fresh.updated.map((each) => each.slice.metadata.name)).toEqual(["a"]);
    const many = pack([...range(0, 90), ...range(100, 150), ...range(200, 260)], existing);
    expect([many.updated.length, many.created.length]).toEqual([0, 1]);
  });

  it("changes nothing when nothing has changed, however the slices are filled", () => {
    const existing = [slice("a", range(0, 3)), slice("b", range(3, 10)), slice("c", range(10, 11))];
    expect(pack(range(0, 11), existing)).toEqual({ created: [], updated: [], deleted: [] });
  });

  it("parts endpoints whose ports differ", () => {
    const other = [{ name: "", protocol: "TCP" as const, port: 8080 }];
    const existing = [slice("a", range(0, 4))];
    const packing = packEndpoints(
      [
        { ports: PORTS, endpoints: range(0, 2) },
        { ports: other, endpoints: range(2, 4) },
      ],
      existing,
    );
    expect(packing.updated.map(({ endpoints }) => endpoints.length)).toEqual([2]);
    expect(packing.created).toEqual([{ ports: other, endpoints: range(2, 4) }]);
  });

  it("EPS-04 makes a slice that would go into one that would come: one write in place of two", () => {
    const placeholder: EndpointSlice = { ...slice("a", []), ports: [] };
    expect(pack(range(0, 2), [placeholder])).toEqual({
      created: [],
      updated: [{ slice: placeholder, ports: PORTS, endpoints: range(0, 2) }],
      deleted: [],
    });
    const full = slice("b", range(0, 2));
    expect(pack([], [full])).toEqual({
      created: [],
      updated: [{ slice: full, ports: [], endpoints: [] }],
      deleted: [],
    });
    expect(pack([], [placeholder])).toEqual({ created: [], updated: [], deleted: [] });
    const other = [{ name: "", protocol: "TCP" as const, port: 8080 }];
    const moved = packEndpoints([{ ports: other, endpoints: range(0, 2) }], [full, slice("c", range(2, 3))]);
    expect(moved).toMatchObject({
      created: [],
      updated: [{ slice: full, ports: other }],
      deleted: [slice("c", range(2, 3))],
    });
  });

  it("EPS-04 fills what is relabelled anyway, and lets the last part of many newcomers share a slice", () => {
    const existing = [slice("a", range(0, 90)), slice("b", range(100, 140))];
    const isStale = ({ metadata }: EndpointSlice): boolean => metadata.name === "b";
    const wanted = [...range(0, 90), ...range(100, 140), ...range(200, 205)];
    const relabelled = packEndpoints([{ ports: PORTS, endpoints: wanted }], existing, { isStale });
    expect(relabelled.updated.map((each) => [each.slice.metadata.name, each.endpoints.length])).toEqual([["b", 45]]);
    const roomy = [slice("b", range(100, 140))];
    expect(sizes(carriedOut(pack([...range(100, 140), ...range(200, 350)], roomy), roomy))).toEqual([90, 100]);
  });

  it("holds every endpoint once, in its present state, in full slices at most, and then rests", () => {
    const indexes = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
    fc.assert(
      fc.property(fc.array(indexes, { minLength: 1, maxLength: 4 }), (rounds) => {
        let slices: readonly EndpointSlice[] = [];
        for (const [round, chosen] of rounds.entries()) {
          const wanted = chosen.map((index) => endpoint(index, (index + round) % 3 > 0));
          slices = carriedOut(pack(wanted, slices), slices).map((each, index) => ({
            ...each,
            metadata: { name: `s${index}` },
          }));
          const held = slices.flatMap(({ endpoints }) => endpoints);
          const byUid = (left: Endpoint, right: Endpoint): number =>
            (left.targetRef?.uid ?? "") < (right.targetRef?.uid ?? "") ? -1 : 1;
          expect([...held].sort(byUid)).toEqual([...wanted].sort(byUid));
          expect(Math.max(...sizes(slices))).toBeLessThanOrEqual(100);
          expect(pack(wanted, slices)).toEqual({ created: [], updated: [], deleted: [] });
        }
      }),
      { numRuns: 60 },
    );
  });
});
