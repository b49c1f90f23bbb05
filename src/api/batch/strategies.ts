import { dns1123SubdomainErrors } from "../../apimachinery/index.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { withDefaults, withField, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import type { CronJob, CronJobSpec, Job, JobSpec } from "./job.ts";
import { validateJobUpdate } from "./job-update-validation.ts";
import { validateCronJobSpec, validateJob } from "./job-validation.ts";
import { cronJobWarnings, jobWarnings } from "./warnings.ts";

/** What is particular to Jobs (`pkg/registry/batch/job`). */
export const jobStrategy: Strategy<Job> = {
  warnings: jobWarnings,
  applyDefaults: (job) => withTemplateLabels(withSpec(job, defaultJobSpec)),
  prepareForCreate: (job) => withStatus<Job>({})(withGeneratedSelector(job)),
  validate: validateJob,
  validateUpdate: validateJobUpdate,
};

const OF_JOBS: Partial<JobSpec> = {
  completionMode: "NonIndexed",
  suspend: false,
  manualSelector: false,
};
const UNLIMITED = 2 ** 31 - 1;
const ONCE: Partial<JobSpec> = { completions: 1, parallelism: 1 };
const IN_PARALLEL: Partial<JobSpec> = { parallelism: 1 };

/** SetDefaults_Job: one completion when neither number is given, a work queue when only parallelism is. */
function defaultJobSpec(spec: JobSpec): JobSpec {
  const templated = withField(spec, "template", defaultPodTemplate(spec.template));
  const counted =
    templated.completions === undefined && templated.parallelism === undefined
      ? withDefaults(templated, ONCE)
      : withDefaults(templated, IN_PARALLEL);
  const failing = withPodFailures(counted);
  return withDefaults(failing, {
    ...OF_JOBS,
    backoffLimit: failing.backoffLimitPerIndex === undefined ? 6 : UNLIMITED,
    podReplacementPolicy: failing.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
  });
}

/** A condition of a pod that is looked for is looked for true. */
function withPodFailures(spec: JobSpec): JobSpec {
  if (spec.podFailurePolicy === undefined) return spec;
  const policy = withItems(spec.podFailurePolicy, "rules", (rule) =>
    withItems(rule, "onPodConditions", (pattern) => withDefaults(pattern, { status: "True" })),
  );
  return withField(spec, "podFailurePolicy", policy);
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
  // Labels that are the template's go on being so.
  const taken = job.metadata.labels;
  const shared = taken === undefined || Object.keys(taken).length === 0 || taken === job.spec.template.metadata?.labels;
  const metadata = shared ? { ...job.metadata, labels: template.metadata?.labels ?? labels } : job.metadata;
  return { ...job, metadata, spec: { ...job.spec, template, selector } };
}

/** The names of its Jobs are eleven characters longer. */
const NAME_MAX = 52;

/** What is particular to CronJobs (`pkg/registry/batch/cronjob`). */
export const cronJobStrategy: Strategy<CronJob> = {
  warnings: cronJobWarnings,
  applyDefaults: (cronJob) => withSpec(cronJob, defaultCronJobSpec),
  prepareForCreate: withStatus<CronJob>({}),
  validate: ({ spec }, before) => validateCronJobSpec(spec, before?.spec),
  validateName: (name) => [
    ...dns1123SubdomainErrors(name),
    ...(name.length > NAME_MAX ? [`must be no more than ${NAME_MAX} characters`] : []),
  ],
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
