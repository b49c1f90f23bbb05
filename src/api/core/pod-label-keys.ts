import type { LabelSelector } from "../shared.ts";
import type { Pod, PodSpec } from "./pod.ts";

type Labels = Readonly<Record<string, string>>;
type Keyed = {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
};

/** A new pod with the label keys of its terms turned into requirements on its own values, as they were when it was made. */
export function withLabelKeys(pod: Pod): Pod {
  const { affinity, topologySpreadConstraints } = pod.spec;
  const labels = pod.metadata.labels ?? {};
  if (affinity === undefined && topologySpreadConstraints === undefined) return pod;
  const spread = topologySpreadConstraints?.some(hasKeys)
    ? { topologySpreadConstraints: topologySpreadConstraints.map((constraint) => merged(constraint, labels)) }
    : {};
  const spec = { ...pod.spec, ...spread, ...(affinity === undefined ? {} : { affinity: withTerms(affinity, labels) }) };
  return { ...pod, spec: spec as PodSpec };
}

function hasKeys({ matchLabelKeys = [], mismatchLabelKeys = [] }: Keyed): boolean {
  return matchLabelKeys.length + mismatchLabelKeys.length > 0;
}

function merged<T extends Keyed>(term: T, labels: Labels): T {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (labelSelector === undefined || !hasKeys(term)) return term;
  const requirements = (keys: readonly string[], operator: "In" | "NotIn") =>
    keys.filter((key) => labels[key] !== undefined).map((key) => ({ key, operator, values: [labels[key] ?? ""] }));
  const added = [...requirements(matchLabelKeys, "In"), ...requirements(mismatchLabelKeys, "NotIn")];
  if (added.length === 0) return term;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  return { ...term, labelSelector: { ...labelSelector, matchExpressions } };
}

type Terms = {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Keyed[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly podAffinityTerm: Keyed }[];
};

function withTerms(affinity: NonNullable<PodSpec["affinity"]>, labels: Labels): NonNullable<PodSpec["affinity"]> {
  const of = (terms: Terms | undefined): Terms | undefined => {
    const needed = terms?.requiredDuringSchedulingIgnoredDuringExecution;
    const wished = terms?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!needed?.some(hasKeys) && !wished?.some(({ podAffinityTerm }) => hasKeys(podAffinityTerm))) return terms;
    return {
      ...terms,
      ...(needed === undefined
        ? {}
        : { requiredDuringSchedulingIgnoredDuringExecution: needed.map((term) => merged(term, labels)) }),
      ...(wished === undefined
        ? {}
        : {
            preferredDuringSchedulingIgnoredDuringExecution: wished.map((term) => {
              return { ...term, podAffinityTerm: merged(term.podAffinityTerm, labels) };
            }),
          }),
    };
  };
  const next = { ...affinity } as Record<string, unknown>;
  for (const side of ["podAffinity", "podAntiAffinity"] as const)
    if (affinity[side] !== undefined) next[side] = of(affinity[side] as Terms);
  return next as NonNullable<PodSpec["affinity"]>;
}
