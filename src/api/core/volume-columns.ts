import { AGE, text, wide } from "../columns.ts";
import type { PrinterColumn } from "../descriptor.ts";
import type { AccessMode, PersistentVolume, PersistentVolumeClaim } from "./volumes.ts";

/** The columns of `kubectl get persistentvolumes`. */
export const persistentVolumeColumns: readonly PrinterColumn<PersistentVolume>[] = [
  text<PersistentVolume>("Capacity", (volume) => volume.spec.capacity?.storage ?? "0"),
  text<PersistentVolume>("Access Modes", (volume) => formatAccessModes(volume.spec.accessModes)),
  text<PersistentVolume>("Reclaim Policy", (volume) => volume.spec.persistentVolumeReclaimPolicy),
  text<PersistentVolume>("Status", phase),
  text<PersistentVolume>("Claim", ({ spec: { claimRef } }) =>
    claimRef === undefined ? "" : `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`,
  ),
  text<PersistentVolume>("StorageClass", storageClass),
  { ...text<PersistentVolume>("VolumeAttributesClass", volumeAttributesClass), sinceMinor: 29 },
  text<PersistentVolume>("Reason", (volume) => volume.status?.reason ?? ""),
  AGE,
  wide<PersistentVolume>("VolumeMode", (volume) => volume.spec.volumeMode ?? "<unset>"),
];

/** The columns of `kubectl get persistentvolumeclaims`. */
export const persistentVolumeClaimColumns: readonly PrinterColumn<PersistentVolumeClaim>[] = [
  text<PersistentVolumeClaim>("Status", phase),
  text<PersistentVolumeClaim>("Volume", (claim) => claim.spec.volumeName ?? ""),
  text<PersistentVolumeClaim>("Capacity", (claim) =>
    claim.spec.volumeName ? (claim.status?.capacity?.storage ?? "0") : "",
  ),
  text<PersistentVolumeClaim>("Access Modes", (claim) =>
    claim.spec.volumeName ? formatAccessModes(claim.status?.accessModes) : "",
  ),
  text<PersistentVolumeClaim>("StorageClass", storageClass),
  { ...text<PersistentVolumeClaim>("VolumeAttributesClass", volumeAttributesClass), sinceMinor: 29 },
  AGE,
  wide<PersistentVolumeClaim>("VolumeMode", (claim) => claim.spec.volumeMode ?? "<unset>"),
];

const SHORT_MODES: Readonly<Record<AccessMode, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function formatAccessModes(modes: readonly AccessMode[] = []): string {
  return Object.entries(SHORT_MODES)
    .filter(([mode]) => modes.includes(mode as AccessMode))
    .map(([, short]) => short)
    .join(",");
}

type Volume = PersistentVolume | PersistentVolumeClaim;

function phase(volume: Volume): string {
  return volume.metadata.deletionTimestamp !== undefined ? "Terminating" : (volume.status?.phase ?? "");
}

function storageClass(volume: Volume): string {
  return volume.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? volume.spec.storageClassName ?? "";
}

function volumeAttributesClass(volume: Volume): string {
  return volume.spec.volumeAttributesClassName ?? "<unset>";
}
