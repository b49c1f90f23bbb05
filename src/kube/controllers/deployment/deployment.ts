import { Deployment, type DeploymentStatus, Pod, ReplicaSet } from "../../../api/index.ts";
import { controllerOf, withAnnotations } from "../../../apimachinery/index.ts";
import {
  type Change,
  defineController,
  type Intent,
  type Key,
  later,
  NOTHING,
  type Outcome,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../../controller/index.ts";
import { deletion } from "../deletion.ts";
import { byOwner, claim, controllersOf, OWNER } from "../ownership.ts";
import { updateStatus } from "../status-update.ts";
import { byCreation, findNewSet, latest, nextRevision, REVISION, revisionOf } from "./revision.ts";
import { boundsOf, isScaling, type Rollout, recreate, rollingUpdate, scale } from "./scaling.ts";
import {
  countedStatus,
  isComplete,
  pauseCondition,
  progressDeadlineAtMs,
  rolloutStatus,
  type StatusView,
  withCondition,
} from "./status.ts";

type View = Snapshot<typeof Deployment | typeof ReplicaSet | typeof Pod>;

/** Rolls Deployments out over ReplicaSets (`pkg/controller/deployment`). */
export const deploymentController = defineController({
  name: "deployment-controller",
  primary: [Deployment],
  reads: [
    read(ReplicaSet, {
      enqueue: controllersOf(Deployment, ({ spec }) => spec.selector),
      indexes: { [OWNER]: byOwner },
    }),
    read(Pod, { enqueue: recreatedBy, indexes: { [OWNER]: byOwner } }),
  ],
  reconcile: reconcileDeployment,
  conclude: countCollision,
});

function reconcileDeployment(deployment: Deployment, snapshot: View): Plan {
  const claimed = claim(deployment, deployment.spec.selector, ReplicaSet, snapshot);
  const rollout = rolloutOf(deployment, claimed.owned);
  const view: StatusView = { ...rollout, ...rollout.bounds, nowMs: snapshot.nowMs };
  if (deployment.metadata.deletionTimestamp !== undefined)
    return plan(updateStatus(Deployment, deployment, countedStatus(view)));
  const pause = pauseCondition(deployment);
  if (pause !== undefined) {
    const status = withCondition(deployment.status ?? {}, pause, snapshot.nowMs);
    return plan(claimed.intents, updateStatus(Deployment, deployment, status));
  }
  const scaling = deployment.spec.paused === true || isScaling(rollout);
  const steps = scaling ? scale(rollout) : rollOut(rollout, snapshot);
  const annotated = withRevision(rollout, steps);
  // The sets' own events bring the next reconcile, which writes the status once for all of them.
  if (steps.length > 0 || annotated.length > 0) return plan(claimed.intents, steps, annotated);
  const status = scaling ? countedStatus(view) : rolloutStatus(view);
  const written = updateStatus(Deployment, deployment, status);
  return plan(claimed.intents, cleanUp(rollout, status), written, deadline({ ...deployment, status }, snapshot));
}

function rolloutOf(deployment: Deployment, owned: readonly ReplicaSet[]): Rollout {
  const sets = owned.length < 2 ? owned : [...owned].sort(byCreation);
  const newSet = findNewSet(deployment, sets);
  const oldSets = newSet === undefined ? sets : sets.filter((set) => set !== newSet);
  return { deployment, newSet, oldSets, sets, bounds: boundsOf(deployment) };
}

function rollOut(rollout: Rollout, snapshot: View): readonly Intent[] {
  if (rollout.deployment.spec.strategy?.type !== "Recreate") return rollingUpdate(rollout);
  return recreate(rollout, () => !rollout.oldSets.some((set) => hasPods(set, snapshot)));
}

/** Whether a set has pods that still run, going away or not (`oldPodsRunning`). */
function hasPods(set: ReplicaSet, snapshot: View): boolean {
  if ((set.status?.replicas ?? 0) > 0) return true;
  const pods = snapshot.list(Pod, { index: { name: OWNER, value: set.metadata.uid ?? "" } });
  return pods.some(({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded");
}

/** The Deployment's annotation follows the revision of its newest set. */
function withRevision({ deployment, newSet, oldSets }: Rollout, steps: readonly Intent[]): readonly Intent[] {
  const created = steps.some((step) => step.type === "create");
  if (newSet === undefined && !created) return [];
  const revision = latest([nextRevision(oldSets), ...(newSet === undefined ? [] : [revisionOf(newSet)])]);
  const object = withAnnotations(deployment, { [REVISION]: `${revision}` });
  return object === deployment ? [] : [{ type: "updateStatus", kind: Deployment, object, before: deployment }];
}

/** A finished rollout keeps only so many empty old sets, newest revisions first (`cleanupDeployment`). */
function cleanUp({ deployment, oldSets }: Rollout, status: DeploymentStatus): readonly Intent[] {
  const { revisionHistoryLimit, paused } = deployment.spec;
  if (revisionHistoryLimit === undefined || !(isComplete(deployment, status) || paused === true)) return [];
  const alive = oldSets.filter((set) => set.metadata.deletionTimestamp === undefined);
  const surplus = alive.length - revisionHistoryLimit;
  if (surplus <= 0) return [];
  return [...alive]
    .sort((left, right) => Number(revisionOf(left) - revisionOf(right)))
    .slice(0, surplus)
    .filter((set) => (set.status?.replicas ?? 0) === 0 && set.spec.replicas === 0 && hasObserved(set))
    .map((set) => deletion(ReplicaSet, set));
}

function hasObserved({ metadata, status }: ReplicaSet): boolean {
  return (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
}

/** Looks again when progress is due; waiting for a stuck rollout must not keep a world from settling. */
function deadline(deployment: Deployment, snapshot: View): Plan {
  const atMs = progressDeadlineAtMs(deployment);
  if (atMs === undefined || atMs <= snapshot.nowMs) return NOTHING;
  return later(atMs - snapshot.nowMs);
}

/** A Deployment that recreates waits for its old pods to be gone. */
function recreatedBy(change: Change<Pod>, snapshot: Snapshot<typeof Deployment | typeof ReplicaSet>): readonly Key[] {
  const set = change.after === undefined ? controllerOf(change.object) : undefined;
  if (set?.kind !== "ReplicaSet") return [];
  const { namespace = "" } = change.object.metadata;
  const replicaSet = snapshot.get(ReplicaSet, set.name, namespace);
  const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet);
  const deployment = owner?.kind === "Deployment" ? snapshot.get(Deployment, owner.name, namespace) : undefined;
  if (deployment?.spec.strategy?.type !== "Recreate") return [];
  return [{ kind: Deployment, namespace, name: deployment.metadata.name }];
}

/** The name of the new set was taken by something else: the next hash takes the collision into account. */
function countCollision(deployment: Deployment, outcomes: readonly Outcome[], snapshot: View): Plan {
  for (const { intent, answer } of outcomes) {
    if (intent.type !== "create" || answer === "skipped" || answer.ok) continue;
    if (answer.status.reason !== "AlreadyExists") continue;
    const { name, namespace } = intent.object.metadata;
    const existing = snapshot.get(ReplicaSet, name, namespace);
    if (existing === undefined || controllerOf(existing)?.uid === deployment.metadata.uid) continue;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    return plan(updateStatus(Deployment, deployment, { ...deployment.status, collisionCount }));
  }
  return NOTHING;
}
