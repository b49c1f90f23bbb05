import { formatLabelSelector } from "../../apimachinery/index.ts";
import { humanDuration } from "../../std/index.ts";
import { AGE, containerColumns, formatOptionalBoolean, integer, since, text, wide } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { CronJob, Job } from "./job.ts";
import { cronJobStrategy, jobStrategy } from "./strategies.ts";

/** The kinds of the batch group. */
export const batchResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Job,
    strategy: jobStrategy,
    singular: "job",
    orphansDependents: true,
    deletionWarning:
      "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
    categories: ["all"],
    status: true,
    generation: true,
    columns: [
      { ...text<Job>("Status", jobStatus), sinceMinor: 31 },
      text<Job>("Completions", completions),
      text<Job>("Duration", duration),
      AGE,
      ...containerColumns<Job>(({ spec }) => spec.template.spec.containers),
      wide<Job>("Selector", ({ spec }) => formatLabelSelector(spec.selector)),
    ],
    unselectable: (field) => `field label ${JSON.stringify(field)} not supported for Job`,
    selectableFields: { "status.successful": ({ status }) => `${status?.succeeded ?? 0}` },
  }),
  defineResource({
    kind: CronJob,
    strategy: cronJobStrategy,
    singular: "cronjob",
    shortNames: ["cj"],
    categories: ["all"],
    status: true,
    generation: true,
    columns: [
      text<CronJob>("Schedule", ({ spec }) => spec.schedule),
      { ...text<CronJob>("Timezone", ({ spec }) => spec.timeZone ?? "<none>"), sinceMinor: 30 },
      { name: "Suspend", type: "boolean", value: ({ spec }) => formatOptionalBoolean(spec.suspend) },
      integer<CronJob>("Active", ({ status }) => status?.active?.length),
      text<CronJob>("Last Schedule", ({ status }, nowMs) =>
        status?.lastScheduleTime === undefined ? "<none>" : since(status.lastScheduleTime, nowMs),
      ),
      AGE,
      ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate.spec.template.spec.containers),
      wide<CronJob>("Selector", ({ spec }) => formatLabelSelector(spec.jobTemplate.spec.selector)),
    ],
  }),
];

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, nowMs: number): string {
  if (status?.startTime === undefined) return "";
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return humanDuration(endMs - Date.parse(status.startTime));
}

function jobStatus(job: Job): string {
  const has = (type: string): boolean =>
    job.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(has) ?? "Running";
}
