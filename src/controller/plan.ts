import type { Kind, KubeObject } from "../apimachinery/index.ts";
import type { Answer } from "../apiserver/index.ts";

type Target = {
  /** A member cluster's name; absent: the controller's own (home) cluster. */
  readonly at?: string;
  readonly kind: Kind<KubeObject>;
};
type Named = Target & { readonly namespace?: string; readonly name: string };

/**
 * One wish, as a value. The executor applies intents in order; one that changes nothing is dropped.
 * `update` and `updateStatus` carry the resourceVersion their object was read at, unless it was left out on purpose.
 */
export type Intent =
  | (Target & { readonly type: "create"; readonly object: KubeObject })
  | (Target & {
      readonly type: "update";
      readonly object: KubeObject;
      readonly before?: KubeObject;
      /** PUT to a subresource other than status: namespaces/finalize. */
      readonly subresource?: string;
    })
  | (Target & { readonly type: "updateStatus"; readonly object: KubeObject; readonly before?: KubeObject })
  | (Named & {
      readonly type: "patch";
      readonly patchType: "json" | "merge" | "strategic";
      readonly body: unknown;
      readonly subresource?: string;
    })
  | (Named & {
      readonly type: "delete";
      readonly uid?: string;
      readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
      readonly gracePeriodSeconds?: number;
    })
  /** POST to a subresource: pods/binding, pods/eviction. */
  | (Named & { readonly type: "post"; readonly subresource: string; readonly object: KubeObject })
  | {
      readonly type: "event";
      readonly at?: string;
      readonly regarding: KubeObject;
      readonly eventType: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    };

/** What a reconcile wants: intents in order, and when to look again. */
export type Plan = {
  readonly intents: readonly Intent[];
  readonly requeueAfterMs?: number;
  /** A periodic requeue is background: it does not keep a world busy. Progress (the default) does. */
  readonly requeue?: "progress" | "periodic";
};

/** What became of one intent; `skipped` when it would have changed nothing, or an earlier one stopped the plan. */
export type Outcome = { readonly intent: Intent; readonly answer: Answer | "skipped" };

export const NOTHING: Plan = { intents: [] };

/** Only another look after so many milliseconds, in the background. */
export function later(ms: number): Plan {
  return { intents: [], requeueAfterMs: ms, requeue: "periodic" };
}

/** Joins sub-plans: intents in order, the soonest requeue. */
export function plan(...parts: readonly (Plan | Intent | readonly Intent[] | undefined)[]): Plan {
  const intents: Intent[] = [];
  let soonest: Plan | undefined;
  for (const part of parts) {
    if (part === undefined) continue;
    if (Array.isArray(part)) intents.push(...(part as readonly Intent[]));
    else if ("type" in part) intents.push(part);
    else {
      const sub = part as Plan;
      intents.push(...sub.intents);
      if (sub.requeueAfterMs !== undefined && sub.requeueAfterMs < (soonest?.requeueAfterMs ?? Infinity)) soonest = sub;
    }
  }
  if (soonest?.requeueAfterMs === undefined) return { intents };
  return { intents, requeueAfterMs: soonest.requeueAfterMs, requeue: soonest.requeue ?? "progress" };
}
