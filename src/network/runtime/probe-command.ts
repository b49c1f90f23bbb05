import type { PendingProbe, ProbeResult } from "../../kube/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";

/** So much of what a command says is told of. */
const OUTPUT_MAX = 10 * 1024;

/** What a command is run with, which may end before `run` returns; it is killed by the returned function. */
export type ProbeCommand = {
  readonly argv: readonly string[];
  readonly run: (onText: (text: string) => void, onExit: (code: number) => void) => (() => void) | undefined;
};

/** Probes by a command: it must end well within the time. What it says is why it did not. */
export function probeCommand(
  { argv, run }: ProbeCommand,
  { loop, timeoutMs }: { readonly loop: Loop; readonly timeoutMs: number },
): ProbeResult | PendingProbe {
  let output = "";
  let result: ProbeResult | undefined;
  let timer: Timer | undefined;
  let onResult: (result: ProbeResult) => void = () => {};
  const finish = (found: ProbeResult): void => {
    if (result !== undefined) return;
    result = found;
    timer?.cancel();
    onResult(found);
  };
  const kill = run(
    (text) => {
      output = (output + text).slice(0, OUTPUT_MAX);
    },
    (code) => finish(code === 0 ? true : { success: false, message: output }),
  );
  if (result !== undefined) return result;
  return {
    later: (tell) => {
      onResult = tell;
      timer = loop.after(timeoutMs, `time-out of ${argv[0]}`, () => {
        const text = JSON.stringify(argv.join(" "));
        finish({ success: false, message: `command timed out: ${text} timed out after ${timeoutMs / 1000}s` });
        kill?.();
      });
    },
  };
}
