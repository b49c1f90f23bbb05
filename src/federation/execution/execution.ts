import {
  Cluster,
  clusterOfExecutionSpace,
  executionSpaceName,
  karmadaAnnotations,
  karmadaFinalizers,
  karmadaLabels,
  Work,
  workConditions,
  workName,
} from "../../api/index.ts";
import {
  findCondition,
  hasFinalizer,
  isConditionTrue,
  type Kind,
  type KubeObject,
  type Unstructured,
  unstructured,
  withoutFinalizer,
} from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  type MemberReader,
  NOTHING,
  type Outcome,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { keyOf } from "../binding-scope.ts";
import { isClusterReady } from "../cluster/readiness.ts";
import { type Interpreter, interpreted } from "../interpreter/index.ts";
import { released, retained } from "./retained.ts";
import { type Applied, executedStatus, suspendedStatus } from "./work-status.ts";

type Reads = typeof Work | typeof Cluster;
type Home = Snapshot<Reads>;
type Member = { readonly name: string; readonly reader: MemberReader<never> };

/** What is to be done for one manifest: nothing more, one intent, or waiting for a cache. */
type Verdict = Applied | { readonly type: "act"; readonly kind: Kind<KubeObject>; readonly intent: Intent };

/**
 * Work -> the member's objects, and back: creates and corrects what the manifests say, and writes what became of them and how
 * they fare into the Work's status. Upstream has two controllers for this (execution and work-status); one writer of the
 * status is one write where they need two.
 */
export function executionController(
  interpreter: Interpreter,
): ControllerDefinition<typeof Work, typeof Cluster, never> {
  return defineController({
    name: "execution-controller",
    primary: [Work],
    predicate: ({ before, after }) =>
      before === undefined ||
      after === undefined ||
      before.metadata.generation !== after.metadata.generation ||
      before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp,
    reads: [read(Cluster, { enqueue: worksOfChangedCluster })],
    enqueueDynamic: worksOfMemberObject,
    reconcile: (work, snapshot) => reconcileWork(work, snapshot, interpreter),
    conclude: (work, outcomes, snapshot) => concludeWork(work, outcomes, snapshot, interpreter),
  });
}

function reconcileWork(work: Work, snapshot: Home, interpreter: Interpreter): Plan {
  const cluster = clusterOf(work, snapshot);
  if (work.metadata.deletionTimestamp !== undefined) return removeWork(work, cluster, snapshot);
  if (cluster === undefined) return NOTHING;
  if (work.spec.suspendDispatching === true) return statusPlan(work, suspendedStatus(work, snapshot.nowMs));
  const member = readyMember(cluster, snapshot);
  if (member === undefined) return NOTHING;
  const verdicts = manifestsOf(work).map((manifest) => judge(manifest, member, interpreter));
  const intents = verdicts.flatMap((verdict) => (verdict.type === "act" ? [verdict.intent] : []));
  if (intents.length > 0) return plan(intents);
  return reportedPlan(work, verdicts.filter(isSettled), snapshot, interpreter);
}

function concludeWork(work: Work, outcomes: readonly Outcome[], snapshot: Home, interpreter: Interpreter): Plan {
  const acted = outcomes.filter((outcome) => outcome.intent.type === "create" || outcome.intent.type === "update");
  const cluster = clusterOf(work, snapshot);
  const reader = cluster === undefined ? undefined : snapshot.member(cluster.metadata.name);
  if (cluster === undefined || reader === undefined || work.metadata.deletionTimestamp !== undefined) return NOTHING;
  if (!acted.some((outcome) => outcome.intent.at !== undefined)) return NOTHING;
  const member = { name: cluster.metadata.name, reader };
  const results = manifestsOf(work).map((manifest): Applied => {
    const outcome = acted.find((candidate) => isFor(candidate, manifest));
    if (outcome !== undefined) return resultOf(outcome);
    const verdict = judge(manifest, member, interpreter);
    return isSettled(verdict) ? verdict : { type: "unknown" };
  });
  return reportedPlan(work, results, snapshot, interpreter);
}

