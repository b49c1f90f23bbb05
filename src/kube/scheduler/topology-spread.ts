import { matchesNodeAffinity } from "../../algorithms/index.ts";
import type { LabelSelector, Pod } from "../../api/index.ts";
import { matchesLabelSelector } from "../../apimachinery/index.ts";
import type { NodeLedger } from "./node-ledger.ts";

type Constraint = {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly minDomains?: number;
};

/** One spread constraint with the matching pods counted by domain. */
type Counted = {
  readonly constraint: Constraint;
  readonly byDomain: ReadonlyMap<string, number>;
  readonly fewest: number;
  /** 1 when the newcomer is itself among those counted. */
  readonly own: number;
};
export type SpreadView = { readonly hard: readonly Counted[]; readonly soft: readonly Counted[] };

/** Counts pods by domain for each constraint of `pod`; `undefined` when it has none. */
export function spreadView(pod: Pod, ledgers: readonly NodeLedger[]): SpreadView | undefined {
  const constraints = (pod.spec.topologySpreadConstraints ?? []) as readonly Constraint[];
  if (constraints.length === 0) return undefined;
  const counted = (when: Constraint["whenUnsatisfiable"]): readonly Counted[] => {
    const chosen = constraints.filter((constraint) => constraint.whenUnsatisfiable === when);
    const eligible = ledgers.filter(
      (ledger) =>
        matchesNodeAffinity(pod.spec, ledger.node) &&
        chosen.every((constraint) => ledger.node.metadata.labels?.[constraint.topologyKey] !== undefined),
    );
    return chosen.map((constraint) => count(constraint, pod, eligible));
  };
  return { hard: counted("DoNotSchedule"), soft: counted("ScheduleAnyway") };
}

/** A node that is in no domain stays so whichever pods go. */
export const NO_DOMAIN = "node(s) didn't match pod topology spread constraints (missing required label)";

export type SpreadFailure = "node(s) didn't match pod topology spread constraints" | typeof NO_DOMAIN;

/** Why a `DoNotSchedule` constraint forbids the node (`plugins/podtopologyspread`). */
export function spreadFailure(view: SpreadView, ledger: NodeLedger): SpreadFailure | undefined {
  for (const { constraint, byDomain, fewest, own } of view.hard) {
    const domain = ledger.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return NO_DOMAIN;
    if ((byDomain.get(domain) ?? 0) + own - fewest > constraint.maxSkew)
      return "node(s) didn't match pod topology spread constraints";
  }
  return undefined;
}

/** How crowded the node's domains are by the `ScheduleAnyway` constraints; fewer is better. */
export function spreadCrowd(view: SpreadView, ledger: NodeLedger): number {
  let crowd = 0;
  for (const { constraint, byDomain } of view.soft)
    crowd += byDomain.get(ledger.node.metadata.labels?.[constraint.topologyKey] ?? "") ?? 0;
  return crowd;
}

function count(constraint: Constraint, pod: Pod, eligible: readonly NodeLedger[]): Counted {
  const selects = (candidate: Pod): boolean =>
    matchesLabelSelector(constraint.labelSelector, candidate.metadata.labels) &&
    (constraint.matchLabelKeys ?? []).every((key) => candidate.metadata.labels?.[key] === pod.metadata.labels?.[key]);
  const byDomain = new Map<string, number>();
  for (const ledger of eligible) {
    const domain = ledger.node.metadata.labels?.[constraint.topologyKey] as string;
    let sum = byDomain.get(domain) ?? 0;
    for (const other of ledger.pods.values())
      if (
        other.metadata.namespace === pod.metadata.namespace &&
        other.metadata.deletionTimestamp === undefined &&
        selects(other)
      )
        sum++;
    byDomain.set(domain, sum);
  }
  const enough = byDomain.size >= (constraint.minDomains ?? 1);
  return {
    constraint,
    byDomain,
    fewest: enough ? Math.min(...byDomain.values()) : 0,
    own: selects(pod) ? 1 : 0,
  };
}
