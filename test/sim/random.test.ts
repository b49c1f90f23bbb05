import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultPlan, formatTraceLine, NAME_ALPHABET, Random, Trace } from "../../src/sim/index.ts";

describe("chance", () => {
  it("draws the same from the same seed and name, whatever other streams do", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.nat(20), (seed, name, others) => {
        const left = new Random(seed);
        const right = new Random(seed);
        for (let draw = 0; draw < others; draw++) right.stream(`${name}-other`).next();
        const draws = (random: Random): number[] => Array.from({ length: 5 }, () => random.stream(name).next());
        expect(draws(left)).toEqual(draws(right));
      }),
    );
  });

  it("differs by seed and by name", () => {
    const first = (seed: number, name: string): number => new Random(seed).stream(name).next();
    expect(first(1, "a")).not.toBe(first(2, "a"));
    expect(first(1, "a")).not.toBe(first(1, "b"));
  });

  it("stays within its bounds and reaches every value", () => {
    const stream = new Random(7).stream("bounds");
    const seen = new Set<number>();
    for (let draw = 0; draw < 1000; draw++) {
      const value = stream.below(6);
      expect(Number.isInteger(value) && value >= 0 && value < 6).toBe(true);
      seen.add(value);
    }
    expect(seen.size).toBe(6);
    expect(stream.text(5, NAME_ALPHABET)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(["a", "b"]).toContain(stream.pick(["a", "b"]));
  });
});

describe("the trace", () => {
  const line = { atMs: 65_000, cluster: "host", actor: "binding", verb: "update", subject: "web", detail: "m1=3" };

  it("hashes what happened, when, and in which order", () => {
    const hashOf = (...lines: (typeof line)[]): string => {
      const trace = new Trace();
      for (const entry of lines) trace.add(entry);
      return trace.hash;
    };
    const other = { ...line, detail: "m1=2" };
    expect(hashOf(line)).toBe(hashOf({ ...line }));
    expect(new Set([hashOf(), hashOf(line), hashOf(other), hashOf(line, other), hashOf(other, line)]).size).toBe(5);
    expect(hashOf({ ...line, atMs: 1 })).not.toBe(hashOf(line));
  });

  it("shows its lines until told to stop, in fixed columns", () => {
    const trace = new Trace();
    const seen: string[] = [];
    const stop = trace.observe((entry) => seen.push(formatTraceLine(entry, 5000)));
    trace.add(line);
    stop();
    trace.add(line);
    expect(seen).toEqual(["01:00.000 host      binding                      update   web m1=3"]);
    expect(trace.count).toBe(2);
  });
});

describe("faults", () => {
  it("cut one way, and take a cluster off both ways", () => {
    const faults = new FaultPlan();
    let changes = 0;
    const stop = faults.observe(() => changes++);
    faults.setCut("a", "b", true);
    expect([faults.reachable("a", "b"), faults.reachable("b", "a")]).toEqual([false, true]);
    faults.setCut("a", "b", false);
    faults.setDown("a", true);
    expect([faults.reachable("a", "b"), faults.reachable("b", "a"), faults.isDown("a")]).toEqual([false, false, true]);
    faults.setDown("a", false);
    expect([faults.reachable("a", "b"), changes]).toEqual([true, 4]);
    stop();
    faults.setDown("b", true);
    expect(changes).toBe(4);
  });
});
