import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from "../../../api/index.ts";
import { findCondition, removeCondition, setCondition, timestamp } from "../../../apimachinery/index.ts";
import { nonZero } from "../status-update.ts";

/** Conditions of a Deployment; all carry the time of their last update. */
type Conditions = readonly Condition[];

export type StatusView = {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly sets: readonly ReplicaSet[];
  readonly maxUnavailable: number;
  readonly nowMs: number;
};

/** Counts of a Deployment's status and whether enough is available (`calculateStatus`). */
export function countedStatus(view: StatusView): DeploymentStatus {
  const { deployment, newSet, sets } = view;
  const { collisionCount } = deployment.status ?? {};
  const available = sum(sets, (set) => set.status?.availableReplicas);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(sets, (set) => set.status?.replicas),
    updatedReplicas: newSet?.status?.replicas,
    readyReplicas: sum(sets, (set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, (set) => set.spec.replicas) - available),
  };
  const enough = available >= replicasOf(deployment) - view.maxUnavailable;
  return {
    ...nonZero(counts),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: updated(deployment.status?.conditions, enough ? AVAILABLE : UNAVAILABLE, view.nowMs),
  };
}

const AVAILABLE: Condition = {
  type: "Available",
  status: "True",
  reason: "MinimumReplicasAvailable",
  message: "Deployment has minimum availability.",
};
const UNAVAILABLE: Condition = {
  type: "Available",
  status: "False",
  reason: "MinimumReplicasUnavailable",
  message: "Deployment does not have minimum availability.",
};

/** Status with the Progressing and ReplicaFailure conditions of a rollout (`syncRolloutStatus`). */
export function rolloutStatus(view: StatusView): DeploymentStatus {
  const counted = countedStatus(view);
  let conditions: Conditions = counted.conditions ?? [];
  if (hasDeadline(view.deployment)) {
    const progress = progressing(view, counted);
    if (progress !== undefined) conditions = updated(conditions, progress, view.nowMs);
  } else conditions = removeCondition(conditions, "Progressing");
  const failed = view.sets
    .map((set) => findCondition(set.status?.conditions, "ReplicaFailure"))
    .find((condition) => condition?.status === "True");
  conditions =
    failed === undefined
      ? removeCondition(conditions, "ReplicaFailure")
      : updated(conditions, { ...failed }, view.nowMs);
  return { ...counted, conditions };
}

/** Whether all pods there are, are of the newest template and available (`DeploymentComplete`). */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas
  );
}

/** Upstream's way to say "no deadline": the largest 32-bit integer. */
const NO_DEADLINE = 2_147_483_647;

function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

function progressing(view: StatusView, counted: DeploymentStatus): Condition | undefined {
  const { deployment, newSet, nowMs } = view;
  const before = findCondition(deployment.status?.conditions, "Progressing");
  const settled = before?.reason === "NewReplicaSetAvailable" && isAbout(before, newSet);
  if (settled && (counted.replicas ?? 0) === (counted.updatedReplicas ?? 0)) return undefined;
  const subject =
    newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(deployment, counted))
    return progress("True", "NewReplicaSetAvailable", `${subject} has successfully progressed.`);
  if (newSet !== undefined && !isAbout(before, newSet)) return firstSeen(deployment, newSet, before);
  if (hasProgressed(deployment.status, counted))
    return progress("True", "ReplicaSetUpdated", `${subject} is progressing.`);
  const deadlineMs = progressDeadlineAtMs(deployment);
  if (deadlineMs !== undefined && nowMs >= deadlineMs)
    return progress("False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`);
  return undefined;
}

/** A condition names the ReplicaSet it speaks of, which tells a rollout from the one before it. */
function isAbout(condition: Condition | undefined, newSet: ReplicaSet | undefined): boolean {
  return newSet === undefined || condition?.message?.includes(`"${newSet.metadata.name}"`) === true;
}

function firstSeen(deployment: Deployment, newSet: ReplicaSet, before: Condition | undefined): Condition {
  const created = newSet.metadata.creationTimestamp ?? "";
  const isNew = created >= (before?.lastUpdateTime ?? deployment.metadata.creationTimestamp ?? "");
  return isNew
    ? progress("True", "NewReplicaSetCreated", `Created new replica set "${newSet.metadata.name}"`)
    : progress("True", "FoundNewReplicaSet", `Found new replica set "${newSet.metadata.name}"`);
}

/** `DeploymentProgressing`: more new pods, fewer old ones, more ready or more available. */
function hasProgressed(before: DeploymentStatus = {}, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** When a rollout in progress counts as stuck; `undefined` when none is, or it already does. */
export function progressDeadlineAtMs(deployment: Deployment): number | undefined {
  const condition = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasDeadline(deployment) || condition?.lastUpdateTime === undefined || condition.status === "False")
    return undefined;
  if (condition.reason === "NewReplicaSetAvailable" || condition.reason === "DeploymentPaused") return undefined;
  return Date.parse(condition.lastUpdateTime) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** A pause stops the clock of progress, resuming starts it again (`checkPausedConditions`). */
export function pauseCondition(deployment: Deployment): Condition | undefined {
  if (!hasDeadline(deployment)) return undefined;
  const reason = findCondition(deployment.status?.conditions, "Progressing")?.reason;
  if (reason === "ProgressDeadlineExceeded") return undefined;
  const paused = reason === "DeploymentPaused";
  if (deployment.spec.paused === true && !paused)
    return progress("Unknown", "DeploymentPaused", "Deployment is paused");
  if (deployment.spec.paused !== true && paused)
    return progress("Unknown", "DeploymentResumed", "Deployment is resumed");
  return undefined;
}

/** The status with one condition set. */
export function withCondition(status: DeploymentStatus, condition: Condition, nowMs: number): DeploymentStatus {
  return { ...status, conditions: updated(status.conditions, condition, nowMs) };
}

function progress(status: Condition["status"], reason: string, message: string): Condition {
  return { type: "Progressing", status, reason, message };
}

/** Sets a condition unless one of its type has that very status and reason (`SetDeploymentCondition`). */
function updated(conditions: Conditions | undefined, condition: Condition, nowMs: number): Conditions {
  const before = findCondition(conditions, condition.type);
  const isSame = before?.status === condition.status && before.reason === condition.reason;
  if (isSame && condition.type !== "Progressing") return conditions ?? [];
  if (isSame && before?.message === condition.message && condition.reason !== "ReplicaSetUpdated")
    return conditions ?? [];
  return setCondition(conditions, { ...condition, lastUpdateTime: timestamp(nowMs) }, nowMs);
}

function replicasOf({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

function sum(sets: readonly ReplicaSet[], valueOf: (set: ReplicaSet) => number | undefined): number {
  let total = 0;
  for (const set of sets) total += valueOf(set) ?? 0;
  return total;
}
