import { availableAtMs } from "../../algorithms/index.ts";
import type { Pod } from "../../api/index.ts";
import { NOTHING, type Plan } from "../../controller/index.ts";

/** Looks again when the next ready pod will have been ready for long enough to count as available. */
export function nextAvailability(pods: readonly Pod[], minReadySeconds: number | undefined, nowMs: number): Plan {
  if (minReadySeconds === undefined || minReadySeconds === 0) return NOTHING;
  const waits = pods
    .map((pod) => (availableAtMs(pod, minReadySeconds) ?? -Infinity) - nowMs)
    .filter((waitMs) => waitMs > 0);
  return waits.length === 0 ? NOTHING : { intents: [], requeueAfterMs: Math.min(...waits) };
}
