import { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from "../../api/index.ts";
import { hasFinalizer, type Kind, type KubeObject, withoutFinalizer } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Key,
  NOTHING,
  type Plan,
  read,
} from "../../controller/index.ts";
import { protectionOf } from "../admission/storage-protection.ts";
import { claimKey, claimPath, claimPathsOf } from "../storage/claims.ts";

const CLAIM_INDEX = "claims";
const CLASS_INDEX = "attributesClass";

/** Let go of storage that is to be removed once nothing uses it (`pkg/controller/volume/*protection`); `minor` says which kinds there are. */
export function storageProtectionControllers(minor: number): readonly AnyDefinition[] {
  return [claimProtection, volumeProtection, ...(minor >= 34 ? [classProtection] : [])];
}

/** A claim is in use while a pod that is on a node mounts it. */
const claimProtection = defineController({
  name: "pvc-protection-controller",
  primary: [PersistentVolumeClaim],
  predicate: isReleasable(PersistentVolumeClaim),
  reads: [
    read(Pod, {
      indexes: { [CLAIM_INDEX]: claimsOf },
      enqueue: ({ before, after }) =>
        before !== undefined && after === undefined ? claimsOf(before).map(claimKey) : [],
    }),
  ],
  reconcile: (claim, snapshot) => {
    const key = claimPath(claim.metadata.namespace, claim.metadata.name);
    const users = snapshot.list(Pod, { index: { name: CLAIM_INDEX, value: key } });
    return users.length > 0 ? NOTHING : release(PersistentVolumeClaim, claim);
  },
});

/** A volume is in use while a claim has it. */
const volumeProtection = defineController({
  name: "pv-protection-controller",
  primary: [PersistentVolume],
  predicate: isReleasable(PersistentVolume),
  reads: [],
  reconcile: (volume) => (volume.status?.phase === "Bound" ? NOTHING : release(PersistentVolume, volume)),
});

/** A class is in use while a claim or a volume is of it. */
const classProtection = defineController({
  name: "volumeattributesclass-protection-controller",
  primary: [VolumeAttributesClass],
  predicate: isReleasable(VolumeAttributesClass),
  reads: [
    read(PersistentVolumeClaim, { indexes: { [CLASS_INDEX]: classesOf }, enqueue: released }),
    read(PersistentVolume, { indexes: { [CLASS_INDEX]: classesOf }, enqueue: released }),
  ],
  reconcile: (attributes, snapshot) => {
    const index = { name: CLASS_INDEX, value: attributes.metadata.name };
    const isUsed =
      snapshot.list(PersistentVolumeClaim, { index }).length + snapshot.list(PersistentVolume, { index }).length > 0;
    return isUsed ? NOTHING : release(VolumeAttributesClass, attributes);
  },
});

/** Only what is to be removed and still protected is looked at. */
function isReleasable(kind: Kind<KubeObject>): (change: Change<KubeObject>) => boolean {
  return ({ after }) => after?.metadata.deletionTimestamp !== undefined && hasFinalizer(after, protectionOf(kind));
}

function release<T extends KubeObject>(kind: Kind<T>, object: T): Plan {
  if (object.metadata.deletionTimestamp === undefined || !hasFinalizer(object, protectionOf(kind))) return NOTHING;
  return { intents: [{ type: "update", kind, object: withoutFinalizer(object, protectionOf(kind)), before: object }] };
}

/** `namespace/name` of the claims a pod on a node mounts. */
function claimsOf(pod: Pod): readonly string[] {
  return pod.spec.nodeName ? claimPathsOf(pod) : [];
}

type OfClass = KubeObject & {
  readonly spec: { readonly volumeAttributesClassName?: string };
  readonly status?: { readonly phase?: string; readonly currentVolumeAttributesClassName?: string };
};

function classesOf({ spec, status }: OfClass): readonly string[] {
  return [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName].flatMap((name) => name || []);
}

/** The classes an object is no longer of. */
function released({ before, after }: Change<OfClass>): readonly Key[] {
  const left = before === undefined ? [] : classesOf(before);
  const still = after === undefined ? [] : classesOf(after);
  return left.filter((name) => !still.includes(name)).map((name) => ({ kind: VolumeAttributesClass, name }));
}
