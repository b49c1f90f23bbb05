import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";

/** Says that the Service of the same name is exported to the cluster set. */
export type ServiceExport = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };
export const ServiceExport: Kind<ServiceExport> = defineKind<ServiceExport>({
  group: "multicluster.x-k8s.io",
  version: "v1alpha1",
  kind: "ServiceExport",
  plural: "serviceexports",
  namespaced: true,
});
