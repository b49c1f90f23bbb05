import { PersistentVolume, PersistentVolumeClaim } from "../../api/index.ts";
import { type AnyDefinition, defineController, type Key, NOTHING, plan, read } from "../../controller/index.ts";
import { volumePhase } from "./claim-binder.ts";
import { claimPath, isHeldFor, PROVISIONED_BY, VOLUME_INDEXES } from "./claims.ts";

/** Says of volumes whether they are to be had, and lets go of those whose claim is gone as their policy has it. */
export const volumeKeeper: AnyDefinition = defineController({
  name: "persistentvolume-controller",
  primary: [PersistentVolume],
  reads: [
    read(PersistentVolume, { enqueue: "none", indexes: VOLUME_INDEXES }),
    read(PersistentVolumeClaim, {
      enqueue: ({ object: { metadata } }, snapshot): readonly Key[] => {
        const index = { name: "holder", value: claimPath(metadata.namespace, metadata.name) };
        const held = snapshot.list(PersistentVolume, { index });
        return held.map(({ metadata: { name } }) => ({ kind: PersistentVolume, name }));
      },
    }),
  ],
  reconcile: (volume, snapshot) => {
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    const phase = volume.status?.phase ?? "Pending";
    if (claimRef?.uid === undefined || claimRef.uid === "")
      return phase === "Available" ? NOTHING : plan(volumePhase(volume, "Available"));
    const claim = snapshot.get(PersistentVolumeClaim, claimRef.name ?? "", claimRef.namespace);
    // A claim the volume is held for binds it by itself.
    if (claim !== undefined && isHeldFor(volume, claim)) return NOTHING;
    if (phase !== "Released" && phase !== "Failed") return plan(volumePhase(volume, "Released"));
    const provisioner = volume.metadata.annotations?.[PROVISIONED_BY];
    if (phase === "Failed" || persistentVolumeReclaimPolicy !== "Delete" || provisioner !== undefined) return NOTHING;
    const message = `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`;
    return plan(volumePhase(volume, "Failed", message), {
      type: "event",
      regarding: volume,
      eventType: "Warning",
      reason: "VolumeFailedDelete",
      message,
    });
  },
});
