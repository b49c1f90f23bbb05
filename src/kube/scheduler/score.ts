import {
  balancedAllocationScore,
  leastAllocatedScore,
  preferredNodeAffinity,
  untoleratedPreferences,
} from "../../algorithms/index.ts";
import type { Cycle } from "./cycle.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { affinityPreference } from "./pod-affinity.ts";
import { spreadCrowd } from "./topology-spread.ts";

/** A scorer: a raw number per node, how raw numbers become 0..100, and its weight in upstream's default profile. */
type Scorer = {
  readonly weight: number;
  readonly applies: (cycle: Cycle) => boolean;
  readonly raw: (cycle: Cycle, ledger: NodeLedger) => number;
  readonly normalize: (raw: readonly number[]) => readonly number[];
};

const always = (): boolean => true;
const asIs = (raw: readonly number[]): readonly number[] => raw;

const SCORERS: readonly Scorer[] = [
  {
    weight: 1,
    applies: always,
    raw: ({ weight }, ledger) => leastAllocatedScore(weight.scored, ledger.scored, ledger.allocatable),
    normalize: asIs,
  },
  {
    weight: 1,
    applies: always,
    raw: ({ weight }, ledger) => balancedAllocationScore(weight.requests, ledger.used, ledger.allocatable),
    normalize: asIs,
  },
  {
    weight: 1,
    applies: ({ ledgers }) => ledgers.some(({ images }) => images.size > 0),
    raw: imageScore,
    normalize: asIs,
  },
  {
    weight: 3,
    applies: ({ ledgers }) =>
      ledgers.some(({ node }) => node.spec.taints?.some((taint) => taint.effect === "PreferNoSchedule") === true),
    raw: ({ pod }, { node }) => untoleratedPreferences(node.spec.taints, pod.spec.tolerations),
    normalize: fewestBest,
  },
  {
    weight: 2,
    applies: ({ pod }) =>
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution !== undefined,
    raw: ({ pod }, { node }) => preferredNodeAffinity(pod.spec, node),
    normalize: mostBest,
  },
  {
    weight: 2,
    applies: ({ spread }) => spread !== undefined && spread.soft.length > 0,
    raw: ({ spread }, ledger) => (spread === undefined ? 0 : spreadCrowd(spread, ledger)),
    normalize: fewestBest,
  },
  {
    weight: 2,
    applies: ({ affinity }) => affinity !== undefined && affinity.preferences.size > 0,
    raw: ({ affinity }, ledger) => (affinity === undefined ? 0 : affinityPreference(affinity, ledger)),
    normalize: stretched,
  },
];

/** The nodes of the highest total score, in the order given. */
export function bestNodes(cycle: Cycle, feasible: readonly NodeLedger[]): readonly NodeLedger[] {
  if (feasible.length < 2) return feasible;
  const totals = new Array<number>(feasible.length).fill(0);
  for (const scorer of SCORERS) {
    if (!scorer.applies(cycle)) continue;
    const scores = scorer.normalize(feasible.map((ledger) => scorer.raw(cycle, ledger)));
    scores.forEach((score, index) => {
      totals[index] = (totals[index] as number) + score * scorer.weight;
    });
  }
  const best = Math.max(...totals);
  return feasible.filter((_ledger, index) => totals[index] === best);
}

const MEBIBYTE = 1024 * 1024;
/** Below 23 MiB an image does not matter, above 1000 MiB (per container) more does not matter (`plugins/imagelocality`). */
const IMAGE_BYTES_MIN = 23 * MEBIBYTE;
const IMAGE_BYTES_MAX = 1000 * MEBIBYTE;

function imageScore({ pod }: Cycle, { images }: NodeLedger): number {
  let bytes = 0;
  for (const container of pod.spec.containers) bytes += images.get(container.image ?? "") ?? 0;
  const most = IMAGE_BYTES_MAX * pod.spec.containers.length;
  const bounded = Math.min(Math.max(bytes, IMAGE_BYTES_MIN), most);
  return Math.floor((100 * (bounded - IMAGE_BYTES_MIN)) / (most - IMAGE_BYTES_MIN));
}

function mostBest(raw: readonly number[]): readonly number[] {
  const most = Math.max(...raw);
  return most === 0 ? raw : raw.map((value) => Math.floor((value * 100) / most));
}

function fewestBest(raw: readonly number[]): readonly number[] {
  const most = Math.max(...raw);
  return raw.map((value) => (most === 0 ? 100 : 100 - Math.floor((value * 100) / most)));
}

function stretched(raw: readonly number[]): readonly number[] {
  const least = Math.min(...raw);
  const span = Math.max(...raw) - least;
  return raw.map((value) => (span === 0 ? 0 : Math.floor((100 * (value - least)) / span)));
}
