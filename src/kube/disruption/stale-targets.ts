import { Pod, type PodStatus } from "../../api/index.ts";
import { findCondition, setCondition } from "../../apimachinery/index.ts";
import { type AnyDefinition, defineController, later, NOTHING } from "../../controller/index.ts";

/** How long a pod may be said to be a target and not be going (`stalePodDisruptionTimeout`). */
const STALE_AFTER_MS = 2 * 60_000;

/** Takes back that a pod is about to be disrupted when nobody deletes it (`syncStalePodDisruption`). */
export const staleTargetsController: AnyDefinition = defineController({
  name: "disruption-controller-stale-targets",
  primary: [Pod],
  predicate: ({ after }) => after !== undefined && targetedAtMs(after) !== undefined,
  reads: [],
  reconcile: (pod, { nowMs }) => {
    const sinceMs = targetedAtMs(pod);
    if (sinceMs === undefined) return NOTHING;
    const leftMs = sinceMs + STALE_AFTER_MS - nowMs;
    if (leftMs > 0) return later(leftMs);
    const cleared = { type: "DisruptionTarget", status: "False", reason: "", message: "" } as const;
    const status = { ...pod.status, conditions: setCondition(pod.status?.conditions, cleared, nowMs) } as PodStatus;
    return { intents: [{ type: "updateStatus", kind: Pod, object: { ...pod, status } as Pod, before: pod }] };
  },
});

/** Since when a pod that stays is a target; what its kubelet decided it carries out itself. */
function targetedAtMs({ metadata, status }: Pod): number | undefined {
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const target = findCondition(status?.conditions, "DisruptionTarget");
  if (target?.status !== "True" || target.reason === "TerminationByKubelet") return undefined;
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return undefined;
  return Date.parse(target.lastTransitionTime ?? "") || 0;
}
