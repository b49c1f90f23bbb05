import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket, type WallTime } from "../../src/remote/token-bucket.ts";

/** Time that passes only when everybody sleeps. */
class SleptTime implements WallTime {
  #nowMs = 0;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => void this.#sleepers.push({ atMs: this.#nowMs + ms, wake }));
  }

  async passUntil(untilMs: number): Promise<void> {
    for (;;) {
      await Promise.resolve();
      await Promise.resolve();
      this.#sleepers.sort((left, right) => left.atMs - right.atMs);
      const next = this.#sleepers[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#sleepers.shift();
      this.#nowMs = next.atMs;
      next.wake();
    }
    this.#nowMs = untilMs;
  }
}

describe("TokenBucket", () => {
  it("lets a burst pass at once, then so many a second, in order", async () => {
    const time = new SleptTime();
    const bucket = new TokenBucket({ qps: 10, burst: 3, time });
    const passed: number[] = [];
    for (let index = 0; index < 6; index++) void bucket.take().then(() => passed.push(index * 10_000 + time.nowMs()));
    await time.passUntil(0);
    expect(passed).toHaveLength(3);
    await time.passUntil(1000);
    expect(passed).toEqual([0, 10_000, 20_000, 30_100, 40_200, 50_300]);
  });

  it("never lets more pass in any span than the burst and what the rate allows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(300), { minLength: 1, maxLength: 60 }), async (gaps) => {
        const time = new SleptTime();
        const bucket = new TokenBucket({ qps: 20, burst: 5, time });
        const passed: number[] = [];
        let atMs = 0;
        for (const gap of gaps) {
          atMs += gap;
          await time.passUntil(atMs);
          void bucket.take().then(() => passed.push(time.nowMs()));
        }
        await time.passUntil(atMs + 10_000);
        expect(passed).toHaveLength(gaps.length);
        for (const [first, startMs] of passed.entries())
          for (const [last, endMs] of passed.entries())
            if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(5 + ((endMs - startMs) / 1000) * 20 + 1e-6);
      }),
      { numRuns: 50 },
    );
  });
});
