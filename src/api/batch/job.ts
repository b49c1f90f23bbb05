import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import type { Condition, LabelSelector } from "../shared.ts";

export type JobSpec = {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly activeDeadlineSeconds?: number;
  readonly backoffLimit?: number;
  readonly selector?: LabelSelector;
  readonly manualSelector?: boolean;
  readonly template: PodTemplateSpec;
  readonly ttlSecondsAfterFinished?: number;
  readonly completionMode?: "NonIndexed" | "Indexed";
  readonly suspend?: boolean;
  readonly podReplacementPolicy?: string;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly managedBy?: string;
  readonly podFailurePolicy?: { readonly rules?: readonly PodFailurePolicyRule[] };
  readonly successPolicy?: { readonly rules?: readonly SuccessPolicyRule[] };
};
export type PodFailurePolicyRule = {
  readonly action?: string;
  readonly onExitCodes?: {
    readonly operator?: string;
    readonly containerName?: string;
    readonly values?: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type?: string; readonly status?: string }[];
};
export type SuccessPolicyRule = { readonly succeededIndexes?: string; readonly succeededCount?: number };
export type JobStatus = {
  readonly conditions?: readonly Condition[];
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly terminating?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  readonly uncountedTerminatedPods?: { readonly succeeded?: readonly string[]; readonly failed?: readonly string[] };
  readonly ready?: number;
};
export type Job = KubeObject & { readonly spec: JobSpec; readonly status?: JobStatus };
export const Job: Kind<Job> = defineKind<Job>({
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  namespaced: true,
});

export type CronJobSpec = {
  readonly schedule: string;
  readonly timeZone?: string;
  readonly startingDeadlineSeconds?: number;
  readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
  readonly suspend?: boolean;
  readonly jobTemplate: { readonly metadata?: Readonly<Record<string, unknown>>; readonly spec: JobSpec };
  readonly successfulJobsHistoryLimit?: number;
  readonly failedJobsHistoryLimit?: number;
};
export type CronJob = KubeObject & {
  readonly spec: CronJobSpec;
  readonly status?: {
    readonly active?: readonly Readonly<Record<string, unknown>>[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
  };
};
export const CronJob: Kind<CronJob> = defineKind<CronJob>({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  namespaced: true,
});