/** The status, and a warning when failing is news. */
function reportedPlan(work: Work, results: readonly Applied[], snapshot: Home, interpreter: Interpreter): Plan {
  const status = executedStatus(work, results, interpreter, snapshot.nowMs);
  if (status === undefined) return NOTHING;
  const applied = findCondition(status.conditions, workConditions.applied);
  const known = findCondition(work.status?.conditions, workConditions.applied)?.message === applied?.message;
  if (applied?.status !== "False" || known) return statusPlan(work, status);
  return plan(statusPlan(work, status), {
    type: "event",
    regarding: work,
    eventType: "Warning",
    reason: "SyncFailed",
    message: applied.message ?? "",
  });
}

function judge(manifest: Unstructured, member: Member, interpreter: Interpreter): Verdict {
  const { apiVersion, kind: kindName, metadata } = manifest;
  const kind = member.reader.kindOf(apiVersion, kindName);
  if (kind === undefined)
    return { type: "failed", message: `no matches for kind "${kindName}" in version "${apiVersion}"` };
  const observed = member.reader.dynamic(kind, metadata.name, metadata.namespace);
  if (observed === undefined) {
    if (!member.reader.hasSynced(kind)) return { type: "unknown" };
    return { type: "act", kind, intent: { type: "create", at: member.name, kind, object: manifest } };
  }
  return judgeExisting(manifest, unstructured(observed), { kind, member, interpreter });
}

type Judged = { readonly kind: Kind<KubeObject>; readonly member: Member; readonly interpreter: Interpreter };

function judgeExisting(desired: Unstructured, observed: Unstructured, judged: Judged): Verdict {
  const { kind, member, interpreter } = judged;
  if (!isManaged(observed) && desired.metadata.annotations?.[karmadaAnnotations.conflictResolution] !== "overwrite")
    return { type: "failed", message: conflictMessage(observed, member.name) };
  const kept = interpreted(() => retained(desired, observed, interpreter));
  if (!kept.ok) return { type: "failed", message: kept.message };
  const object = kept.value;
  if (deepEqual(object, observed)) return { type: "applied", kind, object: observed };
  return { type: "act", kind, intent: { type: "update", at: member.name, kind, object, before: observed } };
}

/** Word for word upstream's, which calls the strategy empty even when it is `abort`. */
function conflictMessage(observed: Unstructured, cluster: string): string {
  const { namespace = "", name } = observed.metadata;
  return (
    `resource(kind=${observed.kind}, ${namespace}/${name}) already exists in the cluster ${cluster} and the ` +
    `${karmadaAnnotations.conflictResolution} strategy value is empty, Karmada will not manage this resource`
  );
}

function resultOf(outcome: Outcome): Applied {
  const { answer, intent } = outcome;
  if (answer === "skipped" || !("kind" in intent)) return { type: "unknown" };
  if (answer.ok) return { type: "applied", kind: intent.kind, object: answer.object };
  const { reason, message } = answer.status;
  // The cache was behind: the reconcile is repeated, and says what is.
  if (reason === "AlreadyExists" || reason === "Conflict") return { type: "unknown" };
  return { type: "failed", message: message ?? String(reason) };
}

function removeWork(work: Work, cluster: Cluster | undefined, snapshot: Home): Plan {
  if (!hasFinalizer(work, karmadaFinalizers.execution)) return NOTHING;
  const finished: Intent = {
    type: "update",
    kind: Work,
    object: withoutFinalizer(work, karmadaFinalizers.execution),
    before: work,
  };
  if (cluster === undefined) return plan(finished);
  const member = readyMember(cluster, snapshot);
  // A member that is being unjoined while it cannot be reached keeps its objects; otherwise unjoining would never end.
  if (member === undefined) return cluster.metadata.deletionTimestamp === undefined ? NOTHING : plan(finished);
  const removals: Intent[] = [];
  for (const manifest of manifestsOf(work)) {
    const intent = removal(manifest, work, member);
    if (intent === "wait") return NOTHING;
    if (intent !== undefined) removals.push(intent);
  }
  return plan(removals, finished);
}

