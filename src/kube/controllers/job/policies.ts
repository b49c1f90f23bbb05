import type { ContainerStatus, Job, Pod, PodFailurePolicyRule } from "../../../api/index.ts";
import { indexOf, parseIndexes } from "./indexes.ts";

/** What a Job's policy makes of a pod that failed. Without a rule for it the failure counts. */
export type FailureVerdict = { readonly action: string; readonly message?: string };

const COUNTS: FailureVerdict = { action: "Count" };

/** The first rule of the Job's podFailurePolicy that a failed pod meets (`pod_failure_policy.go`). */
export function judgeFailure({ spec }: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const met = meets(pod, rule);
    if (met === undefined) continue;
    const { action = "Count" } = rule;
    return { action, message: `${met} matching ${action} rule at index ${index}` };
  }
  return COUNTS;
}

/** In which words a pod meets a rule. */
function meets(
  { metadata, status }: Pod,
  { onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
): string | undefined {
  const pod = `${metadata.namespace}/${metadata.name}`;
  if (onExitCodes !== undefined) {
    const { operator, containerName, values = [] } = onExitCodes;
    const isMet = ({ name, state }: ContainerStatus): boolean => {
      const code = state?.terminated?.exitCode ?? 0;
      return code !== 0 && (containerName ?? name) === name && values.includes(code) === (operator === "In");
    };
    const found = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(isMet);
    return found && `Container ${found.name} for pod ${pod} failed with exit code ${found.state?.terminated?.exitCode}`;
  }
  const condition = status?.conditions?.find((one) =>
    onPodConditions.some((wanted) => wanted.type === one.type && (wanted.status ?? "True") === one.status),
  );
  return condition && `Pod ${pod} has condition ${condition.type}`;
}

/** How often the pods of an index have failed before this one. */
export const FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count";
export const IGNORED_FAILURE_COUNT = "batch.kubernetes.io/job-index-ignored-failure-count";

function failureCount({ metadata }: Pod): number {
  return Number(metadata.annotations?.[FAILURE_COUNT] ?? 0);
}

/** The indexes that are given up, of a Job that counts failures by index: those that were before, and those of these failed pods. */
export function failedIndexesOf(job: Job, failed: readonly Pod[]): ReadonlySet<number> {
  const { backoffLimitPerIndex: limit } = job.spec;
  if (limit === undefined) return new Set();
  const givenUp = failed.filter((pod) => {
    const { action } = judgeFailure(job, pod);
    return action === "FailIndex" || (action !== "Ignore" && failureCount(pod) >= limit);
  });
  return new Set([...parseIndexes(job.status?.failedIndexes), ...givenUp.flatMap(indexOf)]);
}

/** Which rule of the Job's successPolicy the indexes that have succeeded meet (`success_policy.go`). */
export function successRule({ spec }: Job, succeeded: ReadonlySet<number>): number | undefined {
  if (succeeded.size === 0) return undefined;
  const at = (spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const required = parseIndexes(succeededIndexes);
    const met = required.filter((index) => succeeded.has(index)).length;
    return met === required.length || (succeededCount !== undefined && met >= succeededCount);
  });
  return at < 0 ? undefined : at;
}
