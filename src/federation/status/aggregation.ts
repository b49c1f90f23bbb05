import {
  type AggregatedStatusItem,
  type Binding,
  bindingConditions,
  type Condition,
  clusterOfExecutionSpace,
  type Work,
  workConditions,
} from "../../api/index.ts";
import { findCondition } from "../../apimachinery/index.ts";
import { sortedBy } from "../../std/index.ts";
import { retainedClusters } from "../binding/target-clusters.ts";

/** What every cluster tells of a binding's Works, by cluster name (`helper.assembleWorkStatus`). */
export function aggregatedStatus(binding: Binding, works: readonly Work[]): readonly AggregatedStatusItem[] {
  const items = works.flatMap((work) => {
    const cluster = clusterOfExecutionSpace(work.metadata.namespace ?? "");
    if (cluster === undefined || work.metadata.deletionTimestamp !== undefined) return [];
    return [statusItem(cluster, work, binding)];
  });
  return sortedBy(items, (item) => item.clusterName);
}

/** Whether each cluster the binding is for has its object, and no other has (`helper.areWorksFullyApplied`). */
export function fullyAppliedCondition(binding: Binding, items: readonly AggregatedStatusItem[]): Condition {
  const type = bindingConditions.fullyApplied;
  const expected = retainedClusters(binding);
  const applied = items.filter((item) => item.applied === true);
  const complete =
    expected.size > 0 &&
    applied.length === expected.size &&
    items.length === applied.length &&
    applied.every((item) => expected.has(item.clusterName));
  return complete
    ? { type, status: "True", reason: "FullyAppliedSuccess", message: "All works have been successfully applied" }
    : {
        type,
        status: "False",
        reason: "FullyAppliedFailed",
        message: "Failed to apply all works, see status.aggregatedStatus for details",
      };
}

function statusItem(clusterName: string, work: Work, binding: Binding): AggregatedStatusItem {
  const applied = findCondition(work.status?.conditions, workConditions.applied);
  if (applied?.status !== "True") {
    const appliedMessage = applied?.message ?? "";
    return {
      clusterName,
      applied: false,
      ...(appliedMessage === "" ? {} : { appliedMessage }),
      health: "Unknown",
    };
  }
  const { kind, name, namespace = "" } = binding.spec.resource;
  const manifest = work.status?.manifestStatuses?.find(
    ({ identifier }) =>
      identifier.kind === kind && identifier.name === name && (identifier.namespace ?? "") === namespace,
  );
  const status = manifest?.status;
  return {
    clusterName,
    ...(status === undefined ? {} : { status }),
    applied: true,
    health: manifest?.health ?? "Unknown",
  };
}
