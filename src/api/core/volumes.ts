import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition, LabelSelector, ObjectReference } from "../shared.ts";
import type { NodeSelectorTerm, ResourceList, ResourceRequirements } from "./pod.ts";

export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";
export type PersistentVolumeClaimSpec = {
  readonly accessModes?: readonly AccessMode[];
  readonly selector?: LabelSelector;
  readonly resources?: ResourceRequirements;
  readonly volumeName?: string;
  readonly storageClassName?: string;
  readonly volumeAttributesClassName?: string;
  readonly volumeMode?: "Filesystem" | "Block";
  readonly dataSource?: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string };
  readonly dataSourceRef?: {
    readonly apiGroup?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
  };
};
export type PersistentVolumeClaim = KubeObject & {
  readonly spec: PersistentVolumeClaimSpec;
  readonly status?: {
    readonly phase?: "Pending" | "Bound" | "Lost";
    readonly accessModes?: readonly AccessMode[];
    readonly capacity?: ResourceList;
    readonly allocatedResources?: ResourceList;
    readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
    readonly currentVolumeAttributesClassName?: string;
    readonly conditions?: readonly Condition[];
  };
};
export const PersistentVolumeClaim: Kind<PersistentVolumeClaim> = defineKind<PersistentVolumeClaim>({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  namespaced: true,
});

export type PersistentVolume = KubeObject & {
  readonly spec: {
    readonly capacity?: ResourceList;
    readonly accessModes?: readonly AccessMode[];
    readonly claimRef?: ObjectReference;
    readonly persistentVolumeReclaimPolicy?: "Retain" | "Recycle" | "Delete";
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: "Filesystem" | "Block";
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
    readonly hostPath?: { readonly path: string; readonly type?: string };
  };
  readonly status?: {
    readonly phase?: "Pending" | "Available" | "Bound" | "Released" | "Failed";
    readonly reason?: string;
    readonly message?: string;
    readonly lastPhaseTransitionTime?: string;
  };
};
export const PersistentVolume: Kind<PersistentVolume> = defineKind<PersistentVolume>({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  namespaced: false,
});
