import { type FailureReason, type Step, scheduleBinding } from "../../algorithms/index.ts";
import type { Binding, Cluster, TargetCluster } from "../../api/index.ts";

/** What scheduling a binding comes to. `clusters` is absent when the binding's present ones stay. */
export type Decision =
  | { readonly ok: true; readonly clusters: readonly TargetCluster[]; readonly affinityName: string | undefined }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly message: string;
      readonly clusters?: readonly TargetCluster[];
      /** One message per affinity group that was tried in vain. */
      readonly attempts: readonly string[];
    };

/**
 * Schedules a binding; with several affinity groups, the observed one first (or the first of all for a fresh start), then
 * those after it, never one before it (`scheduleResourceBindingWithClusterAffinities`).
 */
export function decide(binding: Binding, clusters: readonly Cluster[], options: { readonly fresh: boolean }): Decision {
  const { spec, status } = binding;
  const groups = spec.placement?.clusterAffinities;
  const observed = status?.schedulerObservingAffinityName;
  if (groups === undefined) {
    const step = scheduleBinding({ spec, affinityName: observed, fresh: options.fresh }, clusters);
    return step.ok ? { ok: true, clusters: step.value, affinityName: undefined } : failure(step, []);
  }
  const begin = options.fresh
    ? 0
    : Math.max(
        0,
        groups.findIndex((group) => group.affinityName === observed),
      );
  const attempts: string[] = [];
  let first: Failed | undefined;
  for (let index = begin; index < groups.length; index++) {
    const affinityName = groups[index]?.affinityName;
    const step = scheduleBinding({ spec, affinityName, fresh: options.fresh }, clusters);
    if (step.ok) return { ok: true, clusters: step.value, affinityName };
    first ??= step;
    attempts.push(`failed to schedule ${describe(binding)} with clusterAffiliates index(${index}): ${step.message}`);
  }
  return failure(first ?? { ok: false, reason: "SchedulerError", message: "no cluster affinities" }, attempts);
}

type Failed = Extract<Step<never>, { readonly ok: false }>;

/** Only where no cluster fits at all are the present ones given up. */
function failure({ reason, message }: Failed, attempts: readonly string[]): Decision {
  const given = reason === "NoClusterFit" ? { clusters: [] } : {};
  return { ok: false, reason, message, attempts, ...given };
}

function describe({ kind, metadata }: Binding): string {
  return metadata.namespace === undefined
    ? `${kind}(${metadata.name})`
    : `${kind}(${metadata.namespace}/${metadata.name})`;
}
