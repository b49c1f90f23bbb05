import { matchesNodeTerms } from "../../algorithms/index.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../../api/index.ts";
import { compareQuantities, matchesLabelSelector, parseQuantity, type Quantity } from "../../apimachinery/index.ts";
import { classNameOf, isHeldFor } from "./claims.ts";

/** Under which conditions a volume is looked for. */
export type Search = {
  /** The node a pod with the claim is to run on; absent: wherever. */
  readonly node?: Node;
  /** The claim waits for its pod: without a node it gets only what is held for it. */
  readonly delayed: boolean;
  /** Volumes that other claims of the same pod get. */
  readonly taken?: ReadonlySet<PersistentVolume>;
};

/** The volume held for the claim, or else the smallest that will do (`component-helpers/storage/volume.FindMatchingVolume`). */
export function bestVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  { node, delayed, taken }: Search,
): PersistentVolume | undefined {
  const wanted = storageOf(claim.spec.resources?.requests);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken?.has(volume) === true || !mayServe(volume, claim, wanted)) continue;
    const isReached = node === undefined || isReachable(volume, node);
    if (isHeldFor(volume, claim)) return isReached ? volume : undefined;
    if ((node === undefined && delayed) || !isReached || !isFree(volume, claim)) continue;
    if (best === undefined || compareQuantities(sizeOf(volume), sizeOf(best)) < 0) best = volume;
  }
  return best;
}

/** Whether pods on `node` can reach the volume. */
export function isReachable({ spec: { nodeAffinity } }: PersistentVolume, node: Node): boolean {
  const terms = nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined || matchesNodeTerms(terms, node);
}

function mayServe(volume: PersistentVolume, claim: PersistentVolumeClaim, wanted: Quantity): boolean {
  const { claimRef, volumeMode = "Filesystem", volumeAttributesClassName = "" } = volume.spec;
  return (
    (claimRef === undefined || isHeldFor(volume, claim)) &&
    volume.metadata.deletionTimestamp === undefined &&
    compareQuantities(sizeOf(volume), wanted) >= 0 &&
    volumeMode === (claim.spec.volumeMode ?? "Filesystem") &&
    volumeAttributesClassName === (claim.spec.volumeAttributesClassName ?? "")
  );
}

function isFree(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { selector, accessModes = [] } = claim.spec;
  return (
    volume.status?.phase === "Available" &&
    (selector === undefined || matchesLabelSelector(selector, volume.metadata.labels)) &&
    classNameOf(volume) === classNameOf(claim) &&
    accessModes.every((mode) => volume.spec.accessModes?.includes(mode) === true)
  );
}

function sizeOf({ spec }: PersistentVolume): Quantity {
  return storageOf(spec.capacity);
}

function storageOf(list: Readonly<Record<string, string>> | undefined): Quantity {
  return parseQuantity(list?.storage ?? "0");
}
