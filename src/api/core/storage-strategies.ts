import { compareQuantities, type FieldError, qualifiedNameErrors, tryParseQuantity } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { unifiedDiff } from "../unified-diff.ts";
import {
  eachEntry,
  type Findings,
  forbidden,
  immutable,
  inOrder,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  optionalOneOf,
  required,
} from "../validation.ts";
import { accessModes, className, VOLUME_MODES, validateClaimSpec } from "./claim-validation.ts";
import { goStruct } from "./go-core-structs.ts";
import { checkSources, SOURCES, withSourceDefaults } from "./persistent-volume-sources.ts";
import { validateNodeSelector } from "./placement-validation.ts";
import { basicQuantity, positiveQuantity, quantityOf } from "./resource-validation.ts";
import { claimWarnings, persistentVolumeWarnings } from "./volume-warnings.ts";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./volumes.ts";

/** What is particular to PersistentVolumeClaims (`pkg/registry/core/persistentvolumeclaim`). */
export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  warnings: claimWarnings,
  applyDefaults: (claim) => withSpec(claim, (spec) => withDefaults(spec, { volumeMode: "Filesystem" })),
  prepareForCreate: (claim) => withBothSources(withStatus<PersistentVolumeClaim>({ phase: "Pending" })(claim)),
  validate: ({ spec }, before) => (spec === before?.spec ? NOTHING : validateClaimSpec(spec, "spec")),
  validateUpdate: checkClaimUpdate,
  prepareStatus: withPhase,
  validateStatus: checkClaimStatus,
};

const RESIZES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
].sort();

/** What a volume's controllers say of a claim (`ValidatePersistentVolumeClaimStatusUpdate`). */
function checkClaimStatus({ status = {} }: PersistentVolumeClaim): Findings {
  const { capacity, allocatedResources, allocatedResourceStatuses } = status;
  const statuses = "status.allocatedResourceStatuses";
  return [
    ...eachEntry(capacity, (name, amount) => basicQuantity(`status.capacity[${name}]`, amount)),
    ...eachEntry(allocatedResourceStatuses, (name, resize) => [
      ...claimResourceName(statuses, name),
      ...(RESIZES.includes(resize) ? NOTHING : [notSupported(statuses, name, RESIZES)]),
    ]),
    ...eachEntry(allocatedResources, (name, amount) => {
      const wrong = claimResourceName("status.allocatedResources", name);
      if (wrong.length > 0) return wrong;
      const field = `status.allocatedResources[${name}]`;
      const basic = basicQuantity(field, amount);
      return basic.length > 0 ? basic : quantityOf("storage", field, amount);
    }),
  ];
}

/** `validatePersistentVolumeClaimResourceKey`. */
function claimResourceName(field: string, name: string): Findings {
  const wrong = qualifiedNameErrors(name);
  if (wrong.length > 0) return invalidFor(field, name, wrong);
  if (!name.includes("/")) return name === "storage" ? NOTHING : [notSupported(field, name, ["storage"])];
  return /(^|\.)(kubernetes|k8s)\.io\//.test(name) ? [notSupported(field, name, ["storage"])] : NOTHING;
}

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

function changeOf(struct: Parameters<typeof goStruct>[0], before: object, after: object): string {
  return unifiedDiff(goStruct(struct, before), goStruct(struct, after));
}

const CLAIM_FIXED =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

function checkClaimUpdate(after: PersistentVolumeClaim, before: PersistentVolumeClaim): Findings {
  if (after.spec === before.spec) return NOTHING;
  const old = claimWithNew(before, after);
  return [
    ...(deepEqual(old, after.spec)
      ? NOTHING
      : [forbidden("spec", `${CLAIM_FIXED}\n${changeOf("PersistentVolumeClaimSpec", old, after.spec)}`)]),
    ...checkShrink(after, before),
    ...immutable("volumeMode", after.spec.volumeMode, before.spec.volumeMode),
    ...checkAttributesClass(after, before),
  ];
}

