import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ServiceStatus } from "../core/service.ts";

export type ExposurePort = { readonly name?: string; readonly port: number };
export type ClusterSelector = { readonly name: string };
export type MultiClusterServiceSpec = {
  readonly types: readonly string[];
  readonly ports?: readonly ExposurePort[];
  readonly providerClusters?: readonly ClusterSelector[];
  readonly consumerClusters?: readonly ClusterSelector[];
  /** Deprecated, with the two below. */
  readonly range?: { readonly clusterNames?: readonly string[] };
  readonly serviceProvisionClusters?: readonly string[];
  readonly serviceConsumptionClusters?: readonly string[];
};
/** The Service of the same name, reachable from the consumers at its own name. */
export type MultiClusterService = KubeObject & {
  readonly spec: MultiClusterServiceSpec;
  readonly status?: ServiceStatus;
};
export const MultiClusterService: Kind<MultiClusterService> = defineKind<MultiClusterService>({
  group: "networking.karmada.io",
  version: "v1alpha1",
  kind: "MultiClusterService",
  plural: "multiclusterservices",
  namespaced: true,
});
