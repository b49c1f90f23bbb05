import { selectorPriority } from "../../algorithms/index.ts";
import type { Policy, ResourceSelector } from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Intent, Snapshot } from "../../controller/index.ts";

/**
 * A warning for each selector of a policy that finds nothing at present. Karmada says nothing then, and a mistyped name is
 * found out only by waiting.
 */
export function unmatchedSelectors(policy: Policy, snapshot: Snapshot<Kind<KubeObject>>): readonly Intent[] {
  return policy.spec.resourceSelectors.flatMap((selector): readonly Intent[] => {
    const complaint = complaintAbout(selector, snapshot);
    if (complaint === undefined) return [];
    return [
      { type: "event", regarding: policy, eventType: "Warning", reason: "NoResourceMatched", message: complaint },
    ];
  });
}

function complaintAbout(selector: ResourceSelector, snapshot: Snapshot<Kind<KubeObject>>): string | undefined {
  const { apiVersion, name, namespace } = selector;
  const kind = snapshot.kindOf(apiVersion, selector.kind);
  if (kind === undefined) return `no resource of kind ${selector.kind} in version ${apiVersion} is served`;
  const place = namespace ? { namespace } : {};
  const found = snapshot.dynamicList(kind, { ...place, where: (object) => selectorPriority(object, selector) > 0 });
  if (found.length > 0) return undefined;
  const where = namespace && kind.namespaced ? ` in namespace ${namespace}` : "";
  return name ? `no ${selector.kind} is called ${name}${where}` : `no ${selector.kind}${where} matches the selector`;
}
