import type { ResourceSelector } from "../api/index.ts";
import { type KubeObject, matchesLabelSelector } from "../apimachinery/index.ts";

/** How well a selector fits: by name, by labels, by kind alone, or not at all (`util.ImplicitPriority`). */
export const implicitPriority = { mismatch: 0, matchAll: 1, matchLabelSelector: 2, matchName: 3 } as const;

/** How well `selector` fits `resource` (`util.ResourceSelectorPriority`). A selector without namespace fits any. */
export function selectorPriority(resource: KubeObject, selector: ResourceSelector): number {
  const { metadata } = resource;
  if (resource.kind !== selector.kind || resource.apiVersion !== selector.apiVersion) return implicitPriority.mismatch;
  if (selector.namespace && selector.namespace !== metadata.namespace) return implicitPriority.mismatch;
  if (selector.name) return selector.name === metadata.name ? implicitPriority.matchName : implicitPriority.mismatch;
  if (selector.labelSelector === undefined) return implicitPriority.matchAll;
  return matchesLabelSelector(selector.labelSelector, metadata.labels)
    ? implicitPriority.matchLabelSelector
    : implicitPriority.mismatch;
}

/** The best any of the selectors fits (`util.ResourceMatchSelectorsPriority`). */
export function selectorsPriority(resource: KubeObject, selectors: readonly ResourceSelector[]): number {
  let best: number = implicitPriority.mismatch;
  for (const selector of selectors) best = Math.max(best, selectorPriority(resource, selector));
  return best;
}
