import {
  type Binding,
  Cluster,
  ClusterResourceBinding,
  clusterOfExecutionSpace,
  executionSpaceName,
  karmadaLabels,
  ResourceBinding,
  Work,
  workConditions,
} from "../../api/index.ts";
import { findCondition, type Kind, type KubeObject, setCondition } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { bindingId, bindingKeyOf, bindingScope, templateOf, templateReference } from "../binding-scope.ts";
import { isClusterReady } from "../cluster/readiness.ts";
import { type Interpreter, interpreted } from "../interpreter/index.ts";
import { aggregatedStatus, fullyAppliedCondition } from "./aggregation.ts";

type Primary = typeof ResourceBinding | typeof ClusterResourceBinding;
type Home = Snapshot<Primary | typeof Work | typeof Cluster>;

/** Work status -> the binding's aggregatedStatus and FullyApplied -> the template's own status. */
export function bindingStatusController(
  interpreter: Interpreter,
): ControllerDefinition<Primary, typeof Work | typeof Cluster, never> {
  return defineController({
    name: "resource-binding-status-controller",
    primary: [ResourceBinding, ClusterResourceBinding],
    predicate: ({ before, after }) =>
      after !== undefined && (before === undefined || before.metadata.generation !== after.metadata.generation),
    reads: [
      read(Work, { enqueue: bindingOfReportingWork, indexes: { binding: bindingIdsOf } }),
      read(Cluster, { enqueue: bindingsAwaitingCluster }),
    ],
    reconcile: (binding, snapshot) => reconcileStatus(binding, snapshot, interpreter),
  });
}

function reconcileStatus(binding: Binding, snapshot: Home, interpreter: Interpreter): Plan {
  const id = bindingId(binding);
  if (id === undefined || binding.metadata.deletionTimestamp !== undefined) return NOTHING;
  const works = snapshot.list(Work, { index: { name: "binding", value: id } });
  if (works.some((work) => isAboutToReport(work, snapshot))) return NOTHING;
  // As long as no member ever told anything there is nothing to tell.
  if (binding.status?.aggregatedStatus === undefined && works.every((work) => work.status === undefined))
    return NOTHING;
  const items = aggregatedStatus(binding, works);
  const conditions = setCondition(binding.status?.conditions, fullyAppliedCondition(binding, items), snapshot.nowMs);
  const object: Binding = { ...binding, status: { ...binding.status, aggregatedStatus: items, conditions } };
  return plan(
    { type: "updateStatus", kind: bindingScope(binding.metadata).kind, object, before: binding },
    templateStatusPlan(binding, items, { snapshot, interpreter }),
  );
}

type Knowledge = { readonly snapshot: Home; readonly interpreter: Interpreter };

function templateStatusPlan(
  binding: Binding,
  items: NonNullable<NonNullable<Binding["status"]>["aggregatedStatus"]>,
  { snapshot, interpreter }: Knowledge,
): Intent | undefined {
  const template = templateOf(binding, snapshot);
  const { apiVersion, kind: kindName, uid } = binding.spec.resource;
  const kind = snapshot.kindOf(apiVersion, kindName);
  if (template === undefined || kind === undefined) return undefined;
  // A binding left from an earlier template of that name says nothing of the present one.
  if (uid !== undefined && uid !== "" && uid !== template.metadata.uid) return undefined;
  const aggregated = interpreted(() => interpreter.aggregateStatus(template, items));
  if (!aggregated.ok) {
    const { message } = aggregated;
    const regarding = templateReference(binding.spec);
    return { type: "event", regarding, eventType: "Warning", reason: "AggregateStatusFailed", message };
  }
  const object = aggregated.value;
  if (object === template || deepEqual(object.status, template.status)) return undefined;
  return { type: "updateStatus", kind, object, before: template };
}

/**
 * Whether a Work will tell of itself in a moment, so that the binding's status can be written once for all members. A Work
 * that is withheld, or whose member is not ready, is not waited for.
 */
function isAboutToReport(work: Work, snapshot: Home): boolean {
  if (work.spec.suspendDispatching === true || work.metadata.deletionTimestamp !== undefined) return false;
  if (findCondition(work.status?.conditions, workConditions.applied) !== undefined) return false;
  const cluster = snapshot.get(Cluster, clusterOfExecutionSpace(work.metadata.namespace ?? "") ?? "");
  return cluster !== undefined && isClusterReady(cluster);
}

/** A new Work has nothing to tell yet. */
function bindingOfReportingWork({ before, after, object }: Change<Work>): readonly Key[] {
  if (after !== undefined && deepEqual(before?.status, after.status)) {
    if (before?.metadata.deletionTimestamp === after.metadata.deletionTimestamp) return [];
  }
  const key = bindingKeyOf(object);
  return key === undefined ? [] : [key];
}

/** Once a member turns unready its silent Works are no longer waited for. */
function bindingsAwaitingCluster(
  { before, after }: Change<Cluster>,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (before === undefined || !isClusterReady(before) || (after !== undefined && isClusterReady(after))) return [];
  const silent = snapshot.list(Work, {
    namespace: executionSpaceName(before.metadata.name),
    where: (work) => findCondition(work.status?.conditions, workConditions.applied) === undefined,
  });
  return silent.flatMap((work) => bindingKeyOf(work) ?? []);
}

function bindingIdsOf({ metadata }: Work): readonly string[] {
  const labels = metadata.labels;
  const id = labels?.[karmadaLabels.resourceBindingId] ?? labels?.[karmadaLabels.clusterResourceBindingId];
  return id === undefined ? [] : [id];
}
