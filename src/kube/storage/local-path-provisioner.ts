import { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  NOTHING,
  type Plan,
  plan,
  read,
} from "../../controller/index.ts";
import { systemObject } from "../system-object.ts";
import { classNameOf, isBound, isDelayed, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONERS } from "./claims.ts";

const PROVISIONER = "rancher.io/local-path";
const FOLDER = "/var/local-path-provisioner";

/** The default class of clusters that kind makes. */
export const localPathClass = systemObject(StorageClass, {
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: PROVISIONER,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
});

/** Makes volumes for claims out of folders of the node their first pod runs on (Rancher's local-path-provisioner). */
export const localPathProvisioner: AnyDefinition = defineController({
  name: "local-path-provisioner",
  primary: [PersistentVolumeClaim],
  predicate: ({ after }) => after !== undefined && isWanted(after),
  reads: [
    read(StorageClass, { enqueue: "none" }),
    read(Node, { enqueue: "none" }),
    read(PersistentVolume, { enqueue: "none" }),
  ],
  reconcile: (claim, snapshot) => {
    if (!isWanted(claim) || snapshot.get(PersistentVolume, nameOf(claim)) !== undefined) return NOTHING;
    const storageClass = snapshot.get(StorageClass, classNameOf(claim));
    if (storageClass === undefined) return NOTHING;
    const node = snapshot.get(Node, claim.metadata.annotations?.[SELECTED_NODE] ?? "");
    return node === undefined ? refuse(claim, storageClass) : provision(claim, storageClass, node);
  },
});

/** Removes its volumes once nobody has them. */
export const localPathRemover: AnyDefinition = defineController({
  name: "local-path-remover",
  primary: [PersistentVolume],
  reads: [],
  reconcile: ({ metadata, spec, status }) => {
    const isOwn = metadata.annotations?.[PROVISIONED_BY] === PROVISIONER;
    const isLeft = status?.phase === "Released" && spec.persistentVolumeReclaimPolicy === "Delete";
    if (!isOwn || !isLeft || metadata.deletionTimestamp !== undefined) return NOTHING;
    return plan({ type: "delete", kind: PersistentVolume, name: metadata.name });
  },
});

function isWanted(claim: PersistentVolumeClaim): boolean {
  const { annotations, deletionTimestamp } = claim.metadata;
  return annotations?.[STORAGE_PROVISIONERS[0]] === PROVISIONER && deletionTimestamp === undefined && !isBound(claim);
}

function nameOf({ metadata: { uid } }: PersistentVolumeClaim): string {
  return `pvc-${uid}`;
}

/** Without a node it does not know where to. */
function refuse(claim: PersistentVolumeClaim, storageClass: StorageClass): Plan {
  if (isDelayed(storageClass)) return NOTHING;
  const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": configuration error, no node was specified`;
  return plan(event(claim, "Warning", "ProvisioningFailed", message));
}

function provision(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node): Plan {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const volume = nameOf(claim);
  const { accessModes, resources, volumeMode = "Filesystem" } = claim.spec;
  const values = [node.metadata.labels?.["kubernetes.io/hostname"] ?? node.metadata.name];
  const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In" as const, values }] }];
  const object: PersistentVolume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: volume,
      annotations: { "local.path.provisioner/selected-node": node.metadata.name, [PROVISIONED_BY]: PROVISIONER },
    },
    spec: {
      capacity: { storage: resources?.requests?.storage ?? "0" },
      ...(accessModes === undefined ? {} : { accessModes }),
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode,
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
      hostPath: { path: `${FOLDER}/${volume}_${namespace}_${name}`, type: "DirectoryOrCreate" },
    },
  };
  const started = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
  return plan(
    event(claim, "Normal", "Provisioning", started),
    { type: "create", kind: PersistentVolume, object },
    event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volume}`),
  );
}

function event(
  regarding: PersistentVolumeClaim,
  eventType: "Normal" | "Warning",
  reason: string,
  message: string,
): Intent {
  return { type: "event", regarding, eventType, reason, message };
}
