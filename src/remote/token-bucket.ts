/** Wall time, for what happens outside the loop. */
export interface WallTime {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * Lets `qps` requests a second pass, and `burst` at once after a rest (client-go's flowcontrol). Requests pass in the order
 * they came.
 */
export class TokenBucket {
  readonly #qps: number;
  readonly #burst: number;
  readonly #time: WallTime;
  #tokens: number;
  #countedMs: number;

  constructor(options: { readonly qps: number; readonly burst: number; readonly time: WallTime }) {
    this.#qps = options.qps;
    this.#burst = options.burst;
    this.#time = options.time;
    this.#tokens = options.burst;
    this.#countedMs = options.time.nowMs();
  }

  /** Resolves when the request may go. A token is taken at once, be it a future one: who comes later waits longer. */
  async take(): Promise<void> {
    const nowMs = this.#time.nowMs();
    const grown = this.#tokens + ((nowMs - this.#countedMs) / 1000) * this.#qps;
    this.#tokens = Math.min(this.#burst, grown) - 1;
    this.#countedMs = nowMs;
    if (this.#tokens < 0) await this.#time.sleep((-this.#tokens / this.#qps) * 1000);
  }
}
