import { defineKind, getPath, type Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { AGE, CREATED_AT, text } from "../columns.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor } from "../descriptor.ts";
import {
  csiDriverStrategy,
  csiNodeStrategy,
  csiStorageCapacityStrategy,
  volumeAttachmentStrategy,
} from "./csi-strategies.ts";
import { StorageClass } from "./storage-class.ts";
import { storageClassStrategy, volumeAttributesClassStrategy } from "./strategy.ts";

const group = "storage.k8s.io";
export const VolumeAttachment = defineKind({
  group,
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  namespaced: false,
});
const CSIDriver = defineKind({ group, version: "v1", kind: "CSIDriver", plural: "csidrivers", namespaced: false });
export const CSINode = defineKind({ group, version: "v1", kind: "CSINode", plural: "csinodes", namespaced: false });
const CSIStorageCapacity = defineKind({
  group,
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  namespaced: true,
});
export const VolumeAttributesClass = defineKind({
  group,
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  namespaced: false,
});

const csiDriverColumns: readonly PrinterColumn<Unstructured>[] = [
  boolean("AttachRequired", (driver) => getPath(driver, ["spec", "attachRequired"]) !== false),
  boolean("PodInfoOnMount", (driver) => getPath(driver, ["spec", "podInfoOnMount"]) === true),
  boolean("StorageCapacity", (driver) => getPath(driver, ["spec", "storageCapacity"]) === true),
  text<Unstructured>("TokenRequests", (driver) => {
    if (getPath(driver, ["spec", "tokenRequests"]) === undefined) return "<unset>";
    return listAt(driver, "spec", "tokenRequests")
      .map((request) => (isRecord(request) ? String(request.audience ?? "") : ""))
      .join(",");
  }),
  boolean("RequiresRepublish", (driver) => getPath(driver, ["spec", "requiresRepublish"]) === true),
  text<Unstructured>("Modes", (driver) => listAt(driver, "spec", "volumeLifecycleModes").join(",") || "<none>"),
  AGE,
];

function boolean(name: string, value: (object: Unstructured) => boolean): PrinterColumn<Unstructured> {
  return { name, type: "boolean", value };
}

function listAt(object: Unstructured, ...path: readonly string[]): readonly unknown[] {
  return (getPath(object, path) ?? []) as readonly unknown[];
}

/** The kinds of the storage.k8s.io group. */
export const storageResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: StorageClass,
    strategy: storageClassStrategy,
    singular: "storageclass",
    answersDeleted: true,
    shortNames: ["sc"],
    columns: [
      { name: "Name", type: "string", format: "name", value: nameWithDefault },
      text<StorageClass>("Provisioner", (storageClass) => storageClass.provisioner),
      text<StorageClass>("ReclaimPolicy", (storageClass) => storageClass.reclaimPolicy ?? "Delete"),
      text<StorageClass>("VolumeBindingMode", (storageClass) => storageClass.volumeBindingMode ?? "<unset>"),
      text<StorageClass>("AllowVolumeExpansion", (storageClass) => storageClass.allowVolumeExpansion ?? false),
      AGE,
    ],
  }),
  defineResource({
    kind: VolumeAttachment,
    strategy: volumeAttachmentStrategy,
    update: { needsVersion: true },
    singular: "volumeattachment",
    answersDeleted: true,
    status: true,
    columns: [
      { name: "Name", type: "string", format: "name", value: ({ metadata: { name } }) => name },
      { ...text<Unstructured>("Attacher", (attachment) => field(attachment, "spec", "attacher")), format: "name" },
      text<Unstructured>("PV", (attachment) => field(attachment, "spec", "source", "persistentVolumeName")),
      text<Unstructured>("Node", (attachment) => field(attachment, "spec", "nodeName")),
      { name: "Attached", type: "boolean", value: (attachment) => field(attachment, "status", "attached") === "true" },
      AGE,
    ],
  }),
  defineResource({
    kind: CSIDriver,
    strategy: csiDriverStrategy,
    singular: "csidriver",
    answersDeleted: true,
    update: { needsVersion: true },
    columns: csiDriverColumns,
  }),
  defineResource({
    kind: CSINode,
    nullLists: ["spec.drivers", "spec.drivers.topologyKeys"],
    strategy: csiNodeStrategy,
    update: { needsVersion: true },
    singular: "csinode",
    answersDeleted: true,
    columns: [{ name: "Drivers", type: "integer", value: (node) => listAt(node, "spec", "drivers").length }, AGE],
  }),
  defineResource({
    kind: CSIStorageCapacity,
    strategy: csiStorageCapacityStrategy,
    update: { needsVersion: true },
    singular: "csistoragecapacity",
    columns: [CREATED_AT],
  }),
  defineResource({
    kind: VolumeAttributesClass,
    strategy: volumeAttributesClassStrategy,
    singular: "volumeattributesclass",
    answersDeleted: true,
    shortNames: ["vac"],
    columns: [text<Unstructured>("DriverName", (attributes) => field(attributes, "driverName")), AGE],
    sinceMinor: 34,
  }),
];

function nameWithDefault({ metadata: { name, annotations } }: StorageClass): string {
  const isDefault = ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"].some(
    (prefix) => annotations?.[`${prefix}/is-default-class`] === "true",
  );
  return isDefault ? `${name} (default)` : name;
}

function field(object: Unstructured, ...path: readonly string[]): string {
  let value: unknown = object;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value === undefined ? "" : String(value);
}
