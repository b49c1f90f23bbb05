import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ReplicaSetStatus } from "../apps/workloads.ts";
import type { PodTemplateSpec } from "./pod.ts";

export type ReplicationController = KubeObject & {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: Readonly<Record<string, string>>;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: ReplicaSetStatus;
};
export const ReplicationController: Kind<ReplicationController> = defineKind<ReplicationController>({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  namespaced: true,
});

export type PodTemplate = KubeObject & { readonly template?: PodTemplateSpec };
export const PodTemplate: Kind<PodTemplate> = defineKind<PodTemplate>({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  namespaced: true,
});
