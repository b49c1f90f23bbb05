import { dns1123LabelErrors, validateLabelSelector } from "../../apimachinery/index.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import {
  domainPrefixedPath,
  eachItem,
  type Findings,
  invalid,
  NOTHING,
  nonNegative,
  notSupported,
  oneOf,
  optionalOneOf,
  required,
  selectsTemplate,
  templateMismatch,
  tooLong,
  tooMany,
} from "../validation.ts";
import { isTimeZone, parseCronSchedule } from "./cron-schedule.ts";
import type { CronJobSpec, Job, JobSpec, SuccessPolicyRule } from "./job.ts";
import { validatePodFailurePolicy } from "./pod-failure-policy.ts";

const INDEXED_MAX = 100_000;
const MANY_COMPLETIONS_MAX = 10_000;
const SUCCESS_RULES_MAX = 20;
const INDEXES_MAX_BYTES = 64 * 1024;
const MANAGED_BY_MAX_BYTES = 63;

/** What is wrong with a Job (`pkg/apis/batch/validation.ValidateJob`). */
export function validateJob(job: Job): Findings {
  return [
    ...checkGeneratedSelector(job),
    ...validateJobSpec(job.spec, "spec"),
    ...checkSelector(job.spec),
    ...checkHostname(job),
  ];
}

/** What is wrong with the spec of a Job, be it a template's. */
function validateJobSpec(spec: JobSpec, path: string): Findings {
  const { managedBy } = spec;
  return [
    ...nonNegative(`${path}.parallelism`, spec.parallelism),
    ...nonNegative(`${path}.completions`, spec.completions),
    ...nonNegative(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...nonNegative(`${path}.backoffLimit`, spec.backoffLimit),
    ...nonNegative(`${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...nonNegative(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex),
    ...nonNegative(`${path}.maxFailedIndexes`, spec.maxFailedIndexes),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")]
      : NOTHING),
    ...(managedBy === undefined ? NOTHING : domainPrefixedPath(`${path}.managedBy`, managedBy)),
    ...(managedBy !== undefined && managedBy.length > MANAGED_BY_MAX_BYTES
      ? [tooLong(`${path}.managedBy`, MANAGED_BY_MAX_BYTES)]
      : NOTHING),
    ...optionalOneOf(`${path}.completionMode`, spec.completionMode, ["NonIndexed", "Indexed"]),
    ...(spec.completionMode === "Indexed" ? checkIndexed(spec, path) : NOTHING),
    ...(spec.completionMode === undefined || spec.completionMode === "NonIndexed" ? checkPlain(spec, path) : NOTHING),
    ...(spec.podFailurePolicy === undefined ? NOTHING : validatePodFailurePolicy(spec, `${path}.podFailurePolicy`)),
    ...checkSuccessPolicy(spec, `${path}.successPolicy`),
    ...(spec.podFailurePolicy === undefined
      ? optionalOneOf(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, ["Failed", "TerminatingOrFailed"])
      : optionalOneOf(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, ["Failed"])),
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function checkIndexed(spec: JobSpec, path: string): Findings {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const isMany = (completions ?? 0) > INDEXED_MAX && spec.backoffLimitPerIndex !== undefined;
  const most = `must be less than or equal to ${MANY_COMPLETIONS_MAX} when completions are above ${INDEXED_MAX} and used with backoff limit per index`;
  return [
    ...(completions === undefined ? [required(`${path}.completions`, "when completion mode is Indexed")] : NOTHING),
    ...atMost(`${path}.parallelism`, parallelism, INDEXED_MAX, {
      detail: `must be less than or equal to ${INDEXED_MAX} when completion mode is Indexed`,
    }),
    ...atMost(`${path}.maxFailedIndexes`, maxFailedIndexes, completions ?? Number.POSITIVE_INFINITY, {
      detail: "must be less than or equal to completions",
    }),
    ...atMost(`${path}.maxFailedIndexes`, maxFailedIndexes, INDEXED_MAX),
    ...(isMany && maxFailedIndexes === undefined
      ? [required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${INDEXED_MAX}`)]
      : NOTHING),
    ...(isMany ? atMost(`${path}.parallelism`, parallelism, MANY_COMPLETIONS_MAX, { detail: most }) : NOTHING),
    ...(isMany
      ? atMost(`${path}.maxFailedIndexes`, maxFailedIndexes, MANY_COMPLETIONS_MAX, { detail: most })
      : NOTHING),
  ];
}

