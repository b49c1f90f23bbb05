import { nextCronMs } from "../../../algorithms/index.ts";
import { CronJob, Job, parseCronSchedule } from "../../../api/index.ts";
import { findCondition, ownerReference, timestamp } from "../../../apimachinery/index.ts";
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
import { compareText } from "../../../std/index.ts";
import { deletion } from "../deletion.ts";
import { isJobFinished } from "../job/progress.ts";
import { byOwner, controllersOf, OWNER } from "../ownership.ts";
import { updateStatus } from "../status-update.ts";

type View = Snapshot<typeof CronJob | typeof Job>;
type Tell = (eventType: "Normal" | "Warning", reason: string, message: string) => Intent;

/** Makes Jobs on a schedule (`pkg/controller/cronjob`, the second of its name). */
export const cronJobController = defineController({
  name: "cronjob-controller",
  primary: [CronJob],
  reads: [read(Job, { enqueue: controllersOf(CronJob, () => undefined), indexes: { [OWNER]: byOwner } })],
  reconcile: reconcileCronJob,
});

function reconcileCronJob(cronJob: CronJob, snapshot: View): Plan {
  const jobs = snapshot.list(Job, { index: { name: OWNER, value: cronJob.metadata.uid ?? "" } });
  const { active, lastSuccessfulTime, intents } = review(cronJob, jobs);
  const history = pruneHistory(cronJob, jobs);
  const due = cronJob.metadata.deletionTimestamp === undefined ? nextRun(cronJob, jobs, snapshot.nowMs) : IDLE;
  const kept = active.filter(
    (job) => !due.steps.some((step) => step.type === "delete" && step.name === job.metadata.name),
  );
  const lastScheduleTime = due.scheduledAt ?? cronJob.status?.lastScheduleTime;
  // A Job just asked for has no UID yet: its own event brings the reconcile that names it in the status.
  const status: NonNullable<CronJob["status"]> = {
    ...(kept.length === 0 ? {} : { active: kept.map((job) => referenceTo(cronJob, job)) }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
  return plan(intents, history, due.steps, updateStatus(CronJob, cronJob, status), due.again);
}

/** What has become of the Jobs the status still calls active. */
function review(
  cronJob: CronJob,
  jobs: readonly Job[],
): {
  readonly active: readonly Job[];
  readonly lastSuccessfulTime: string | undefined;
  readonly intents: readonly Intent[];
} {
  const tell = teller(cronJob);
  const known = new Set((cronJob.status?.active ?? []).map((reference) => reference.name));
  const finished = jobs.filter((job) => isJobFinished(job) && known.has(job.metadata.name));
  const successes = [cronJob.status?.lastSuccessfulTime, ...jobs.map((job) => job.status?.completionTime)];
  return {
    active: jobs.filter((job) => !isJobFinished(job)),
    lastSuccessfulTime: successes
      .filter((time) => time !== undefined)
      .sort()
      .at(-1),
    intents: finished.map((job) => {
      const outcome = findCondition(job.status?.conditions, "Complete")?.status === "True" ? "Complete" : "Failed";
      return tell("Normal", "SawCompletedJob", `Saw completed job: ${job.metadata.name}, condition: ${outcome}`);
    }),
  };
}

type Run = {
  readonly steps: readonly Intent[];
  readonly scheduledAt?: string;
  readonly again?: Plan;
};

const IDLE: Run = { steps: [] };

/** Starts the Job that is due, if any and if it may, and says when to look again. */
function nextRun(cronJob: CronJob, jobs: readonly Job[], nowMs: number): Run {
  const { schedule: text, timeZone, suspend, concurrencyPolicy, startingDeadlineSeconds } = cronJob.spec;
  const schedule = parseCronSchedule(text);
  const tell = teller(cronJob);
  if (suspend === true) return IDLE;
  if (typeof schedule === "string") {
    const message = `unparseable schedule: ${JSON.stringify(text)} : ${schedule}`;
    return { steps: [tell("Warning", "UnparseableSchedule", message)] };
  }
  const nextMs = nextCronMs(schedule, nowMs, timeZone);
  const again: Plan = nextMs === undefined ? NOTHING : later(nextMs - nowMs);
  const dueMs = lastDue(cronJob, (afterMs) => nextCronMs(schedule, afterMs, timeZone), nowMs);
  if (dueMs === undefined) return { steps: [], again };
  if (startingDeadlineSeconds !== undefined && nowMs > dueMs + startingDeadlineSeconds * 1000)
    return {
      steps: [tell("Warning", "MissSchedule", `Missed scheduled time to start a job: ${timestamp(dueMs)}`)],
      again,
    };
  const name = `${cronJob.metadata.name}-${Math.floor(dueMs / 60_000)}`;
  const scheduledAt = timestamp(dueMs);
  if (jobs.some((job) => job.metadata.name === name)) return { steps: [], scheduledAt, again };
  const active = jobs.filter((job) => !isJobFinished(job));
  if (concurrencyPolicy === "Forbid" && active.length > 0)
    return { steps: [tell("Normal", "JobAlreadyActive", BUSY)], again };
  const replaced = concurrencyPolicy === "Replace" ? active.flatMap((job) => removal(job, tell)) : [];
  const created: Intent = { type: "create", kind: Job, object: jobOf(cronJob, name, dueMs) };
  return {
    steps: [...replaced, created, tell("Normal", "SuccessfulCreate", `Created job ${name}`)],
    scheduledAt,
    again,
  };
}

const BUSY = "Not starting job because prior execution is running and concurrency policy is Forbid";

/** The latest time since the last run at which one was due; missed ones before it are not made up for. */
function lastDue(cronJob: CronJob, next: (afterMs: number) => number | undefined, nowMs: number): number | undefined {
  const { startingDeadlineSeconds } = cronJob.spec;
  const since = cronJob.status?.lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? timestamp(nowMs);
  const deadlineMs = startingDeadlineSeconds === undefined ? -Infinity : nowMs - startingDeadlineSeconds * 1000;
  let dueMs: number | undefined;
  let atMs = next(Math.max(Date.parse(since), deadlineMs - 1));
  while (atMs !== undefined && atMs <= nowMs) {
    dueMs = atMs;
    atMs = next(atMs);
  }
  return dueMs;
}

function jobOf(cronJob: CronJob, name: string, dueMs: number): Job {
  const { namespace } = cronJob.metadata;
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const { labels, annotations } = (metadata ?? {}) as Job["metadata"];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(dueMs) },
      ownerReferences: [ownerReference(cronJob)],
    },
    spec,
  };
}

