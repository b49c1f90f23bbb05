import type { Container, LifecycleHandler, Pod } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { ContainerRuntime, ProbeResult } from "../runtime.ts";

type HookContext = {
  readonly loop: Loop;
  readonly runtime: ContainerRuntime;
  readonly pod: Pod;
  readonly container: Container;
};

/**
 * Runs what a container is to do after its start or before its end, and tells once whether it went well (`pkg/kubelet/lifecycle`).
 * It must be through within `timeoutMs`. A runtime that knows no hooks has them go well at once.
 */
export function runHook(
  { loop, runtime, pod, container }: HookContext,
  handler: LifecycleHandler,
  timeoutMs: number,
  onEnd: (ok: boolean) => void,
): void {
  const { sleep } = handler;
  if (sleep !== undefined) {
    const sleepMs = sleep.seconds * 1000;
    loop.after(Math.min(sleepMs, timeoutMs), `sleep of ${container.name}`, () => onEnd(sleepMs <= timeoutMs));
    return;
  }
  const take = (result: ProbeResult): void => onEnd(result === true || (typeof result === "object" && result.success));
  const result = runtime.hook?.(pod, container, handler, timeoutMs) ?? true;
  if (typeof result === "object" && "later" in result) result.later(take);
  else take(result);
}
