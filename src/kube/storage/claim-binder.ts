import { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/index.ts";
import { withAnnotations } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  classNameOf,
  isBound,
  isDelayed,
  isHeldFor,
  SELECTED_NODE,
  STORAGE_PROVISIONERS,
  VOLUME_INDEXES,
  volumesFor,
} from "./claims.ts";
import { bestVolume } from "./volume-match.ts";

const UNBOUND_INDEX = "unboundOfClass";

type View = Snapshot<typeof PersistentVolume | typeof PersistentVolumeClaim | typeof StorageClass>;

/**
 * Binds claims to volumes (`pkg/controller/volume/persistentvolume`): to the one they name, one held for them or the smallest that
 * will do; where there is none, it leaves the claim to the provisioner of its class. One step a time: each is seen before the next.
 */
export const claimBinder: AnyDefinition = defineController({
  name: "persistentvolume-binder-controller",
  primary: [PersistentVolumeClaim],
  reads: [
    read(PersistentVolumeClaim, {
      enqueue: "none",
      indexes: { [UNBOUND_INDEX]: (claim) => (isBound(claim) ? [] : [classNameOf(claim)]) },
    }),
    read(PersistentVolume, { enqueue: claimsOfVolume, indexes: VOLUME_INDEXES }),
    read(StorageClass, { enqueue: ({ object }, snapshot) => unboundOf(object.metadata.name, snapshot as View) }),
  ],
  reconcile: (claim, snapshot) => (isBound(claim) ? keepBound(claim, snapshot) : findVolume(claim, snapshot)),
});

/** The claim a volume is held for, and, of a free one, all that might want it. */
function claimsOfVolume({ object, after }: Change<PersistentVolume>, snapshot: Snapshot<never>): readonly Key[] {
  const { claimRef } = object.spec;
  if (claimRef?.name !== undefined)
    return [{ kind: PersistentVolumeClaim, name: claimRef.name, namespace: claimRef.namespace ?? "" }];
  return after === undefined ? [] : unboundOf(classNameOf(after), snapshot as View);
}

function unboundOf(className: string, snapshot: View): readonly Key[] {
  const claims = snapshot.list(PersistentVolumeClaim, { index: { name: UNBOUND_INDEX, value: className } });
  return claims.map(({ metadata: { name, namespace = "" } }) => ({ kind: PersistentVolumeClaim, name, namespace }));
}

function keepBound(claim: PersistentVolumeClaim, snapshot: View): Plan {
  const volume = snapshot.get(PersistentVolume, claim.spec.volumeName ?? "");
  if (volume === undefined)
    return lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  if (volume.spec.claimRef !== undefined && !isHeldFor(volume, claim))
    return lose(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
  return bind(claim, volume);
}

function lose(claim: PersistentVolumeClaim, reason: string, message: string): Plan {
  if (claim.status?.phase === "Lost") return NOTHING;
  return plan(withPhase(claim, { phase: "Lost" }), told(claim, reason, message, "Warning"));
}

function findVolume(claim: PersistentVolumeClaim, snapshot: View): Plan {
  if (claim.metadata.deletionTimestamp !== undefined) return NOTHING;
  const { volumeName } = claim.spec;
  const className = classNameOf(claim);
  const storageClass = snapshot.get(StorageClass, className);
  if (volumeName) {
    const named = snapshot.get(PersistentVolume, volumeName);
    const isFree = named !== undefined && (named.spec.claimRef === undefined || isHeldFor(named, claim));
    return isFree ? bind(claim, named) : NOTHING;
  }
  const isWaiting = isDelayed(storageClass) && claim.metadata.annotations?.[SELECTED_NODE] === undefined;
  const volume = bestVolume(claim, volumesFor(claim, snapshot), { delayed: isWaiting });
  if (volume !== undefined) return bind(claim, volume);
  if (isWaiting)
    return plan(told(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding"));
  if (className === "") {
    const message = "no persistent volumes available for this claim and no storage class is set";
    return plan(told(claim, "FailedBinding", message));
  }
  if (storageClass === undefined)
    return plan(told(claim, "ProvisioningFailed", `storageclass.storage.k8s.io "${className}" not found`, "Warning"));
  const { provisioner } = storageClass;
  if (!provisioner.startsWith("kubernetes.io/")) return leaveTo(provisioner, claim);
  return plan(told(claim, "ProvisioningFailed", `no volume plugin matched name: ${provisioner}`, "Warning"));
}

function told(
  regarding: PersistentVolumeClaim,
  reason: string,
  message: string,
  eventType: "Normal" | "Warning" = "Normal",
): Intent {
  return { type: "event", regarding, eventType, reason, message };
}

/** Says who is to make a volume. */
function leaveTo(provisioner: string, claim: PersistentVolumeClaim): Plan {
  const asked = withAnnotations(claim, Object.fromEntries(STORAGE_PROVISIONERS.map((name) => [name, provisioner])));
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  const asking: Intent = { type: "update", kind: PersistentVolumeClaim, object: asked, before: claim };
  return plan(asked === claim ? undefined : asking, told(claim, "ExternalProvisioning", message));
}

/** The next step of bringing the two together: the volume is held first, then the claim names it, then both say so. */
function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Plan {
  const held = holding(volume, claim);
  if (held !== volume) return plan({ type: "update", kind: PersistentVolume, object: held, before: volume });
  const named = naming(claim, volume);
  return plan(
    volume.status?.phase === "Bound" ? undefined : volumePhase(volume, "Bound"),
    named === claim
      ? withPhase(claim, boundStatus(volume))
      : ({ type: "update", kind: PersistentVolumeClaim, object: named, before: claim } as const),
  );
}

/** `volume` held for `claim`. */
export function holding(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const { claimRef } = volume.spec;
  if (claimRef?.uid === uid && isHeldFor(volume, claim)) return volume;
  const reference = { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid, resourceVersion };
  const marked = claimRef === undefined ? withAnnotations(volume, { [BOUND_BY_CONTROLLER]: "yes" }) : volume;
  return { ...marked, spec: { ...volume.spec, claimRef: reference } } as PersistentVolume;
}

function naming(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const own: Record<string, string> = claim.spec.volumeName ? {} : { [BOUND_BY_CONTROLLER]: "yes" };
  const marked = withAnnotations(claim, { ...own, [BIND_COMPLETED]: "yes" });
  if (marked === claim && claim.spec.volumeName === volume.metadata.name) return claim;
  return { ...marked, spec: { ...claim.spec, volumeName: volume.metadata.name } };
}

type Status = NonNullable<PersistentVolumeClaim["status"]>;

function boundStatus({ spec: { accessModes, capacity } }: PersistentVolume): Status {
  return {
    phase: "Bound",
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function withPhase(claim: PersistentVolumeClaim, told: Status): Intent | undefined {
  const status = { ...claim.status, ...told };
  if (deepEqual(status, claim.status)) return undefined;
  return {
    type: "updateStatus",
    kind: PersistentVolumeClaim,
    object: { ...claim, status } as PersistentVolumeClaim,
    before: claim,
  };
}

/** A write of a volume's phase. */
export function volumePhase(
  volume: PersistentVolume,
  phase: NonNullable<PersistentVolume["status"]>["phase"],
  message?: string,
): Intent {
  const { message: _, ...rest } = volume.status ?? {};
  const status = { ...rest, phase, ...(message === undefined ? {} : { message }) };
  return {
    type: "updateStatus",
    kind: PersistentVolume,
    object: { ...volume, status } as PersistentVolume,
    before: volume,
  };
}
