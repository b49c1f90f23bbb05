import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";

export type StorageClass = KubeObject & {
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reclaimPolicy?: "Retain" | "Delete";
  readonly mountOptions?: readonly string[];
  readonly allowVolumeExpansion?: boolean;
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { readonly key?: string; readonly values?: readonly string[] }[];
  }[];
  readonly volumeBindingMode?: "Immediate" | "WaitForFirstConsumer";
};
export const StorageClass: Kind<StorageClass> = defineKind<StorageClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  namespaced: false,
});
