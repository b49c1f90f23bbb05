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
    return [updated === undefined ? each : { ...each, endpoints: updated.endpoints }];
  });
  return [...kept, ...packing.created.map(({ endpoints }, index) => slice(`new-${index}`, endpoints))];
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
