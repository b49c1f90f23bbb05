import type { Clock, RandomStream } from "../sim/index.ts";

/** client-go's reflector: `wait.NewExponentialBackoffManager(800ms, 30s, 2m, 2.0, 1.0)`. */
const FIRST_MS = 800;
const CAP_MS = 30_000;
const RESET_MS = 120_000;

/** Delays between attempts that keep failing: doubling, capped, with full jitter, forgotten after two quiet minutes. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: RandomStream;
  #delayMs = FIRST_MS;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: RandomStream) {
    this.#clock = clock;
    this.#random = random;
  }

  nextMs(): number {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lastMs > RESET_MS) this.#delayMs = FIRST_MS;
    this.#lastMs = nowMs;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(CAP_MS, delayMs * 2);
    return Math.round(delayMs * (1 + this.#random.next()));
  }
}
