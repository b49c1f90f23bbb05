import type { AggregatedStatusItem, Condition, JobStatus } from "../../../api/index.ts";
import { findCondition, isConditionTrue } from "../../../apimachinery/index.ts";
import { isRecord } from "../../../std/index.ts";
import type { KindRules } from "../interpreter.ts";
import { statusOf, withStatus } from "./status-object.ts";

/** How a Job's status travels: counts are summed, and it is finished once it has in all members, or has failed in one. */
export const jobStatus: KindRules = {
  reflectStatus: (object) => {
    const status = statusOf<JobStatus>(object);
    if (status === undefined) return undefined;
    const { active, succeeded, failed, conditions, startTime, completionTime } = status;
    return { active, succeeded, failed, conditions, startTime, completionTime };
  },
  aggregateStatus: (template, items) => {
    const before = statusOf<JobStatus>(template);
    return before !== undefined && finishedAs(before) !== undefined
      ? template
      : withStatus(template, aggregate(before, items));
  },
};

/** The finished condition of a Job that is finished. */
function finishedAs(status: JobStatus): "Complete" | "Failed" | undefined {
  if (isConditionTrue(status.conditions, "Complete")) return "Complete";
  return isConditionTrue(status.conditions, "Failed") ? "Failed" : undefined;
}

function aggregate(before: JobStatus | undefined, items: readonly AggregatedStatusItem[]): JobStatus {
  const members = items.filter((item) => isRecord(item.status));
  const statuses = members.map((item) => item.status as JobStatus);
  const sum = (field: "active" | "succeeded" | "failed"): number =>
    statuses.reduce((total, status) => total + (status[field] ?? 0), 0);
  const counts = {
    active: sum("active"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
  };
  const started = times(statuses, "startTime");
  const completed = times(statuses, "completionTime");
  const everywhere = (list: readonly unknown[]): boolean => list.length === items.length && list.length > 0;
  const startTime = before?.startTime ?? (everywhere(started) ? started[0] : undefined);
  const completionTime = everywhere(completed) ? completed.at(-1) : undefined;
  const conditions = finishedConditions(members, items.length);
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
}

/** Upstream stamps these with the present; we take the latest time a member gave, so that the same members give the same status. */
function finishedConditions(members: readonly AggregatedStatusItem[], memberCount: number): readonly Condition[] {
  const statuses = members.map((item) => item.status as JobStatus);
  const failedIn = members.filter((item) => finishedAs(item.status as JobStatus) === "Failed");
  const conditions: Condition[] = [];
  const add = (type: string, reason: string, message: string): void => {
    const time = latestTransition(statuses);
    conditions.push({
      type,
      status: "True",
      reason,
      message,
      lastProbeTime: time ?? null,
      ...stamped(time),
    });
  };
  if (failedIn.length > 0) {
    const clusters = failedIn.map((item) => item.clusterName).join(",");
    add("Failed", "JobFailed", `Job executed failed in member clusters ${clusters}`);
  }
  const all = (holds: (status: JobStatus) => boolean): boolean =>
    memberCount > 0 && statuses.filter(holds).length === memberCount;
  if (all((status) => finishedAs(status) === "Complete")) {
    add("Complete", "Completed", "Job completed");
    if (all((status) => isConditionTrue(status.conditions, "SuccessCriteriaMet"))) {
      add("SuccessCriteriaMet", "CompletionsReached", "All member clusters have met success criteria");
    }
  }
  return conditions;
}

function stamped(time: string | undefined): {
  readonly lastTransitionTime?: string;
} {
  return time === undefined ? {} : { lastTransitionTime: time };
}

function latestTransition(statuses: readonly JobStatus[]): string | undefined {
  return statuses
    .flatMap(({ conditions }) => [findCondition(conditions, "Complete"), findCondition(conditions, "Failed")])
    .map((condition) => condition?.lastTransitionTime)
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

/** RFC 3339 times in UTC sort as text. */
function times(statuses: readonly JobStatus[], field: "startTime" | "completionTime"): readonly string[] {
  return statuses
    .map((status) => status[field])
    .filter((time) => time !== undefined)
    .sort();
}
