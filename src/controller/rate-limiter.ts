/** controller-runtime's and Karmada's `ItemExponentialFailureRateLimiter`: 5 ms doubling up to 1000 s. */
const BASE_MS = 5;
const MAX_MS = 1_000_000;

/** Counts failures per key, and says how long to wait before the next attempt. */
export class RateLimiter {
  readonly #failures = new Map<string, number>();

  /** Counts one more failure of `id`; the delay it costs. */
  failed(id: string): { readonly failures: number; readonly delayMs: number } {
    const before = this.#failures.get(id) ?? 0;
    this.#failures.set(id, before + 1);
    return { failures: before + 1, delayMs: Math.min(MAX_MS, BASE_MS * 2 ** before) };
  }

  forget(id: string): void {
    this.#failures.delete(id);
  }
}
