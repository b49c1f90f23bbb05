import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advanceTo, Loop, Random, settle, Trace } from "../../src/sim/index.ts";
import { AssertionError } from "../../src/std/index.ts";

const LIMITS = { maxSteps: 1000, maxVirtualMs: 1_000_000 };
const loopAt = (startMs = 0): Loop => new Loop({ startMs, random: new Random(1), trace: new Trace() });

describe("the agenda", () => {
  it("runs entries by time, and by order of asking at the same time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), (delays) => {
        const loop = loopAt(100);
        const ran: string[] = [];
        delays.forEach((delay, index) => void loop.after(delay, "entry", () => ran.push(`${loop.nowMs()}:${index}`)));
        expect(settle(loop, LIMITS)).toEqual({ state: "idle" });
        const expected = delays
          .map((delay, index) => ({ delay, index }))
          .sort((left, right) => left.delay - right.delay || left.index - right.index)
          .map(({ delay, index }) => `${100 + delay}:${index}`);
        expect(ran).toEqual(expected);
        expect(loop.steps).toBe(delays.length);
      }),
    );
  });

  it("runs what is asked for at once after what is already due, in the order of asking", () => {
    const loop = loopAt();
    const ran: string[] = [];
    loop.after(0, "timer", () => {
      ran.push("timer");
      loop.soon("inner", () => ran.push("inner"));
      loop.after(0, "later", () => ran.push("later"));
    });
    loop.soon("soon", () => ran.push("soon"));
    loop.after(0, "second", () => ran.push("second"));
    settle(loop, LIMITS);
    expect(ran).toEqual(["timer", "soon", "second", "inner", "later"]);
    expect(loop.nowMs()).toBe(0);
  });

  it("forgets what is cancelled, before and after it ran", () => {
    const loop = loopAt();
    const ran: string[] = [];
    const cancelled = loop.after(5, "cancelled", () => ran.push("cancelled"));
    const kept = loop.after(10, "kept", () => ran.push("kept"));
    cancelled.cancel();
    cancelled.cancel();
    expect(loop.nextAtMs()).toBe(10);
    settle(loop, LIMITS);
    kept.cancel();
    expect(ran).toEqual(["kept"]);
    expect(loop.idle).toBe(true);
    expect(loop.nextAtMs()).toBeUndefined();
  });
});

describe("settling", () => {
  it("does not wait for the background, but lets it run on the way", () => {
    const loop = loopAt();
    let beats = 0;
    const heartbeat = loop.every(10, "heartbeat", () => beats++);
    loop.after(35, "work", () => {});
    expect(settle(loop, LIMITS)).toEqual({ state: "idle" });
    expect([loop.nowMs(), beats]).toEqual([35, 3]);
    heartbeat.cancel();
    expect(loop.nextAtMs()).toBeUndefined();
  });

  it("lets time stand still while an answer from outside is awaited", () => {
    const loop = loopAt();
    const ran: string[] = [];
    const hold = loop.hold("webhook");
    loop.soon("now", () => ran.push("now"));
    loop.after(5, "later", () => ran.push("later"));
    expect(settle(loop, LIMITS)).toEqual({ state: "held", holds: ["webhook"] });
    expect([loop.nowMs(), ran]).toEqual([0, ["now"]]);
    hold.release();
    expect(settle(loop, LIMITS)).toEqual({ state: "idle" });
    expect(ran).toEqual(["now", "later"]);
  });

  it("gives up at its limits, and names them and what is pending", () => {
    const loop = loopAt();
    const again = (): void => void loop.after(1, "hot loop", again);
    again();
    expect(settle(loop, { maxSteps: 10, maxVirtualMs: 1000 })).toEqual({
      state: "limit",
      limit: "10 steps",
      pending: ["hot loop in 1 ms"],
    });
    expect(settle(loop, { maxSteps: 1000, maxVirtualMs: 5 })).toMatchObject({
      state: "limit",
      limit: "5 ms of virtual time",
    });
  });
});

describe("advancing", () => {
  it("gets on whatever the period of a timer is", () => {
    const loop = loopAt(1_700_000_000_000);
    let beats = 0;
    loop.every(0.000_001, "hasty", () => beats++);
    expect(loop.nextAtMs()).toBe(loop.nowMs() + 1);
    advanceTo(loop, loop.nowMs() + 3);
    expect(beats).toBe(3);
  });

  it("runs all that is due, background too, and arrives at the time asked for", () => {
    const loop = loopAt();
    let beats = 0;
    loop.every(10, "heartbeat", () => beats++);
    expect(advanceTo(loop, 25)).toEqual({ state: "idle" });
    expect([loop.nowMs(), beats]).toEqual([25, 2]);
  });

  it("stops where an answer from outside is awaited", () => {
    const loop = loopAt();
    loop.after(5, "call", () => void loop.hold("remote"));
    loop.after(9, "never", () => {});
    expect(advanceTo(loop, 20)).toEqual({ state: "held", holds: ["remote"] });
    expect(loop.nowMs()).toBe(5);
  });

  it("never jumps over what is due", () => {
    const loop = loopAt();
    loop.after(5, "due", () => {});
    expect(() => loop.moveTo(6)).toThrow(AssertionError);
  });
});

describe("the same seed", () => {
  /** A world of entries that breed further ones at random. */
  function history(seed: number): string {
    const loop = new Loop({ startMs: 0, random: new Random(seed), trace: new Trace() });
    const delays = loop.random.stream("delay");
    const breed = (name: string, left: number): void => {
      const line = { atMs: loop.nowMs(), cluster: "c", actor: name, verb: "run", subject: "x", detail: "" };
      loop.trace.add(line);
      for (let child = 0; child < left; child++) {
        loop.after(delays.below(20), name, () => breed(`${name}${child}`, left - 1));
      }
    };
    breed("r", 4);
    settle(loop, LIMITS);
    return `${loop.trace.hash} ${loop.trace.count} ${loop.nowMs()}`;
  }

  it("gives the same history, and another seed another", () => {
    for (const seed of [0, 1, 2, 0xffffffff]) {
      const first = history(seed);
      expect(history(seed)).toBe(first);
    }
    expect(history(1)).not.toBe(history(2));
  });
});