function checkPlain({ backoffLimitPerIndex, maxFailedIndexes }: JobSpec, path: string): Findings {
  const needs = "requires indexed completion mode";
  return [
    ...(backoffLimitPerIndex === undefined
      ? NOTHING
      : [invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, needs)]),
    ...(maxFailedIndexes === undefined ? NOTHING : [invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, needs)]),
  ];
}

function atMost(path: string, value: number | undefined, most: number, { detail = "" } = {}): Findings {
  if (value === undefined || value <= most) return NOTHING;
  return [invalid(path, value, detail === "" ? `must be less than or equal to ${most}` : detail)];
}

function checkSuccessPolicy({ successPolicy, completionMode, completions }: JobSpec, path: string): Findings {
  if (successPolicy === undefined) return NOTHING;
  const rules = successPolicy.rules ?? [];
  if (completionMode !== "Indexed") {
    const shown = rules.map(({ succeededIndexes = null, succeededCount = null }) => {
      return { SucceededIndexes: succeededIndexes, SucceededCount: succeededCount };
    });
    return [
      invalid(path, { Rules: successPolicy.rules === undefined ? null : shown }, "requires indexed completion mode"),
    ];
  }
  const none = "at least one rules must be specified when the successPolicy is specified";
  return [
    ...(rules.length === 0 ? [required(`${path}.rules`, none)] : NOTHING),
    ...(rules.length > SUCCESS_RULES_MAX ? [tooMany(`${path}.rules`, rules.length, SUCCESS_RULES_MAX)] : NOTHING),
    ...eachItem(rules, (rule, index) => checkSuccessRule(rule, completions ?? 0, `${path}.rules[${index}]`)),
  ];
}

function checkSuccessRule(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  all: number,
  path: string,
): Findings {
  if (succeededCount === undefined && succeededIndexes === undefined)
    return [required(path, "at least one of succeededCount or succeededIndexes must be specified")];
  const parsed = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, all);
  const indexes = `${path}.succeededIndexes`;
  const count = `${path}.succeededCount`;
  return [
    ...(succeededIndexes !== undefined && succeededIndexes.length > INDEXES_MAX_BYTES
      ? [tooLong(indexes, INDEXES_MAX_BYTES)]
      : NOTHING),
    ...(typeof parsed === "string"
      ? [invalid(indexes, succeededIndexes, `error parsing succeededIndexes: ${parsed}`)]
      : NOTHING),
    ...nonNegative(count, succeededCount),
    ...atMost(count, succeededCount, all, {
      detail: `must be less than or equal to ${all} (the number of specified completions)`,
    }),
    ...(succeededIndexes === undefined
      ? NOTHING
      : atMost(count, succeededCount, typeof parsed === "number" ? parsed : 0, {
          detail: `must be less than or equal to ${typeof parsed === "number" ? parsed : 0} (the number of indexes in the specified succeededIndexes field)`,
        })),
  ];
}

/** How many indexes `1,3-5` names, or what is wrong with it (`validateIndexesFormat`). */
function parseIndexes(text: string, completions: number): number | string {
  if (text === "") return 0;
  let last = -1;
  let total = 0;
  for (const interval of text.split(",")) {
    const limits = interval.split("-");
    if (limits.length > 2)
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    const [first = "", second] = limits;
    const start = parseIndex(first, completions);
    if (typeof start === "string") return start;
    if (start <= last) return `non-increasing order, previous: ${last}, current: ${start}`;
    const end = second === undefined ? start : parseIndex(second, completions);
    if (typeof end === "string") return end;
    if (second !== undefined && end <= start) return `non-increasing order, previous: ${start}, current: ${end}`;
    total += end - start + 1;
    last = end;
  }
  return total;
}

function parseIndex(text: string, completions: number): number | string {
  if (!/^[-+]?\d+$/.test(text)) return `cannot convert string to integer for index: ${JSON.stringify(text)}`;
  return Number(text) >= completions ? `too large index: ${JSON.stringify(text)}` : Number(text);
}

function checkRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): Findings {
  const { restartPolicy = "" } = template.spec;
  // Always is what an omitted policy became, so upstream calls it missing rather than wrong.
  if (restartPolicy === "Always" || restartPolicy === "") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy !== "OnFailure" && restartPolicy !== "Never")
    return oneOf(path, restartPolicy, ["OnFailure", "Never"]);
  return podFailurePolicy !== undefined && restartPolicy !== "Never"
    ? [invalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')]
    : NOTHING;
}

function checkGeneratedSelector({ metadata, spec }: Job): Findings {
  if (spec.manualSelector === true || spec.selector === undefined) return NOTHING;
  const generated = { "batch.kubernetes.io/controller-uid": metadata.uid ?? "", "controller-uid": metadata.uid ?? "" };
  const labels = { ...generated, "batch.kubernetes.io/job-name": metadata.name, "job-name": metadata.name };
  return selectsTemplate(spec.selector, labels)
    ? NOTHING
    : [invalid("spec.selector", spec.selector, "`selector` not auto-generated")];
}

function checkSelector({ selector, template }: JobSpec): Findings {
  if (selector === undefined) return [required("spec.selector"), templateMismatch(template.metadata?.labels)];
  const findings = validateLabelSelector(selector, "spec.selector");
  if (findings.length > 0 || selectsTemplate(selector, template.metadata?.labels)) return findings;
  return [templateMismatch(template.metadata?.labels)];
}

/** The pods of an indexed Job are called after it and their index. */
function checkHostname({ metadata: { name }, spec }: Job): Findings {
  if (spec.completionMode !== "Indexed" || (spec.completions ?? 0) <= 0) return NOTHING;
  const longest = `${name}-${(spec.completions ?? 0) - 1}`;
  return dns1123LabelErrors(longest).length === 0
    ? NOTHING
    : [invalid("metadata.name", name, `will not able to create pod with invalid DNS label: ${longest}`)];
}

/** What is wrong with the spec of a CronJob (`validateCronJobSpec`). */
export function validateCronJobSpec(spec: CronJobSpec, before: CronJobSpec | undefined): Findings {
  const { schedule = "", timeZone, jobTemplate } = spec;
  return [
    ...checkSchedule(schedule, timeZone, before?.schedule.includes("TZ") === true),
    ...nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds),
    ...(before !== undefined && before.timeZone === timeZone ? NOTHING : checkTimeZone(timeZone)),
    ...oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]),
    ...validateJobSpec(jobTemplate.spec, "spec.jobTemplate.spec"),
    ...(jobTemplate.spec.selector === undefined
      ? NOTHING
      : [invalid("spec.jobTemplate.spec.selector", jobTemplate.spec.selector, "`selector` will be auto-generated")]),
    ...(jobTemplate.spec.manualSelector === true
      ? [notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"])]
      : NOTHING),
    ...nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit),
    ...nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit),
  ];
}

function checkSchedule(schedule: string, timeZone: string | undefined, mayNameZone: boolean): Findings {
  const field = "spec.schedule";
  if (schedule === "") return [required(field)];
  const parsed = parseCronSchedule(schedule);
  const findings = typeof parsed === "string" ? [invalid(field, schedule, parsed)] : [];
  if (!schedule.includes("TZ")) return findings;
  if (!mayNameZone)
    findings.push(invalid(field, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
  else if (timeZone !== undefined)
    findings.push(invalid(field, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
  return findings;
}

function checkTimeZone(timeZone: string | undefined): Findings {
  const field = "spec.timeZone";
  if (timeZone === undefined) return NOTHING;
  if (timeZone === "") return [invalid(field, timeZone, "timeZone must be nil or non-empty string")];
  const unknown = [invalid(field, timeZone, `unknown time zone ${timeZone}`)];
  const parts = timeZone.split("/");
  if (parts.some((part) => part === "." || part === ".." || !/^(?!-)[A-Za-z._0-9+-]{1,14}$/.test(part))) return unknown;
  const explicit = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  return [
    ...(timeZone.toLowerCase() === "local" ? [invalid(field, timeZone, explicit)] : NOTHING),
    ...(isTimeZone(timeZone) ? NOTHING : unknown),
  ];
}
