import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ResourceList, Toleration } from "../core/pod.ts";

export type RuntimeClass = KubeObject & {
  readonly handler: string;
  /** What each pod of the class takes beside its containers. */
  readonly overhead?: { readonly podFixed?: ResourceList };
  readonly scheduling?: {
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
  };
};
export const RuntimeClass: Kind<RuntimeClass> = defineKind<RuntimeClass>({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  namespaced: false,
});
