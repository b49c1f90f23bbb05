import type { Pod, PodAffinityTerm } from "../../api/index.ts";
import { matchesLabelSelector } from "../../apimachinery/index.ts";
import type { NodeLedger } from "./node-ledger.ts";

/** Tells a namespace's labels, for terms with a namespaceSelector. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

type TermCount = { readonly term: PodAffinityTerm; readonly byValue: ReadonlyMap<string, number> };

/** How the placed pods bear on one newcomer: computed once per pod, asked once per node. */
export type AffinityView = {
  readonly required: readonly TermCount[];
  /** No placed pod satisfies the required terms, but the newcomer itself does: the first of its group goes anywhere. */
  readonly startsGroup: boolean;
  readonly requiredAnti: readonly TermCount[];
  /** Topologies (`key=value`) from which the anti-affinity of a placed pod keeps the newcomer. */
  readonly repelledFrom: ReadonlySet<string>;
  /** Sums of preferred weights by topology (`key=value`). */
  readonly preferences: ReadonlyMap<string, number>;
};

/** A placed pod with affinity or anti-affinity of its own. */
export type Affine = { readonly pod: Pod; readonly ledger: NodeLedger };

/** Counts what the pods of the cluster mean for `pod`; `undefined` when no affinity is involved at all. */
export function affinityView(
  pod: Pod,
  ledgers: readonly NodeLedger[],
  placed: readonly Affine[],
  labelsOf: NamespaceLabels,
): AffinityView | undefined {
  const own = pod.spec.affinity;
  if (own?.podAffinity === undefined && own?.podAntiAffinity === undefined && placed.length === 0) return undefined;
  const count = (term: PodAffinityTerm): TermCount => countTerm(term, pod, ledgers, labelsOf);
  const required = (own?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(count);
  const requiredAnti = (own?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(count);
  return {
    required,
    startsGroup:
      required.length > 0 &&
      required.every(({ term, byValue }) => byValue.size === 0 && selects(term, pod, pod, labelsOf)),
    requiredAnti,
    repelledFrom: repellingTopologies(pod, placed, labelsOf),
    preferences: preferredTopologies(pod, placed, ledgers, labelsOf),
  };
}

export type AffinityFailure =
  | typeof NO_COMPANY
  | "node(s) didn't match pod anti-affinity rules"
  | "node(s) didn't satisfy existing pods anti-affinity rules";

/** The only one that no other pod's going could mend. */
export const NO_COMPANY = "node(s) didn't match pod affinity rules";

/** Why pod (anti-)affinity forbids the node, in the scheduler's words (`plugins/interpodaffinity`). */
export function affinityFailure(view: AffinityView, ledger: NodeLedger): AffinityFailure | undefined {
  const labels = ledger.node.metadata.labels ?? {};
  for (const { term, byValue } of view.required) {
    const value = labels[term.topologyKey];
    if (value === undefined || (!view.startsGroup && !byValue.has(value))) return NO_COMPANY;
  }
  for (const { term, byValue } of view.requiredAnti) {
    const value = labels[term.topologyKey];
    if (value !== undefined && byValue.has(value)) return "node(s) didn't match pod anti-affinity rules";
  }
  for (const topology of view.repelledFrom)
    if (isIn(topology, labels)) return "node(s) didn't satisfy existing pods anti-affinity rules";
  return undefined;
}

/** The sum of preferred (anti-)affinity weights for the node; may be negative. */
export function affinityPreference(view: AffinityView, ledger: NodeLedger): number {
  const labels = ledger.node.metadata.labels ?? {};
  let sum = 0;
  for (const [topology, weight] of view.preferences) if (isIn(topology, labels)) sum += weight;
  return sum;
}

function countTerm(
  term: PodAffinityTerm,
  owner: Pod,
  ledgers: readonly NodeLedger[],
  labelsOf: NamespaceLabels,
): TermCount {
  const byValue = new Map<string, number>();
  for (const ledger of ledgers) {
    const value = ledger.node.metadata.labels?.[term.topologyKey];
    if (value === undefined) continue;
    let count = 0;
    for (const pod of ledger.pods.values()) if (selects(term, owner, pod, labelsOf)) count++;
    if (count > 0) byValue.set(value, (byValue.get(value) ?? 0) + count);
  }
  return { term, byValue };
}

function repellingTopologies(pod: Pod, placed: readonly Affine[], labelsOf: NamespaceLabels): ReadonlySet<string> {
  const topologies = new Set<string>();
  for (const other of placed)
    for (const term of other.pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const value = other.ledger.node.metadata.labels?.[term.topologyKey];
      if (value !== undefined && selects(term, other.pod, pod, labelsOf))
        topologies.add(`${term.topologyKey}=${value}`);
    }
  return topologies;
}

/** Preferences hold both ways: what the newcomer likes of the placed pods, and what they like of it. */
function preferredTopologies(
  pod: Pod,
  placed: readonly Affine[],
  ledgers: readonly NodeLedger[],
  labelsOf: NamespaceLabels,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const add = (key: string, value: string, weight: number): void => {
    const topology = `${key}=${value}`;
    sums.set(topology, (sums.get(topology) ?? 0) + weight);
  };
  for (const [sign, terms] of preferredTerms(pod))
    for (const { weight, podAffinityTerm } of terms)
      for (const [value, count] of countTerm(podAffinityTerm, pod, ledgers, labelsOf).byValue)
        add(podAffinityTerm.topologyKey, value, sign * weight * count);
  for (const other of placed)
    for (const [sign, terms] of preferredTerms(other.pod))
      for (const { weight, podAffinityTerm } of terms) {
        const value = other.ledger.node.metadata.labels?.[podAffinityTerm.topologyKey];
        if (value !== undefined && selects(podAffinityTerm, other.pod, pod, labelsOf))
          add(podAffinityTerm.topologyKey, value, sign * weight);
      }
  return sums;
}

type WeightedTerms = readonly { readonly weight: number; readonly podAffinityTerm: PodAffinityTerm }[];

function preferredTerms(pod: Pod): readonly (readonly [1 | -1, WeightedTerms])[] {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return [
    [1, podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []],
    [-1, podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []],
  ];
}

function selects(term: PodAffinityTerm, owner: Pod, candidate: Pod, labelsOf: NamespaceLabels): boolean {
  return (
    matchesLabelSelector(term.labelSelector, candidate.metadata.labels) &&
    coversNamespace(term, owner.metadata.namespace ?? "", candidate.metadata.namespace ?? "", labelsOf)
  );
}

function coversNamespace(
  term: PodAffinityTerm,
  ownNamespace: string,
  namespace: string,
  labelsOf: NamespaceLabels,
): boolean {
  const listed = term.namespaces ?? [];
  if (listed.length === 0 && term.namespaceSelector === undefined) return namespace === ownNamespace;
  return listed.includes(namespace) || matchesLabelSelector(term.namespaceSelector, labelsOf(namespace));
}

function isIn(topology: string, labels: Readonly<Record<string, string>>): boolean {
  const separator = topology.indexOf("=");
  return labels[topology.slice(0, separator)] === topology.slice(separator + 1);
}
