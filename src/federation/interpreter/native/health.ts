import type { ResourceHealth } from "../../../api/index.ts";
import { getPath, isConditionTrue, type Unstructured } from "../../../apimachinery/index.ts";

/** Whether objects of these kinds are well (`native/healthy.go`). */
export const health: Readonly<Record<string, (object: Unstructured) => ResourceHealth>> = {
  Deployment: (object) => when(isObserved(object) && isRolledOut(object)),
  StatefulSet: (object) => when(isObserved(object) && isRolledOut(object)),
  ReplicaSet: (object) =>
    when(isObserved(object) && numberAt(object, "status", "availableReplicas") >= numberAt(object, "spec", "replicas")),
  DaemonSet: (object) => {
    const updated = numberAt(object, "status", "updatedNumberScheduled");
    const desired = numberAt(object, "status", "desiredNumberScheduled");
    return when(isObserved(object) && updated >= desired && numberAt(object, "status", "numberAvailable") >= updated);
  },
  Service: (object) => when(getPath(object, ["spec", "type"]) !== "LoadBalancer" || hasAddress(object)),
  Ingress: (object) => when(hasAddress(object)),
  PersistentVolumeClaim: (object) => when(getPath(object, ["status", "phase"]) === "Bound"),
  Pod: (object) => {
    const phase = getPath(object, ["status", "phase"]);
    const conditions = getPath(object, ["status", "conditions"]);
    const ready = Array.isArray(conditions) && isConditionTrue(conditions, "Ready");
    return when(phase === "Succeeded" || (phase === "Running" && ready));
  },
  PodDisruptionBudget: (object) =>
    when(numberAt(object, "status", "currentHealthy") >= numberAt(object, "status", "desiredHealthy")),
};

function when(healthy: boolean): ResourceHealth {
  return healthy ? "Healthy" : "Unhealthy";
}

function isObserved(object: Unstructured): boolean {
  return numberAt(object, "status", "observedGeneration") === (object.metadata.generation ?? 0);
}

function isRolledOut(object: Unstructured): boolean {
  const updated = numberAt(object, "status", "updatedReplicas");
  return updated >= numberAt(object, "spec", "replicas") && numberAt(object, "status", "availableReplicas") >= updated;
}

function hasAddress(object: Unstructured): boolean {
  const ingress = getPath(object, ["status", "loadBalancer", "ingress"]);
  return (
    Array.isArray(ingress) && ingress.some((address) => getPath(address, ["hostname"]) || getPath(address, ["ip"]))
  );
}

function numberAt(object: Unstructured, ...path: readonly string[]): number {
  const value = getPath(object, path);
  return typeof value === "number" ? value : 0;
}
