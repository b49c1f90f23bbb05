import {
  dns1123SubdomainErrors,
  formatQuantity,
  type KubeObject,
  type LabelSelector,
  qualifiedNameErrors,
  tryParseQuantity,
  validateLabelSelector,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { accessModes } from "../core/claim-validation.ts";
import { nodeSelectorWarnings } from "../core/node-label-warnings.ts";
import { checkSources } from "../core/persistent-volume-sources.ts";
import { csiDriverName } from "../core/volume-validation.ts";
import type { PersistentVolume } from "../core/volumes.ts";
import { withDefaults, withField, withoutField } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { asGoStruct, type GoStructs } from "../go-structs.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  nonNegative,
  notSupported,
  optionalOneOf,
  required,
  tooLong,
} from "../validation.ts";

type CsiDriver = KubeObject & {
  readonly spec?: {
    readonly attachRequired?: boolean;
    readonly fsGroupPolicy?: string;
    readonly volumeLifecycleModes?: readonly string[];
    readonly tokenRequests?: readonly { readonly audience?: string; readonly expirationSeconds?: number }[];
    readonly nodeAllocatableUpdatePeriodSeconds?: number;
  };
};
type CsiNode = KubeObject & {
  readonly spec?: {
    readonly drivers?: readonly {
      readonly name?: string;
      readonly nodeID?: string;
      readonly topologyKeys?: readonly string[];
      readonly allocatable?: { readonly count?: number };
    }[];
  };
};
type CsiStorageCapacity = KubeObject & {
  readonly nodeTopology?: LabelSelector;
  readonly storageClassName?: string;
  readonly capacity?: string;
};
type VolumeError = { readonly message?: string; readonly errorCode?: number };
type VolumeAttachment = KubeObject & {
  readonly spec?: {
    readonly attacher?: string;
    readonly nodeName?: string;
    readonly source?: { readonly persistentVolumeName?: string; readonly inlineVolumeSpec?: InlineSpec };
  };
  readonly status?: {
    readonly attachmentMetadata?: Readonly<Record<string, string>>;
    readonly attachError?: VolumeError;
    readonly detachError?: VolumeError;
  };
};
type InlineSpec = Partial<PersistentVolume["spec"]> & { readonly csi?: unknown };

const OF_DRIVERS = {
  attachRequired: true,
  podInfoOnMount: false,
  storageCapacity: false,
  fsGroupPolicy: "ReadWriteOnceWithFSType",
  volumeLifecycleModes: ["Persistent"],
  requiresRepublish: false,
  seLinuxMount: false,
};
const FIXED = "field is immutable";
const STRUCTS: GoStructs = {
  CSINodeDriver: "Name NodeID TopologyKeys[] Allocatable?VolumeNodeResources",
  VolumeNodeResources: "Count?",
  VolumeAttachmentSpec: "Attacher Source:Source NodeName",
  Source: "PersistentVolumeName? InlineVolumeSpec?*",
};

