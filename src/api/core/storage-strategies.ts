import { compareQuantities, type FieldError, tryParseQuantity } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { specDiff } from "../spec-diff.ts";
import {
  eachEntry,
  type Findings,
  forbidden,
  immutable,
  NOTHING,
  notSupported,
  optionalOneOf,
  required,
} from "../validation.ts";
import { accessModes, className, VOLUME_MODES, validateClaimSpec } from "./claim-validation.ts";
import { validateNodeSelector } from "./placement-validation.ts";
import { positiveQuantity } from "./resource-validation.ts";
import { checkHostPath, checkNfs, csiDriverName } from "./volume-validation.ts";
import { claimWarnings, persistentVolumeWarnings } from "./volume-warnings.ts";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./volumes.ts";

/** What is particular to PersistentVolumeClaims (`pkg/registry/core/persistentvolumeclaim`). */
export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  warnings: claimWarnings,
  applyDefaults: (claim) => withSpec(claim, (spec) => withDefaults(spec, { volumeMode: "Filesystem" })),
  prepareForCreate: (claim) => withBothSources(withStatus<PersistentVolumeClaim>({ phase: "Pending" })(claim)),
  validate: ({ spec }, before) => (spec === before?.spec ? NOTHING : validateClaimSpec(spec, "spec")),
  validateUpdate: checkClaimUpdate,
};

/**
 * A claim's source has an older field and a newer one; who fills one has filled both (`NormalizeDataSources`). The older one takes
 * claims and snapshots only, and forgets anything else; sources of other namespaces are not served.
 */
function withBothSources(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { dataSource: older, dataSourceRef: newer, ...rest } = claim.spec;
  if (older === undefined && newer === undefined) return claim;
  const dataSourceRef = newer?.namespace ? undefined : newer;
  const dataSource = dataSourceRef === undefined && older !== undefined && !isOldSource(older) ? undefined : older;
  const source = dataSource ?? dataSourceRef;
  if (source === undefined) return withField(claim, "spec", rest);
  return withField(claim, "spec", {
    ...rest,
    dataSource: dataSource ?? source,
    dataSourceRef: dataSourceRef ?? source,
  });
}

function isOldSource({ apiGroup = "", kind }: NonNullable<PersistentVolumeClaimSpec["dataSource"]>): boolean {
  return (
    (apiGroup === "" && kind === "PersistentVolumeClaim") ||
    (apiGroup === "snapshot.storage.k8s.io" && kind === "VolumeSnapshot")
  );
}

const CLAIM_FIXED =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

function checkClaimUpdate(after: PersistentVolumeClaim, before: PersistentVolumeClaim): Findings {
  if (after.spec === before.spec) return NOTHING;
  const old = claimWithNew(before, after);
  return [
    ...(deepEqual(old, after.spec)
      ? NOTHING
      : [forbidden("spec", `${CLAIM_FIXED}\n${specDiff("core.PersistentVolumeClaimSpec", old, after.spec)}`)]),
    ...checkShrink(after, before),
    ...immutable("volumeMode", after.spec.volumeMode, before.spec.volumeMode),
    ...(before.spec.volumeAttributesClassName !== undefined && after.spec.volumeAttributesClassName === undefined
      ? [forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")]
      : NOTHING),
  ];
}

/** The old spec with what may change as the new one has it: the volume once, the class once, the size of a bound claim. */
function claimWithNew(before: PersistentVolumeClaim, after: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const { spec: old } = before;
  const { spec: next } = after;
  const isBound = after.status?.phase === "Bound";
  const storage = next.resources?.requests?.storage;
  return {
    ...old,
    ...(!old.volumeName && next.volumeName !== undefined ? { volumeName: next.volumeName } : {}),
    ...(old.storageClassName === undefined && next.storageClassName !== undefined
      ? { storageClassName: next.storageClassName }
      : {}),
    ...(isBound && storage !== undefined
      ? { resources: { ...old.resources, requests: { ...old.resources?.requests, storage } } }
      : {}),
    ...(isBound && next.volumeAttributesClassName !== undefined
      ? { volumeAttributesClassName: next.volumeAttributesClassName }
      : {}),
  };
}

/** A claim may ask for less again, but never for what it has already or less (RecoverVolumeExpansionFailure). */
function checkShrink(after: PersistentVolumeClaim, before: PersistentVolumeClaim): Findings {
  const next = tryParseQuantity(after.spec.resources?.requests?.storage);
  const old = tryParseQuantity(before.spec.resources?.requests?.storage);
  const given = tryParseQuantity(before.status?.capacity?.storage ?? "0");
  if (next === undefined || old === undefined || given === undefined) return NOTHING;
  return compareQuantities(next, old) < 0 && compareQuantities(next, given) <= 0
    ? [forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]
    : NOTHING;
}

/** What is particular to PersistentVolumes (`pkg/registry/core/persistentvolume`). */
export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  warnings: persistentVolumeWarnings,
  applyDefaults: (volume) =>
    withSpec(volume, (spec) =>
      withDefaults(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
    ),
  prepareForCreate: (volume) => {
    const { creationTimestamp } = volume.metadata;
    const since = creationTimestamp === undefined ? {} : { lastPhaseTransitionTime: creationTimestamp };
    return withStatus<PersistentVolume>({ phase: "Pending", ...since })(volume);
  },
  validate: ({ spec }, before) => (spec === before?.spec ? NOTHING : checkVolume(spec)),
  validateUpdate: checkVolumeUpdate,
};

type VolumeSpec = PersistentVolume["spec"];

function checkVolume(spec: VolumeSpec): Findings {
  const { capacity = {}, accessModes: modes = [], storageClassName } = spec;
  const names = Object.keys(capacity);
  return [
    ...(modes.length === 0 ? [required("spec.accessModes")] : NOTHING),
    ...accessModes(modes, "spec.accessModes"),
    ...(names.length === 0 ? [required("spec.capacity")] : NOTHING),
    ...(names.length === 1 && names[0] === "storage"
      ? NOTHING
      : [notSupported("spec.capacity", capacity, ["storage"])]),
    ...eachEntry(capacity, (name, amount) => positiveQuantity(`spec.capacity[${name}]`, amount)),
    ...optionalOneOf("spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, [
      "Delete",
      "Recycle",
      "Retain",
    ]),
    ...checkNodeAffinity(spec),
    ...checkSource(spec),
    ...className("spec.storageClassName", storageClassName),
    ...optionalOneOf("spec.volumeMode", spec.volumeMode, VOLUME_MODES),
  ];
}

