import type { YamlCodec } from "../../algorithms/index.ts";
import {
  type Binding,
  Cluster,
  ClusterOverridePolicy,
  clusterOfExecutionSpace,
  type Override,
  OverridePolicy,
  Work,
} from "../../api/index.ts";
import type { Kind, KubeObject, Unstructured } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { type BindingScope, bindingId, bindingKeyOf, keyOf, templateOf, templateReference } from "../binding-scope.ts";
import type { Interpreter } from "../interpreter/index.ts";
import { overrideSelects } from "../override/matching-overrides.ts";
import { directlyPurgedClusters, retainedClusters, targetClusters } from "./target-clusters.ts";
import { type WorkContent, workBuilder } from "./work-content.ts";

const BINDING_INDEX = "binding";
/** `requeueIntervalForDirectlyPurge`. */
const DIRECT_PURGE_RETRY_MS = 5000;

type BindingSnapshot = Snapshot<
  typeof Work | typeof Cluster | typeof OverridePolicy | typeof ClusterOverridePolicy | Kind<Binding>
>;

/** What a binding controller is given. */
export type BindingControllerOptions = { readonly interpreter: Interpreter; readonly yaml: YamlCodec };

/**
 * Keeps one Work per target cluster of every binding of one scope: the template with the cluster's replicas and overrides,
 * in the cluster's execution space. Works of clusters that are targets no more go.
 */
export function bindingController(scope: BindingScope, options: BindingControllerOptions): AnyDefinition {
  const overrides = (kind: typeof OverridePolicy) =>
    read(kind, { enqueue: (change, snapshot) => bindingsOfOverride(change, scope, snapshot) });
  return defineController({
    name: scope.controllerName,
    primary: [scope.kind],
    predicate: isBindingChange,
    reads: [
      read(Work, {
        enqueue: (change) => bindingOfLostWork(change, scope),
        indexes: { [BINDING_INDEX]: (work) => [work.metadata.labels?.[scope.idLabel] ?? ""] },
      }),
      read(Cluster, { enqueue: "none" }),
      overrides(OverridePolicy),
      overrides(ClusterOverridePolicy),
    ],
    reconcile: (binding, snapshot) => reconcileBinding(binding, snapshot, options),
    finalizer: {
      name: scope.finalizer,
      finalize: (binding, snapshot) => {
        const works = worksOf(binding, snapshot);
        return works.length === 0 ? "done" : plan(deletions(works));
      },
    },
  });
}

function reconcileBinding(binding: Binding, snapshot: BindingSnapshot, options: BindingControllerOptions): Plan {
  const works = worksOf(binding, snapshot);
  const retained = retainedClusters(binding);
  const orphans = deletions(works.filter((work) => !retained.has(clusterOf(work))));
  const purged = directlyPurgedClusters(binding);
  if (works.some((work) => purged.has(clusterOf(work)))) {
    return plan(orphans, { intents: [], requeueAfterMs: DIRECT_PURGE_RETRY_MS });
  }
  const template = templateOf(binding, snapshot);
  return template === undefined ? plan(orphans) : plan(orphans, ensureWorks(binding, template, snapshot, options));
}

function ensureWorks(
  binding: Binding,
  template: Unstructured,
  snapshot: BindingSnapshot,
  options: BindingControllerOptions,
): readonly Intent[] {
  const targets = targetClusters(binding.spec);
  if (targets.length === 0) return [];
  const { namespace } = template.metadata;
  const overrides = {
    clusterWide: snapshot.list(ClusterOverridePolicy),
    namespaced: namespace === undefined ? [] : snapshot.list(OverridePolicy, { namespace }),
  };
  const build = workBuilder({ binding, template, targets, overrides, ...options });
  const existing = new Map(worksOf(binding, snapshot).map((work) => [clusterOf(work), work]));
  const writes: Intent[] = [];
  const told: Intent[] = [];
  for (const target of targets) {
    const cluster = snapshot.get(Cluster, target.name);
    const present = existing.get(target.name);
    // A Work on its way out is made again once it is gone.
    if (cluster === undefined || present?.metadata.deletionTimestamp !== undefined) continue;
    const content = build(target, cluster, present);
    if (!content.ok) {
      told.push(...failureEvents(binding, content, target.name));
      continue;
    }
    const write = workWrite(content.work, present);
    if (write === undefined) continue;
    writes.push(write);
    told.push(...content.applied.map((policy) => overrideEvent(binding, policy, target.name, "succeed")));
  }
  return writes.length === 0 ? told : [...writes, ...told, ...syncedEvents(binding)];
}

