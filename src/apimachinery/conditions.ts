import { timestamp } from "./object-meta.ts";

/** What all conditions share; api.Condition and its older relatives extend it. */
export type ConditionLike = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly lastTransitionTime?: string;
};

/** The condition of that type, if there is one. */
export function findCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of that type is there and `True`. */
export function isConditionTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/**
 * Conditions with `condition` in place of the one of its type, or appended. While the status stays the same the time of its
 * last transition stays too, and only fields `condition` names are changed; a status that changes leaves
 * what was said of the one before behind. The same array when nothing changes.
 */
export function setCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  condition: C,
  nowMs: number,
): readonly C[] {
  const before = findCondition(conditions, condition.type);
  if (conditions === undefined || before === undefined) {
    const added = {
      ...condition,
      lastTransitionTime: condition.lastTransitionTime ?? timestamp(nowMs),
    };
    return [...(conditions ?? []), added];
  }
  const kept: Partial<C> = before.status === condition.status ? before : {};
  const after = {
    ...kept,
    ...condition,
    lastTransitionTime: transitionTime(before, condition, nowMs),
  };
  if (sameFields(before, after)) return conditions;
  return conditions.map((existing) => (existing === before ? after : existing));
}

/** Conditions without the one of that type; the same array when there is none. */
export function removeCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  if (conditions === undefined) return [];
  const kept = conditions.filter((condition) => condition.type !== type);
  return kept.length === conditions.length ? conditions : kept;
}

function transitionTime(before: ConditionLike, condition: ConditionLike, nowMs: number): string {
  if (before.status === condition.status && before.lastTransitionTime !== undefined) return before.lastTransitionTime;
  return condition.lastTransitionTime ?? timestamp(nowMs);
}

function sameFields(left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): boolean {
  for (const field in right) if (left[field] !== right[field]) return false;
  return true;
}
