import type { Condition, PodDisruptionBudget } from "../../api/index.ts";
import {
  failure,
  findCondition,
  getPath,
  isConditionTrue,
  type KubeObject,
  matchesLabelSelector,
  StatusError,
  setCondition,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import type { Resource } from "../resource.ts";
import { writeNext } from "../verbs/update.ts";

type Status = NonNullable<PodDisruptionBudget["status"]>;
type Budget = KubeObject & Pick<PodDisruptionBudget, "spec" | "status">;

const NO_STATUS: Status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";
/** `MaxDisruptedPodSize`. */
const MAX_DISRUPTED = 2000;

/** Takes the eviction of a pod from the budget that covers it, or refuses it (`EvictionREST`). */
export function spendBudget(call: Call, pod: Unstructured): void {
  const budgets = call.core.registry.findAnyVersion("policy", "poddisruptionbudgets");
  if (budgets === undefined) return;
  const covering = (budgets.list(pod.metadata.namespace) as readonly KubeObject[] as readonly Budget[]).filter(
    ({ spec }) => matchesLabelSelector(spec?.selector, pod.metadata.labels),
  );
  const [budget, second] = covering;
  if (budget === undefined) return;
  if (second !== undefined)
    throw statusErrors.plain(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  if (!isReady(pod) && goesFree(budget)) return;
  writeNext(budgetCall(call, budgets), unstructured(budget), spent(call, budget, pod.metadata.name));
}

function isReady(pod: Unstructured): boolean {
  return isConditionTrue(getPath(pod, ["status", "conditions"]) as readonly Condition[] | undefined, "Ready");
}

/** Pods that are not ready anyway cost nothing while the application they belong to is as healthy as it should be. */
function goesFree({ spec, status = NO_STATUS }: Budget): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/** The budget with one disruption less (`checkAndDecrement`). */
function spent(call: Call, budget: Budget, podName: string): Unstructured {
  const { metadata, status = NO_STATUS } = budget;
  const { name } = metadata;
  const { disruptionsAllowed, observedGeneration = 0, disruptedPods = {} } = status;
  const forbidden = (why: string): StatusError =>
    statusErrors.forbidden({ group: "policy", plural: "poddisruptionbudget" }, name, why);
  if (observedGeneration < (metadata.generation ?? 0)) throw unprocessed(name);
  if (disruptionsAllowed < 0) throw forbidden("pdb disruptions allowed is negative");
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED)
    throw forbidden("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (disruptionsAllowed === 0) throw overBudget(name, status);
  const left = disruptionsAllowed - 1;
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    reason: "InsufficientPods",
    message: "",
    observedGeneration,
  } as const;
  const conditions = left > 0 ? status.conditions : setCondition(status.conditions, condition, call.core.loop.nowMs());
  const after: Budget = {
    ...budget,
    status: {
      ...status,
      ...(conditions === undefined ? {} : { conditions }),
      disruptionsAllowed: left,
      disruptedPods: { ...disruptedPods, [podName]: call.core.timestamp() },
    },
  };
  return unstructured(after);
}

/** The budget's controller has not looked yet. */
function unprocessed(name: string): StatusError {
  const message = `The disruption budget ${name} is still being processed by the server.`;
  return tooMany({ retryAfterSeconds: 10 }, message);
}

function overBudget(name: string, { currentHealthy, desiredHealthy, conditions }: Status): StatusError {
  const stated = findCondition(conditions, "DisruptionAllowed");
  const why = stated?.status === "False" ? (stated.message ?? "") : "";
  const subject = `The disruption budget ${name}`;
  const refused = `${subject} does not allow evicting pods currently`;
  if (why !== "" && stated?.reason === "SyncFailed") return tooMany({}, `${refused} because it failed sync: ${why}`);
  if (currentHealthy <= desiredHealthy)
    return tooMany({}, `${subject} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
  return tooMany({}, why === "" ? refused : `${refused} (${stated?.reason}): ${why}`);
}

function tooMany(details: { readonly retryAfterSeconds?: number }, message: string): StatusError {
  const causes = [{ reason: "DisruptionBudget", message }];
  return new StatusError(failure("TooManyRequests", REFUSED, { ...details, causes }));
}

function budgetCall(call: Call, budgets: Resource): Call {
  return { ...call, resource: budgets, request: { verb: "update", kind: budgets.kind, subresource: "status" } };
}