function workWrite(work: Work, present: Work | undefined): Intent | undefined {
  if (present === undefined) return { type: "create", kind: Work, object: work };
  return deepEqual(work, present) ? undefined : { type: "update", kind: Work, object: work, before: present };
}

function worksOf(binding: Binding, snapshot: BindingSnapshot): readonly Work[] {
  const id = bindingId(binding);
  return id === undefined ? [] : snapshot.list(Work, { index: { name: BINDING_INDEX, value: id } });
}

function deletions(works: readonly Work[]): readonly Intent[] {
  return works
    .filter((work) => work.metadata.deletionTimestamp === undefined)
    .map((work): Intent => ({ type: "delete", ...keyOf(Work, work) }));
}

function clusterOf(work: Work): string {
  return clusterOfExecutionSpace(work.metadata.namespace ?? "") ?? "";
}

/** What the scheduler and the detector write moves the generation; status and annotations do not matter here. */
function isBindingChange({ before, after }: Change<Binding>): boolean {
  return (
    before?.metadata.generation !== after?.metadata.generation ||
    before?.metadata.deletionTimestamp !== after?.metadata.deletionTimestamp
  );
}

/** A Work that is gone is made again, or was the last a leaving binding waited for. */
function bindingOfLostWork({ after, object }: Change<Work>, scope: BindingScope): readonly Key[] {
  if (after !== undefined) return [];
  const key = bindingKeyOf(object);
  return key?.kind === scope.kind ? [key] : [];
}

/** The bindings whose template an override policy selects, or did before it changed. */
function bindingsOfOverride(
  { before, after }: Change<Override>,
  scope: BindingScope,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (before !== undefined && after !== undefined && deepEqual(before.spec, after.spec)) return [];
  const sides = [before, after].filter((policy) => policy !== undefined);
  const namespace = sides[0]?.metadata.namespace;
  const isSelected = (binding: Binding): boolean => {
    const template = templateOf(binding, snapshot);
    return template !== undefined && sides.some((policy) => overrideSelects(policy, template));
  };
  if (namespace !== undefined && !scope.kind.namespaced) return [];
  const bindings = snapshot.list(scope.kind, namespace === undefined ? {} : { namespace });
  return bindings.filter(isSelected).map((binding) => keyOf(scope.kind, binding));
}

function failureEvents(
  binding: Binding,
  { policy, message }: Extract<WorkContent, { ok: false }>,
  cluster: string,
): readonly Intent[] {
  return [
    ...(policy === undefined ? [] : [overrideEvent(binding, policy, cluster, "failed")]),
    ...[binding, templateReference(binding.spec)].map(
      (regarding): Intent => ({ type: "event", regarding, eventType: "Warning", reason: "SyncWorkFailed", message }),
    ),
  ];
}

function overrideEvent(
  { spec }: Binding,
  { metadata }: Override,
  cluster: string,
  result: "succeed" | "failed",
): Intent {
  const policy =
    metadata.namespace === undefined
      ? `cluster override policy(${metadata.name})`
      : `override policy(${metadata.namespace}/${metadata.name})`;
  return {
    type: "event",
    regarding: templateReference(spec),
    eventType: result === "succeed" ? "Normal" : "Warning",
    reason: result === "succeed" ? "ApplyOverridePolicySucceed" : "ApplyOverridePolicyFailed",
    message: `Apply ${policy} for cluster(${cluster}) ${result}.`,
  };
}

function syncedEvents(binding: Binding): readonly Intent[] {
  const { name, namespace } = binding.metadata;
  const message =
    namespace === undefined
      ? `Sync work of clusterResourceBinding(${name}) successful.`
      : `Sync work of resourceBinding(${namespace}/${name}) successful.`;
  return [binding, templateReference(binding.spec)].map(
    (regarding): Intent => ({ type: "event", regarding, eventType: "Normal", reason: "SyncWorkSucceed", message }),
  );
}
