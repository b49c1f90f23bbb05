import {
  newSetReplicas,
  proportionalSizes,
  type RolloutBounds,
  rollingSizes,
  rolloutBounds,
  type SetSize,
} from "../../../algorithms/index.ts";
import { type Deployment, ReplicaSet } from "../../../api/index.ts";
import type { Intent } from "../../../controller/index.ts";
import { newReplicaSet, nextRevision, notedMaxReplicas, notedReplicas, refreshed, resized } from "./revision.ts";

/** A Deployment and its ReplicaSets, oldest first. */
export type Rollout = {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
  readonly sets: readonly ReplicaSet[];
  readonly bounds: RolloutBounds;
};

/** How far a Deployment may stray; Recreate knows neither surge nor unavailability. */
export function boundsOf({ spec }: Deployment): RolloutBounds {
  const { replicas = 1, strategy } = spec;
  if (strategy?.type === "Recreate") return { replicas, maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = "25%", maxUnavailable = "25%" } = strategy?.rollingUpdate ?? {};
  return rolloutBounds({ replicas, maxSurge, maxUnavailable });
}

/** The first or next step of a rolling update. */
export function rollingUpdate(rollout: Rollout): readonly Intent[] {
  const { newSet, oldSets, bounds } = rollout;
  if (newSet === undefined) return createNewSet(rollout);
  const sizes = rollingSizes(bounds, sizeOf(newSet), oldSets.map(sizeOf));
  return rollout.sets.flatMap((set) => rescale(rollout, set, sizes.get(set.metadata.name)));
}

/** Old sets to nothing, and only when `oldPodsAreGone` the new one to full size. */
export function recreate(rollout: Rollout, oldPodsAreGone: () => boolean): readonly Intent[] {
  const { newSet, oldSets, bounds } = rollout;
  const shrunk = oldSets.flatMap((set) => ((set.spec.replicas ?? 1) > 0 ? rescale(rollout, set, 0) : []));
  if (shrunk.length > 0 || !oldPodsAreGone()) return shrunk;
  return newSet === undefined ? createNewSet(rollout) : rescale(rollout, newSet, bounds.replicas);
}

/** Whether the Deployment's size changed since its sets were last scaled (`isScalingEvent`). */
export function isScaling({ deployment, sets, bounds }: Rollout): boolean {
  if (deployment.spec.strategy?.type === "Recreate" && sets.filter(isActive).length > 1) return false;
  return sets.some((set) => isActive(set) && (notedReplicas(set) ?? bounds.replicas) !== bounds.replicas);
}

/** Brings the sets to the Deployment's size without rolling anything out (`sync.go.scale`). */
export function scale(rollout: Rollout): readonly Intent[] {
  const { deployment, newSet, oldSets, sets, bounds } = rollout;
  const active = sets.filter(isActive);
  const only = active.length === 0 ? (newSet ?? sets.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) return rescale(rollout, only, bounds.replicas);
  if (newSet !== undefined && isSaturated(newSet, bounds))
    return oldSets.filter(isActive).flatMap((set) => rescale(rollout, set, 0));
  if (deployment.spec.strategy?.type === "Recreate") return [];
  const sizes = proportionalSizes(
    bounds,
    active.map((set) => ({
      name: set.metadata.name,
      replicas: set.spec.replicas ?? 1,
      maxReplicasBefore: notedMaxReplicas(set),
      createdAt: set.metadata.creationTimestamp ?? "",
    })),
    deployment.status?.replicas ?? 0,
  );
  return active.flatMap((set) => rescale(rollout, set, sizes.get(set.metadata.name) ?? set.spec.replicas));
}

function isActive(set: ReplicaSet): boolean {
  return (set.spec.replicas ?? 1) > 0;
}

function isSaturated(set: ReplicaSet, { replicas }: RolloutBounds): boolean {
  return (
    set.spec.replicas === replicas &&
    notedReplicas(set) === replicas &&
    (set.status?.availableReplicas ?? 0) === replicas
  );
}

function sizeOf(set: ReplicaSet): SetSize {
  return { name: set.metadata.name, replicas: set.spec.replicas ?? 1, available: set.status?.availableReplicas ?? 0 };
}

function createNewSet(rollout: Rollout): readonly Intent[] {
  const { deployment, oldSets, bounds } = rollout;
  const oldTotal = oldSets.reduce((total, set) => total + (set.spec.replicas ?? 1), 0);
  const size = deployment.spec.strategy?.type === "Recreate" ? bounds.replicas : newSetReplicas(bounds, 0, oldTotal);
  const object = newReplicaSet(deployment, { ...bounds, size, revision: nextRevision(oldSets) });
  const created: Intent = { type: "create", kind: ReplicaSet, object };
  return size === 0 ? [created] : [created, scalingEvent(rollout, object.metadata.name, { from: 0, to: size })];
}

/**
 * One write for all that is new of a set: its size and, for the newest, revision and annotations. `size` of `undefined`
 * keeps the size and what was noted with it.
 */
function rescale(rollout: Rollout, set: ReplicaSet, size: number | undefined): readonly Intent[] {
  const { deployment, newSet, oldSets, bounds } = rollout;
  const current = set === newSet ? refreshed(set, deployment, nextRevision(oldSets)) : set;
  const after = size === undefined ? current : resized(current, size, bounds);
  if (after === set) return [];
  const update: Intent = { type: "update", kind: ReplicaSet, object: after, before: set };
  const from = set.spec.replicas ?? 1;
  return size === undefined || from === size
    ? [update]
    : [update, scalingEvent(rollout, set.metadata.name, { from, to: size })];
}

function scalingEvent(
  { deployment }: Rollout,
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
): Intent {
  return {
    type: "event",
    regarding: deployment,
    eventType: "Normal",
    reason: "ScalingReplicaSet",
    message: `Scaled ${to > from ? "up" : "down"} replica set ${name} from ${from} to ${to}`,
  };
}
