import type { Loop } from "./loop.ts";
import { SLICE_MS, STEPS_BETWEEN_CLOCK_READS, type WallClock } from "./wall-driver.ts";

/** How far `settle` may go before it gives up. */
export type SettleLimits = { readonly maxSteps: number; readonly maxVirtualMs: number };

/** What became of a settle: idle, waiting for an answer from outside the process, or over a limit. */
export type SettleResult =
  | { readonly state: "idle" }
  | { readonly state: "held"; readonly holds: readonly string[] }
  | { readonly state: "limit"; readonly limit: string; readonly pending: readonly string[] };

/** Runs the loop, jumping from entry to entry, until no foreground entry is left. Time stands still while something is held. */
export function settle(loop: Loop, limits: SettleLimits): SettleResult {
  const lastMs = loop.nowMs() + limits.maxVirtualMs;
  const lastStep = loop.steps + limits.maxSteps;
  while (!loop.idle) {
    const held = loop.holds.length > 0;
    if (!loop.step(held ? loop.nowMs() : lastMs)) {
      if (held) return { state: "held", holds: loop.holds.map((hold) => hold.why) };
      return { state: "limit", limit: `${limits.maxVirtualMs} ms of virtual time`, pending: loop.pendingReasons(5) };
    }
    if (loop.steps >= lastStep)
      return { state: "limit", limit: `${limits.maxSteps} steps`, pending: loop.pendingReasons(5) };
  }
  return { state: "idle" };
}

/** Runs everything due within the next `durationMs`, then lets time arrive there; `held` when an answer from outside is awaited first. */
export function advanceTo(loop: Loop, untilMs: number): SettleResult {
  for (;;) {
    const held = loop.holds.length > 0;
    if (loop.step(held ? loop.nowMs() : untilMs)) continue;
    if (held) return { state: "held", holds: loop.holds.map((hold) => hold.why) };
    loop.moveTo(untilMs);
    return { state: "idle" };
  }
}

/**
 * Runs what somebody outside sets in motion until nothing is left to do, in slices so that listeners stay responsive; time
 * moves no further than that takes, and at most `maxVirtualMs`. Returns the function that ends it.
 */
export function settleWhenWoken(
  loop: Loop,
  wall: Pick<WallClock, "nowMs" | "defer">,
  { maxVirtualMs }: Pick<SettleLimits, "maxVirtualMs">,
): () => void {
  let running = true;
  let scheduled = false;
  let lastMs: number | undefined;
  const schedule = (): void => {
    if (scheduled || !running) return;
    scheduled = true;
    wall.defer(slice);
  };
  const slice = (): void => {
    scheduled = false;
    if (!running) return;
    lastMs ??= loop.nowMs() + maxVirtualMs;
    const endMs = wall.nowMs() + SLICE_MS;
    do {
      for (let count = 0; count < STEPS_BETWEEN_CLOCK_READS; count++)
        if (!loop.step(loop.idle || loop.holds.length > 0 ? loop.nowMs() : lastMs)) {
          lastMs = undefined;
          return;
        }
    } while (wall.nowMs() < endMs);
    schedule();
  };
  loop.onWake(schedule);
  schedule();
  return () => {
    running = false;
    loop.onWake(() => {});
  };
}