/** CSIDrivers: what they can do is known from the start; their generation counts changes, from nothing. */
export const csiDriverStrategy: Strategy<CsiDriver> = {
  applyDefaults: (driver) => withField(driver, "spec", withDefaults(driver.spec ?? {}, OF_DRIVERS)),
  // Of a feature 1.34 does not turn on.
  prepareForCreate: (driver) => withoutPeriod(driver),
  prepareForUpdate: (driver, before) => {
    const { generation = 0 } = before.metadata;
    const next = before.spec?.nodeAllocatableUpdatePeriodSeconds === undefined ? withoutPeriod(driver) : driver;
    if (deepEqual(next.spec, before.spec)) return next;
    return { ...next, metadata: { ...next.metadata, generation: generation + 1 } };
  },
  validate: ({ spec = {} }) => [
    ...optionalOneOf("spec.fsGroupPolicy", spec.fsGroupPolicy, ["File", "None", "ReadWriteOnceWithFSType"]),
    ...checkTokenRequests(spec.tokenRequests ?? []),
    ...eachItem(spec.volumeLifecycleModes, (mode) =>
      mode === "Persistent" || mode === "Ephemeral"
        ? NOTHING
        : [notSupported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"])],
    ),
  ],
  validateUpdate: ({ spec: after = {} }, { spec: before = {} }) => [
    ...(after.attachRequired === before.attachRequired
      ? NOTHING
      : [invalid("spec.attachedRequired", after.attachRequired, FIXED)]),
    ...(deepEqual(after.volumeLifecycleModes, before.volumeLifecycleModes)
      ? NOTHING
      : [invalid("spec.volumeLifecycleModes", after.volumeLifecycleModes ?? null, FIXED)]),
  ],
};

function withoutPeriod(driver: CsiDriver): CsiDriver {
  return driver.spec === undefined
    ? driver
    : withField(driver, "spec", withoutField(driver.spec, "nodeAllocatableUpdatePeriodSeconds"));
}

function checkTokenRequests(requests: NonNullable<NonNullable<CsiDriver["spec"]>["tokenRequests"]>): Findings {
  const audiences = requests.map(({ audience = "" }) => audience);
  return requests.flatMap(({ expirationSeconds: seconds }, index) => {
    const path = `spec.tokenRequests[${index}]`;
    const audience = audiences[index] ?? "";
    if (audiences.indexOf(audience) < index) return [duplicate(`${path}.audience`, audience)];
    if (seconds === undefined) return NOTHING;
    const wrong = (detail: string): Findings => [invalid(`${path}.expirationSeconds`, seconds, detail)];
    if (seconds < 600) return wrong("may not specify a duration less than 10 minutes");
    return seconds > 2 ** 32 ? wrong("may not specify a duration larger than 2^32 seconds") : NOTHING;
  });
}

const NODE_ID_MAX = 256;

/** CSINodes: a driver of a node stays what it is (`ValidateCSINode`). */
export const csiNodeStrategy: Strategy<CsiNode> = {
  validate: ({ spec }) => {
    const names = (spec?.drivers ?? []).map(({ name = "" }) => name);
    return eachItem(spec?.drivers, ({ name = "", nodeID = "", topologyKeys = [], allocatable }, index) => {
      const path = `spec.drivers[${index}]`;
      return [
        ...csiDriverName(`${path}.name`, name),
        ...(nodeID === "" ? [required(`${path}.nodeID`)] : NOTHING),
        ...(nodeID.length > NODE_ID_MAX
          ? [invalid(`${path}.nodeID`, nodeID, `must be ${NODE_ID_MAX} characters or less`)]
          : NOTHING),
        ...nonNegative(`${path}.allocatable.count`, allocatable?.count),
        ...(names.indexOf(name) < index ? [duplicate(`${path}.name`, name)] : NOTHING),
        ...topologyKeys.flatMap((key, place) => [
          ...(key === "" ? [required(path)] : NOTHING),
          ...(topologyKeys.indexOf(key) < place ? [duplicate(path, key)] : NOTHING),
          ...invalidFor(path, key, qualifiedNameErrors(key)),
        ]),
      ];
    });
  },
  validateUpdate: (after, before) =>
    (before.spec?.drivers ?? []).flatMap((old) =>
      (after.spec?.drivers ?? [])
        .filter((next) => next.name === old.name && !deepEqual(next, old))
        .map((next) => invalid("spec.drivers", asGoStruct(STRUCTS, "CSINodeDriver", next), FIXED)),
    ),
};

/** CSIStorageCapacities: what was asked of a driver stays, what it answered may change. */
export const csiStorageCapacityStrategy: Strategy<CsiStorageCapacity> = {
  validate: ({ nodeTopology, storageClassName = "", capacity }) => [
    ...(nodeTopology === undefined ? NOTHING : validateLabelSelector(nodeTopology, "nodeTopology")),
    ...invalidFor("storageClassName", storageClassName, dns1123SubdomainErrors(storageClassName)),
    ...nonNegativeQuantity("capacity", capacity),
  ],
  validateUpdate: (after, before) => [
    ...(deepEqual(after.nodeTopology, before.nodeTopology)
      ? NOTHING
      : [invalid("nodeTopology", after.nodeTopology ?? null, FIXED)]),
    ...(after.storageClassName === before.storageClassName
      ? NOTHING
      : [invalid("storageClassName", after.storageClassName ?? "", FIXED)]),
  ],
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, "nodeTopology"),
};

