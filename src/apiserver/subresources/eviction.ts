import {
  failure,
  getPath,
  isConditionTrue,
  type LabelSelector,
  matchesLabelSelector,
  StatusError,
  type Success,
  setPath,
  statusErrors,
  success,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { admitPart } from "../admission-chain.ts";
import type { Call } from "../core.ts";
import { deleteObject } from "../deletion.ts";
import { restrictPart } from "../nodes/node-restriction.ts";
import type { RequestOptions } from "../request.ts";
import type { Resource } from "../resource.ts";
import { existing } from "../verbs/get.ts";
import { writeNext } from "../verbs/update.ts";

/** POST of an Eviction to `pods/eviction`: deletes the pod unless a PodDisruptionBudget forbids it (`EvictionREST`). */
export function evict(call: Call): Success {
  const pod = existing(call);
  const eviction = call.request.object;
  const { name } = pod.metadata;
  restrictPart(call, "eviction", eviction);
  if (eviction !== undefined)
    admitPart(call, { verb: "create", name, object: unstructured(eviction), subresource: "eviction" });
  // Admission has looked at the eviction; about the deletion it is not asked.
  const evicted = { ...call, options: evictionOptions(call), unchecked: true };
  if (isProtected(pod)) spendBudget(call, pod);
  deleteObject(evicted, pod);
  return { ...success(), code: 201 };
}

/** Pods that are done, wait for a node or are being deleted already cost no budget. */
function isProtected(pod: Unstructured): boolean {
  const phase = getPath(pod, ["status", "phase"]);
  return (
    phase !== "Succeeded" && phase !== "Failed" && phase !== "Pending" && pod.metadata.deletionTimestamp === undefined
  );
}

function spendBudget(call: Call, pod: Unstructured): void {
  const budgets = call.core.registry.findAnyVersion("policy", "poddisruptionbudgets");
  const matching = budgets === undefined ? [] : budgets.list(pod.metadata.namespace).filter(covers(pod));
  const [budget, second] = matching;
  if (budgets === undefined || budget === undefined) return;
  if (second !== undefined)
    throw statusErrors.internal(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  const allowed = getPath(budget, ["status", "disruptionsAllowed"]);
  if (typeof allowed === "number" && allowed > 0) {
    const spent = setPath(budget, ["status", "disruptionsAllowed"], allowed - 1);
    const noted = setPath(spent, ["status", "disruptedPods", pod.metadata.name], call.core.timestamp());
    writeNext(budgetCall(call, budgets), budget, noted);
    return;
  }
  if (toleratesUnready(budget) && !isReady(pod)) return;
  throw overBudget(budget);
}

function covers(pod: Unstructured): (budget: Unstructured) => boolean {
  return (budget) =>
    matchesLabelSelector(getPath(budget, ["spec", "selector"]) as LabelSelector | undefined, pod.metadata.labels);
}

function toleratesUnready(budget: Unstructured): boolean {
  return getPath(budget, ["spec", "unhealthyPodEvictionPolicy"]) === "AlwaysAllow";
}

function isReady(pod: Unstructured): boolean {
  return isConditionTrue(getPath(pod, ["status", "conditions"]) as never, "Ready");
}

function budgetCall(call: Call, budgets: Resource): Call {
  return { ...call, resource: budgets, request: { verb: "update", kind: budgets.kind, subresource: "status" } };
}

function overBudget(budget: Unstructured): StatusError {
  const { name } = budget.metadata;
  const healthy = Number(getPath(budget, ["status", "currentHealthy"]) ?? 0);
  const desired = Number(getPath(budget, ["status", "desiredHealthy"]) ?? 0);
  const message = `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`;
  return new StatusError(
    failure("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: "DisruptionBudget", message }],
    }),
  );
}

/** The DeleteOptions an Eviction carries, over those of the request. */
function evictionOptions(call: Call): RequestOptions {
  const stated = getPath(call.request.object, ["deleteOptions"]);
  if (!isRecord(stated)) return call.options;
  const { gracePeriodSeconds, preconditions, dryRun } = stated;
  return {
    ...call.options,
    ...(typeof gracePeriodSeconds === "number" ? { gracePeriodSeconds } : {}),
    ...(isRecord(preconditions)
      ? { preconditions: preconditions as NonNullable<RequestOptions["preconditions"]> }
      : {}),
    ...(Array.isArray(dryRun) && dryRun.includes("All") ? { dryRun: true } : {}),
  };
}
