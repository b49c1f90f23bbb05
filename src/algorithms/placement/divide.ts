import type { ClusterPreferences, TargetCluster } from "../../api/index.ts";
import { allocateWebsterSeats, tieDirection } from "../apportion/webster.ts";
import { clusterMatches } from "../cluster-affinity.ts";
import type { Candidate } from "./candidate.ts";
import { done, failed, type Step, within } from "./outcome.ts";

/** What is to be divided, and how it was divided before. */
export type Division = {
  readonly replicas: number;
  /** The template's UID, which breaks ties. */
  readonly uid: string | undefined;
  /** The previous result. */
  readonly current: readonly TargetCluster[];
  /** `Fresh` disregards the previous result, `Steady` changes as little of it as possible. */
  readonly mode: "Steady" | "Fresh";
};

type Share = { readonly name: string; readonly replicas: number };

/** By weights the user wrote, from scratch each time; clusters without a weight get nothing (`getStaticWeightInfoList`). */
export function divideByStaticWeight(
  candidates: readonly Candidate[],
  division: Division,
  preferences: ClusterPreferences | undefined,
): readonly TargetCluster[] {
  const weights = new Map<string, number>();
  for (const candidate of candidates) {
    const weight = preferences === undefined ? 1 : staticWeight(candidate, preferences);
    if (weight > 0) weights.set(candidate.name, weight);
  }
  if (weights.size === 0) for (const candidate of candidates) weights.set(candidate.name, 1);
  return spread(division.replicas, weights, division.uid);
}

/** By what each cluster has room for (`assignByDynamicStrategy`); Aggregated in as few clusters as possible. */
export function divideByRoom(
  candidates: readonly Candidate[],
  division: Division,
  strategy: "DynamicWeight" | "Aggregated",
): Step<readonly TargetCluster[]> {
  const present = new Set(candidates.map((candidate) => candidate.name));
  const scheduled = division.current
    .filter((target) => present.has(target.name))
    .map(({ name, replicas }) => ({ name, replicas: replicas ?? 0 }));
  const assigned = sum(scheduled);
  const room = (): readonly Share[] =>
    candidates.map((candidate) => ({ name: candidate.name, replicas: candidate.allocatableReplicas }));
  const divide = (target: number, weights: readonly Share[], kept: readonly Share[]): Step<readonly TargetCluster[]> =>
    divideOver({
      target,
      weights: byReplicas(weights),
      kept,
      uid: division.uid,
      aggregated: strategy === "Aggregated",
    });

  if (division.mode === "Fresh") {
    return within("failed to do fresh scale", divide(division.replicas, joined(room(), scheduled), []));
  }
  if (assigned > division.replicas) {
    return within("failed to scale down", divide(division.replicas, scheduled, []));
  }
  if (assigned < division.replicas) {
    return within("failed to scale up", divide(division.replicas - assigned, room(), scheduled));
  }
  return done(scheduled);
}

/** Divides `replicas` in proportion to the replicas clusters have; a Job's completions follow its parallelism so. */
export function divideInProportion(
  replicas: number,
  targets: readonly TargetCluster[],
  uid: string | undefined,
): readonly TargetCluster[] {
  const weights = new Map(targets.map((target) => [target.name, target.replicas ?? 0]));
  return spread(replicas, weights, uid);
}

type Demand = {
  readonly target: number;
  readonly weights: readonly Share[];
  /** What clusters keep and the new shares are added to. */
  readonly kept: readonly Share[];
  readonly uid: string | undefined;
  readonly aggregated: boolean;
};

function divideOver(demand: Demand): Step<readonly TargetCluster[]> {
  const available = sum(demand.weights);
  if (available < demand.target) {
    return failed("Unschedulable", `Clusters available replicas ${available} are not enough to schedule.`);
  }
  const used = demand.aggregated ? fewest(demand) : demand.weights;
  const weights = new Map(used.map((share) => [share.name, share.replicas]));
  return done(merged(demand.kept, spread(demand.target, weights, demand.uid)));
}

/** The roomiest clusters that suffice, those with replicas already first. */
function fewest({ weights, kept, target }: Demand): readonly Share[] {
  const prior = new Set(kept.filter((share) => share.replicas > 0).map((share) => share.name));
  const ordered = [
    ...weights.filter((share) => prior.has(share.name)),
    ...weights.filter((share) => !prior.has(share.name)),
  ];
  let total = 0;
  const enough = ordered.findIndex((share) => {
    total += share.replicas;
    return total >= target;
  });
  return enough < 0 ? ordered : ordered.slice(0, enough + 1);
}

function spread(replicas: number, votes: ReadonlyMap<string, number>, uid: string | undefined): readonly Share[] {
  let total = 0;
  for (const weight of votes.values()) total += weight;
  if (total === 0) return [];
  return allocateWebsterSeats({ seats: replicas, votes, ties: tieDirection(uid) }).map((party) => ({
    name: party.name,
    replicas: party.seats,
  }));
}

function staticWeight(candidate: Candidate, preferences: ClusterPreferences): number {
  let weight = 0;
  for (const rule of preferences.staticWeightList ?? []) {
    if (rule.weight > weight && clusterMatches(candidate.cluster, rule.targetCluster)) weight = rule.weight;
  }
  return weight;
}

/** New shares first, then clusters that only keep theirs (`util.MergeTargetClusters`, whose rest is in no order). */
function merged(kept: readonly Share[], added: readonly Share[]): readonly Share[] {
  if (kept.length === 0) return added;
  if (added.length === 0) return kept;
  const names = new Set(added.map((share) => share.name));
  return [...joined(added, kept), ...kept.filter((share) => !names.has(share.name))];
}

/** `shares`, each with what `more` has for the same cluster. */
function joined(shares: readonly Share[], more: readonly Share[]): readonly Share[] {
  const extra = new Map(more.map((share) => [share.name, share.replicas]));
  return shares.map(({ name, replicas }) => ({ name, replicas: replicas + (extra.get(name) ?? 0) }));
}

function byReplicas(shares: readonly Share[]): readonly Share[] {
  return [...shares].sort((left, right) => right.replicas - left.replicas);
}

function sum(shares: readonly Share[]): number {
  let total = 0;
  for (const share of shares) total += share.replicas;
  return total;
}
