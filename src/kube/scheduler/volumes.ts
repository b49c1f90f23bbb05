import { matchesNodeTerms } from "../../algorithms/index.ts";
import { type Node, PersistentVolume, PersistentVolumeClaim, type Pod, StorageClass } from "../../api/index.ts";
import { withAnnotations } from "../../apimachinery/index.ts";
import type { Intent, Reader } from "../../controller/index.ts";
import { holding } from "../storage/claim-binder.ts";
import {
  claimNamesOf,
  classNameOf,
  isBound,
  isDelayed,
  NO_PROVISIONER,
  SELECTED_NODE,
  volumesFor,
} from "../storage/claims.ts";
import { bestVolume, isReachable } from "../storage/volume-match.ts";

/** What the scheduler reads to place pods with claims. */
export type VolumeReader = Reader<typeof PersistentVolume | typeof PersistentVolumeClaim | typeof StorageClass>;

/** What a pod's claims mean for where it can go. */
export type VolumeView = {
  /** The volumes its bound claims have. */
  readonly bound: readonly PersistentVolume[];
  /** Claims that get their volume where the pod goes. */
  readonly delayed: readonly PersistentVolumeClaim[];
  /** The volumes, and the class, such a claim may be served by. */
  readonly volumesFor: (claim: PersistentVolumeClaim) => readonly PersistentVolume[];
  readonly classOf: (claim: PersistentVolumeClaim) => StorageClass | undefined;
};

export type VolumeFailure =
  | "node(s) didn't match PersistentVolume's node affinity"
  | "node(s) didn't find available persistent volumes to bind";

/** The claims of `pod`, or in a text why it can go nowhere yet; `undefined` when it has none (`plugins/volumebinding`). */
export function volumeView(pod: Pod, reader: VolumeReader): VolumeView | string | undefined {
  const names = claimNamesOf(pod);
  if (names.length === 0) return undefined;
  const bound: PersistentVolume[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  const classOf = (claim: PersistentVolumeClaim): StorageClass | undefined =>
    reader.get(StorageClass, classNameOf(claim));
  for (const name of names) {
    const claim = reader.get(PersistentVolumeClaim, name, pod.metadata.namespace);
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
    const { volumeName = "" } = claim.spec;
    if (claim.status?.phase === "Lost")
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    const volume = isBound(claim) ? reader.get(PersistentVolume, volumeName) : undefined;
    if (volume !== undefined) bound.push(volume);
    else if (volumeName === "" && isDelayed(classOf(claim))) delayed.push(claim);
    else return "pod has unbound immediate PersistentVolumeClaims";
  }
  return { bound, delayed, volumesFor: (claim) => volumesFor(claim, reader), classOf };
}

/** Why the pod's claims keep it from a node. */
export function volumeFailure(view: VolumeView, node: Node): VolumeFailure | undefined {
  if (!view.bound.every((volume) => isReachable(volume, node)))
    return "node(s) didn't match PersistentVolume's node affinity";
  return view.delayed.length === 0 || choices(view, node) !== undefined
    ? undefined
    : "node(s) didn't find available persistent volumes to bind";
}

/** What brings the claims of a pod that is to go to `node` their volumes. None when all have theirs. */
export function volumeIntents(view: VolumeView, node: Node): readonly Intent[] {
  return (choices(view, node) ?? []).flatMap(({ claim, volume }): readonly Intent[] => {
    if (volume !== undefined) {
      const object = holding(volume, claim);
      return object === volume ? [] : [{ type: "update", kind: PersistentVolume, object, before: volume }];
    }
    const object = withAnnotations(claim, { [SELECTED_NODE]: node.metadata.name });
    return object === claim ? [] : [{ type: "update", kind: PersistentVolumeClaim, object, before: claim }];
  });
}

type Choice = { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume | undefined };

/** A volume for each claim, or that one can be made there; `undefined` when the node cannot serve them all. */
function choices({ delayed, volumesFor: candidates, classOf }: VolumeView, node: Node): readonly Choice[] | undefined {
  const taken = new Set<PersistentVolume>();
  const chosen: Choice[] = [];
  for (const claim of delayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    const volume =
      selected === undefined ? bestVolume(claim, candidates(claim), { node, delayed: true, taken }) : undefined;
    if (volume === undefined && !canProvision(classOf(claim), node)) return undefined;
    if (volume !== undefined) taken.add(volume);
    chosen.push({ claim, volume });
  }
  return chosen;
}

function canProvision(storageClass: StorageClass | undefined, node: Node): boolean {
  if (storageClass === undefined || storageClass.provisioner === NO_PROVISIONER) return false;
  const { allowedTopologies } = storageClass;
  if (allowedTopologies === undefined) return true;
  const terms = allowedTopologies.map(({ matchLabelExpressions = [] }) => ({
    matchExpressions: matchLabelExpressions.map(({ key = "", values = [] }) => ({
      key,
      operator: "In" as const,
      values,
    })),
  }));
  return matchesNodeTerms(terms, node);
}
