import { wallClock } from "../serving/index.ts";
import { advanceTo, driveByWallClock, type Loop, type SettleResult, settle, settleWhenWoken } from "../sim/index.ts";

const SETTLE_LIMITS = { maxSteps: 50_000_000, maxVirtualMs: 3_600_000 };

/** Moves a world's loop, in virtual or wall-clock time, on behalf of promises. */
export interface Driver {
  /** Starts something and runs the loop until it has called back. */
  run<T>(start: (done: (value: T) => void) => void, what: string): Promise<T>;
  /** Runs until no foreground work is left. Rejects, naming what is pending, when that does not come about. */
  settle(): Promise<void>;
  /** Lets `durationMs` pass. */
  advance(durationMs: number): Promise<void>;
  /** Runs until `condition` holds, looking at every time something happens; false when `withinMs` passed before. */
  until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean>;
  /** From now on requests come from outside at any time: what they set in motion runs by itself. */
  attend(): void;
  stop(): void;
}

/** Virtual time: jumps from entry to entry; stands still while an answer from outside the process is awaited. */
export function virtualDriver(loop: Loop): Driver {
  const finish = async (attempt: () => SettleResult): Promise<void> => {
    for (;;) {
      const result = attempt();
      if (result.state === "idle") return;
      if (result.state === "limit")
        throw new Error(`the world did not come to rest within ${result.limit}; pending: ${result.pending.join(", ")}`);
      await macrotask();
    }
  };
  let leave = (): void => {};
  return {
    run: async (start, what) => {
      let answer: { readonly value: Parameters<Parameters<typeof start>[0]>[0] } | undefined;
      start((value) => {
        answer = { value };
      });
      while (answer === undefined) {
        if (loop.step(loop.nowMs())) continue;
        if (loop.holds.length > 0) await macrotask();
        else if (!loop.step(Number.MAX_SAFE_INTEGER)) throw new Error(`${what} was never answered`);
      }
      return answer.value;
    },
    settle: () => finish(() => settle(loop, SETTLE_LIMITS)),
    advance: (durationMs) => {
      const untilMs = loop.nowMs() + durationMs;
      return finish(() => advanceTo(loop, untilMs));
    },
    until: (condition, withinMs) => untilVirtually(loop, condition, withinMs),
    attend: () => {
      leave = settleWhenWoken(loop, wallClock, SETTLE_LIMITS);
    },
    stop: () => leave(),
  };
}

async function untilVirtually(
  loop: Loop,
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> {
  const lastMs = loop.nowMs() + withinMs;
  for (;;) {
    while (loop.step(loop.nowMs()));
    if (await condition()) return true;
    if (loop.holds.length > 0) await macrotask();
    else if (!loop.step(lastMs)) {
      loop.moveTo(lastMs);
      return condition();
    }
  }
}

/** Wall-clock time, times `speed`; the loop runs by itself in slices. */
export function wallDriver(loop: Loop, speed: number): Driver {
  const stop = driveByWallClock(loop, wallClock, speed);
  const until = async (condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> => {
    const lastMs = loop.nowMs() + withinMs;
    while (!(await condition())) {
      if (loop.nowMs() >= lastMs) return false;
      await pause(2);
    }
    return true;
  };
  return {
    run: (start) => new Promise((resolve) => loop.soon("a request from outside", () => start(resolve))),
    settle: async () => {
      if (!(await until(() => loop.idle, SETTLE_LIMITS.maxVirtualMs)))
        throw new Error(`the world did not come to rest; pending: ${loop.pendingReasons(5).join(", ")}`);
    },
    advance: (durationMs) => pause(durationMs / speed),
    until,
    attend: () => {},
    stop,
  };
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
