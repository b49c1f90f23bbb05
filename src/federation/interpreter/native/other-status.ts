import type { AggregatedStatusItem, ContainerStatus, PodStatus } from "../../../api/index.ts";
import type { Unstructured } from "../../../apimachinery/index.ts";
import { compareText, deepEqual, isRecord } from "../../../std/index.ts";
import type { KindRules } from "../interpreter.ts";
import { memberStatuses, statusOf, withStatus } from "./status-object.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Service: only a load balancer's addresses travel, those of all members together. */
export const serviceStatus: KindRules = {
  reflectStatus: (object) => {
    if (!isLoadBalancer(object)) return undefined;
    const status = statusOf<Fields>(object);
    return status === undefined ? undefined : { loadBalancer: status.loadBalancer ?? {} };
  },
  aggregateStatus: (template, items) =>
    isLoadBalancer(template) ? withStatus(template, allAddresses(items)) : template,
};

/** Ingress: the addresses of all members together. */
export const ingressStatus: KindRules = {
  aggregateStatus: (template, items) => withStatus(template, allAddresses(items)),
};

/** CronJob: running Jobs of all members, and the latest times. */
export const cronJobStatus: KindRules = {
  aggregateStatus: (template, items) => {
    const members = memberStatuses<Fields>(items);
    const active = members.flatMap((status) => (Array.isArray(status.active) ? status.active : []));
    const latest = (field: string): unknown =>
      members
        .map((status) => status[field])
        .filter((time) => typeof time === "string")
        .sort()
        .at(-1);
    return withStatus(template, {
      active: active.length > 0 ? active : undefined,
      lastScheduleTime: latest("lastScheduleTime"),
      lastSuccessfulTime: latest("lastSuccessfulTime"),
    });
  },
};

/** Pod: the worst phase of all members. */
export const podStatus: KindRules = {
  aggregateStatus: (template, items) => {
    const members = memberStatuses<PodStatus>(items);
    const states = (list: readonly ContainerStatus[] | undefined): readonly Fields[] =>
      (list ?? []).map(({ ready, state }) => ({ ready, state: state ?? {} }));
    const containerStatuses = members.flatMap((status) => states(status.containerStatuses));
    const initContainerStatuses = members.flatMap((status) => states(status.initContainerStatuses));
    return withStatus(template, {
      phase: worstPhase(items, ["Failed", "Pending", "Running", "Succeeded"]),
      containerStatuses: containerStatuses.length > 0 ? containerStatuses : undefined,
      initContainerStatuses: initContainerStatuses.length > 0 ? initContainerStatuses : undefined,
    });
  },
};

/** PersistentVolume: the worst phase of all members. */
export const persistentVolumeStatus: KindRules = {
  aggregateStatus: (template, items) =>
    withStatus(template, {
      phase: worstPhase(items, ["Failed", "Pending", "Available", "Bound", "Released"]),
    }),
};

/** PersistentVolumeClaim: bound, unless a member's is lost, or not bound yet. */
export const persistentVolumeClaimStatus: KindRules = {
  aggregateStatus: (template, items) => {
    const phases = memberStatuses<Fields>(items).map((status) => status.phase);
    const unbound = phases.findLast((phase) => phase !== "Bound");
    return withStatus(template, {
      phase: phases.includes("Lost") ? "Lost" : (unbound ?? "Bound"),
    });
  },
};

/** PodDisruptionBudget: sums, and disrupted pods by cluster. */
export const podDisruptionBudgetStatus: KindRules = {
  reflectStatus: picked(["disruptionsAllowed", "expectedPods", "desiredHealthy", "currentHealthy", "disruptedPods"]),
  aggregateStatus: (template, items) => {
    const disruptedPods: Record<string, unknown> = {};
    for (const { clusterName, status } of items) {
      const disrupted = isRecord(status) ? status.disruptedPods : undefined;
      if (!isRecord(disrupted)) continue;
      for (const pod in disrupted) disruptedPods[`${clusterName}/${pod}`] = disrupted[pod];
    }
    const sums = summed(items, ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]);
    const names = Object.keys(disruptedPods).length > 0 ? disruptedPods : undefined;
    return withStatus(template, { ...sums, disruptedPods: names });
  },
};

/** HorizontalPodAutoscaler: sums of replicas. */
export const horizontalPodAutoscalerStatus: KindRules = {
  reflectStatus: picked(["currentReplicas", "desiredReplicas"]),
  aggregateStatus: (template, items) => withStatus(template, summed(items, ["currentReplicas", "desiredReplicas"])),
};

function isLoadBalancer(object: Unstructured): boolean {
  const spec = object.spec;
  return isRecord(spec) && spec.type === "LoadBalancer";
}

function allAddresses(items: readonly AggregatedStatusItem[]): unknown {
  const merged: Fields[] = [];
  for (const status of memberStatuses<Fields>(items)) {
    const loadBalancer = status.loadBalancer;
    const ingress = isRecord(loadBalancer) ? loadBalancer.ingress : undefined;
    for (const address of Array.isArray(ingress) ? (ingress as Fields[]) : []) {
      if (!merged.some((known) => deepEqual(known, address))) merged.push(address);
    }
  }
  const identity = (address: Fields): string => `${address.hostname ?? ""}/${address.ip ?? ""}`;
  merged.sort((left, right) => compareText(identity(left), identity(right)));
  return { loadBalancer: merged.length > 0 ? { ingress: merged } : {} };
}

/** The first of `phases` that any member is in; a member that reported nothing is pending. */
function worstPhase(items: readonly AggregatedStatusItem[], phases: readonly string[]): string | undefined {
  const found = new Set(items.map(({ status }) => (isRecord(status) ? status.phase : "Pending")));
  return phases.find((phase) => found.has(phase));
}

function picked(fields: readonly string[]): (object: Unstructured) => unknown {
  return (object) => {
    const status = statusOf<Fields>(object);
    if (status === undefined) return undefined;
    return Object.fromEntries(fields.filter((field) => field in status).map((field) => [field, status[field]]));
  };
}

function summed(items: readonly AggregatedStatusItem[], fields: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = Object.fromEntries(fields.map((field) => [field, 0]));
  for (const status of memberStatuses<Fields>(items)) {
    for (const field of fields) {
      const value = status[field];
      if (typeof value === "number") sums[field] = (sums[field] ?? 0) + value;
    }
  }
  return sums;
}
