import { Deployment, Pod, PodDisruptionBudget, ReplicaSet, StatefulSet } from "../../api/index.ts";
import { controllerOf, type LabelSelector, matchesLabelSelector } from "../../apimachinery/index.ts";
import type { ClusterClient } from "../../client/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  later,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { updateStatus } from "../controllers/status-update.ts";
import { isReady, POD_INDEX, podLabelPairs } from "../services/service-pods.ts";
import { budgetStatus, disruptedPods, failedStatus } from "./budget-status.ts";
import { expectedPods } from "./expected-pods.ts";

type Budget = PodDisruptionBudget;
type View = Snapshot<
  typeof PodDisruptionBudget | typeof Pod | typeof ReplicaSet | typeof Deployment | typeof StatefulSet
>;

/**
 * Keeps count of the pods of each PodDisruptionBudget and says how many more may be evicted (`pkg/controller/disruption`);
 * `client` asks for scales of workloads that are not watched.
 */
export function disruptionController(client: ClusterClient): AnyDefinition {
  return defineController({
    name: "controllermanager",
    primary: [PodDisruptionBudget],
    reads: [
      read(Pod, { enqueue: budgetsOfPod, indexes: { [POD_INDEX]: podLabelPairs } }),
      // As upstream: what a workload is to keep up is read when one of its pods changes.
      read(ReplicaSet, { enqueue: "none" }),
      read(Deployment, { enqueue: "none" }),
      read(StatefulSet, { enqueue: "none" }),
    ],
    reconcile: (budget: Budget, snapshot: View) => reconcile(budget, snapshot, client),
  });
}

function reconcile(budget: Budget, snapshot: View, client: ClusterClient): Plan {
  const { nowMs } = snapshot;
  const say = (eventType: "Normal" | "Warning", reason: string, message: string): Intent => {
    return { type: "event", regarding: budget, eventType, reason, message };
  };
  const pods = podsOf(budget, snapshot);
  const none = pods.length === 0 ? say("Normal", "NoPods", "No matching pods found") : undefined;
  const expected = expectedPods(budget, pods, { workloads: snapshot, client });
  if (typeof expected === "string") {
    const message = `Failed to calculate the number of expected pods: ${expected}`;
    const status = updateStatus<Budget>(PodDisruptionBudget, budget, failedStatus(budget, expected, nowMs));
    return plan(none, say("Warning", "CalculateExpectedPodCountFailed", message), status);
  }
  const unmanaged = expected.unmanaged ? say("Warning", "UnmanagedPods", unmanagedPods(budget)) : undefined;
  const disrupted = disruptedPods(budget, pods, nowMs);
  const status = budgetStatus(budget, pods, { expected, disrupted, nowMs });
  const again: Plan = disrupted.recheckAtMs === undefined ? NOTHING : later(disrupted.recheckAtMs + 1 - nowMs);
  return plan(none, unmanaged, disrupted.events, updateStatus<Budget>(PodDisruptionBudget, budget, status), again);
}

/** The pods a budget covers; one pair of its selector finds them where it has one. */
function podsOf({ metadata: { namespace = "" }, spec: { selector } }: Budget, snapshot: View): readonly Pod[] {
  const where = (pod: Pod): boolean => matchesLabelSelector(selector, pod.metadata.labels);
  const [pair] = Object.entries(selector?.matchLabels ?? {});
  if (pair === undefined) return snapshot.list(Pod, { namespace, where });
  return snapshot.list(Pod, { index: { name: POD_INDEX, value: `${namespace}/${pair[0]}=${pair[1]}` }, where });
}

/** The budgets whose count a pod's change may alter. */
function budgetsOfPod({ before, after, object }: Change<Pod>, snapshot: Snapshot<typeof PodDisruptionBudget>) {
  if (before !== undefined && after !== undefined && countsTheSame(before, after)) return [];
  const { namespace = "" } = object.metadata;
  const covers = ({ spec: { selector } }: Budget): boolean =>
    [before, after].some((pod) => pod !== undefined && matchesLabelSelector(selector, pod.metadata.labels));
  return snapshot
    .list(PodDisruptionBudget, { namespace, where: covers })
    .map(({ metadata: { name } }): Key => ({ kind: PodDisruptionBudget, namespace, name }));
}

function countsTheSame(before: Pod, after: Pod): boolean {
  return (
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    isReady(before) === isReady(after) &&
    controllerOf(before)?.uid === controllerOf(after)?.uid &&
    deepEqual(before.metadata.labels, after.metadata.labels)
  );
}

function unmanagedPods({ spec: { selector } }: Budget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${goSelector(selector)}) were found to be unmanaged. As a result, the ` +
    "status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods " +
    'please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}

/** A selector as Go prints one. */
function goSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join("");
  const expressions = (selector.matchExpressions ?? [])
    .map(
      ({ key, operator, values = [] }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],}`,
    )
    .map((requirement) => `${requirement},`)
    .join("");
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
