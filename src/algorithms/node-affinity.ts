import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from "../api/index.ts";

type Placed = Pick<PodSpec, "nodeSelector" | "affinity">;
type Labelled = Pick<Node, "metadata">;

/** Whether `node` satisfies the node selector and the required node affinity of `spec`. */
export function matchesNodeAffinity(spec: Placed, node: Labelled): boolean {
  const labels = node.metadata.labels ?? {};
  for (const key in spec.nodeSelector) if (labels[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeTerms(required.nodeSelectorTerms, node);
}

/** Whether `node` satisfies one of the terms. */
export function matchesNodeTerms(terms: readonly NodeSelectorTerm[], node: Labelled): boolean {
  return terms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** The sum of the weights of the preferred node affinities `node` satisfies. */
export function preferredNodeAffinity(spec: Placed, node: Labelled): number {
  let sum = 0;
  for (const preferred of spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    if (isEmpty(preferred.preference) || matchesNodeSelectorTerm(preferred.preference, node)) sum += preferred.weight;
  return sum;
}

/** The node names `spec` allows by `matchFields` alone, as a DaemonSet's pods state theirs; `undefined` when any may do. */
export function namedNodes(spec: Placed): readonly string[] | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined || required.nodeSelectorTerms.length === 0) return undefined;
  const names: string[] = [];
  for (const term of required.nodeSelectorTerms) {
    const field = term.matchFields?.find((each) => each.key === "metadata.name" && each.operator === "In");
    if (field === undefined) return undefined;
    names.push(...(field.values ?? []));
  }
  return names;
}

/** Requirements of a term are joined by AND; an empty term matches nothing (`k8s.io/component-helpers/scheduling`). */
function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: Labelled): boolean {
  if (isEmpty(term)) return false;
  const labels = node.metadata.labels ?? {};
  return (
    (term.matchExpressions ?? []).every((requirement) => matches(requirement, labels[requirement.key])) &&
    (term.matchFields ?? []).every((requirement) =>
      matches(requirement, requirement.key === "metadata.name" ? node.metadata.name : undefined),
    )
  );
}

function isEmpty(term: NodeSelectorTerm): boolean {
  return (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;
}

function matches(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return comparesAs(requirement.operator, value, values[0]);
    default:
      return false;
  }
}

const INTEGER = /^[+-]?\d+$/;

function comparesAs(operator: "Gt" | "Lt", value: string | undefined, bound: string | undefined): boolean {
  if (value === undefined || bound === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
  return operator === "Gt" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}
