import type { Loop } from "./loop.ts";

/** Wall time and timers, supplied from the roof. `defer` runs after pending I/O has had its turn. */
export interface WallClock {
  nowMs(): number;
  defer(run: () => void): void;
  timer(delayMs: number, run: () => void): { cancel(): void };
}

/** How long the loop may work before sockets get their turn, in wall milliseconds. */
export const SLICE_MS = 4;
export const STEPS_BETWEEN_CLOCK_READS = 32;

/**
 * Drives a loop in wall-clock time, times a speed factor, in slices of a few milliseconds so that listeners stay responsive.
 * Returns the function that stops it.
 */
export function driveByWallClock(loop: Loop, wall: WallClock, speed: number): () => void {
  const originWallMs = wall.nowMs();
  const originLoopMs = loop.nowMs();
  let running = true;
  let scheduled = false;
  let timer: { cancel(): void } | undefined;
  const loopTimeMs = (): number => originLoopMs + (wall.nowMs() - originWallMs) * speed;

  const schedule = (): void => {
    if (scheduled || !running) return;
    scheduled = true;
    timer?.cancel();
    wall.defer(slice);
  };
  const slice = (): void => {
    scheduled = false;
    if (!running) return;
    const endMs = wall.nowMs() + SLICE_MS;
    do {
      const untilMs = loopTimeMs();
      loop.catchUp(untilMs);
      for (let count = 0; count < STEPS_BETWEEN_CLOCK_READS; count++)
        if (!loop.step(untilMs)) {
          rest(untilMs);
          return;
        }
    } while (wall.nowMs() < endMs);
    schedule();
  };
  const rest = (untilMs: number): void => {
    loop.moveTo(untilMs);
    const nextMs = loop.nextAtMs();
    timer?.cancel();
    timer = nextMs === undefined ? undefined : wall.timer(Math.max(0, (nextMs - loopTimeMs()) / speed), schedule);
  };

  loop.onWake(schedule);
  schedule();
  return () => {
    running = false;
    timer?.cancel();
    loop.onWake(() => {});
  };
}
