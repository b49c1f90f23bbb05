import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";
import type { ResourceList } from "./pod.ts";

export type Taint = {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  readonly timeAdded?: string;
};
export type NodeAddress = {
  readonly type: "Hostname" | "InternalIP" | "ExternalIP" | "InternalDNS" | "ExternalDNS";
  readonly address: string;
};
export type NodeSpec = {
  readonly externalID?: string;
  readonly configSource?: object;
  readonly podCIDR?: string;
  readonly podCIDRs?: readonly string[];
  readonly providerID?: string;
  readonly unschedulable?: boolean;
  readonly taints?: readonly Taint[];
};
export type NodeStatus = {
  readonly capacity?: ResourceList;
  readonly allocatable?: ResourceList;
  readonly conditions?: readonly Condition[];
  readonly addresses?: readonly NodeAddress[];
  readonly nodeInfo?: Readonly<Record<string, string>>;
  readonly daemonEndpoints?: { readonly kubeletEndpoint: { readonly Port: number } };
  readonly images?: readonly { readonly names?: readonly string[]; readonly sizeBytes?: number }[];
};
export type Node = KubeObject & { readonly spec: NodeSpec; readonly status?: NodeStatus };

export const Node: Kind<Node> = defineKind<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
});
