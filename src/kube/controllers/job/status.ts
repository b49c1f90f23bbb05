import type { Condition, Job, JobStatus } from "../../../api/index.ts";
import { findCondition, isConditionTrue, setCondition, timestamp } from "../../../apimachinery/index.ts";
import type { Intent } from "../../../controller/index.ts";
import { nonZero } from "../status-update.ts";
import { formatIndexes } from "./indexes.ts";
import { ANNOUNCED, type Progress } from "./progress.ts";

/** A Job's status over its pods. */
export function jobStatus(job: Job, progress: Progress, nowMs: number): JobStatus {
  const now = timestamp(nowMs);
  const conditions = conditionsOf(job, progress, nowMs);
  const isSuspended = job.spec.suspend === true;
  const startTime = isSuspended ? undefined : (job.status?.startTime ?? now);
  const isComplete = isConditionTrue(conditions, "Complete");
  const indexes = job.spec.completionMode === "Indexed" ? formatIndexes(progress.completedIndexes) : "";
  return {
    ...(startTime === undefined ? {} : { startTime }),
    ...(isComplete ? { completionTime: now } : {}),
    ...nonZero({
      active: progress.verdict.type === "Running" && !isSuspended ? progress.active.length : 0,
      succeeded: progress.succeeded,
      failed: progress.failed,
    }),
    ...(indexes === "" ? {} : { completedIndexes: indexes }),
    ...(job.spec.backoffLimitPerIndex === undefined ? {} : { failedIndexes: formatIndexes(progress.failedIndexes) }),
    terminating: progress.terminating.length,
    ready: progress.verdict.type === "Running" ? progress.ready : 0,
    uncountedTerminatedPods: {},
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** First the verdict, then, once no pod runs any more, the end (`FailureTarget` and `SuccessCriteriaMet` go before). */
function conditionsOf(job: Job, progress: Progress, nowMs: number): readonly Condition[] {
  const before = suspension(job, nowMs);
  const { verdict } = progress;
  if (verdict.type === "Running") return before;
  const { reason, message } = verdict;
  const condition = (type: string): Condition => ({
    type,
    status: "True",
    reason,
    message,
    lastProbeTime: timestamp(nowMs),
  });
  const announced = ANNOUNCED[verdict.type];
  let conditions = isConditionTrue(before, announced) ? before : setCondition(before, condition(announced), nowMs);
  if (progress.active.length === 0 && progress.terminating.length === 0)
    conditions = setCondition(conditions, condition(verdict.type), nowMs);
  return conditions;
}

function suspension(job: Job, nowMs: number): readonly Condition[] {
  const before = job.status?.conditions ?? [];
  const wanted = job.spec.suspend === true;
  if (!wanted && findCondition(before, "Suspended") === undefined) return before;
  if (isConditionTrue(before, "Suspended") === wanted) return before;
  const condition: Condition = {
    type: "Suspended",
    status: wanted ? "True" : "False",
    reason: wanted ? "JobSuspended" : "JobResumed",
    message: wanted ? "Job suspended" : "Job resumed",
    lastProbeTime: timestamp(nowMs),
  };
  return setCondition(before, condition, nowMs);
}

/** What the change of status is worth telling. */
export function statusEvents(job: Job, status: JobStatus): readonly Intent[] {
  const became = (type: string, value: Condition["status"]): Condition | undefined => {
    const after = findCondition(status.conditions, type);
    return after?.status === value && findCondition(job.status?.conditions, type)?.status !== value ? after : undefined;
  };
  const tell = (eventType: "Normal" | "Warning", reason: string, message: string): Intent => ({
    type: "event",
    regarding: job,
    eventType,
    reason,
    message,
  });
  const failed = became("Failed", "True");
  return [
    ...(became("Complete", "True") === undefined ? [] : [tell("Normal", "Completed", "Job completed")]),
    ...(failed === undefined ? [] : [tell("Warning", failed.reason ?? "", failed.message ?? "")]),
    ...(became("Suspended", "True") === undefined ? [] : [tell("Normal", "Suspended", "Job suspended")]),
    ...(became("Suspended", "False") === undefined ? [] : [tell("Normal", "Resumed", "Job resumed")]),
  ];
}
