import { type AggregatedStatusItem, karmadaAnnotations } from "../../../api/index.ts";
import { getPath, setPath, type Unstructured } from "../../../apimachinery/index.ts";
import { isRecord } from "../../../std/index.ts";
import type { KindRules } from "../interpreter.ts";

/** The counters of a workload's status; those Kubernetes writes even when they are zero. */
type Counters = {
  readonly counts: readonly string[];
  readonly always: readonly string[];
};

/** How statuses of Deployments, ReplicaSets, StatefulSets and DaemonSets travel: counters are summed over members. */
export const workloadStatus: Readonly<Record<"Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet", KindRules>> = {
  Deployment: countersRules({
    counts: ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"],
    always: [],
  }),
  ReplicaSet: countersRules({
    counts: ["replicas", "readyReplicas", "availableReplicas"],
    always: ["replicas"],
  }),
  StatefulSet: countersRules({
    counts: ["availableReplicas", "currentReplicas", "readyReplicas", "replicas", "updatedReplicas"],
    always: ["replicas"],
  }),
  DaemonSet: countersRules({
    counts: [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
    ],
    always: ["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"],
  }),
};

function countersRules(counters: Counters): KindRules {
  return {
    reflectStatus: (object) => reflect(object, counters),
    aggregateStatus: (template, items) => aggregate(template, items, counters),
  };
}

/**
 * The counters, and which generations they speak of. Upstream leaves a StatefulSet's `observedGeneration` out, so that its
 * template's never advances; we carry it for every workload.
 */
function reflect(object: Unstructured, { counts, always }: Counters): unknown {
  const status = object.status;
  if (!isRecord(status)) return undefined;
  const templateGeneration = Number(object.metadata.annotations?.[karmadaAnnotations.templateGeneration] ?? 0);
  const reflected: Record<string, number> = {};
  if (object.metadata.generation) reflected.generation = object.metadata.generation;
  if (templateGeneration > 0) reflected.resourceTemplateGeneration = templateGeneration;
  const observed = numberAt(status, "observedGeneration");
  if (observed > 0) reflected.observedGeneration = observed;
  for (const field of counts) {
    const count = numberAt(status, field);
    if (count !== 0 || always.includes(field)) reflected[field] = count;
  }
  return Object.keys(reflected).length === 0 ? undefined : reflected;
}

/** `observedGeneration` advances once every member has observed the template's present generation; Argo CD waits for it. */
function aggregate(template: Unstructured, items: readonly AggregatedStatusItem[], counters: Counters): Unstructured {
  const generation = template.metadata.generation ?? 0;
  const sums: Record<string, number> = Object.fromEntries(counters.counts.map((field) => [field, 0]));
  let upToDate = 0;
  for (const { status } of items) {
    if (!isRecord(status)) continue;
    const observed = numberAt(status, "observedGeneration") >= numberAt(status, "generation");
    if (observed && numberAt(status, "resourceTemplateGeneration") >= generation) upToDate++;
    for (const field of counters.counts) sums[field] = (sums[field] ?? 0) + numberAt(status, field);
  }
  if (upToDate === items.length) sums.observedGeneration = generation;
  return withCounts(template, sums, counters.always);
}

function withCounts(
  template: Unstructured,
  sums: Readonly<Record<string, number>>,
  always: readonly string[],
): Unstructured {
  let result = template;
  for (const field in sums) {
    const sum = sums[field] as number;
    const kept = sum !== 0 || always.includes(field);
    if ((getPath(template, ["status", field]) ?? 0) === sum && (kept || sum === 0)) continue;
    result = setPath(result, ["status", field], kept ? sum : undefined);
  }
  return result;
}

function numberAt(status: Readonly<Record<string, unknown>>, field: string): number {
  const value = status[field];
  return typeof value === "number" ? value : 0;
}
