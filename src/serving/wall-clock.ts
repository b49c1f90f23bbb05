import type { WallClock } from "../sim/index.ts";

/** The machine's clock and timers, for driving a loop in wall-clock time. */
export const wallClock: WallClock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  defer: (run) => void setImmediate(run),
  timer: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(timer) };
  },
};
