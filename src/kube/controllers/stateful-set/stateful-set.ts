import {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  type StatefulSetStatus,
} from "../../../api/index.ts";
import { defineController, NOTHING, type Plan, plan, read, type Snapshot } from "../../../controller/index.ts";
import { nextAvailability } from "../availability.ts";
import { historyOf, truncateHistory } from "../controller-revisions.ts";
import { failedCreate } from "../failed-create.ts";
import { byOwner, claim, controllersOf, OWNER } from "../ownership.ts";
import { nonZero, updateStatus } from "../status-update.ts";
import { ordinalOf } from "./identity.ts";
import { isHealthy, isRunningAndReady, type Members, nextSteps, revisionName } from "./steps.ts";

type View = Snapshot<typeof StatefulSet | typeof Pod | typeof ControllerRevision | typeof PersistentVolumeClaim>;

/** Keeps pods with names, order and storage of their own (`pkg/controller/statefulset`). */
export const statefulSetController = (minor: number) =>
  defineController({
    name: "statefulset-controller",
    primary: [StatefulSet],
    reads: [
      read(Pod, { enqueue: controllersOf(StatefulSet, ({ spec }) => spec.selector), indexes: { [OWNER]: byOwner } }),
      read(ControllerRevision, { enqueue: "none", indexes: { [OWNER]: byOwner } }),
      read(PersistentVolumeClaim, { enqueue: "none" }),
    ],
    reconcile: (set: StatefulSet, snapshot: View) => reconcileStatefulSet(set, snapshot, minor),
    conclude: (set, outcomes) => {
      const failure = failedCreate(set, outcomes);
      return failure === undefined ? NOTHING : plan(failure.event);
    },
  });

/** The label that carries the hash on a StatefulSet's revisions. */
const REVISION_HASH = "controller.kubernetes.io/hash";

function reconcileStatefulSet(set: StatefulSet, snapshot: View, minor: number): Plan {
  const claimed = claim(set, set.spec.selector, Pod, snapshot, (pod) => ordinalOf(set, pod) !== undefined);
  const revisions = claim(set, set.spec.selector, ControllerRevision, snapshot);
  const history = historyOf(set, revisions.owned, { hashLabel: REVISION_HASH, minor });
  const { update } = history;
  const named = history.revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision);
  const members: Members = {
    set,
    pods: [...claimed.owned].sort((left, right) => (ordinalOf(set, left) ?? 0) - (ordinalOf(set, right) ?? 0)),
    current: named?.metadata.name === update.metadata.name ? update : (named ?? update),
    update,
    nowMs: snapshot.nowMs,
  };
  const status = statefulSetStatus(members);
  const written = updateStatus(StatefulSet, set, status);
  if (set.metadata.deletionTimestamp !== undefined) return plan(written);
  const live = new Set([status.currentRevision, status.updateRevision, ...members.pods.map(revisionName)]);
  return plan(
    claimed.intents,
    revisions.intents,
    history.intents,
    nextSteps(members, snapshot),
    truncateHistory(set, history.revisions, ({ metadata }) => live.has(metadata.name)),
    written,
    nextAvailability(members.pods, set.spec.minReadySeconds, snapshot.nowMs),
  );
}

function statefulSetStatus(members: Members): StatefulSetStatus {
  const { set, pods, current, update } = members;
  const present = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const of = (name: string): number => present.filter((pod) => revisionName(pod) === name).length;
  const counts = {
    observedGeneration: set.metadata.generation,
    readyReplicas: pods.filter(isRunningAndReady).length,
    currentReplicas: of(current.metadata.name),
    updatedReplicas: of(update.metadata.name),
  };
  const replicas = set.spec.replicas ?? 1;
  // A finished rolling update makes its revision the current one (`completeRollingUpdate`).
  const isDone =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    counts.updatedReplicas === replicas &&
    counts.readyReplicas === replicas &&
    pods.length === replicas;
  const { collisionCount, conditions } = set.status ?? {};
  return {
    replicas: pods.length,
    availableReplicas: pods.filter((pod) => isHealthy(members, pod)).length,
    ...nonZero({ ...counts, ...(isDone ? { currentReplicas: counts.updatedReplicas } : {}) }),
    currentRevision: (isDone ? update : current).metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: collisionCount ?? 0,
    ...(conditions === undefined ? {} : { conditions }),
  };
}
