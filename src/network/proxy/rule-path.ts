import type { ServiceRule } from "../../algorithms/index.ts";
import { iptablesChain, nftChain, portName } from "./chain-names.ts";
import type { NodeProxy, ProxiedPacket } from "./node-proxy.ts";

/** The rules of kube-proxy a packet for a Service meets, by the names the tools on the node show. */
export function rulePath(
  proxy: NodeProxy,
  rule: ServiceRule,
  kind: "cluster" | "external" | "balancer" | "node",
  packet: ProxiedPacket,
): readonly string[] {
  const { mode } = proxy;
  const what = `${portName(rule)} ${WORDS[kind]}`;
  const to = `${packet.address}:${packet.port}/${packet.protocol}`;
  const isFirewalled = kind === "balancer" && rule.sourceRanges.length > 0;
  const isLocal = kind === "cluster" ? rule.internalLocal : rule.externalLocal;
  if (mode === "ipvs")
    return [
      `ipvs ${packet.protocol} ${packet.address}:${packet.port} ${proxy.scheduler} (${what}), bound to kube-ipvs0`,
    ];
  if (mode === "userspace")
    return [`userspace proxy: iptables KUBE-PORTALS-CONTAINER redirects ${to} to kube-proxy (${what})`];
  if (mode === "nftables") {
    const chains = [
      ...(isFirewalled ? [nftChain("firewall", rule)] : []),
      ...(kind === "cluster" ? [] : [nftChain("external", rule)]),
      nftChain(isLocal ? "local" : "service", rule),
    ];
    return [
      `nftables @${kind === "node" ? "service-nodeports" : "service-ips"} ${to} (${what})`,
      ...chains.map((chain) => `chain ${chain}`),
    ];
  }
  const chains = [
    "KUBE-SERVICES",
    ...(kind === "node" ? ["KUBE-NODEPORTS"] : []),
    ...(isFirewalled ? [iptablesChain("FW", rule)] : []),
    ...(kind === "cluster" ? [] : [iptablesChain("EXT", rule)]),
    iptablesChain(isLocal ? "SVL" : "SVC", rule),
  ];
  return [`iptables ${chains.join(" -> ")} ${to} (${what})`];
}

const WORDS = {
  cluster: "cluster IP",
  external: "external IP",
  balancer: "loadbalancer IP",
  node: "node port",
} as const;
