import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";

export type ServiceImportPort = {
  readonly name?: string;
  readonly protocol?: "TCP" | "UDP" | "SCTP";
  readonly appProtocol?: string;
  readonly port: number;
};
export type ServiceImportSpec = {
  readonly ports: readonly ServiceImportPort[];
  readonly ips?: readonly string[];
  readonly type: "ClusterSetIP" | "Headless";
  readonly sessionAffinity?: "None" | "ClientIP";
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
};
/** A service of the cluster set, as seen from one importing cluster. */
export type ServiceImport = KubeObject & {
  readonly spec: ServiceImportSpec;
  readonly status?: {
    readonly clusters?: readonly { readonly cluster: string }[];
    readonly conditions?: readonly Condition[];
  };
};
export const ServiceImport: Kind<ServiceImport> = defineKind<ServiceImport>({
  group: "multicluster.x-k8s.io",
  version: "v1alpha1",
  kind: "ServiceImport",
  plural: "serviceimports",
  namespaced: true,
});
