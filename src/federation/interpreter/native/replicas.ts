import { podRequests } from "../../../algorithms/index.ts";
import type { NodeClaim, PodSpec, ReplicaRequirements, ResourceList } from "../../../api/index.ts";
import {
  formatQuantity,
  getPath,
  type ObjectPath,
  parseQuantity,
  quantityFromMilli,
  setPath,
  type Unstructured,
} from "../../../apimachinery/index.ts";
import { isRecord } from "../../../std/index.ts";
import type { KindRules, Replicas } from "../interpreter.ts";

const TEMPLATE: ObjectPath = ["spec", "template", "spec"];
const BINARY_RESOURCES = /^(memory|ephemeral-storage|hugepages-.*)$/;

/** How many replicas templates of these kinds ask for, and how that is changed (`native/replica.go`). */
export const replicaRules: Readonly<Record<string, KindRules>> = {
  Deployment: replicasAt(["spec", "replicas"]),
  ReplicaSet: replicasAt(["spec", "replicas"]),
  StatefulSet: replicasAt(["spec", "replicas"]),
  /** No more of a Job's pods run at a time than are to complete. */
  Job: {
    replicas: (template) => {
      const parallelism = numberAt(template, ["spec", "parallelism"]) ?? 0;
      const completions = numberAt(template, ["spec", "completions"]) ?? parallelism;
      return withRequirements(Math.min(parallelism, completions), template, TEMPLATE);
    },
    reviseReplica: (template, replicas) => setPath(template, ["spec", "parallelism"], replicas),
  },
  Pod: { replicas: (template) => withRequirements(1, template, ["spec"]) },
};

function replicasAt(path: ObjectPath): KindRules {
  return {
    replicas: (template) => withRequirements(numberAt(template, path) ?? 0, template, TEMPLATE),
    reviseReplica: (template, replicas) => setPath(template, path, replicas),
  };
}

function withRequirements(replicas: number, template: Unstructured, path: ObjectPath): Replicas {
  const spec = getPath(template, path);
  const requirements = isRecord(spec) ? requirementsOf(spec as Partial<PodSpec>) : undefined;
  return requirements === undefined ? { replicas } : { replicas, requirements };
}

function requirementsOf(spec: Partial<PodSpec>): ReplicaRequirements | undefined {
  const nodeClaim = nodeClaimOf(spec);
  const resourceRequest = resourceRequestOf(spec);
  if (nodeClaim === undefined && resourceRequest === undefined) return undefined;
  return {
    ...(nodeClaim === undefined ? {} : { nodeClaim }),
    ...(resourceRequest === undefined ? {} : { resourceRequest }),
  };
}

function nodeClaimOf({ nodeSelector, tolerations, affinity }: Partial<PodSpec>): NodeClaim | undefined {
  const hardNodeAffinity = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (nodeSelector === undefined && hardNodeAffinity === undefined && !tolerations?.length) return undefined;
  return {
    ...(hardNodeAffinity === undefined ? {} : { hardNodeAffinity }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations?.length ? { tolerations } : {}),
  };
}

function resourceRequestOf({ containers = [], initContainers = [] }: Partial<PodSpec>): ResourceList | undefined {
  const amounts = podRequests({ containers, initContainers });
  const list: Record<string, string> = {};
  for (const name in amounts) {
    const amount = amounts[name] as number;
    if (amount > 0) list[name] = quantityText(name, amount);
  }
  return Object.keys(list).length === 0 ? undefined : list;
}

function quantityText(resource: string, amount: number): string {
  if (resource === "cpu") return formatQuantity(quantityFromMilli(amount));
  const format = BINARY_RESOURCES.test(resource) ? "BinarySI" : "DecimalSI";
  return formatQuantity({ nanos: parseQuantity(amount).nanos, format });
}

function numberAt(object: Unstructured, path: ObjectPath): number | undefined {
  const value = getPath(object, path);
  return typeof value === "number" ? value : undefined;
}