function nonNegativeQuantity(field: string, amount: string | undefined): Findings {
  const quantity = tryParseQuantity(amount);
  return quantity === undefined || quantity.nanos >= 0n
    ? NOTHING
    : [invalid(field, formatQuantity(quantity), "must be greater than or equal to 0")];
}

const ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
const METADATA_MAX = 256 * 1024;
const MESSAGE_MAX = 1024;

/** VolumeAttachments: which volume goes to which node never changes (`ValidateVolumeAttachment`). */
export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  // Of a feature 1.34 does not turn on.
  prepareStatus: (attachment) => {
    const { attachError, detachError, ...status } = attachment.status ?? {};
    if (attachError?.errorCode === undefined && detachError?.errorCode === undefined) return attachment;
    const plain = (error: VolumeError | undefined, field: string): object =>
      error === undefined ? {} : { [field]: withoutField(error, "errorCode") };
    return {
      ...attachment,
      status: { ...status, ...plain(attachError, "attachError"), ...plain(detachError, "detachError") },
    };
  },
  validate: ({ spec = {} }) => [
    ...csiDriverName("spec.attacher", spec.attacher),
    ...checkAttached(spec.source ?? {}),
    ...invalidFor("spec.nodeName", spec.nodeName ?? "", dns1123SubdomainErrors(spec.nodeName ?? "")),
    ...(spec.source?.persistentVolumeName === undefined
      ? NOTHING
      : invalidFor(
          "spec.source.persistentVolumeName",
          spec.source.persistentVolumeName,
          dns1123SubdomainErrors(spec.source.persistentVolumeName),
        )),
  ],
  validateUpdate: (after, before) =>
    deepEqual(after.spec, before.spec)
      ? NOTHING
      : [invalid("spec", asGoStruct(STRUCTS, "VolumeAttachmentSpec", after.spec ?? {}), FIXED)],
  validateStatus: ({ status = {} }) => [
    ...(sizeOf(status.attachmentMetadata) > METADATA_MAX
      ? [tooLong("status.attachmentMetadata", METADATA_MAX)]
      : NOTHING),
    ...(["attachError", "detachError"] as const).flatMap((field) =>
      Buffer.byteLength(status[field]?.message ?? "") > MESSAGE_MAX
        ? [tooLong(`status.${field}.message`, METADATA_MAX)]
        : NOTHING,
    ),
  ],
};

function checkAttached({ persistentVolumeName: name, inlineVolumeSpec: inline }: AttachedSource): Findings {
  const path = "spec.source";
  if (name === undefined && inline === undefined) return [required(path, ONE_SOURCE)];
  if (name !== undefined && inline !== undefined) return [forbidden(path, ONE_SOURCE)];
  if (inline !== undefined) return checkInline(inline, `${path}.inlineVolumeSpec`);
  return name === ""
    ? [required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName")]
    : NOTHING;
}

type AttachedSource = NonNullable<NonNullable<VolumeAttachment["spec"]>["source"]>;

/** A volume that is described where it is attached says little but where its data is. */
function checkInline(spec: InlineSpec, path: string): Findings {
  const { accessModes: modes = [], persistentVolumeReclaimPolicy: policy = "", storageClassName, volumeMode } = spec;
  const where = "in the context of inline volumes";
  const stray = (field: keyof InlineSpec): Findings =>
    spec[field] === undefined ? NOTHING : [forbidden(`${path}.${field}`, `may not be specified ${where}`)];
  const isOddMode = volumeMode !== undefined && volumeMode !== "Filesystem";
  return [
    ...stray("claimRef"),
    ...stray("capacity"),
    ...(spec.csi === undefined ? [required(`${path}.csi`, `has to be specified ${where}`)] : NOTHING),
    ...(modes.length === 0 ? [required(`${path}.accessModes`)] : NOTHING),
    ...accessModes(modes, `${path}.accessModes`),
    ...(policy === "" || policy === "Retain"
      ? NOTHING
      : [forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${where}`)]),
    ...stray("nodeAffinity"),
    ...checkSources(spec, path, ""),
    ...(storageClassName === "" ? NOTHING : stray("storageClassName")),
    ...(isOddMode
      ? [forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${where}`)]
      : NOTHING),
  ];
}

function sizeOf(map: Readonly<Record<string, string>> | undefined): number {
  return Object.entries(map ?? {}).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