function checkNodeAffinity({ nodeAffinity }: VolumeSpec): Findings {
  if (nodeAffinity === undefined) return NOTHING;
  return nodeAffinity.required === undefined
    ? [required("spec.nodeAffinity.required", "must specify required node constraints")]
    : validateNodeSelector(nodeAffinity.required, "spec.nodeAffinity.required");
}

/** Everything of a volume's spec that says where the data is. */
const SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
];
type Fields = Readonly<Record<string, unknown>>;

function checkSource(spec: VolumeSpec): Findings {
  const fields = spec as Fields;
  const [first, ...more] = SOURCES.filter((name) => fields[name] !== undefined);
  if (first === undefined) return [required("spec", "must specify a volume type")];
  const source = fields[first] as Fields;
  const isRoot = first === "hostPath" && source.path === "/" && spec.persistentVolumeReclaimPolicy === "Recycle";
  return [
    ...sourceFindings(first, source, spec),
    ...more.map((name) => forbidden(`spec.${name}`, "may not specify more than 1 volume type")),
    ...(isRoot
      ? [forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")]
      : NOTHING),
  ];
}

function sourceFindings(name: string, source: Fields, spec: VolumeSpec): Findings {
  if (name === "hostPath") return checkHostPath(source, "spec.hostPath");
  if (name === "nfs") return checkNfs(source, "spec.nfs");
  if (name === "local")
    return [
      ...(source.path ? NOTHING : [required("spec.local.path")]),
      ...(spec.nodeAffinity === undefined
        ? [required("spec.nodeAffinity", "Local volume requires node affinity")]
        : NOTHING),
    ];
  if (name !== "csi") return NOTHING;
  return [
    ...csiDriverName("spec.csi.driver", source.driver),
    ...(source.volumeHandle ? NOTHING : [required("spec.csi.volumeHandle")]),
  ];
}

function checkVolumeUpdate(after: PersistentVolume, before: PersistentVolume): readonly FieldError[] {
  if (after.spec === before.spec) return NOTHING;
  const [next, old] = [sourceOf(after.spec), sourceOf(before.spec)];
  return [
    ...(deepEqual(next, old)
      ? NOTHING
      : [
          forbidden(
            "spec.persistentvolumesource",
            `spec.persistentvolumesource is immutable after creation\n${specDiff("core.PersistentVolumeSource", old, next)}`,
          ),
        ]),
    ...immutable("volumeMode", after.spec.volumeMode, before.spec.volumeMode),
    ...(before.spec.nodeAffinity === undefined
      ? NOTHING
      : immutable("nodeAffinity", after.spec.nodeAffinity, before.spec.nodeAffinity)),
  ];
}

function sourceOf(spec: VolumeSpec): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => SOURCES.includes(name)));
}