function removal(job: Job, tell: Tell): readonly Intent[] {
  return [
    { ...deletion(Job, job), propagationPolicy: "Background" },
    tell("Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`),
  ];
}

/** Keeps so many finished Jobs of either outcome, the latest ones. */
function pruneHistory(cronJob: CronJob, jobs: readonly Job[]): readonly Intent[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const tell = teller(cronJob);
  const finished = jobs
    .filter((job) => isJobFinished(job) && job.metadata.deletionTimestamp === undefined)
    .sort((left, right) => compareText(left.status?.startTime ?? "", right.status?.startTime ?? ""));
  const succeeded = finished.filter((job) => job.status?.completionTime !== undefined);
  const failed = finished.filter((job) => job.status?.completionTime === undefined);
  return [
    ...succeeded.slice(0, Math.max(0, succeeded.length - successfulJobsHistoryLimit)),
    ...failed.slice(0, Math.max(0, failed.length - failedJobsHistoryLimit)),
  ].flatMap((job) => removal(job, tell));
}

/** A Job as the status names it: as it was when it was first seen. */
function referenceTo(cronJob: CronJob, job: Job): Readonly<Record<string, unknown>> {
  const { name, namespace, uid, resourceVersion } = job.metadata;
  const known = cronJob.status?.active?.find((reference) => reference.uid === uid);
  return known ?? { apiVersion: "batch/v1", kind: "Job", name, namespace, uid, resourceVersion };
}

function teller(cronJob: CronJob): Tell {
  return (eventType, reason, message) => ({ type: "event", regarding: cronJob, eventType, reason, message });
}
