import { rankForDeletion } from "../../../algorithms/index.ts";
import { Job, Pod } from "../../../api/index.ts";
import { ownerReference } from "../../../apimachinery/index.ts";
import {
  defineController,
  type Intent,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../../controller/index.ts";
import { failedCreate } from "../failed-create.ts";
import { byOwner, claim, controllersOf, OWNER } from "../ownership.ts";
import { createPod, deletePod, generatedPodName, podFromTemplate } from "../pod-creation.ts";
import { updateStatus } from "../status-update.ts";
import { activeDeadlineAtMs, COMPLETION_INDEX, indexOf, isJobFinished, type Progress, progressOf } from "./progress.ts";
import { jobStatus, statusEvents } from "./status.ts";

type View = Snapshot<typeof Job | typeof Pod>;

/** Runs pods until enough of them have succeeded (`pkg/controller/job`). */
export const jobController = defineController({
  name: "job-controller",
  primary: [Job],
  reads: [read(Pod, { enqueue: controllersOf(Job, ({ spec }) => spec.selector), indexes: { [OWNER]: byOwner } })],
  reconcile: reconcileJob,
  conclude: (job, outcomes) => {
    const failure = failedCreate(job, outcomes);
    return failure === undefined ? NOTHING : plan(failure.event);
  },
});

/** Upstream's DefaultJobPodFailureBackOff and MaxJobPodFailureBackOff. */
const BACKOFF_MS = 10_000;
const BACKOFF_MS_MAX = 600_000;

function reconcileJob(job: Job, snapshot: View): Plan {
  if (isJobFinished(job)) return NOTHING;
  const { nowMs } = snapshot;
  const claimed = claim(job, job.spec.selector, Pod, snapshot);
  const progress = progressOf(job, claimed.owned, nowMs);
  const status = jobStatus(job, progress, nowMs);
  const written = [...updateStatus(Job, job, status), ...statusEvents(job, status)];
  if (job.metadata.deletionTimestamp !== undefined) return plan(written);
  const waitMs = backoffMs(job, claimed.owned, nowMs);
  const steps = podSteps(job, progress, { snapshot, mayCreate: waitMs === 0 });
  const retry = waitMs > 0 && progress.verdict.type === "Running" ? { intents: [], requeueAfterMs: waitMs } : NOTHING;
  return plan(claimed.intents, steps, written, retry, deadline({ ...job, status }, nowMs));
}

/** How long after the last failure the next pod must wait: 10 s, doubled with every failure (`backoff_utils.go`). */
function backoffMs(job: Job, pods: readonly Pod[], nowMs: number): number {
  const failed = pods.filter(({ status }) => status?.phase === "Failed");
  if (failed.length === 0) return 0;
  const delayMs = Math.min(BACKOFF_MS * 2 ** (Math.max(failed.length, job.status?.failed ?? 0) - 1), BACKOFF_MS_MAX);
  const lastMs = Math.max(...failed.map(endedAtMs));
  return Math.max(0, lastMs + delayMs - nowMs);
}

function endedAtMs({ status, metadata }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  return Math.max(...[...ends, metadata.creationTimestamp].map((time) => (time === undefined ? 0 : Date.parse(time))));
}

/** Pods to create and delete so that as many run as should (`manageJob`). */
function podSteps(
  job: Job,
  progress: Progress,
  { snapshot, mayCreate }: { readonly snapshot: View; readonly mayCreate: boolean },
): readonly Intent[] {
  const { active, verdict } = progress;
  const wanted = verdict.type !== "Running" || job.spec.suspend === true ? 0 : wantedActive(job, progress);
  if (active.length > wanted)
    return rankForDeletion(active, () => 0, snapshot.nowMs)
      .slice(0, active.length - wanted)
      .flatMap((pod) => deletePod(pod, job));
  if (!mayCreate) return [];
  // A pod that is going away is only replaced at once when the Job does not insist on seeing it fail first.
  const going = job.spec.podReplacementPolicy === "Failed" ? progress.terminating : 0;
  const missing = Math.max(0, wanted - active.length - going);
  if (job.spec.completionMode === "Indexed")
    return freeIndexes(job, progress, missing).flatMap((index) => createPod(jobPod(job, snapshot, index), job));
  return Array.from({ length: missing }).flatMap(() => createPod(jobPod(job, snapshot), job));
}

/** As many as may run side by side, and no more than are still to succeed. A work queue ends with its first success. */
function wantedActive({ spec }: Job, { succeeded, active }: Progress): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.min(spec.completions - succeeded, parallelism);
}

function freeIndexes({ spec }: Job, { active, completedIndexes }: Progress, count: number): readonly number[] {
  const taken = new Set([...completedIndexes, ...active.flatMap(indexOf)]);
  const free: number[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && free.length < count; index++)
    if (!taken.has(index)) free.push(index);
  return free;
}

function jobPod(job: Job, snapshot: View, index?: number): Pod {
  const { name, namespace } = job.metadata;
  const generateName = index === undefined ? `${name}-` : `${name}-${index}-`;
  const pod = podFromTemplate(job.spec.template, {
    name: generatedPodName(generateName, namespace, snapshot),
    generateName,
    namespace,
    owner: ownerReference(job),
  });
  return index === undefined ? pod : indexed(pod, `${name}-${index}`, index);
}

/** An index is told to the pod as a label, an annotation, its host name and an environment variable. */
function indexed(pod: Pod, hostname: string, index: number): Pod {
  const mark = { [COMPLETION_INDEX]: `${index}` };
  const fieldPath = `metadata.annotations['${COMPLETION_INDEX}']`;
  const variable = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...mark },
      annotations: { ...pod.metadata.annotations, ...mark },
    },
    spec: {
      ...pod.spec,
      hostname,
      containers: pod.spec.containers.map((container) => ({ ...container, env: [...(container.env ?? []), variable] })),
    },
  };
}

/** Looks again when the Job's time is up; the wait does not keep a world busy. */
function deadline(job: Job, nowMs: number): Plan {
  const atMs = activeDeadlineAtMs(job);
  if (atMs === undefined || atMs <= nowMs) return NOTHING;
  return { intents: [], requeueAfterMs: atMs - nowMs, requeue: "periodic" };
}