/** How a manifest's object leaves the member; `undefined` when it is gone already or was never Karmada's. */
function removal(manifest: Unstructured, work: Work, member: Member): Intent | "wait" | undefined {
  const kind = member.reader.kindOf(manifest.apiVersion, manifest.kind);
  if (kind === undefined) return undefined;
  const { name, namespace } = manifest.metadata;
  const observed = member.reader.dynamic(kind, name, namespace);
  if (observed === undefined) return member.reader.hasSynced(kind) ? undefined : "wait";
  if (!isManaged(observed) || observed.metadata.deletionTimestamp !== undefined) return undefined;
  if (work.spec.preserveResourcesOnDeletion === true)
    return { type: "update", at: member.name, kind, object: released(unstructured(observed)), before: observed };
  const target = namespace === undefined ? { name } : { namespace, name };
  return { type: "delete", at: member.name, kind, ...target, propagationPolicy: "Background" };
}

function statusPlan(work: Work, status: NonNullable<Work["status"]>): Plan {
  const object: Work = { ...work, status };
  return plan({ type: "updateStatus", kind: Work, object, before: work });
}

function clusterOf(work: Work, snapshot: Home): Cluster | undefined {
  const name = clusterOfExecutionSpace(work.metadata.namespace ?? "");
  return name === undefined ? undefined : snapshot.get(Cluster, name);
}

function readyMember(cluster: Cluster, snapshot: Home): Member | undefined {
  if (!isClusterReady(cluster)) return undefined;
  const { name } = cluster.metadata;
  const reader = snapshot.member(name);
  return reader === undefined ? undefined : { name, reader };
}

function worksOfChangedCluster({ before, after }: Change<Cluster>, snapshot: Snapshot<Kind<KubeObject>>): Key[] {
  if (before !== undefined && after !== undefined && isClusterReady(before) === isClusterReady(after)) return [];
  const { name } = (after ?? before)!.metadata;
  return snapshot.list(Work, { namespace: executionSpaceName(name) }).map((work) => keyOf(Work, work));
}

/** By its annotations an object names its Work; one that is not Karmada's may be what a failing Work waits for to go. */
function worksOfMemberObject(
  { object }: Change<KubeObject>,
  cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  const { annotations, name, namespace } = object.metadata;
  const workNamespace = annotations?.[karmadaAnnotations.workNamespace];
  const workOwnName = annotations?.[karmadaAnnotations.workName];
  if (workNamespace !== undefined && workOwnName !== undefined)
    return workNamespace === executionSpaceName(cluster)
      ? [{ kind: Work, namespace: workNamespace, name: workOwnName }]
      : [];
  const candidate = snapshot.get(Work, workName(object.kind, name, namespace), executionSpaceName(cluster));
  if (candidate === undefined || isConditionTrue(candidate.status?.conditions, workConditions.applied)) return [];
  return [keyOf(Work, candidate)];
}

function isFor(outcome: Outcome, manifest: Unstructured): boolean {
  const { intent } = outcome;
  if (intent.type !== "create" && intent.type !== "update") return false;
  const { object } = intent;
  return (
    object.kind === manifest.kind &&
    object.apiVersion === manifest.apiVersion &&
    object.metadata.name === manifest.metadata.name &&
    object.metadata.namespace === manifest.metadata.namespace
  );
}

function isSettled(verdict: Verdict): verdict is Applied {
  return verdict.type !== "act";
}

function isManaged(object: KubeObject): boolean {
  return object.metadata.labels?.[karmadaLabels.managed] === "true";
}

function manifestsOf(work: Work): readonly Unstructured[] {
  return (work.spec.workload?.manifests ?? []).map(unstructured);
}
