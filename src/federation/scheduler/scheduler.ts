import { clusterMatches } from "../../algorithms/index.ts";
import {
  type Binding,
  Cluster,
  ClusterResourceBinding,
  karmadaLabels,
  type Placement,
  ResourceBinding,
} from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { bindingScopes, keyOf } from "../binding-scope.ts";
import { decide } from "./decision.ts";
import { isRescheduleRequested, rescheduleReason } from "./reschedule-reason.ts";
import { observedPlan, type Situation, schedulePlan, statusPlan } from "./schedule-plan.ts";

const DEFAULT_SCHEDULER = "default-scheduler";
const TARGET_INDEX = "target";

/** Karmada's scheduler: chooses the clusters of every binding that names it. */
export function schedulerController(options: { readonly schedulerName?: string } = {}): AnyDefinition {
  const schedulerName = options.schedulerName ?? DEFAULT_SCHEDULER;
  const textOf = placementTexts();
  // Lives from a reconcile to its conclusion; when it is lost, the binding is reconciled again and told then.
  const situations = new WeakMap<Intent, Situation>();
  const situationOf = (binding: Binding, clusters: readonly Cluster[], nowMs: number): Situation => {
    const fresh = isRescheduleRequested(binding);
    const decision = decide(binding, clusters, { fresh });
    return { binding, decision, placementText: textOf(binding.spec.placement ?? {}), fresh, nowMs };
  };
  const bindings = (kind: Kind<Binding>) => read(kind, { enqueue: "none", indexes: { [TARGET_INDEX]: targets } });
  return defineController({
    name: schedulerName === DEFAULT_SCHEDULER ? "karmada-scheduler" : schedulerName,
    primary: [ResourceBinding, ClusterResourceBinding],
    predicate: isSchedulingChange,
    reads: [read(Cluster, { enqueue: bindingsOfCluster }), bindings(ResourceBinding), bindings(ClusterResourceBinding)],
    reconcile: (binding, snapshot) => {
      if (!isScheduled(binding, schedulerName)) return NOTHING;
      const isTerminating = (cluster: string): boolean =>
        snapshot.get(Cluster, cluster)?.metadata.deletionTimestamp !== undefined;
      if (rescheduleReason(binding, textOf, isTerminating) === undefined) return observedPlan(binding, snapshot.nowMs);
      const situation = situationOf(binding, snapshot.list(Cluster), snapshot.nowMs);
      const plan = schedulePlan(situation);
      for (const intent of plan.intents) situations.set(intent, situation);
      return plan;
    },
    // The status tells the generation the clusters were written with, so it is written after them.
    conclude: (_binding, outcomes) => {
      const [written] = outcomes;
      const situation = written === undefined ? undefined : situations.get(written.intent);
      if (situation === undefined || written === undefined || written.answer === "skipped" || !written.answer.ok) {
        return NOTHING;
      }
      return writesClusters(written.intent) ? statusPlan(situation, written.answer.object) : NOTHING;
    },
  });
}

/** Bindings made by policies, and those of MultiClusterServices; attached ones follow what they are attached to. */
function isScheduled({ metadata, spec }: Binding, schedulerName: string): boolean {
  if (metadata.deletionTimestamp !== undefined || spec.placement === undefined) return false;
  if ((spec.schedulerName || DEFAULT_SCHEDULER) !== schedulerName || spec.suspension?.scheduling) return false;
  const labels = metadata.labels ?? {};
  return [
    karmadaLabels.propagationPolicyId,
    karmadaLabels.clusterPropagationPolicyId,
    karmadaLabels.bindingManagedBy,
  ].some((label) => labels[label] !== undefined);
}

function isSchedulingChange({ before, after }: Change<Binding>): boolean {
  if (before === undefined || after === undefined) return after !== undefined;
  return before.metadata.generation !== after.metadata.generation;
}

function targets({ spec }: Binding): readonly string[] {
  return (spec.clusters ?? []).map((target) => target.name);
}

/**
 * The bindings a change of a cluster may move: those that target one that goes away; those whose affinity matches one whose
 * labels or spec changed. A change of the served APIs counts too: upstream does not look, and a binding whose kind was not
 * served yet waits there for another change.
 */
function bindingsOfCluster(
  { before, after, object }: Change<Cluster>,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (after === undefined || after.metadata.deletionTimestamp !== undefined) {
    const index = { name: TARGET_INDEX, value: object.metadata.name };
    return bindingScopes.flatMap(({ kind }) => snapshot.list(kind, { index }).map((binding) => keyOf(kind, binding)));
  }
  if (before !== undefined && !isClusterChange(before, after)) return [];
  const sides = before === undefined ? [after] : [before, after];
  return bindingScopes.flatMap(({ kind }) =>
    snapshot
      .list(kind, { where: (binding) => sides.some((cluster) => mayConcern(binding, cluster)) })
      .map((binding) => keyOf(kind, binding)),
  );
}

function isClusterChange(before: Cluster, after: Cluster): boolean {
  return (
    before.metadata.generation !== after.metadata.generation ||
    !deepEqual(before.metadata.labels, after.metadata.labels) ||
    !deepEqual(before.status?.apiEnablements, after.status?.apiEnablements)
  );
}

function mayConcern({ spec, status }: Binding, cluster: Cluster): boolean {
  const { placement } = spec;
  if (placement === undefined) return false;
  if (placement.clusterAffinity !== undefined) return clusterMatches(cluster, placement.clusterAffinity);
  const groups = placement.clusterAffinities;
  if (groups === undefined || groups.length === 0) return true;
  const observed = groups.filter((group) => group.affinityName === status?.schedulerObservingAffinityName);
  return (observed.length > 0 ? observed : groups).some(
    (group) =>
      clusterMatches(cluster, group) || group.overflowAffinities?.some((overflow) => clusterMatches(cluster, overflow)),
  );
}

function writesClusters(intent: Intent): boolean {
  return intent.type === "patch" && intent.subresource === undefined;
}

/** JSON of placements, each made once; lost with the controller, and then made again. */
function placementTexts(): (placement: Placement) => string {
  const texts = new WeakMap<Placement, string>();
  return (placement) => {
    let text = texts.get(placement);
    if (text === undefined) {
      text = JSON.stringify(placement);
      texts.set(placement, text);
    }
    return text;
  };
}
