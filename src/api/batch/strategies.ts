import type { FieldError } from "../../apimachinery/index.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { validatePodSpec } from "../core/pod-validation.ts";
import { withDefaults, withField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { immutable, invalid, nonNegative, oneOf, required, workloadSelector } from "../validation.ts";
import type { CronJob, CronJobSpec, Job, JobSpec } from "./job.ts";

type Findings = readonly FieldError[];

/** What is particular to Jobs (`pkg/registry/batch/job`). */
export const jobStrategy: Strategy<Job> = {
  applyDefaults: (job) => withTemplateLabels(withSpec(job, defaultJobSpec)),
  prepareForCreate: (job) => withStatus<Job>({})(withGeneratedSelector(job)),
  validate: (job) => [
    ...validateJobSpec(job.spec, "spec"),
    ...workloadSelector(job.spec.selector, job.spec.template.metadata?.labels, "job"),
  ],
  validateUpdate: (after, before) => [
    ...immutable("spec.completions", after.spec.completions, before.spec.completions),
    ...immutable("spec.selector", after.spec.selector, before.spec.selector),
    ...immutable("spec.template", after.spec.template, before.spec.template),
    ...immutable("spec.completionMode", after.spec.completionMode, before.spec.completionMode),
  ],
};

const OF_JOBS: Partial<JobSpec> = {
  backoffLimit: 6,
  completionMode: "NonIndexed",
  suspend: false,
  manualSelector: false,
  podReplacementPolicy: "TerminatingOrFailed",
};
const ONCE: Partial<JobSpec> = { completions: 1, parallelism: 1 };
const IN_PARALLEL: Partial<JobSpec> = { parallelism: 1 };

/** SetDefaults_Job: one completion when neither number is given, a work queue when only parallelism is. */
function defaultJobSpec(spec: JobSpec): JobSpec {
  const templated = withField(spec, "template", defaultPodTemplate(spec.template));
  const counted =
    templated.completions === undefined && templated.parallelism === undefined
      ? withDefaults(templated, ONCE)
      : withDefaults(templated, IN_PARALLEL);
  return withDefaults(counted, OF_JOBS);
}

/** A Job without labels takes those of its template. */
function withTemplateLabels(job: Job): Job {
  const labels = job.spec.template.metadata?.labels;
  if (labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0) return job;
  return { ...job, metadata: { ...job.metadata, labels } };
}

/** A Job that names no selector gets one over its own UID, and its template the labels to match (`generateSelector`). */
function withGeneratedSelector(job: Job): Job {
  if (job.spec.manualSelector === true) return job;
  const { uid = "", name } = job.metadata;
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template: PodTemplateSpec = {
    ...job.spec.template,
    metadata: { ...job.spec.template.metadata, labels: { ...job.spec.template.metadata?.labels, ...labels } },
  };
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  return { ...job, spec: { ...job.spec, template, selector } };
}

function validateJobSpec(spec: JobSpec, path: string): Findings {
  const { restartPolicy } = spec.template.spec;
  const field = `${path}.template.spec.restartPolicy`;
  const policies = ["OnFailure", "Never"];
  return [
    ...nonNegative(`${path}.parallelism`, spec.parallelism),
    ...nonNegative(`${path}.completions`, spec.completions),
    ...nonNegative(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...nonNegative(`${path}.backoffLimit`, spec.backoffLimit),
    ...nonNegative(`${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...oneOf(`${path}.completionMode`, spec.completionMode ?? "NonIndexed", ["Indexed", "NonIndexed"]),
    ...(spec.completionMode === "Indexed" && spec.completions === undefined
      ? [required(`${path}.completions`, "when completion mode is Indexed")]
      : []),
    ...validatePodSpec(spec.template.spec, `${path}.template.spec`),
    // Always is what an omitted policy became, so upstream calls it missing rather than wrong.
    ...(restartPolicy === "Always" ? [required(field, 'valid values: "OnFailure", "Never"')] : []),
    ...(restartPolicy === "Always" ? [] : oneOf(field, restartPolicy, policies)),
  ];
}

/** What is particular to CronJobs (`pkg/registry/batch/cronjob`). */
export const cronJobStrategy: Strategy<CronJob> = {
  applyDefaults: (cronJob) => withSpec(cronJob, defaultCronJobSpec),
  prepareForCreate: withStatus<CronJob>({}),
  validate: ({ spec }) => [
    ...checkSchedule(spec.schedule ?? ""),
    ...nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds),
    ...oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]),
    ...nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit),
    ...nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit),
    ...validateJobSpec(spec.jobTemplate.spec, "spec.jobTemplate.spec"),
  ],
  validateName: (name) => (name.length > 52 ? ["must be no more than 52 characters"] : []),
};

const OF_CRON_JOBS: Partial<CronJobSpec> = {
  concurrencyPolicy: "Allow",
  suspend: false,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 1,
};

function defaultCronJobSpec(spec: CronJobSpec): CronJobSpec {
  const jobTemplate = spec.jobTemplate ?? { spec: {} as JobSpec };
  const jobSpec = (jobTemplate.spec ?? {}) as JobSpec;
  const template = defaultPodTemplate(jobSpec.template);
  const defaulted = withField(jobTemplate, "spec", withField(jobSpec, "template", template));
  return withDefaults(withField(spec, "jobTemplate", defaulted), OF_CRON_JOBS);
}

/** Five fields, a descriptor or an interval; the controller's parser says the rest. */
function checkSchedule(schedule: string): Findings {
  if (schedule === "") return [required("spec.schedule")];
  if (schedule.startsWith("@")) return [];
  if (schedule.includes("TZ"))
    return [invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")];
  const fields = schedule.trim().split(/\s+/);
  if (fields.length === 5) return [];
  return [
    invalid("spec.schedule", schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`),
  ];
}
