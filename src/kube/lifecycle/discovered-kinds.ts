import { groupResource, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { compareText } from "../../std/index.ts";

type AnyKind = Kind<KubeObject>;

/**
 * The kinds whose objects can be listed, watched and deleted, each once, in its preferred version, in order. Events are not
 * among them: they own nothing, nobody owns them, and they are many.
 */
export function deletableKinds(discovered: readonly AnyKind[]): readonly AnyKind[] {
  const byResource = new Map<string, AnyKind>();
  for (const kind of discovered)
    if (kind.plural !== "events" && isDeletable(kind) && !byResource.has(groupResource(kind)))
      byResource.set(groupResource(kind), kind);
  return [...byResource.values()].sort((left, right) => compareText(groupResource(left), groupResource(right)));
}

function isDeletable(kind: AnyKind): boolean {
  const verbs = (kind as { readonly verbs?: readonly string[] }).verbs ?? [];
  return ["list", "watch", "delete"].every((verb) => verbs.includes(verb));
}
