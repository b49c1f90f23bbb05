import type { Pod } from "../../api/index.ts";
import { milliValue, tryParseQuantity } from "../../apimachinery/index.ts";

/** What a pod was measured to use, in thousandths, over a window that ended at `atMs`. */
export type PodMetric = { readonly milli: number; readonly atMs: number; readonly windowMs: number };

/** What a metric is to come to: percent of the requests, or an amount per pod in thousandths. */
export type UsageTarget = { readonly utilization: number } | { readonly averageMilli: number };

/** How far usage may be off its target without anything being done, as a share of the target. */
export type Tolerances = { readonly down: number; readonly up: number };

/** The pods a metric asks for, and what it was found to be. */
export type Demand = { readonly replicas: number; readonly averageMilli: number; readonly utilization?: number };

export type UsageQuestion = {
  /** How many pods the target has been told to have. */
  readonly current: number;
  readonly resource: string;
  /** One container of each pod instead of all. */
  readonly container?: string | undefined;
  readonly target: UsageTarget;
  readonly pods: readonly Pod[];
  readonly metrics: ReadonlyMap<string, PodMetric>;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
};

/** A young pod is measured from its first full window of readiness on (`--horizontal-pod-autoscaler-cpu-initialization-period`). */
const CPU_INITIALIZATION_MS = 300_000;
/** A pod that turned unready so soon after its start was never ready (`--horizontal-pod-autoscaler-initial-readiness-delay`). */
const INITIAL_READINESS_MS = 30_000;

/**
 * How many pods the usage of a resource asks for (`ReplicaCalculator`): the present ones times usage over target, rounded up.
 * Pods without measure count as idle on the way up and as fully busy on the way down. A text says why nothing can be said.
 */
export function replicasForUsage(question: UsageQuestion): Demand | string {
  const { pods, tolerances, current } = question;
  if (pods.length === 0) return "no pods returned by selector while calculating replica count";
  const groups = groupPods(question);
  if (groups.measured.size === 0) return "did not receive metrics for targeted pods (pods might be unready)";
  const requests = requestsOf(question);
  if (typeof requests === "string") return requests;
  const first = usageOf(question, groups.measured, requests);
  if (typeof first === "string") return first;
  const found = {
    averageMilli: first.averageMilli,
    ...(first.utilization === undefined ? {} : { utilization: first.utilization }),
  };
  const withUnready = groups.unready.length > 0 && first.ratio > 1;
  if (!withUnready && groups.missing.length === 0) {
    const replicas = isWithin(tolerances, first.ratio) ? current : Math.ceil(first.ratio * groups.measured.size);
    return { replicas, ...found };
  }
  const assumed = withAssumptions(question, groups, first.ratio, requests);
  const second = usageOf(question, assumed, requests);
  if (typeof second === "string") return second;
  const turned = (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1);
  if (isWithin(tolerances, second.ratio) || turned) return { replicas: current, ...found };
  const replicas = Math.ceil(second.ratio * assumed.size);
  const against = (second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current);
  return { replicas: against ? current : replicas, ...found };
}

type Groups = {
  /** Usage of ready pods, by name. */
  readonly measured: ReadonlyMap<string, number>;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
};

function groupPods({ pods, metrics, resource, nowMs }: UsageQuestion): Groups {
  const measured = new Map<string, number>();
  const unready: string[] = [];
  const missing: string[] = [];
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    if (deletionTimestamp !== undefined || pod.status?.phase === "Failed") continue;
    if (pod.status?.phase === "Pending") unready.push(name);
    else if (metric === undefined) missing.push(name);
    else if (resource === "cpu" && !isSettled(pod, metric, nowMs)) unready.push(name);
    else measured.set(name, metric.milli);
  }
  return { measured, unready, missing };
}

/** Whether a pod's use of CPU says anything: starting up takes more than running. */
function isSettled({ status }: Pod, metric: PodMetric, nowMs: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined || status?.startTime === undefined) return false;
  const startMs = Date.parse(status.startTime);
  const turnedMs = Date.parse(ready.lastTransitionTime ?? status.startTime);
  if (startMs + CPU_INITIALIZATION_MS > nowMs)
    return ready.status !== "False" && metric.atMs >= turnedMs + metric.windowMs;
  return ready.status !== "False" || startMs + INITIAL_READINESS_MS <= turnedMs;
}

type Requests = ReadonlyMap<string, number>;

function requestsOf({ pods, resource, container, target }: UsageQuestion): Requests | string {
  const requests = new Map<string, number>();
  if (!("utilization" in target)) return requests;
  for (const { metadata, spec } of pods) {
    const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
    const asked = [...spec.containers, ...sidecars].filter(({ name }) => container === undefined || name === container);
    if (asked.length === 0) return `container ${container} not found in Pod ${metadata.name}`;
    let milli = 0;
    for (const { name, resources } of asked) {
      const quantity = tryParseQuantity(resources?.requests?.[resource]);
      if (quantity === undefined) return `missing request for ${resource} in container ${name} of Pod ${metadata.name}`;
      milli += milliValue(quantity);
    }
    requests.set(metadata.name, milli);
  }
  return requests;
}

type Usage = { readonly ratio: number; readonly averageMilli: number; readonly utilization?: number };

/** Usage over target, of all pods together. */
function usageOf({ target }: UsageQuestion, metrics: ReadonlyMap<string, number>, requests: Requests): Usage | string {
  const total = [...metrics.values()].reduce((sum, milli) => sum + milli, 0);
  const averageMilli = Math.trunc(total / metrics.size);
  if (!("utilization" in target)) return { ratio: averageMilli / target.averageMilli, averageMilli };
  const requested = [...metrics.keys()].reduce((sum, name) => sum + (requests.get(name) ?? 0), 0);
  if (requested === 0) return "no metrics returned matched known pods";
  const utilization = Math.trunc((total * 100) / requested);
  return { ratio: utilization / target.utilization, averageMilli, utilization };
}

function withAssumptions(
  { target }: UsageQuestion,
  groups: Groups,
  ratio: number,
  requests: Requests,
): ReadonlyMap<string, number> {
  const assumed = new Map(groups.measured);
  const busy = (name: string): number =>
    "utilization" in target
      ? Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target.utilization)) / 100)
      : target.averageMilli;
  if (ratio < 1) for (const name of groups.missing) assumed.set(name, busy(name));
  if (ratio > 1) for (const name of [...groups.missing, ...groups.unready]) assumed.set(name, 0);
  return assumed;
}

function isWithin({ down, up }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
