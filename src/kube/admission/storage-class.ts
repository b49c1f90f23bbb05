import { PersistentVolumeClaim, StorageClass } from "../../api/index.ts";
import { compareQuantities, kindKey, parseQuantity } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, ClusterState } from "../../apiserver/index.ts";
import { defaultClass } from "./default-class.ts";
import { refuse } from "./refusal.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const IS_DEFAULT = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
] as const;
const handles: AdmissionPlugin["handles"] = (kind) => kindKey(kind) === kindKey(PersistentVolumeClaim);

/** Gives a new claim that names no class the default one (`plugin/pkg/admission/storage/storageclass/setdefault`). */
export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  handles,
  admit: ({ verb, subresource, object }, state) => {
    if (object === undefined || subresource !== undefined || verb !== "create") return object;
    const { spec, metadata } = object as PersistentVolumeClaim;
    const isChosen = metadata.annotations?.[CLASS_ANNOTATION] !== undefined || spec?.storageClassName !== undefined;
    const name = isChosen ? undefined : defaultClass(state.list(StorageClass), IS_DEFAULT);
    return name === undefined ? object : { ...object, spec: { ...spec, storageClassName: name } };
  },
};

/** Lets claims grow only where their class allows it (`plugin/pkg/admission/storage/persistentvolume/resize`). */
export const claimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  handles,
  admit: ({ object }) => object,
  check: (request, state) => {
    const { verb, subresource, object, before } = request;
    if (verb !== "update" || subresource !== undefined || object === undefined || before === undefined) return;
    const [after, earlier] = [object as PersistentVolumeClaim, before as PersistentVolumeClaim];
    if (compareQuantities(storageOf(after), storageOf(earlier)) <= 0) return;
    if (earlier.status?.phase !== "Bound") refuse(request, "Only bound persistent volume claims can be expanded");
    if (!mayGrow(classOf(after), classOf(earlier), state))
      refuse(
        request,
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
      );
  },
};

function storageOf({ spec }: PersistentVolumeClaim): ReturnType<typeof parseQuantity> {
  return parseQuantity(spec.resources?.requests?.storage ?? "0");
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

function mayGrow(after: string, before: string, state: ClusterState): boolean {
  return after !== "" && after === before && state.get(StorageClass, after)?.allowVolumeExpansion === true;
}
