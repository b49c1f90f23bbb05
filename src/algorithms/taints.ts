import type { Taint, Toleration } from "../api/index.ts";
import { deepEqual } from "../std/index.ts";

type Effect = Taint["effect"];

/** Whether `toleration` tolerates `taint` (`k8s.io/api/core/v1.Toleration.ToleratesTaint`). */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && (toleration.effect as string) !== "" && toleration.effect !== taint.effect)
    return false;
  const key = toleration.key ?? "";
  if (key !== "" && key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return key !== "" && (toleration.value ?? "") === (taint.value ?? "");
}

/** The first taint of one of `effects` that no toleration tolerates. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly Effect[],
): Taint | undefined {
  return taints?.find(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint)),
  );
}

/** How many `PreferNoSchedule` taints the tolerations do not cover; fewer is better. */
export function untoleratedPreferences(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
): number {
  return (taints ?? []).filter((taint) => untoleratedTaint([taint], tolerations, ["PreferNoSchedule"]) !== undefined)
    .length;
}

/**
 * When `NoExecute` taints drive out what carries `tolerations`: a time in milliseconds, or `undefined` for never. A taint
 * without `timeAdded` counts from `nowMs`; the shortest toleration of a taint decides (`pkg/controller/tainteviction`).
 */
export function evictionAtMs(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  nowMs: number,
): number | undefined {
  let soonestMs: number | undefined;
  for (const taint of taints ?? []) {
    if (taint.effect !== "NoExecute") continue;
    const seconds = toleratedSeconds(taint, tolerations ?? []);
    if (seconds === Infinity) continue;
    const addedMs = taint.timeAdded === undefined ? nowMs : Date.parse(taint.timeAdded);
    const atMs = seconds === 0 ? nowMs : addedMs + seconds * 1000;
    if (soonestMs === undefined || atMs < soonestMs) soonestMs = atMs;
  }
  return soonestMs;
}

function toleratedSeconds(taint: Taint, tolerations: readonly Toleration[]): number {
  const matching = tolerations.filter((toleration) => toleratesTaint(toleration, taint));
  if (matching.length === 0) return 0;
  return Math.max(0, Math.min(...matching.map((toleration) => toleration.tolerationSeconds ?? Infinity)));
}

/** Both lists without what another toleration covers; of equal ones the first stays (`pkg/util/tolerations`). */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): readonly Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, each] of all.entries()) {
    const isCovered = merged.some((other) => covers(other, each));
    const isSurpassed = all.slice(index + 1).some((other) => !deepEqual(each, other) && covers(other, each));
    if (!isCovered && !isSurpassed) merged.push(each);
  }
  return merged;
}

/** Whether what `part` tolerates, `whole` tolerates too. */
function covers(whole: Toleration, part: Toleration): boolean {
  if (deepEqual(whole, part)) return true;
  const { key = "", operator = "Equal", effect = "", tolerationSeconds } = whole;
  if ((part.key ?? "") !== key && (key !== "" || operator !== "Exists")) return false;
  if (effect !== "" && part.effect !== effect) return false;
  if (
    effect === "NoExecute" &&
    tolerationSeconds !== undefined &&
    !((part.tolerationSeconds ?? Infinity) <= tolerationSeconds)
  )
    return false;
  return operator === "Exists" || (part.operator === "Equal" && (part.value ?? "") === (whole.value ?? ""));
}
