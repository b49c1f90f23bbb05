import { availableAtMs, isPodReady } from "../../../algorithms/index.ts";
import { type ControllerRevision, type PersistentVolumeClaim, Pod, type StatefulSet } from "../../../api/index.ts";
import type { Intent, Snapshot } from "../../../controller/index.ts";
import { templateOf } from "../controller-revisions.ts";
import { deletion } from "../deletion.ts";
import { createClaims, createStatefulPod, ordinalOf, ordinals, POD_REVISION, statefulPod, told } from "./identity.ts";

/** A set, its pods and the two revisions its pods may be of. */
export type Members = {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly nowMs: number;
};

type View = Pick<Snapshot<typeof PersistentVolumeClaim>, "get">;

/** What to do next: fill the ordinals, shed surplus pods, then roll the update (`updateStatefulSet`). */
export function nextSteps(members: Members, snapshot: View): readonly Intent[] {
  const { set, pods } = members;
  const wanted = ordinals(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const inOrder = set.spec.podManagementPolicy !== "Parallel";
  const steps: Intent[] = [];
  for (const ordinal of wanted) {
    const step = fill(members, ordinal, byOrdinal.get(ordinal), snapshot);
    if (step === "healthy") continue;
    if (step !== "waiting") steps.push(...step);
    if (inOrder) return steps;
  }
  const surplus = pods
    .filter((pod) => !wanted.includes(ordinalOf(set, pod) ?? -1))
    .sort((left, right) => (ordinalOf(set, right) ?? -1) - (ordinalOf(set, left) ?? -1));
  const shed = inOrder ? shedInOrder(members, surplus) : shedAll(members, surplus);
  if (shed.length > 0 || (inOrder && surplus.length > 0) || steps.length > 0) return [...steps, ...shed];
  return roll(members, byOrdinal);
}

/** One ordinal: `"healthy"`, `"waiting"` for it to be, or what to do about it. */
function fill(
  members: Members,
  ordinal: number,
  pod: Pod | undefined,
  snapshot: View,
): readonly Intent[] | "healthy" | "waiting" {
  const { set } = members;
  if (pod === undefined) {
    const made = statefulPod(set, ordinal, revisionFor(members, ordinal));
    return [...createClaims(set, ordinal, snapshot), ...createStatefulPod(set, made)];
  }
  if (pod.metadata.deletionTimestamp !== undefined) return "waiting";
  const phase = pod.status?.phase;
  if (phase === "Failed" || phase === "Succeeded") {
    const { name, namespace = "" } = pod.metadata;
    const message = `StatefulSet ${namespace}/${set.metadata.name} is recreating failed Pod ${name}`;
    return [
      { type: "event", regarding: set, eventType: "Warning", reason: "RecreatingFailedPod", message },
      deletion(Pod, pod),
      told(set, pod, "delete"),
    ];
  }
  return isHealthy(members, pod) ? "healthy" : "waiting";
}

/** Pods below the partition, and all while nothing is to be updated, are of the current revision. */
function revisionFor({ set, current, update }: Members, ordinal: number): Parameters<typeof statefulPod>[2] {
  const { updateStrategy, ordinals: numbering } = set.spec;
  const partition = (numbering?.start ?? 0) + (updateStrategy?.rollingUpdate?.partition ?? 0);
  const keepsCurrent = updateStrategy?.type !== "OnDelete" && current !== update && ordinal < partition;
  const revision = keepsCurrent ? current : update;
  return { template: keepsCurrent ? templateOf(current) : set.spec.template, revision: revision.metadata.name };
}

/** Highest ordinal first, one at a time, and not while another pod is unwell. */
function shedInOrder(members: Members, surplus: readonly Pod[]): readonly Intent[] {
  const [last] = surplus;
  if (last === undefined || last.metadata.deletionTimestamp !== undefined) return [];
  const firstUnhealthy = members.pods.find((pod) => !isHealthy(members, pod));
  if (firstUnhealthy !== undefined && firstUnhealthy !== last) return [];
  return [deletion(Pod, last), told(members.set, last, "delete")];
}

function shedAll(members: Members, surplus: readonly Pod[]): readonly Intent[] {
  return surplus
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .flatMap((pod) => [deletion(Pod, pod), told(members.set, pod, "delete")]);
}

/** From the highest ordinal down to the partition, the first pod of an old revision; waits for any that is unwell. */
function roll(members: Members, byOrdinal: ReadonlyMap<number | undefined, Pod>): readonly Intent[] {
  const { set, update } = members;
  if (set.spec.updateStrategy?.type === "OnDelete") return [];
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const ordinal of ordinals(set).slice(partition).reverse()) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return [];
    if (pod.metadata.deletionTimestamp === undefined && revisionName(pod) !== update.metadata.name)
      return [deletion(Pod, pod), told(set, pod, "delete")];
    if (!isHealthy(members, pod)) return [];
  }
  return [];
}

/** The name of the revision a pod was made from. */
export function revisionName(pod: Pod): string | undefined {
  return pod.metadata.labels?.[POD_REVISION];
}

/** Running, ready, not going away, and available for long enough. */
export function isHealthy({ set, nowMs }: Pick<Members, "set" | "nowMs">, pod: Pod): boolean {
  return isRunningAndReady(pod) && (availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? Infinity) <= nowMs;
}

/** Running, ready and not going away. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isPodReady(pod) && pod.metadata.deletionTimestamp === undefined;
}
