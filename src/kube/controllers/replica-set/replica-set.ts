import { isPodActive, rankForDeletion } from "../../../algorithms/index.ts";
import { Pod, ReplicaSet, ReplicationController } from "../../../api/index.ts";
import { controllerOf, type Kind, type LabelSelector, ownerReference } from "../../../apimachinery/index.ts";
import {
  type AnyDefinition,
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
import { type Replicated, replicaStatus } from "./status.ts";

/** The two kinds that keep a number of pods; they differ in how they select them. */
type Variant = {
  readonly name: string;
  readonly kind: Kind<Replicated>;
  readonly selectorOf: (owner: Replicated) => LabelSelector | undefined;
};
type View = Snapshot<Kind<Replicated> | typeof Pod>;

/** Keeps as many pods as a ReplicaSet asks for (`pkg/controller/replicaset`). */
export const replicaSetController = replicaController({
  name: "replicaset-controller",
  kind: ReplicaSet,
  selectorOf: ({ spec }) => spec.selector as LabelSelector | undefined,
});

/** The same for the older kind (`pkg/controller/replication`, a ReplicaSet controller in disguise upstream too). */
export const replicationController = replicaController({
  name: "replication-controller",
  kind: ReplicationController,
  selectorOf: ({ spec }) =>
    spec.selector === undefined ? undefined : { matchLabels: spec.selector as Readonly<Record<string, string>> },
});

/** Upstream's BurstReplicas: no more pods are created or deleted in one go. */
const BURST = 500;

function replicaController(variant: Variant): AnyDefinition {
  const { name, kind, selectorOf } = variant;
  return defineController({
    name,
    primary: [kind],
    reads: [read(Pod, { enqueue: controllersOf(kind, selectorOf), indexes: { [OWNER]: byOwner } })],
    reconcile: (owner, snapshot) => reconcileReplicas(variant, owner, snapshot),
    conclude: (owner, outcomes, snapshot) => {
      const failure = failedCreate(owner, outcomes);
      if (failure === undefined) return NOTHING;
      const active = claim(owner, selectorOf(owner), Pod, snapshot).owned.filter(isPodActive);
      const status = replicaStatus(owner, active, { nowMs: snapshot.nowMs, failure: failure.message });
      return plan(failure.event, updateStatus(kind, owner, status));
    },
  });
}

function reconcileReplicas({ kind, selectorOf }: Variant, owner: Replicated, snapshot: View): Plan {
  const claimed = claim(owner, selectorOf(owner), Pod, snapshot);
  const active = claimed.owned.filter(isPodActive);
  const missing = (owner.spec.replicas ?? 1) - active.length;
  if (missing !== 0 && owner.metadata.deletionTimestamp === undefined) {
    const scaled = missing > 0 ? create(owner, missing, snapshot) : shrink({ kind, owner }, active, snapshot);
    // The pods' own events bring the next reconcile, which writes the status once for all of them.
    return plan(claimed.intents, scaled);
  }
  const status = replicaStatus(owner, active, { nowMs: snapshot.nowMs });
  return plan(
    claimed.intents,
    updateStatus(kind, owner, status),
    nextAvailability(active, owner.spec.minReadySeconds, snapshot.nowMs),
  );
}

function create(owner: Replicated, missing: number, snapshot: View): readonly Intent[] {
  const { name, namespace } = owner.metadata;
  const { template } = owner.spec;
  if (template === undefined) return [];
  const reference = ownerReference(owner);
  const generateName = `${name}-`;
  return Array.from({ length: Math.min(missing, BURST) }).flatMap(() => {
    const podName = generatedPodName(generateName, namespace, snapshot);
    return createPod(podFromTemplate(template, { name: podName, generateName, namespace, owner: reference }), owner);
  });
}

type Owned = { readonly kind: Kind<Replicated>; readonly owner: Replicated };

function shrink({ kind, owner }: Owned, active: readonly Pod[], snapshot: View): readonly Intent[] {
  const surplus = Math.min(active.length - (owner.spec.replicas ?? 1), BURST);
  if (surplus === active.length) return active.flatMap((pod) => deletePod(pod, owner));
  const onNode = new Map<string, number>();
  for (const pod of relatedPods({ kind, owner }, snapshot))
    if (pod.spec.nodeName !== undefined) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
  return rankForDeletion(active, (pod) => onNode.get(pod.spec.nodeName ?? "") ?? 0, snapshot.nowMs)
    .slice(0, surplus)
    .flatMap((pod) => deletePod(pod, owner));
}

/** Pods of all ReplicaSets of the same Deployment: a rollout should not empty one node alone. */
function relatedPods({ kind, owner }: Owned, snapshot: View): readonly Pod[] {
  const controller = controllerOf(owner)?.uid;
  const { namespace = "" } = owner.metadata;
  const siblings =
    controller === undefined
      ? [owner]
      : snapshot.list(kind, { namespace, where: (each) => controllerOf(each)?.uid === controller });
  return siblings.flatMap((each) =>
    snapshot.list(Pod, { index: { name: OWNER, value: each.metadata.uid ?? "" }, where: isPodActive }),
  );
}
