import { formatQuantity, tryParseQuantity } from "../../apimachinery/index.ts";
import { nodeTermWarnings } from "./node-label-warnings.ts";
import type { Volume } from "./pod.ts";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./volumes.ts";

const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";
const BETA_OPTIONS = "volume.beta.kubernetes.io/mount-options";

/** Sources of volumes whose driver is gone, and since when. */
const GONE: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};
const OF_PODS = Object.keys(GONE);
const OF_PERSISTENT = ["cephfs", "photonPersistentDisk", "scaleIO", "storageos", "glusterfs", "rbd"];

/** What is said of a source of a pod's volume whose driver is gone. */
export function goneSourceWarnings(volume: Volume, field: string): readonly string[] {
  return goneWarnings(volume, field, OF_PODS);
}

function goneWarnings(volume: object, field: string, sources: readonly string[]): readonly string[] {
  return sources
    .filter((source) => source in volume)
    .map((source) => `${field}.${source === "storageos" ? "storageOS" : source}: ${GONE[source]}`);
}

/** What is outdated about a volume (`pkg/api/persistentvolume`). */
export function persistentVolumeWarnings({ metadata, spec }: PersistentVolume): readonly string[] {
  const { annotations = {} } = metadata;
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return [
    ...(annotations[BETA_CLASS] === undefined
      ? []
      : [`metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]),
    ...(annotations[BETA_OPTIONS] === undefined
      ? []
      : [`metadata.annotations[${BETA_OPTIONS}]: deprecated since v1.31; use "mountOptions" attribute instead`]),
    ...(spec.persistentVolumeReclaimPolicy === "Recycle"
      ? [
          "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
        ]
      : []),
    ...terms.flatMap((term, index) =>
      nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, { withValues: false }),
    ),
    ...goneWarnings(spec, "spec", OF_PERSISTENT),
  ];
}

/** What is odd about a claim (`pkg/api/persistentvolumeclaim`). */
export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): readonly string[] {
  const isOutdated = metadata.annotations?.[BETA_CLASS] !== undefined;
  return [
    ...(isOutdated
      ? [`metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]
      : []),
    ...claimSpecWarnings(spec, "spec"),
  ];
}

/** Storage asked for in parts of a byte. */
export function claimSpecWarnings({ resources = {} }: PersistentVolumeClaimSpec, field: string): readonly string[] {
  return [
    ...fractionWarnings(resources.requests?.storage, `${field}.resources.requests[storage]`),
    ...fractionWarnings(resources.limits?.storage, `${field}.resources.limits[storage]`),
  ];
}

/** A number of bytes that is no whole one. */
export function fractionWarnings(amount: string | number | undefined, field: string): readonly string[] {
  const quantity = amount === undefined ? undefined : tryParseQuantity(amount);
  const shown = quantity === undefined ? "" : formatQuantity(quantity);
  // In its canonical form only a fraction has a suffix below one.
  if (!/[mun]$|e-/.test(shown)) return [];
  return [`${field}: fractional byte value "${shown}" is invalid, must be an integer`];
}
