import {
  controllerOf,
  type Kind,
  type KubeObject,
  type LabelSelector,
  matchesLabelSelector,
  type ObjectOf,
  ownerReference,
  parseApiVersion,
} from "../../apimachinery/index.ts";
import type { Change, Intent, Key, Snapshot } from "../../controller/index.ts";

type AnyKind = Kind<KubeObject>;

/** The index every workload controller declares for what it owns. */
export const OWNER = "owner";

/** By the controller's UID; objects without a controller by their namespace, so that they can be adopted. */
export function byOwner(object: KubeObject): readonly string[] {
  return [controllerOf(object)?.uid ?? orphansIn(object.metadata.namespace)];
}

function orphansIn(namespace: string | undefined): string {
  return `orphans/${namespace ?? ""}`;
}

/** What a controller has of one kind, and the writes that adopt or release some of it. */
export type Claimed<T extends KubeObject> = { readonly owned: readonly T[]; readonly intents: readonly Intent[] };

/**
 * What `owner` controls: objects that name it and match its selector, and matching orphans, which it adopts. Those that
 * no longer match are let go (`controller.ControllerRefManager`). The kind must be read with the index {@link byOwner}.
 */
export function claim<K extends AnyKind>(
  owner: KubeObject,
  selector: LabelSelector | undefined,
  kind: K,
  snapshot: Pick<Snapshot<K>, "list">,
  mayAdopt: (object: ObjectOf<K>) => boolean = () => true,
): Claimed<ObjectOf<K>> {
  const { namespace, uid = "", deletionTimestamp } = owner.metadata;
  const named = snapshot.list(kind, { index: { name: OWNER, value: uid } });
  const matches = (object: KubeObject): boolean => matchesLabelSelector(selector, object.metadata.labels);
  const released = named.filter((object) => !matches(object));
  if (deletionTimestamp !== undefined) return { owned: named, intents: [] };
  const adopted = snapshot.list(kind, {
    index: { name: OWNER, value: orphansIn(namespace) },
    where: (object) => object.metadata.deletionTimestamp === undefined && matches(object) && mayAdopt(object),
  });
  if (released.length === 0 && adopted.length === 0) return { owned: named, intents: [] };
  return {
    owned: [...named.filter(matches), ...adopted],
    intents: [
      ...released
        .filter((object) => object.metadata.deletionTimestamp === undefined)
        .map((object) => release(kind, object, uid)),
      ...adopted.map((object) => adopt(kind, object, owner)),
    ],
  };
}

function adopt(kind: AnyKind, object: KubeObject, owner: KubeObject): Intent {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), ownerReference(owner)];
  return {
    type: "update",
    kind,
    object: { ...object, metadata: { ...object.metadata, ownerReferences } },
    before: object,
  };
}

function release(kind: AnyKind, object: KubeObject, uid: string): Intent {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
  return {
    type: "update",
    kind,
    object: { ...object, metadata: { ...object.metadata, ownerReferences } },
    before: object,
  };
}

/** The objects of `kind` a change of a dependent concerns: its controller before and after, or whoever may adopt it. */
export function controllersOf<K extends AnyKind>(
  kind: K,
  selectorOf: (owner: ObjectOf<K>) => LabelSelector | undefined,
): (change: Change<KubeObject>, snapshot: Snapshot<AnyKind>) => readonly Key[] {
  return (change, snapshot) => {
    const names = new Set<string>();
    const { namespace = "" } = change.object.metadata;
    for (const side of [change.before, change.after]) {
      const reference = side === undefined ? undefined : controllerOf(side);
      if (reference?.kind === kind.kind && parseApiVersion(reference.apiVersion).group === kind.group)
        names.add(reference.name);
    }
    if (change.after !== undefined && controllerOf(change.after) === undefined) {
      const { labels } = change.after.metadata;
      for (const owner of snapshot.list(kind, { namespace }))
        if (matchesLabelSelector(selectorOf(owner as ObjectOf<K>), labels)) names.add(owner.metadata.name);
    }
    return [...names].map((name) => ({ kind, namespace, name }));
  };
}
