import { deepEqual } from "../../std/index.ts";
import { nameWarnings, podTemplateWarnings } from "../core/pod-warnings.ts";
import type { CronJob, Job, JobSpec } from "./job.ts";

/** From how many completions and how much at once indexes that fail can no longer be told apart (`pkg/api/job`). */
const COMPLETIONS_TRACKED = 100_000;
const PARALLELISM_TRACKED = 10_000;

/** What the author of a Job is warned of. */
export function jobWarnings(job: Job, before?: Job): readonly string[] {
  if (before === undefined) return [...nameWarnings(job), ...specWarnings(job.spec, "spec")];
  return deepEqual(job.spec, before.spec) ? [] : specWarnings(job.spec, "spec");
}

/** What the author of a CronJob is warned of. */
export function cronJobWarnings(cronJob: CronJob, before?: CronJob): readonly string[] {
  const isSame = before !== undefined && deepEqual(cronJob.spec, before.spec);
  const hasZone = before !== undefined && cronJob.spec.schedule.includes("TZ");
  return [
    ...(before === undefined ? nameWarnings(cronJob) : []),
    ...(isSame ? [] : specWarnings(cronJob.spec.jobTemplate.spec, "spec.jobTemplate.spec")),
    ...(hasZone
      ? [
          "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
        ]
      : []),
  ];
}

function specWarnings(spec: JobSpec, field: string): readonly string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const isTooLarge =
    completionMode === "Indexed" && completions > COMPLETIONS_TRACKED && parallelism > PARALLELISM_TRACKED;
  return [
    ...(isTooLarge
      ? [
          `${field}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
        ]
      : []),
    ...podTemplateWarnings(template, `${field}.template`),
  ];
}
