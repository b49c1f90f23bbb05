import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";

/** A range that ClusterIPs are taken from. */
export type ServiceCIDR = KubeObject & {
  readonly spec: { readonly cidrs: readonly string[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
};
export const ServiceCIDR: Kind<ServiceCIDR> = defineKind<ServiceCIDR>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  namespaced: false,
});

/** The range a cluster begins with, as kube-apiserver makes it (`defaultservicecidr`). */
export function defaultServiceCidr(serviceCIDR: string): ServiceCIDR {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: ServiceCIDR.kind,
    metadata: { name: "kubernetes" },
    spec: { cidrs: serviceCIDR.split(",").map((cidr) => cidr.trim()) },
  };
}

/** An address that is taken, and by what. */
export type IPAddress = KubeObject & {
  readonly spec: {
    readonly parentRef?: {
      readonly group?: string;
      readonly resource: string;
      readonly namespace?: string;
      readonly name: string;
    };
  };
};
export const IPAddress: Kind<IPAddress> = defineKind<IPAddress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  namespaced: false,
});

const MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
const FAMILY = "ipaddress.kubernetes.io/ip-family";
const ALLOCATOR = "ipallocator.k8s.io";

/** The IPAddress of a ClusterIP, as the allocator of kube-apiserver makes it. */
export function ipAddressOf(address: string, of: { readonly namespace?: string; readonly name: string }): IPAddress {
  const labels = { [FAMILY]: address.includes(":") ? "IPv6" : "IPv4", [MANAGED_BY]: ALLOCATOR };
  const { namespace = "", name } = of;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: IPAddress.kind,
    metadata: { name: address, labels },
    spec: { parentRef: { group: "", resource: "services", namespace, name } },
  };
}

/** Whether an IPAddress was made by the allocator. */
export function isAllocated({ metadata }: IPAddress): boolean {
  return metadata.labels?.[MANAGED_BY] === ALLOCATOR;
}

/** Whether an IPAddress says that a Service has it. */
export function isAddressOf({ spec }: IPAddress, of: { readonly namespace?: string; readonly name: string }): boolean {
  const { group = "", resource, namespace = "", name } = spec.parentRef ?? { resource: "", name: "" };
  return group === "" && resource === "services" && namespace === (of.namespace ?? "") && name === of.name;
}
