import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";

/** An address of Submariner's Globalnet by which one Service, or one pod of a headless Service, is reached from other clusters. */
export type GlobalIngressIP = KubeObject & {
  readonly spec: {
    readonly target: "ClusterIPService" | "HeadlessServicePod";
    readonly serviceRef?: { readonly name: string };
    readonly podRef?: { readonly name: string };
  };
  readonly status?: { readonly allocatedIP?: string };
};
export const GlobalIngressIP: Kind<GlobalIngressIP> = defineKind<GlobalIngressIP>({
  group: "submariner.io",
  version: "v1",
  kind: "GlobalIngressIP",
  plural: "globalingressips",
  namespaced: true,
});

/** On a GlobalIngressIP of a pod: the address the pod has in its own cluster. */
export const HEADLESS_POD_IP = "submariner.io/headless-svc-pod-ip";
