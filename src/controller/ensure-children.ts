import { type Kind, type KubeObject, type ObjectOf, objectKey } from "../apimachinery/index.ts";
import { deepEqual } from "../std/index.ts";
import type { Intent } from "./plan.ts";

/** The children that should exist, and those that do. */
export type Children<T extends KubeObject> = {
  readonly at?: string;
  readonly desired: readonly T[];
  readonly existing: readonly T[];
  /** What to write for an existing child; by default the desired fields laid over it, labels and annotations one by one. */
  readonly merge?: (desired: T, existing: T) => T;
  /** Whether writing `merged` over `existing` would change nothing; deep equality by default. */
  readonly equal?: (merged: T, existing: T) => boolean;
};

/**
 * Makes `existing` into `desired`: creates, updates, deletes, in this order. A child on its way out is left alone, and its
 * successor awaits the event of its end.
 */
export function ensureChildren<K extends Kind<KubeObject>>(kind: K, children: Children<ObjectOf<K>>): Intent[] {
  const { merge = overlay, equal = deepEqual } = children;
  const target = children.at === undefined ? { kind } : { kind, at: children.at };
  const existing = new Map(children.existing.map((child) => [objectKey(child.metadata), child]));
  const creates: Intent[] = [];
  const updates: Intent[] = [];
  for (const wanted of children.desired) {
    const key = objectKey(wanted.metadata);
    const present = existing.get(key);
    existing.delete(key);
    if (present === undefined) creates.push({ ...target, type: "create", object: wanted });
    else if (present.metadata.deletionTimestamp === undefined) {
      const object = merge(wanted, present);
      if (!equal(object, present)) updates.push({ ...target, type: "update", object, before: present });
    }
  }
  const leaving = [...existing.values()].filter((child) => child.metadata.deletionTimestamp === undefined);
  return [
    ...creates,
    ...updates,
    ...leaving.map((child): Intent => ({ ...target, type: "delete", ...identity(child) })),
  ];
}

function overlay<T extends KubeObject>(desired: T, existing: T): T {
  const { labels, annotations, ownerReferences } = desired.metadata;
  const metadata = {
    ...existing.metadata,
    ...(labels === undefined ? {} : { labels: { ...existing.metadata.labels, ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...existing.metadata.annotations, ...annotations } }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return { ...existing, ...desired, metadata };
}

function identity(child: KubeObject): { readonly name: string; readonly namespace?: string; readonly uid?: string } {
  const { name, namespace, uid } = child.metadata;
  return { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
}
