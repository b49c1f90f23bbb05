import { isPodReady } from "../../../algorithms/index.ts";
import { ControllerRevision, DaemonSet, type DaemonSetStatus, Node, Pod } from "../../../api/index.ts";
import { ownerReference } from "../../../apimachinery/index.ts";
import {
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../../controller/index.ts";
import { deepEqual } from "../../../std/index.ts";
import { nextAvailability } from "../availability.ts";
import { historyOf, truncateHistory } from "../controller-revisions.ts";
import { failedCreate } from "../failed-create.ts";
import { byOwner, claim, controllersOf, OWNER } from "../ownership.ts";
import { createPod, deletePod, generatedPodName, podFromTemplate } from "../pod-creation.ts";
import { nonZero, updateStatus } from "../status-update.ts";
import { type Daemons, daemonChanges, daemonsOf, isAvailable, isUpdated, POD_HASH } from "./daemons.ts";
import { daemonPodSpec } from "./placement.ts";

/** The count of templates a DaemonSet has had, and its copy on pods. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const POD_GENERATION = "pod-template-generation";

type View = Snapshot<typeof DaemonSet | typeof Pod | typeof Node | typeof ControllerRevision>;

/** Keeps one pod on each eligible node (`pkg/controller/daemon`). */
export const daemonSetController = (minor: number) =>
  defineController({
    name: "daemonset-controller",
    primary: [DaemonSet],
    reads: [
      read(Pod, { enqueue: controllersOf(DaemonSet, ({ spec }) => spec.selector), indexes: { [OWNER]: byOwner } }),
      read(ControllerRevision, { enqueue: "none", indexes: { [OWNER]: byOwner } }),
      read(Node, { enqueue: allWhenEligibilityMayChange }),
    ],
    reconcile: (daemonSet: DaemonSet, snapshot: View) => reconcileDaemonSet(daemonSet, snapshot, minor),
    conclude: (daemonSet, outcomes) => {
      const failure = failedCreate(daemonSet, outcomes);
      return failure === undefined ? NOTHING : plan(failure.event);
    },
  });

/** Heartbeats and other statuses of a node do not matter; its labels, taints, coming and going do. */
function allWhenEligibilityMayChange(change: Change<Node>, snapshot: Snapshot<typeof DaemonSet>): readonly Key[] {
  const { before, after } = change;
  if (
    before !== undefined &&
    after !== undefined &&
    deepEqual(before.metadata.labels, after.metadata.labels) &&
    deepEqual(before.spec, after.spec)
  )
    return [];
  return snapshot
    .list(DaemonSet)
    .map(({ metadata: { name, namespace = "" } }) => ({ kind: DaemonSet, namespace, name }));
}

function reconcileDaemonSet(daemonSet: DaemonSet, snapshot: View, minor: number): Plan {
  const claimed = claim(daemonSet, daemonSet.spec.selector, Pod, snapshot);
  const revisions = claim(daemonSet, daemonSet.spec.selector, ControllerRevision, snapshot);
  const history = historyOf(daemonSet, revisions.owned, { hashLabel: POD_HASH, minor });
  const hash = history.update.metadata.labels?.[POD_HASH] ?? "";
  const daemons = daemonsOf(daemonSet, {
    hash,
    nodes: snapshot.list(Node),
    pods: claimed.owned,
    nowMs: snapshot.nowMs,
  });
  const written = updateStatus(DaemonSet, daemonSet, daemonSetStatus(daemons));
  if (daemonSet.metadata.deletionTimestamp !== undefined) return plan(written);
  const { create, remove } = daemonChanges(daemons);
  const live = new Set(claimed.owned.map((pod) => pod.metadata.labels?.[POD_HASH])).add(hash);
  return plan(
    claimed.intents,
    revisions.intents,
    history.intents,
    remove.flatMap((pod) => deletePod(pod, daemonSet)),
    create.flatMap((node) => createDaemon(daemonSet, { node, hash }, snapshot)),
    truncateHistory(daemonSet, history.revisions, ({ metadata }) => live.has(metadata.labels?.[POD_HASH])),
    written,
    nextAvailability(claimed.owned, daemonSet.spec.minReadySeconds, snapshot.nowMs),
  );
}

function createDaemon(
  daemonSet: DaemonSet,
  { node, hash }: { readonly node: string; readonly hash: string },
  snapshot: View,
): readonly Intent[] {
  const { name, namespace } = daemonSet.metadata;
  const { template } = daemonSet.spec;
  const generateName = `${name}-`;
  const generation = daemonSet.metadata.annotations?.[TEMPLATE_GENERATION];
  const labels = {
    ...template.metadata?.labels,
    [POD_HASH]: hash,
    ...(generation === undefined ? {} : { [POD_GENERATION]: generation }),
  };
  const pod = podFromTemplate(
    {
      metadata: { ...template.metadata, labels },
      spec: daemonPodSpec(daemonSet, node),
    },
    {
      name: generatedPodName(generateName, namespace, snapshot),
      generateName,
      namespace,
      owner: ownerReference(daemonSet),
    },
  );
  return createPod(pod, daemonSet);
}

function daemonSetStatus(daemons: Daemons): DaemonSetStatus {
  const { daemonSet, nodes } = daemons;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const { shouldRun, pods } of nodes) {
    const [oldest] = pods;
    if (!shouldRun) {
      if (oldest !== undefined) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (oldest === undefined) continue;
    counts.current++;
    const shown = pods.find((pod) => isPodReady(pod)) ?? oldest;
    if (isPodReady(shown)) counts.ready++;
    if (isAvailable(daemons, shown)) counts.available++;
    if (pods.some((pod) => isUpdated(daemons, pod))) counts.updated++;
  }
  const { collisionCount, conditions } = daemonSet.status ?? {};
  return {
    currentNumberScheduled: counts.current,
    desiredNumberScheduled: counts.desired,
    numberMisscheduled: counts.misscheduled,
    numberReady: counts.ready,
    ...nonZero({
      observedGeneration: daemonSet.metadata.generation,
      updatedNumberScheduled: counts.updated,
      numberAvailable: counts.available,
      numberUnavailable: counts.desired - counts.available,
      collisionCount,
    }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
