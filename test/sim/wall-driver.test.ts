import { describe, expect, it } from "vitest";
import { driveByWallClock, Loop, Random, Trace, type WallClock } from "../../src/sim/index.ts";

/** A wall clock whose hands the test moves. */
class HandClock implements WallClock {
  now = 1_000_000;
  /** Wall milliseconds that pass at each look at the clock: how long work takes. */
  costMs = 0;
  deferred: (() => void)[] = [];
  timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    this.now += this.costMs;
    return this.now;
  }

  defer(run: () => void): void {
    this.deferred.push(run);
  }

  timer(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { atMs: this.now + delayMs, run };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((pending) => pending !== timer);
      },
    };
  }

  /** Lets I/O have its turn once. */
  turn(): void {
    for (const run of this.deferred.splice(0)) run();
  }

  /** Moves the hands, fires what is due and lets the loop run until it rests. */
  pass(ms: number): void {
    this.now += ms;
    for (const timer of this.timers.filter((pending) => pending.atMs <= this.now)) {
      this.timers = this.timers.filter((pending) => pending !== timer);
      timer.run();
    }
    while (this.deferred.length > 0) this.turn();
  }
}

const loopAt = (startMs: number): Loop => new Loop({ startMs, random: new Random(1), trace: new Trace() });

describe("a loop driven by the wall clock", () => {
  it("runs entries when their time has come, and sleeps until then", () => {
    const loop = loopAt(500);
    const clock = new HandClock();
    const ran: number[] = [];
    loop.after(100, "entry", () => ran.push(loop.nowMs()));
    driveByWallClock(loop, clock, 1);
    clock.pass(0);
    expect(clock.timers.map((timer) => timer.atMs - clock.now)).toEqual([100]);
    clock.pass(99);
    expect(ran).toEqual([]);
    clock.pass(1);
    expect(ran).toEqual([600]);
    expect(clock.timers).toEqual([]);
  });

  it("lets time run faster by its speed", () => {
    const loop = loopAt(0);
    const clock = new HandClock();
    const ran: number[] = [];
    loop.after(1000, "entry", () => ran.push(loop.nowMs()));
    driveByWallClock(loop, clock, 10);
    clock.pass(0);
    expect(clock.timers[0]?.atMs).toBe(clock.now + 100);
    clock.pass(100);
    expect(ran).toEqual([1000]);
  });

  it("wakes for what comes in from outside while it sleeps, at the time it then is", () => {
    const loop = loopAt(0);
    const clock = new HandClock();
    const ran: number[] = [];
    driveByWallClock(loop, clock, 1);
    clock.pass(0);
    clock.pass(40);
    loop.soon("request", () => ran.push(loop.nowMs()));
    expect(ran).toEqual([]);
    clock.pass(0);
    expect(ran).toEqual([40]);
  });

  it("works in slices, so that I/O has its turn between them", () => {
    const loop = loopAt(0);
    const clock = new HandClock();
    clock.costMs = 1;
    let ran = 0;
    for (let entry = 0; entry < 1000; entry++) loop.soon("entry", () => ran++);
    driveByWallClock(loop, clock, 1);
    clock.turn();
    expect(ran).toBeGreaterThan(0);
    expect(ran).toBeLessThan(1000);
    while (clock.deferred.length > 0) clock.turn();
    expect(ran).toBe(1000);
  });

  it("stops for good", () => {
    const loop = loopAt(0);
    const clock = new HandClock();
    let ran = 0;
    loop.after(10, "entry", () => ran++);
    const stop = driveByWallClock(loop, clock, 1);
    clock.pass(0);
    stop();
    loop.soon("late", () => ran++);
    clock.pass(100);
    expect([ran, clock.timers.length, clock.deferred.length]).toEqual([0, 0, 0]);
  });
});
