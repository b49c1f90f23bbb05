import { PersistentVolume, PersistentVolumeClaim, type Pod, type StorageClass, type Volume } from "../../api/index.ts";
import type { Key, Reader } from "../../controller/index.ts";

export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
export const STORAGE_PROVISIONERS = [
  "volume.kubernetes.io/storage-provisioner",
  "volume.beta.kubernetes.io/storage-provisioner",
] as const;
/** What classes name whose volumes are made by hand. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
const CLASS = "volume.beta.kubernetes.io/storage-class";

/** The claim a pod's volume is of: one of its own for an ephemeral volume; `undefined` for volumes of other kinds. */
export function claimNameOf(pod: Pod, { name, persistentVolumeClaim, ephemeral }: Volume): string | undefined {
  return persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? undefined : `${pod.metadata.name}-${name}`);
}

/** The names of the claims a pod mounts. */
export function claimNamesOf(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []);
}

/** `namespace/name` of the claims a pod mounts. */
export function claimPathsOf(pod: Pod): readonly string[] {
  return claimNamesOf(pod).map((name) => claimPath(pod.metadata.namespace, name));
}

/** What tells a claim in a namespace: `namespace/name`. */
export function claimPath(namespace: string | undefined, name: string): string {
  return `${namespace}/${name}`;
}

export function claimKey(path: string): Key {
  const [namespace = "", name = ""] = path.split("/");
  return { kind: PersistentVolumeClaim, namespace, name };
}

/** The class a claim or a volume is of; an annotation of old comes before the field. */
export function classNameOf({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string {
  return metadata.annotations?.[CLASS] ?? spec.storageClassName ?? "";
}

/** Whether claims of the class wait until a pod that uses them has its node. */
export function isDelayed(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** Whether a volume is held for that very claim; one prepared by hand may lack the claim's UID. */
export function isHeldFor({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** How volumes are found: those still to be had by their class, those held by the claim they are held for. */
export const VOLUME_INDEXES = {
  free: (volume: PersistentVolume): readonly string[] => (volume.spec.claimRef?.uid ? [] : [classNameOf(volume)]),
  holder: ({ spec: { claimRef } }: PersistentVolume): readonly string[] =>
    claimRef?.name === undefined ? [] : [claimPath(claimRef.namespace, claimRef.name)],
};

/** The volumes that may serve a claim: what is held for it, and what is free of its class. */
export function volumesFor(
  claim: PersistentVolumeClaim,
  reader: Reader<typeof PersistentVolume>,
): readonly PersistentVolume[] {
  const by = (name: keyof typeof VOLUME_INDEXES, value: string): readonly PersistentVolume[] =>
    reader.list(PersistentVolume, { index: { name, value } });
  const held = by("holder", claimPath(claim.metadata.namespace, claim.metadata.name));
  return [...held, ...by("free", classNameOf(claim))];
}
