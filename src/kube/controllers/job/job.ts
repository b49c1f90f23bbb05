import { rankForDeletion } from "../../../algorithms/index.ts";
import { Job, Pod } from "../../../api/index.ts";
import { ownerReference } from "../../../apimachinery/index.ts";
import {
  defineController,
  type Intent,
  later,
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
import { COMPLETION_INDEX, indexOf, podsByIndex } from "./indexes.ts";
import { FAILURE_COUNT, IGNORED_FAILURE_COUNT, judgeFailure } from "./policies.ts";
import { activeDeadlineAtMs, isJobFinished, type Progress, progressOf } from "./progress.ts";
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
  const failed = claimed.owned.filter(({ status }) => status?.phase === "Failed");
  const failures = job.spec.backoffLimitPerIndex === undefined ? undefined : podsByIndex(failed);
  const waitMs = failures === undefined ? backoffMs(job, failed, nowMs) : indexBackoffMs(failures, progress, nowMs);
  const steps = podSteps(job, progress, { snapshot, failures, mayCreate: failures !== undefined || waitMs === 0 });
  const retry = waitMs > 0 && progress.verdict.type === "Running" ? { intents: [], requeueAfterMs: waitMs } : NOTHING;
  return plan(claimed.intents, steps, written, retry, deadline({ ...job, status }, nowMs));
}

/** How long after the last failure the next pod must wait: 10 s, doubled with every failure (`backoff_utils.go`). */
function backoffMs(job: Job, failed: readonly Pod[], nowMs: number): number {
  return delayMs(Math.max(failed.length, job.status?.failed ?? 0), failed, nowMs);
}

/** Where failures are counted by index, each index waits for itself; until when the first of them does. */
function indexBackoffMs(
  failures: Failures,
  { failedIndexes, completedIndexes, active }: Progress,
  nowMs: number,
): number {
  const settled = new Set([...failedIndexes, ...completedIndexes, ...active.flatMap(indexOf)]);
  let soonestMs = Infinity;
  for (const [index, failed] of failures) {
    const waitMs = settled.has(index) ? 0 : delayMs(failed.length, failed, nowMs);
    if (waitMs > 0) soonestMs = Math.min(soonestMs, waitMs);
  }
  return soonestMs === Infinity ? 0 : soonestMs;
}

/** How long after the last of so many failures the next pod must wait. */
function delayMs(failures: number, failed: readonly Pod[], nowMs: number): number {
  if (failed.length === 0) return 0;
  const patienceMs = Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
  return Math.max(0, Math.max(...failed.map(endedAtMs)) + patienceMs - nowMs);
}

function endedAtMs({ status, metadata }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  return Math.max(...[...ends, metadata.creationTimestamp].map((time) => (time === undefined ? 0 : Date.parse(time))));
}

/** The failed pods of each index. */
type Failures = ReadonlyMap<number, readonly Pod[]>;
type Room = {
  readonly snapshot: View;
  /** Only of a Job that counts failures by index. */
  readonly failures: Failures | undefined;
  readonly mayCreate: boolean;
};

/** Pods to create and delete so that as many run as should (`manageJob`). */
function podSteps(job: Job, progress: Progress, { snapshot, failures, mayCreate }: Room): readonly Intent[] {
  const { active, verdict } = progress;
  const wanted = verdict.type !== "Running" || job.spec.suspend === true ? 0 : wantedActive(job, progress);
  if (active.length > wanted)
    return rankForDeletion(active, () => 0, snapshot.nowMs)
      .slice(0, active.length - wanted)
      .flatMap((pod) => deletePod(pod, job));
  if (!mayCreate) return [];
  // A pod that is going away is only replaced at once when the Job does not insist on seeing it fail first.
  const going = job.spec.podReplacementPolicy === "Failed" ? progress.terminating : [];
  const missing = Math.max(0, wanted - active.length - going.length);
  if (job.spec.completionMode !== "Indexed")
    return Array.from({ length: missing }).flatMap(() => createPod(jobPod(job, snapshot), job));
  const taken = new Set([...active, ...going].flatMap(indexOf));
  return freeIndexes(job, { ...progress, taken }, missing).flatMap((index) => {
    const pod = (): Pod => jobPod(job, snapshot, index);
    if (failures === undefined) return createPod(pod(), job);
    const own = failures.get(index) ?? [];
    return delayMs(own.length, own, snapshot.nowMs) > 0 ? [] : createPod(withFailures(job, pod(), own), job);
  });
}

/** A pod of a Job that counts failures by index is told those of its own. */
function withFailures(job: Job, pod: Pod, own: readonly Pod[]): Pod {
  const counted = own.filter((one) => judgeFailure(job, one).action !== "Ignore").length;
  const ignored = own.length - counted;
  const annotations = {
    ...pod.metadata.annotations,
    [FAILURE_COUNT]: `${counted}`,
    ...(ignored === 0 ? {} : { [IGNORED_FAILURE_COUNT]: `${ignored}` }),
  };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** As many as may run side by side, and no more than are still to succeed. A work queue ends with its first success. */
function wantedActive({ spec }: Job, { succeeded, active }: Progress): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.min(spec.completions - succeeded, parallelism);
}

function freeIndexes(
  { spec }: Job,
  has: Pick<Progress, "completedIndexes" | "failedIndexes"> & { readonly taken: ReadonlySet<number> },
  count: number,
): readonly number[] {
  const taken = new Set([...has.completedIndexes, ...has.failedIndexes, ...has.taken]);
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
  return later(atMs - nowMs);
}
