import { assert, Heap } from "../std/index.ts";
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

/** Reads time; milliseconds since the Unix epoch. */
export interface Clock {
  nowMs(): number;
}

/** A pending entry of the agenda. */
export interface Timer {
  cancel(): void;
}

/** Heartbeats, leases, periodic syncs and retries of what keeps failing are background: they never keep a world busy. */
export type TimerOptions = { readonly background?: boolean };

type Entry = {
  readonly atMs: number;
  readonly sequence: number;
  readonly why: string;
  readonly background: boolean;
  run: (() => void) | undefined;
};

/** Work that left the process; it ends when its answer has re-entered the loop. */
export interface Hold {
  readonly why: string;
  release(): void;
}

/**
 * The one event loop of a world: an agenda ordered by (time, sequence). Entries run to completion, one at a time.
 * Whoever drives it decides how time passes: see `settle` and `advance` (virtual) and `WallDriver` (wall clock).
 */
export class Loop implements Clock {
  readonly random: Random;
  readonly trace: Trace;
  readonly startMs: number;
  readonly #agenda = new Heap<Entry>((left, right) =>
    left.atMs === right.atMs ? left.sequence < right.sequence : left.atMs < right.atMs,
  );
  readonly #holds = new Set<Hold>();
  #soon: Entry[] = [];
  #soonHead = 0;
  #nowMs: number;
  #sequence = 0;
  #foreground = 0;
  #steps = 0;
  #wake: () => void = () => {};

  constructor(options: { readonly startMs: number; readonly random: Random; readonly trace: Trace }) {
    this.startMs = options.startMs;
    this.#nowMs = options.startMs;
    this.random = options.random;
    this.trace = options.trace;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Entries run since the start. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether no foreground entry is pending and nothing is outside the process. */
  get idle(): boolean {
    return this.#foreground === 0 && this.#holds.size === 0;
  }

  /** What is outside the process at present. */
  get holds(): readonly Hold[] {
    return [...this.#holds];
  }

  /** Runs `run` at the present time, after what is already due. */
  soon(why: string, run: () => void): void {
    this.#foreground++;
    this.#soon.push({ atMs: this.#nowMs, sequence: this.#sequence++, why, background: false, run });
    if (this.#soon.length - this.#soonHead === 1) this.#wake();
  }

  /** Runs `run` once, `delayMs` from now. */
  after(delayMs: number, why: string, run: () => void, options: TimerOptions = {}): Timer {
    const background = options.background === true;
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const entry: Entry = { atMs, sequence: this.#sequence++, why, background, run };
    if (!background) this.#foreground++;
    this.#agenda.push(entry);
    this.#wake();
    return { cancel: () => this.#cancel(entry) };
  }

  /**
   * Runs `run` every `everyMs`, in the background, until cancelled; the first time one period from now. A period below one
   * millisecond counts as one: time would never pass it by.
   */
  every(everyMs: number, why: string, run: () => void): Timer {
    const periodMs = Math.max(1, everyMs);
    let timer = this.after(periodMs, why, tick, { background: true });
    const loop = this;
    function tick(): void {
      timer = loop.after(periodMs, why, tick, { background: true });
      run();
    }
    return { cancel: () => timer.cancel() };
  }

  /** Says that work has left the process: virtual time stands still until the hold is released. */
  hold(why: string): Hold {
    const hold: Hold = { why, release: () => void this.#holds.delete(hold) };
    this.#holds.add(hold);
    return hold;
  }

  /** The time of the next entry, or `undefined` when the agenda is empty. */
  nextAtMs(): number | undefined {
    if (this.#soonHead < this.#soon.length) return this.#nowMs;
    return this.#peek()?.atMs;
  }

  /** Why the pending foreground entries exist, for messages; at most `limit`. */
  pendingReasons(limit: number): readonly string[] {
    const reasons = new Set<string>();
    for (const entry of this.#soon.slice(this.#soonHead)) if (entry.run !== undefined) reasons.add(entry.why);
    const next = this.#peek();
    if (next !== undefined) reasons.add(`${next.why} in ${next.atMs - this.#nowMs} ms`);
    return [...reasons].slice(0, limit);
  }

  /** Lets time reach `atMs` without running anything; what is due now then runs at that time. Timers before it must have run. */
  moveTo(atMs: number): void {
    const next = this.#peek();
    assert(next === undefined || next.atMs >= atMs, "time may not jump over a timer");
    if (atMs > this.#nowMs) this.#nowMs = atMs;
  }

  /** Lets time catch up with `atMs`, as far as no timer stands in the way. */
  catchUp(atMs: number): void {
    const next = this.#peek();
    const reachMs = next === undefined ? atMs : Math.min(atMs, next.atMs);
    if (reachMs > this.#nowMs) this.#nowMs = reachMs;
  }

  /** Runs the next entry, moving time to it; false when there is none at or before `untilMs`. */
  step(untilMs: number): boolean {
    const entry = this.#take(untilMs);
    if (entry === undefined) return false;
    const run = entry.run;
    if (run === undefined) return true;
    entry.run = undefined;
    if (!entry.background) this.#foreground--;
    this.#steps++;
    run();
    return true;
  }

  /** Called whenever something is put on the agenda; the wall-clock driver listens. */
  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  #take(untilMs: number): Entry | undefined {
    const timed = this.#peek();
    const soon = this.#soon[this.#soonHead];
    if (soon !== undefined && (timed === undefined || timed.atMs > soon.atMs || timed.sequence > soon.sequence)) {
      this.#soonHead++;
      if (this.#soonHead === this.#soon.length) {
        this.#soon = [];
        this.#soonHead = 0;
      }
      return soon;
    }
    if (timed === undefined || timed.atMs > untilMs) return undefined;
    this.#agenda.pop();
    if (timed.atMs > this.#nowMs) this.#nowMs = timed.atMs;
    return timed;
  }

  #peek(): Entry | undefined {
    for (;;) {
      const entry = this.#agenda.peek();
      if (entry === undefined || entry.run !== undefined) return entry;
      this.#agenda.pop();
    }
  }

  #cancel(entry: Entry): void {
    if (entry.run === undefined) return;
    entry.run = undefined;
    if (!entry.background) this.#foreground--;
  }
}
