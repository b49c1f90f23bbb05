/** First delay, cap, and how long a container must keep running for its past to be forgotten (`pkg/kubelet`, MaxContainerBackOff). */
const DELAY_MS_MIN = 10_000;
const DELAY_MS_MAX = 300_000;
const FORGIVEN_AFTER_MS = 600_000;

/** How long a container that ended must wait: not at all at first, then 10 s, doubling to 300 s. */
export class RestartBackoff {
  #delayMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Takes in an end at `nowMs`; the delay until the next start. */
  next(nowMs: number): number {
    if (nowMs - this.#lastMs > FORGIVEN_AFTER_MS) this.#delayMs = 0;
    const delayMs = this.#delayMs;
    this.#delayMs = delayMs === 0 ? DELAY_MS_MIN : Math.min(2 * delayMs, DELAY_MS_MAX);
    this.#lastMs = nowMs + delayMs;
    return delayMs;
  }
}
