import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type IpvsScheduler,
  type RealServer,
  type SchedulerState,
  scheduleConnection,
} from "../../src/algorithms/index.ts";

const SCHEDULERS: readonly IpvsScheduler[] = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "sh",
  "dh",
  "sed",
  "nq",
  "mh",
  "fo",
  "ovf",
];
const PACKET = { source: "10.1.2.3", destination: "10.96.0.10" };

const server = (key: string, weight = 1, active = 0, inactive = 0): RealServer => ({ key, weight, active, inactive });
const anyServers = fc
  .array(fc.record({ weight: fc.integer({ min: 0, max: 4 }), active: fc.nat(5), inactive: fc.nat(5) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((counters) => counters.map((counter, index) => ({ key: `s${index}`, ...counter })));
const anyScheduler = fc.constantFrom(...SCHEDULERS);

function sequence(
  scheduler: IpvsScheduler,
  servers: readonly RealServer[],
  times: number,
  packet = PACKET,
): readonly (string | undefined)[] {
  const state: SchedulerState = {};
  return Array.from({ length: times }, () => scheduleConnection(scheduler, servers, packet, state)?.key);
}

describe("scheduleConnection", () => {
  it("KP-03 never chooses a server without weight, and none only when none has any", () => {
    fc.assert(
      fc.property(anyScheduler, anyServers, fc.ipV4(), (scheduler, servers, source) => {
        for (const key of sequence(scheduler, servers, 8, { ...PACKET, source })) {
          const chosen = servers.find((one) => one.key === key);
          expect((chosen?.weight ?? 0) > 0).toBe(servers.some(({ weight }) => weight > 0));
        }
      }),
    );
  });

  it("KP-33 rr gives every server its turn, and goes on where it was when servers come and go", () => {
    const servers = ["a", "b", "c"].map((key) => server(key));
    expect(sequence("rr", servers, 6)).toEqual(["a", "b", "c", "a", "b", "c"]);
    const state: SchedulerState = { last: "b" };
    expect(scheduleConnection("rr", [...servers, server("d")], PACKET, state)?.key).toBe("c");
    expect(scheduleConnection("rr", [server("a"), server("d")], PACKET, { last: "c" })?.key).toBe("a");
  });

  it("wrr gives turns by weight, in every round", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), (weights) => {
        const servers = weights.map((weight, index) => server(`s${index}`, weight));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const turns = sequence("wrr", servers, total);
        const divisor = weights.reduce((left, right) => {
          let [a, b] = [left, right];
          while (b > 0) [a, b] = [b, a % b];
          return a;
        }, 0);
        for (const { key, weight } of servers) {
          const seen = turns.filter((turn) => turn === key).length;
          expect(seen).toBe(divisor === 1 ? weight : (weight / divisor) * divisor);
        }
      }),
    );
  });

  it("KP-34 lc counts open connections before closed ones, and takes the first of equals", () => {
    expect(sequence("lc", [server("a", 1, 1, 0), server("b", 1, 0, 255)], 1)).toEqual(["b"]);
    expect(sequence("lc", [server("a", 1, 1, 0), server("b", 1, 0, 257)], 1)).toEqual(["a"]);
    expect(sequence("lc", [server("a"), server("b")], 1)).toEqual(["a"]);
    expect(sequence("wlc", [server("a", 1, 2), server("b", 3, 4)], 1)).toEqual(["b"]);
  });

  it("KP-34 sed looks at the delay to expect, nq at idle servers first", () => {
    const servers = [server("slow", 1, 0), server("fast", 4, 2)];
    expect(sequence("sed", servers, 1)).toEqual(["fast"]);
    expect(sequence("nq", servers, 1)).toEqual(["slow"]);
  });

  it("KP-35 sh and dh are functions of one address each", () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.ipV4(),
        fc.ipV4(),
        fc.integer({ min: 1, max: 9 }),
        (source, destination, other, count) => {
          const servers = Array.from({ length: count }, (_unused, index) => server(`s${index}`));
          const choose = (scheduler: IpvsScheduler, packet: typeof PACKET) =>
            scheduleConnection(scheduler, servers, packet, {})?.key;
          expect(choose("sh", { source, destination })).toBe(choose("sh", { source, destination: other }));
          expect(choose("dh", { source, destination })).toBe(choose("dh", { source: other, destination }));
          expect(choose("sh", { source, destination })).toBe(
            choose("dh", { source: destination, destination: source }),
          );
        },
      ),
    );
  });

  it("KP-35 sh hashes as Linux does", () => {
    const servers = Array.from({ length: 256 }, (_unused, index) => server(String(index)));
    // hash_32(0x0a010203, 8): (0x0a010203 * 0x61c88647) mod 2^32, its upper eight bits.
    const expected = Math.floor(Number((0x0a010203n * 0x61c88647n) & 0xffffffffn) / 2 ** 24);
    expect(sequence("sh", servers, 1)).toEqual([String(expected)]);
  });

  it("fo keeps to the heaviest, ovf until it is full", () => {
    expect(sequence("fo", [server("a", 1), server("b", 3, 9)], 2)).toEqual(["b", "b"]);
    expect(sequence("ovf", [server("a", 2, 2), server("b", 2, 1)], 1)).toEqual(["b"]);
  });
});
