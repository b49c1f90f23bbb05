import { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from "../../api/index.ts";
import { type Kind, type KubeObject, kindKey, withFinalizer } from "../../apimachinery/index.ts";
import type { AdmissionPlugin } from "../../apiserver/index.ts";

/** What keeps storage from being removed while it is in use, by kind (`plugin/pkg/admission/storage/storageobjectinuseprotection`). */
const STORAGE_PROTECTION: ReadonlyMap<string, string> = new Map([
  [kindKey(PersistentVolumeClaim), "kubernetes.io/pvc-protection"],
  [kindKey(PersistentVolume), "kubernetes.io/pv-protection"],
  [kindKey(VolumeAttributesClass), "kubernetes.io/vac-protection"],
]);

/** The finalizer that protects objects of a kind. */
export function protectionOf(kind: Kind<KubeObject>): string {
  return STORAGE_PROTECTION.get(kindKey(kind)) ?? "";
}

/** Gives new storage the finalizer that protects it. */
export const storageProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  handles: (kind) => STORAGE_PROTECTION.has(kindKey(kind)),
  admit: ({ verb, subresource, kind, object }) =>
    object === undefined || verb !== "create" || subresource !== undefined
      ? object
      : withFinalizer(object, protectionOf(kind)),
};
