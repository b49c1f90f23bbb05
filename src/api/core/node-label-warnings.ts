import { labelValueErrors } from "../../apimachinery/index.ts";
import type { LabelSelector } from "../shared.ts";
import type { NodeSelectorTerm } from "./pod.ts";

/** Labels of nodes that have another name by now, or none (`pkg/api/node`). */
const OUTDATED: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

/** What is said of an outdated label of nodes; `undefined` of any other. */
export function outdatedNodeLabel(key: string): string | undefined {
  return Object.hasOwn(OUTDATED, key) ? OUTDATED[key] : undefined;
}

/** Outdated labels among those a map selects nodes by; `at` names a key. */
export function nodeLabelWarnings(
  labels: Readonly<Record<string, string>> | undefined,
  at: (key: string) => string,
): readonly string[] {
  return Object.keys(labels ?? {}).flatMap((key) => {
    const outdated = outdatedNodeLabel(key);
    return outdated === undefined ? [] : [`${at(key)}: ${outdated}`];
  });
}

/** Outdated labels in a term about nodes, and values no label can have where `withValues` asks for them. */
export function nodeTermWarnings(
  { matchExpressions = [] }: NodeSelectorTerm,
  field: string,
  { withValues }: { readonly withValues: boolean },
): readonly string[] {
  return matchExpressions.flatMap(({ key, values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    const wrongValues = values.flatMap((value, place) =>
      labelValueErrors(value).map((wrong) => `${at}.values[${place}]: ${value} is invalid, ${wrong}`),
    );
    return [...outdatedKey(key, `${at}.key`), ...(withValues ? wrongValues : [])];
  });
}

/** Outdated labels in a selector of nodes. */
export function nodeSelectorWarnings(selector: LabelSelector | undefined, field: string): readonly string[] {
  const expressions = selector?.matchExpressions ?? [];
  return [
    ...expressions.flatMap(({ key }, index) => outdatedKey(key, `${field}.matchExpressions[${index}].key`)),
    ...nodeLabelWarnings(selector?.matchLabels, (key) => `${field}.matchLabels.${key}`),
  ];
}

/** An outdated label where a key stands. */
export function outdatedKey(key: string, field: string): readonly string[] {
  const outdated = outdatedNodeLabel(key);
  return outdated === undefined ? [] : [`${field}: ${key} is ${outdated}`];
}
