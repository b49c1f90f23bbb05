import { type IntOrString, resolveIntOrPercent } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";

/** A ReplicaSet as a rollout sees it: what it was told to have, and how many of those are available. */
export type SetSize = { readonly name: string; readonly replicas: number; readonly available: number };

/** How far a Deployment may be from its size, in pods. */
export type RolloutBounds = { readonly replicas: number; readonly maxSurge: number; readonly maxUnavailable: number };

/** New sizes by name of the set; a set that keeps its size is left out. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * Counts what a rolling update allows: surge rounded up, unavailability rounded down and no more than there is; were both
 * 0, one pod may be unavailable so that the rollout can move at all (`deploymentutil.ResolveFenceposts`).
 */
export function rolloutBounds(given: {
  readonly replicas: number;
  readonly maxSurge: IntOrString | undefined;
  readonly maxUnavailable: IntOrString | undefined;
}): RolloutBounds {
  const { replicas } = given;
  const maxSurge = resolveIntOrPercent(given.maxSurge ?? 0, replicas, { up: true });
  const unavailable = resolveIntOrPercent(given.maxUnavailable ?? 0, replicas, { up: false });
  const allowed = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { replicas, maxSurge, maxUnavailable: Math.min(allowed, replicas) };
}

/** One step of a rolling update (`pkg/controller/deployment/rolling.go`): the new set up, then the old ones down. */
export function rollingSizes(bounds: RolloutBounds, newSet: SetSize, oldSets: readonly SetSize[]): Sizes {
  const oldTotal = sum(oldSets, (set) => set.replicas);
  const replicas = newSetReplicas(bounds, newSet.replicas, newSet.replicas + oldTotal);
  const sizes = new Map(oldSizes(bounds, { ...newSet, replicas }, oldSets));
  if (replicas !== newSet.replicas) sizes.set(newSet.name, replicas);
  return sizes;
}

/** The size of the new set: as much of what is missing as the surge leaves room for (`NewRSNewReplicas`). */
export function newSetReplicas(bounds: RolloutBounds, newReplicas: number, totalReplicas: number): number {
  if (newReplicas >= bounds.replicas) return bounds.replicas;
  const room = bounds.replicas + bounds.maxSurge - totalReplicas;
  return room <= 0 ? newReplicas : newReplicas + Math.min(room, bounds.replicas - newReplicas);
}

/**
 * Old sets lose their unavailable pods first, then available ones down to the least that must stay available. A status that
 * lags behind a smaller size is not believed: upstream believes it, and may then go below what it promised.
 */
function oldSizes(bounds: RolloutBounds, newSet: SetSize, before: readonly SetSize[]): Sizes {
  const oldSets = before.map((set) => (set.available > set.replicas ? { ...set, available: set.replicas } : set));
  const total = newSet.replicas + sum(oldSets, (set) => set.replicas);
  const minAvailable = bounds.replicas - bounds.maxUnavailable;
  const newUnavailable = newSet.replicas - newSet.available;
  const removable = total - minAvailable - newUnavailable;
  if (removable <= 0) return new Map();
  const cleaned = takeFrom(oldSets, removable, (set) => set.replicas - set.available);
  const spare = newSet.available + sum(oldSets, (set) => set.available) - minAvailable;
  const shrunk = takeFrom(cleaned, spare, (set) => set.replicas);
  const sizes = new Map<string, number>();
  shrunk.forEach((set, index) => {
    if (set.replicas !== oldSets[index]?.replicas) sizes.set(set.name, set.replicas);
  });
  return sizes;
}

/** Sets in order, each less what it can give, until `budget` is spent. */
function takeFrom(sets: readonly SetSize[], budget: number, canGive: (set: SetSize) => number): readonly SetSize[] {
  let left = Math.max(0, budget);
  return sets.map((set) => {
    const taken = Math.max(0, Math.min(left, canGive(set)));
    left -= taken;
    return taken === 0 ? set : { ...set, replicas: set.replicas - taken };
  });
}

/** A ReplicaSet as proportional scaling sees it. */
export type ScalableSet = {
  readonly name: string;
  readonly replicas: number;
  /** The Deployment's size with surge when the set was last scaled, if it is known. */
  readonly maxReplicasBefore: number | undefined;
  readonly createdAt: string;
};

/**
 * Spreads a change of the Deployment's size over its sets in proportion to their sizes; what rounding leaves goes to the
 * largest (`pkg/controller/deployment/sync.go.scale`).
 */
export function proportionalSizes(bounds: RolloutBounds, sets: readonly ScalableSet[], statusReplicas: number): Sizes {
  const total = sum(sets, (set) => set.replicas);
  const allowed = bounds.replicas > 0 ? bounds.replicas + bounds.maxSurge : 0;
  const toAdd = allowed - total;
  const ordered = [...sets].sort((left, right) => bySize(left, right, toAdd > 0 ? "newer" : "older"));
  let added = 0;
  const sizes = new Map<string, number>();
  for (const set of ordered) {
    const share = toAdd === 0 ? 0 : boundedShare(shareOf(set, bounds, statusReplicas), toAdd, added);
    added += share;
    sizes.set(set.name, set.replicas + share);
  }
  const largest = ordered[0];
  if (largest !== undefined && toAdd !== 0)
    sizes.set(largest.name, Math.max(0, (sizes.get(largest.name) ?? 0) + toAdd - added));
  return new Map([...sizes].filter(([name, size]) => sets.find((set) => set.name === name)?.replicas !== size));
}

function bySize(left: ScalableSet, right: ScalableSet, tie: "newer" | "older"): number {
  if (left.replicas !== right.replicas) return right.replicas - left.replicas;
  const byAge = compareText(left.createdAt, right.createdAt) || compareText(left.name, right.name);
  return tie === "older" ? byAge : -byAge;
}

function shareOf(set: ScalableSet, bounds: RolloutBounds, statusReplicas: number): number {
  if (bounds.replicas === 0) return -set.replicas;
  const before = set.maxReplicasBefore || statusReplicas;
  if (before === 0 || set.replicas === 0) return 0;
  return Math.round((set.replicas * (bounds.replicas + bounds.maxSurge)) / before) - set.replicas;
}

function boundedShare(share: number, toAdd: number, added: number): number {
  return toAdd > 0 ? Math.max(0, Math.min(share, toAdd - added)) : Math.min(0, Math.max(share, toAdd - added));
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += valueOf(item);
  return total;
}
