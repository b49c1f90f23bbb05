import type { KubeObject, OwnerReference } from "./object-meta.ts";

/** The owner that controls `object`, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** A reference to `owner`, which must have been created; controlling and blocking unless told otherwise. */
export function ownerReference(
  owner: KubeObject,
  options: {
    readonly controller?: boolean;
    readonly blockOwnerDeletion?: boolean;
  } = {},
): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: options.controller ?? true,
    blockOwnerDeletion: options.blockOwnerDeletion ?? true,
  };
}

/** Whether `owner` is among the owners of `object`, by UID. */
export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const { uid } = owner.metadata;
  return uid !== undefined && object.metadata.ownerReferences?.some((reference) => reference.uid === uid) === true;
}
