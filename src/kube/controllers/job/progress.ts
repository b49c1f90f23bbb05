import { isPodActive, isPodReady } from "../../../algorithms/index.ts";
import type { Job, Pod } from "../../../api/index.ts";
import { findCondition, isConditionTrue } from "../../../apimachinery/index.ts";
import { indexOf, parseIndexes } from "./indexes.ts";
import { failedIndexesOf, judgeFailure, successRule } from "./policies.ts";

/** How far a Job is, over the pods it has. */
export type Progress = {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job. */
  readonly completedIndexes: ReadonlySet<number>;
  /** Of a Job that counts failures by index: those given up. */
  readonly failedIndexes: ReadonlySet<number>;
  readonly verdict: Verdict;
};

/** Where a Job stands; the reason is its condition's. */
export type Verdict =
  | { readonly type: "Running" }
  | { readonly type: "Complete" | "Failed"; readonly reason: string; readonly message: string };

/** The condition that announces an end before the last pod is gone, and the condition of that end. */
export const ANNOUNCED = { Complete: "SuccessCriteriaMet", Failed: "FailureTarget" } as const;

/**
 * Counts a Job's pods. What was once counted stays counted when a finished pod is deleted; upstream makes sure of that with
 * a finalizer on each pod, we by never letting the counts of the status go down.
 */
export function progressOf(job: Job, pods: readonly Pod[], nowMs: number): Progress {
  const active = pods.filter(isPodActive);
  const done = pods.filter(({ status }) => status?.phase === "Succeeded");
  const completedIndexes = new Set([...parseIndexes(job.status?.completedIndexes), ...done.flatMap(indexOf)]);
  const isIndexed = job.spec.completionMode === "Indexed";
  const succeeded = isIndexed ? completedIndexes.size : Math.max(job.status?.succeeded ?? 0, done.length);
  const failedPods = pods.filter(({ status }) => status?.phase === "Failed");
  const counted = failedPods.filter((pod) => judgeFailure(job, pod).action !== "Ignore");
  const failed = Math.max(job.status?.failed ?? 0, counted.length);
  const failedIndexes = failedIndexesOf(job, failedPods);
  const counts = { succeeded, failed, active, completedIndexes, failedIndexes };
  return {
    ...counts,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)),
    verdict: verdictOf(job, { ...counts, failedPods }, nowMs),
  };
}

/** Whether a Job has come to its end. */
export function isJobFinished({ status }: Job): boolean {
  return isConditionTrue(status?.conditions, "Complete") || isConditionTrue(status?.conditions, "Failed");
}

/** When a Job finished, if it has. */
export function finishedAtMs({ status }: Job): number | undefined {
  const end = findCondition(status?.conditions, "Complete") ?? findCondition(status?.conditions, "Failed");
  return end?.status === "True" && end.lastTransitionTime !== undefined
    ? Date.parse(end.lastTransitionTime)
    : undefined;
}

/** When a running Job has used up its time; `undefined` when it has all the time it wants. */
export function activeDeadlineAtMs({ spec, status }: Job): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true)
    return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000;
}

type Counts = Pick<Progress, "succeeded" | "failed" | "active" | "completedIndexes" | "failedIndexes">;

/** What is announced stands; then failures go before successes, in upstream's order (`syncJob`). */
function verdictOf(job: Job, counts: Counts & { readonly failedPods: readonly Pod[] }, nowMs: number): Verdict {
  const { succeeded, active, completedIndexes } = counts;
  const { completions } = job.spec;
  const end = announcedVerdict(job) ?? failureOf(job, counts, nowMs);
  if (end !== undefined) return end;
  const rule = successRule(job, completedIndexes);
  if (rule !== undefined)
    return { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
  const isDone = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  return isDone
    ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : { type: "Running" };
}

function failureOf(
  job: Job,
  counts: Counts & { readonly failedPods: readonly Pod[] },
  nowMs: number,
): Verdict | undefined {
  const { failedPods, failedIndexes, completedIndexes } = counts;
  const { maxFailedIndexes = Infinity, completions = Infinity } = job.spec;
  const failed = (reason: string, message: string): Verdict => ({ type: "Failed", reason, message });
  for (const pod of failedPods) {
    const { action, message = "" } = judgeFailure(job, pod);
    if (action === "FailJob") return failed("PodFailurePolicy", message);
  }
  if (isPastBackoffLimit(job, counts))
    return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (nowMs >= (activeDeadlineAtMs(job) ?? Infinity))
    return failed("DeadlineExceeded", "Job was active longer than specified deadline");
  if (failedIndexes.size > maxFailedIndexes)
    return failed("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  if (failedIndexes.size > 0 && failedIndexes.size + completedIndexes.size >= completions)
    return failed("FailedIndexes", "Job has failed indexes");
  return undefined;
}

/** What was once announced stands, whatever becomes of the pods it was read from. */
function announcedVerdict({ status }: Job): Verdict | undefined {
  for (const type of ["Complete", "Failed"] as const) {
    const condition = findCondition(status?.conditions, ANNOUNCED[type]);
    if (condition?.status === "True") return { type, reason: condition.reason ?? "", message: condition.message ?? "" };
  }
  return undefined;
}

/** Pods that are replaced count when they fail, pods whose containers are restarted in place by those restarts. */
function isPastBackoffLimit(job: Job, { failed, active }: Pick<Progress, "failed" | "active">): boolean {
  const { backoffLimit = job.spec.backoffLimitPerIndex === undefined ? 6 : Infinity } = job.spec;
  if (failed > backoffLimit) return true;
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of active) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
      restarts += container.restartCount;
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
