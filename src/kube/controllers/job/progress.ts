import { isPodActive, isPodReady } from "../../../algorithms/index.ts";
import type { Job, Pod } from "../../../api/index.ts";
import { findCondition, isConditionTrue } from "../../../apimachinery/index.ts";

/** On the pods of an Indexed Job: which index they work on. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

/** How far a Job is, over the pods it has. */
export type Progress = {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job. */
  readonly completedIndexes: ReadonlySet<number>;
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
  const failed = Math.max(job.status?.failed ?? 0, pods.filter(({ status }) => status?.phase === "Failed").length);
  const counts = { succeeded, failed, active };
  return {
    ...counts,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)).length,
    completedIndexes,
    verdict: verdictOf(job, counts, nowMs),
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

function verdictOf(
  job: Job,
  { succeeded, failed, active }: Pick<Progress, "succeeded" | "failed" | "active">,
  nowMs: number,
): Verdict {
  const { completions, backoffLimit = 6 } = job.spec;
  const announced = announcedVerdict(job);
  if (announced !== undefined) return announced;
  if (isPastBackoffLimit(job, { failed, active, backoffLimit }))
    return {
      type: "Failed",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    };
  if (nowMs >= (activeDeadlineAtMs(job) ?? Infinity))
    return {
      type: "Failed",
      reason: "DeadlineExceeded",
      message: "Job was active longer than specified deadline",
    };
  const isDone = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  return isDone
    ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : { type: "Running" };
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
function isPastBackoffLimit(
  job: Job,
  {
    failed,
    active,
    backoffLimit,
  }: { readonly failed: number; readonly active: readonly Pod[]; readonly backoffLimit: number },
): boolean {
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

/** The index a pod works on, as a list of one or none. */
export function indexOf(pod: Pod): readonly number[] {
  const index = pod.metadata.annotations?.[COMPLETION_INDEX];
  return index === undefined ? [] : [Number(index)];
}

/** Reads `0-2,5`. */
function parseIndexes(text: string | undefined): readonly number[] {
  return (text ?? "").split(",").flatMap((part) => {
    if (part === "") return [];
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  });
}

/** Writes `0-2,5`: runs of three and more as ranges, pairs as two numbers. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((left, right) => left - right);
  const runs: [number, number][] = [];
  for (const index of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([from, to]) => (to === from ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(",");
}
