import { isPodActive, rankForDeletion } from "../../../algorithms/index.ts";
import { Pod, ReplicaSet } from "../../../api/index.ts";
import { controllerOf, ownerReference } from "../../../apimachinery/index.ts";
import {
  defineController,
  type Intent,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../../controller/index.ts";
import { nextAvailability } from "../availability.ts";
import { failedCreate } from "../failed-create.ts";
import { byOwner, claim, controllersOf, OWNER } from "../ownership.ts";
import { createPod, deletePod, generatedPodName, podFromTemplate } from "../pod-creation.ts";
import { updateStatus } from "../status-update.ts";
import { replicaSetStatus } from "./status.ts";

type View = Snapshot<typeof ReplicaSet | typeof Pod>;

/** Upstream's BurstReplicas: no more pods are created or deleted in one go. */
const BURST = 500;

/** Keeps as many pods as a ReplicaSet asks for (`pkg/controller/replicaset`). */
export const replicaSetController = defineController({
  name: "replicaset-controller",
  primary: [ReplicaSet],
  reads: [
    read(Pod, { enqueue: controllersOf(ReplicaSet, ({ spec }) => spec.selector), indexes: { [OWNER]: byOwner } }),
  ],
  reconcile: reconcileReplicaSet,
  conclude: (replicaSet, outcomes, snapshot) => {
    const failure = failedCreate(replicaSet, outcomes);
    if (failure === undefined) return NOTHING;
    const status = replicaSetStatus(replicaSet, ownedPods(replicaSet, snapshot), {
      nowMs: snapshot.nowMs,
      failure: failure.message,
    });
    return plan(failure.event, updateStatus(ReplicaSet, replicaSet, status));
  },
});

function ownedPods(replicaSet: ReplicaSet, snapshot: View): readonly Pod[] {
  return claim(replicaSet, replicaSet.spec.selector, Pod, snapshot).owned.filter(isPodActive);
}

function reconcileReplicaSet(replicaSet: ReplicaSet, snapshot: View): Plan {
  const claimed = claim(replicaSet, replicaSet.spec.selector, Pod, snapshot);
  const active = claimed.owned.filter(isPodActive);
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing !== 0 && replicaSet.metadata.deletionTimestamp === undefined) {
    const scaled = missing > 0 ? create(replicaSet, missing, snapshot) : shrink(replicaSet, active, snapshot);
    // The pods' own events bring the next reconcile, which writes the status once for all of them.
    return plan(claimed.intents, scaled);
  }
  const status = replicaSetStatus(replicaSet, active, { nowMs: snapshot.nowMs });
  return plan(
    claimed.intents,
    updateStatus(ReplicaSet, replicaSet, status),
    nextAvailability(active, replicaSet.spec.minReadySeconds, snapshot.nowMs),
  );
}

function create(replicaSet: ReplicaSet, missing: number, snapshot: View): readonly Intent[] {
  const { name, namespace } = replicaSet.metadata;
  const owner = ownerReference(replicaSet);
  const generateName = `${name}-`;
  return Array.from({ length: Math.min(missing, BURST) }).flatMap(() => {
    const podName = generatedPodName(generateName, namespace, snapshot);
    const pod = podFromTemplate(replicaSet.spec.template, { name: podName, generateName, namespace, owner });
    return createPod(pod, replicaSet);
  });
}

function shrink(replicaSet: ReplicaSet, active: readonly Pod[], snapshot: View): readonly Intent[] {
  const surplus = Math.min(active.length - (replicaSet.spec.replicas ?? 1), BURST);
  if (surplus === active.length) return active.flatMap((pod) => deletePod(pod, replicaSet));
  const onNode = new Map<string, number>();
  for (const pod of relatedPods(replicaSet, snapshot))
    if (pod.spec.nodeName !== undefined) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
  return rankForDeletion(active, (pod) => onNode.get(pod.spec.nodeName ?? "") ?? 0, snapshot.nowMs)
    .slice(0, surplus)
    .flatMap((pod) => deletePod(pod, replicaSet));
}

/** Pods of all ReplicaSets of the same Deployment: a rollout should not empty one node alone. */
function relatedPods(replicaSet: ReplicaSet, snapshot: View): readonly Pod[] {
  const controller = controllerOf(replicaSet)?.uid;
  const { namespace = "" } = replicaSet.metadata;
  const siblings =
    controller === undefined
      ? [replicaSet]
      : snapshot.list(ReplicaSet, { namespace, where: (each) => controllerOf(each)?.uid === controller });
  return siblings.flatMap((each) =>
    snapshot.list(Pod, { index: { name: OWNER, value: each.metadata.uid ?? "" }, where: isPodActive }),
  );
}
