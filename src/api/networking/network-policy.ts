import { defineKind, type Kind, type KubeObject, type LabelSelector } from "../../apimachinery/index.ts";
import type { IntOrString } from "../shared.ts";

export type NetworkPolicyPort = {
  readonly protocol?: "TCP" | "UDP" | "SCTP";
  /** A number, or the name of a port of the pod that is reached; every port when absent. */
  readonly port?: IntOrString;
  readonly endPort?: number;
};
export type NetworkPolicyPeer = {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
};
export type NetworkPolicyIngressRule = {
  readonly ports?: readonly NetworkPolicyPort[];
  readonly from?: readonly NetworkPolicyPeer[];
};
export type NetworkPolicyEgressRule = {
  readonly ports?: readonly NetworkPolicyPort[];
  readonly to?: readonly NetworkPolicyPeer[];
};
export type NetworkPolicy = KubeObject & {
  readonly spec: {
    readonly podSelector?: LabelSelector;
    readonly ingress?: readonly NetworkPolicyIngressRule[];
    readonly egress?: readonly NetworkPolicyEgressRule[];
    readonly policyTypes?: readonly ("Ingress" | "Egress")[];
  };
};
export const NetworkPolicy: Kind<NetworkPolicy> = defineKind<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  namespaced: true,
});
