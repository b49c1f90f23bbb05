import type { HPAScalingRules } from "../../api/index.ts";

/** What an autoscaler remembers: what it recommended, and by how much it scaled, when. */
export type ScalingMemory = {
  readonly recommendations: readonly Recorded[];
  readonly scaleUps: readonly Recorded[];
  readonly scaleDowns: readonly Recorded[];
};
export type Recorded = { readonly atMs: number; readonly count: number };

/** A word on a decision, as the conditions of an autoscaler put it. */
export type Note = { readonly reason: string; readonly message: string };

/** How many pods there shall be, what held the recommendation back, and whether a limit cut it. */
export type Decision = {
  readonly replicas: number;
  readonly able: Note;
  readonly limited: Note & { readonly isLimited: boolean };
};

export type ScalingQuestion = {
  readonly current: number;
  /** What the metrics ask for. */
  readonly desired: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly behavior?: { readonly scaleUp?: HPAScalingRules; readonly scaleDown?: HPAScalingRules } | undefined;
  readonly memory: ScalingMemory;
  readonly nowMs: number;
};

/** `--horizontal-pod-autoscaler-downscale-stabilization`. */
const DOWNSCALE_WINDOW_SECONDS = 300;
const LEAST_SCALE_UP = 4;

const READY: Note = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const HELD_HIGH: Note = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const HELD_LOW: Note = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const WITHIN: Note = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const TOO_FEW: Note = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const TOO_MANY: Note = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const UP_LIMIT: Note = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_LIMIT: Note = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};

/** Smooths a recommendation over the past and keeps it within the bounds and rates an autoscaler has. */
export function decideReplicas(question: ScalingQuestion): Decision {
  const { desired, current } = question;
  const stabilized = question.behavior === undefined ? plainlyStabilized(question) : stabilizedBetween(question);
  const held = question.behavior !== undefined && desired >= current ? HELD_LOW : HELD_HIGH;
  const [replicas, note] =
    question.behavior === undefined ? withinBounds(question, stabilized) : withinRates(question, stabilized);
  return {
    replicas,
    able: stabilized === desired ? READY : held,
    limited: { ...note, isLimited: replicas !== stabilized },
  };
}

/** Nothing goes down before it has been asked to for the whole window (`stabilizeRecommendation`). */
function plainlyStabilized({ desired, memory, nowMs }: ScalingQuestion): number {
  const cutoffMs = nowMs - DOWNSCALE_WINDOW_SECONDS * 1000;
  return Math.max(desired, ...memory.recommendations.filter(({ atMs }) => atMs >= cutoffMs).map(({ count }) => count));
}

/** No higher than the lowest of one window asked, no lower than the highest of the other. */
function stabilizedBetween({ desired, current, memory, behavior, nowMs }: ScalingQuestion): number {
  const recent = (seconds: number): readonly number[] =>
    memory.recommendations.filter(({ atMs }) => atMs > nowMs - seconds * 1000).map(({ count }) => count);
  const up = Math.min(desired, ...recent(behavior?.scaleUp?.stabilizationWindowSeconds ?? 0));
  const down = Math.max(
    desired,
    ...recent(behavior?.scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_SECONDS),
  );
  return Math.min(Math.max(current, up), down);
}

/** Without a behavior: doubling or four pods at once, within the bounds (`convertDesiredReplicasWithRules`). */
function withinBounds(question: ScalingQuestion, desired: number): readonly [number, Note] {
  const { current, minReplicas, maxReplicas } = question;
  const limit = Math.max(2 * current, LEAST_SCALE_UP);
  if (desired < minReplicas) return [minReplicas, TOO_FEW];
  if (maxReplicas > limit) return desired > limit ? [limit, UP_LIMIT] : [desired, WITHIN];
  return desired > maxReplicas ? [maxReplicas, TOO_MANY] : [desired, WITHIN];
}

/** With a behavior: as its policies allow (`convertDesiredReplicasWithBehaviorRate`). */
function withinRates(question: ScalingQuestion, desired: number): readonly [number, Note] {
  const { current, minReplicas, maxReplicas, behavior } = question;
  if (desired > current) {
    const limit = Math.max(current, rateLimit(question, behavior?.scaleUp ?? {}, 1));
    const [most, note] = maxReplicas > limit ? [limit, UP_LIMIT] : [maxReplicas, TOO_MANY];
    if (desired > most) return [most, note];
  } else if (desired < current) {
    const limit = Math.min(current, rateLimit(question, behavior?.scaleDown ?? {}, -1));
    const [least, note] = minReplicas < limit ? [limit, DOWN_LIMIT] : [minReplicas, TOO_FEW];
    if (desired < least) return [least, note];
  }
  return [desired, WITHIN];
}

/** How far the policies let a size go up (1) or down (-1), what was changed within their periods counted in. */
function rateLimit({ current, memory, nowMs }: ScalingQuestion, rules: HPAScalingRules, direction: 1 | -1): number {
  const { selectPolicy = "Max", policies = [] } = rules;
  if (selectPolicy === "Disabled" || policies.length === 0) return current;
  const changed = (records: readonly Recorded[], seconds: number): number =>
    records.filter(({ atMs }) => atMs > nowMs - seconds * 1000).reduce((sum, { count }) => sum + count, 0);
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const before = current - changed(memory.scaleUps, periodSeconds) + changed(memory.scaleDowns, periodSeconds);
    if (type === "Pods") return before + direction * value;
    const scaled = before * (1 + (direction * value) / 100);
    return direction === 1 ? Math.ceil(scaled) : Math.trunc(scaled);
  });
  const highest = (selectPolicy === "Max") === (direction === 1);
  return highest ? Math.max(...proposals) : Math.min(...proposals);
}
