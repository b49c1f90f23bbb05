import {
  type Condition,
  type ManifestStatus,
  type ResourceHealth,
  type Work,
  type WorkStatus,
  workConditions,
} from "../../api/index.ts";
import { type Kind, type KubeObject, setCondition, type Unstructured } from "../../apimachinery/index.ts";
import { type Interpreter, interpreted } from "../interpreter/index.ts";

/** What became of one manifest. `unknown`: nothing can be said yet, so nothing is. */
export type Applied =
  | { readonly type: "applied"; readonly kind: Kind<KubeObject>; readonly object: Unstructured }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "unknown" };

/** The status of a Work whose manifests came to `results`, in order; `undefined` while nothing is wrong and not all is known. */
export function executedStatus(
  work: Work,
  results: readonly Applied[],
  interpreter: Interpreter,
  nowMs: number,
): WorkStatus | undefined {
  const failing = results.some((result) => result.type === "failed");
  if (!failing && results.some((result) => result.type === "unknown")) return undefined;
  const dispatching = setCondition(work.status?.conditions, DISPATCHING, nowMs);
  const conditions = setCondition(dispatching, appliedCondition(results), nowMs);
  const manifestStatuses = results.flatMap((result, ordinal) => {
    const reflected = result.type === "applied" ? manifestStatus(ordinal, result, interpreter) : before(work, ordinal);
    return reflected === undefined ? [] : [reflected];
  });
  return manifestStatuses.length === 0
    ? { ...withoutManifestStatuses(work.status), conditions }
    : { ...work.status, conditions, manifestStatuses };
}

/** The status of a Work that is withheld from its member. */
export function suspendedStatus(work: Work, nowMs: number): WorkStatus {
  return { ...work.status, conditions: setCondition(work.status?.conditions, SUSPENDED, nowMs) };
}

const DISPATCHING: Condition = {
  type: workConditions.dispatching,
  status: "True",
  reason: "Dispatching",
  message: "Work is being dispatched to member clusters.",
};
const SUSPENDED: Condition = {
  type: workConditions.dispatching,
  status: "False",
  reason: "SuspendDispatching",
  message: "Work dispatching is in a suspended state.",
};

function appliedCondition(results: readonly Applied[]): Condition {
  const messages = results.flatMap((result) => (result.type === "failed" ? [result.message] : []));
  const type = workConditions.applied;
  if (messages.length === 0)
    return {
      type,
      status: "True",
      reason: "AppliedSuccessful",
      message: "Manifest has been successfully applied",
    };
  const count = `${results.filter((result) => result.type === "applied").length}/${results.length}`;
  const unique = [...new Set(messages)];
  const text = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  return {
    type,
    status: "False",
    reason: "AppliedFailed",
    message: `Failed to apply all manifests (${count}): ${text}`,
  };
}

function manifestStatus(
  ordinal: number,
  applied: Extract<Applied, { readonly type: "applied" }>,
  interpreter: Interpreter,
): ManifestStatus {
  const { kind, object } = applied;
  const { name, namespace } = object.metadata;
  // A failing customization costs what it would have told, not the Work.
  const reflected = interpreted(() => interpreter.reflectStatus(object));
  const status = reflected.ok ? reflected.value : undefined;
  const judged = interpreted(() => interpreter.health(object));
  const health: ResourceHealth = judged.ok ? judged.value : "Unknown";
  return {
    identifier: {
      ordinal,
      ...(kind.group === "" ? {} : { group: kind.group }),
      version: kind.version,
      kind: kind.kind,
      resource: kind.plural,
      ...(namespace === undefined ? {} : { namespace }),
      name,
    },
    ...(status === undefined ? {} : { status }),
    health,
  };
}

function before(work: Work, ordinal: number): ManifestStatus | undefined {
  return work.status?.manifestStatuses?.find((status) => status.identifier.ordinal === ordinal);
}

function withoutManifestStatuses(status: WorkStatus | undefined): WorkStatus {
  const { manifestStatuses: _gone, ...rest } = status ?? {};
  return rest;
}
