import { selectorPriority } from "../../algorithms/index.ts";
import type { Policy, ResourceSelector } from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Change, Key, Snapshot } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { keyOf } from "../binding-scope.ts";
import { isReady } from "./policy-match.ts";

type AnySnapshot = Snapshot<Kind<KubeObject>>;

/**
 * The templates to look at again after a change of a policy: those it selects now or did before. A lazy policy leaves those
 * it still selects alone until their user touches them; ones it selects no longer must be released.
 */
export function templatesTouched({ before, after }: Change<Policy>, snapshot: AnySnapshot): readonly Key[] {
  if (before !== undefined && after !== undefined && !isRelevant(before, after)) return [];
  const now = after !== undefined && isReady(after) ? after : undefined;
  const past = before !== undefined && isReady(before) ? before : undefined;
  const lazy = now?.spec.activationPreference === "Lazy";
  const keys: Key[] = [];
  if (past !== undefined) {
    keys.push(...selectedTemplates(past, snapshot, (template) => !lazy || !isSelected(now, template)));
  }
  if (now !== undefined && !lazy) keys.push(...selectedTemplates(now, snapshot));
  return keys;
}

/** The templates a policy selects. */
export function selectedTemplates(
  policy: Policy,
  snapshot: AnySnapshot,
  where: (template: KubeObject) => boolean = () => true,
): readonly Key[] {
  const scope = policy.metadata.namespace;
  return policy.spec.resourceSelectors.flatMap((selector) => {
    const kind = snapshot.kindOf(selector.apiVersion, selector.kind);
    if (kind === undefined) return [];
    const namespace = scope ?? (selector.namespace || undefined);
    const found = matching(kind, namespace, selector, snapshot);
    return found.filter(where).map((template) => keyOf(kind, template));
  });
}

function matching(
  kind: Kind<KubeObject>,
  namespace: string | undefined,
  selector: ResourceSelector,
  snapshot: AnySnapshot,
): readonly KubeObject[] {
  if (selector.name && (namespace !== undefined || !kind.namespaced)) {
    const template = snapshot.dynamic(kind, selector.name, namespace);
    return template === undefined ? [] : [template];
  }
  const where = (template: KubeObject): boolean => selectorPriority(template, selector) > 0;
  return snapshot.dynamicList(kind, namespace === undefined ? { where } : { namespace, where });
}

function isRelevant(before: Policy, after: Policy): boolean {
  return isReady(before) !== isReady(after) || !deepEqual(before.spec, after.spec);
}

function isSelected(policy: Policy | undefined, template: KubeObject): boolean {
  return policy?.spec.resourceSelectors.some((selector) => selectorPriority(template, selector) > 0) === true;
}