/** A class that was applied is never taken away. */
function checkAttributesClass(after: PersistentVolumeClaim, before: PersistentVolumeClaim): Findings {
  const { volumeAttributesClassName: next } = after.spec;
  if (next === before.spec.volumeAttributesClassName || next) return NOTHING;
  if (before.status?.currentVolumeAttributesClassName === undefined) return NOTHING;
  const to = next === undefined ? "nil" : "empty string";
  return [
    forbidden(ATTRIBUTES, `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`),
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
      withSourceDefaults(withDefaults(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" })),
    ),
  prepareForCreate: (volume) => {
    const { creationTimestamp } = volume.metadata;
    const since = creationTimestamp === undefined ? {} : { lastPhaseTransitionTime: creationTimestamp };
    return withStatus<PersistentVolume>({ phase: "Pending", ...since })(volume);
  },
  prepareStatus: (volume, before, now) => withTransitionTime(withPhase(volume), before, now),
  validate: (volume, before) => (volume.spec === before?.spec ? NOTHING : checkVolume(volume)),
  validateUpdate: checkVolumeUpdate,
};

/** Claims and volumes are pending while nothing else is said of them. */
function withPhase<T extends { readonly status?: { readonly phase?: string } }>(object: T): T {
  return object.status?.phase ? object : { ...object, status: { ...object.status, phase: "Pending" } };
}

/** When a volume came into its phase, unless its controller says so itself (`persistentvolumeStatusStrategy`). */
function withTransitionTime(volume: PersistentVolume, before: PersistentVolume, now: string): PersistentVolume {
  const { phase, lastPhaseTransitionTime: stated } = volume.status ?? {};
  const { phase: old, lastPhaseTransitionTime: since } = before.status ?? {};
  const lastPhaseTransitionTime = phase === old ? (stated ?? since) : stated === since ? now : (stated ?? now);
  if (lastPhaseTransitionTime === undefined || lastPhaseTransitionTime === stated) return volume;
  return { ...volume, status: { ...volume.status, lastPhaseTransitionTime } };
}

type VolumeSpec = PersistentVolume["spec"];
type Fields = Readonly<Record<string, unknown>>;

function checkVolume({ metadata, spec }: PersistentVolume): Findings {
  const { capacity = {}, accessModes: modes = [], storageClassName, volumeAttributesClassName } = spec;
  const names = Object.keys(capacity);
  return [
    ...(modes.length === 0 ? [required("spec.accessModes")] : NOTHING),
    ...accessModes(modes, "spec.accessModes"),
    ...(names.length === 0 ? [required("spec.capacity")] : NOTHING),
    ...(names.length === 1 && names[0] === "storage"
      ? NOTHING
      : [notSupported("spec.capacity", spec.capacity === undefined ? null : inOrder(capacity), ["storage"])]),
    ...eachEntry(capacity, (name, amount) => [
      ...basicQuantity(`spec.capacity[${name}]`, amount),
      ...positiveQuantity(`spec.capacity[${name}]`, amount),
    ]),
    ...optionalOneOf("spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, [
      "Delete",
      "Recycle",
      "Retain",
    ]),
    ...checkNodeAffinity(spec),
    ...checkSources(spec, "spec", metadata.name),
    ...className("spec.storageClassName", storageClassName),
    ...optionalOneOf("spec.volumeMode", spec.volumeMode, VOLUME_MODES),
    ...(volumeAttributesClassName === "" ? [required(ATTRIBUTES, "an empty string is disallowed")] : NOTHING),
    ...className(ATTRIBUTES, volumeAttributesClassName),
    ...(volumeAttributesClassName === undefined || "csi" in spec
      ? NOTHING
      : [required("spec.csi", "has to be specified when using volumeAttributesClassName")]),
  ];
}

const ATTRIBUTES = "spec.volumeAttributesClassName";

function checkNodeAffinity({ nodeAffinity }: VolumeSpec): Findings {
  if (nodeAffinity === undefined) return NOTHING;
  return nodeAffinity.required === undefined
    ? [required("spec.nodeAffinity.required", "must specify required node constraints")]
    : validateNodeSelector(nodeAffinity.required, "spec.nodeAffinity.required");
}

function checkVolumeUpdate(after: PersistentVolume, before: PersistentVolume): readonly FieldError[] {
  if (after.spec === before.spec) return NOTHING;
  const [next, old] = [sourceOf(after.spec), sourceOf(before.spec)];
  const { nodeAffinity } = before.spec;
  const isRemoved =
    before.spec.volumeAttributesClassName !== undefined && after.spec.volumeAttributesClassName === undefined;
  return [
    // Upstream looks at the whole of it twice.
    ...checkVolume(after),
    ...(deepEqual(next, old)
      ? NOTHING
      : [
          forbidden(
            "spec.persistentvolumesource",
            `spec.persistentvolumesource is immutable after creation\n${changeOf("PersistentVolumeSource", old, next)}`,
          ),
        ]),
    ...immutable("volumeMode", after.spec.volumeMode, before.spec.volumeMode),
    ...(nodeAffinity === undefined || deepEqual(nodeAffinity, after.spec.nodeAffinity)
      ? NOTHING
      : [
          invalid(
            "nodeAffinity",
            after.spec.nodeAffinity === undefined ? null : goStruct("VolumeNodeAffinity", after.spec.nodeAffinity),
            "field is immutable, except for updating from beta label to GA",
          ),
        ]),
    ...(isRemoved ? [forbidden(ATTRIBUTES, "update from non-nil value to nil is forbidden")] : NOTHING),
  ];
}

function sourceOf(spec: VolumeSpec): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => SOURCES.includes(name)));
}
