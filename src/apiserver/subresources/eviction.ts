import type { Condition } from "../../api/index.ts";
import {
  getPath,
  type Success,
  setCondition,
  setPath,
  statusErrors,
  success,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { admitPart } from "../admission-chain.ts";
import type { Call } from "../core.ts";
import { checkPreconditions, deleteObject } from "../deletion.ts";
import { restrictPart } from "../nodes/node-restriction.ts";
import type { RequestOptions } from "../request.ts";
import { existing } from "../verbs/get.ts";
import { writeNext } from "../verbs/update.ts";
import { spendBudget } from "./disruption-budget.ts";

/** POST of an Eviction to `pods/eviction`: deletes the pod unless a PodDisruptionBudget forbids it (`EvictionREST`). */
export function evict(call: Call): Success {
  const pod = existing(call);
  const eviction = call.request.object;
  const { name } = pod.metadata;
  restrictPart(call, "eviction", eviction);
  if (eviction?.metadata?.name !== name)
    throw statusErrors.badRequest("name in URL does not match name in Eviction object");
  const options = evictionOptions(call);
  admitPart(call, { verb: "create", name, object: unstructured(eviction), subresource: "eviction" });
  // Admission has looked at the eviction; about the deletion it is not asked.
  const evicted = { ...call, options, unchecked: true };
  if (isProtected(pod)) spendBudget(evicted, pod);
  checkPreconditions(evicted, pod);
  const { preconditions: _, ...unconditional } = options;
  deleteObject({ ...evicted, options: unconditional }, options.dryRun === true ? pod : asTarget(evicted, pod));
  return { ...success(), code: 201 };
}

/** Pods that are done, wait for a node or are being deleted already cost no budget. */
function isProtected(pod: Unstructured): boolean {
  const phase = getPath(pod, ["status", "phase"]);
  return (
    phase !== "Succeeded" && phase !== "Failed" && phase !== "Pending" && pod.metadata.deletionTimestamp === undefined
  );
}

/** The pod, which now says why it goes. */
function asTarget(call: Call, pod: Unstructured): Unstructured {
  const conditions = getPath(pod, ["status", "conditions"]) as readonly Condition[] | undefined;
  const target = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  } as const;
  return writeNext(
    call,
    pod,
    setPath(pod, ["status", "conditions"], setCondition(conditions, target, call.core.loop.nowMs())),
  );
}

/** The DeleteOptions an Eviction carries, over those of the request. */
function evictionOptions(call: Call): RequestOptions {
  const stated = getPath(call.request.object, ["deleteOptions"]);
  if (!isRecord(stated)) return call.options;
  if (stated.ignoreStoreReadErrorWithClusterBreakingPotential === true) throw unsafeEviction(call);
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

function unsafeEviction({ request }: Call): Error {
  return statusErrors.invalid({ group: "policy", kind: "Eviction" }, request.name ?? "", [
    {
      type: "FieldValueInvalid",
      field: "deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential",
      value: true,
      detail: "can not be set for pod eviction, try after removing the option",
    },
  ]);
}
