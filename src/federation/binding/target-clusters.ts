import type { Binding, BindingSpec, TargetCluster } from "../../api/index.ts";

/** Where a binding's object goes: its own clusters, then those of the bindings that need it (`mergeTargetClusters`). */
export function targetClusters({ clusters = [], requiredBy = [] }: BindingSpec): readonly TargetCluster[] {
  if (requiredBy.length === 0) return clusters;
  const names = new Set(clusters.map((target) => target.name));
  const merged = [...clusters];
  for (const target of requiredBy.flatMap((snapshot) => snapshot.clusters ?? [])) {
    if (names.has(target.name)) continue;
    names.add(target.name);
    merged.push(target);
  }
  return merged;
}

/** The clusters that keep their Work: the targets, and those that are evicted but not at once. */
export function retainedClusters({ spec }: Binding): ReadonlySet<string> {
  const names = new Set(targetClusters(spec).map((target) => target.name));
  for (const task of spec.gracefulEvictionTasks ?? []) if (task.purgeMode !== "Directly") names.add(task.fromCluster);
  return names;
}

/** The clusters whose Work must be gone before others get theirs. */
export function directlyPurgedClusters({ spec }: Binding): ReadonlySet<string> {
  const tasks = spec.gracefulEvictionTasks ?? [];
  return new Set(tasks.filter((task) => task.purgeMode === "Directly").map((task) => task.fromCluster));
}

/** Whether nothing is to be written to a cluster for now. */
export function isDispatchingSuspended({ suspension }: BindingSpec, cluster: string): boolean {
  return (
    suspension?.dispatching === true || suspension?.dispatchingOnClusters?.clusterNames?.includes(cluster) === true
  );
}

/** The labels a failed-over application takes along: only to its one new cluster (`injectReservedLabelState`). */
export function preservedLabels(spec: BindingSpec, cluster: string): Readonly<Record<string, string>> | undefined {
  if (targetClusters(spec).length > 1) return undefined;
  const task = spec.gracefulEvictionTasks?.at(-1);
  if (task?.purgeMode !== "Directly" || task.clustersBeforeFailover?.includes(cluster)) return undefined;
  return task.preservedLabelState;
}
