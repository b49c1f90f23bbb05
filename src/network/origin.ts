import type { Caller, Fabric } from "./fabric/fabric.ts";
import { OUTSIDE } from "./fabric/packet.ts";
import type { ClusterRuntime } from "./runtime/runtime.ts";

/** Who calls: a pod, or, without one, a process on a node of the cluster; or somebody outside, who has an address. */
export type NetworkOrigin =
  | {
      readonly cluster: string;
      readonly namespace: string;
      readonly pod: string;
      readonly container?: string | undefined;
    }
  | { readonly cluster: string; readonly node?: string | undefined }
  | { readonly outside: string };

/** What of a member of the network its callers need. */
export type OriginMember = {
  readonly config: { readonly name: string; readonly clusterDomain?: string | undefined; readonly dnsIP: string };
  readonly runtime: ClusterRuntime;
};

/**
 * The caller an origin names; `undefined` when that pod has no running container. A process on a node resolves by the
 * cluster's DNS server, so that names work there as the seeds' readers expect of a node shell.
 */
export function originCaller(
  fabric: Fabric,
  member: OriginMember | undefined,
  from: NetworkOrigin,
): Caller | undefined {
  if ("outside" in from)
    return { origin: { cluster: OUTSIDE, address: from.outside }, flavor: "glibc", readFile: () => undefined };
  if (member === undefined) return undefined;
  const { config } = member;
  if ("pod" in from) {
    const target = { namespace: from.namespace, pod: from.pod, container: from.container };
    return member.runtime.caller(target);
  }
  const network = fabric.cluster(config.name);
  // A process on no node in particular is on the first.
  const place = from.node === undefined ? network.nodes()[0] : network.nodeNamed(from.node);
  const addresses = place?.addresses ?? ["127.0.0.1"];
  const [address = "127.0.0.1"] = addresses;
  const origin = { cluster: config.name, address, addresses, nodeName: place?.name ?? from.node, zone: place?.zone };
  const domain = config.clusterDomain ?? "cluster.local";
  const conf = `search default.svc.${domain} svc.${domain} ${domain}\nnameserver ${config.dnsIP}\noptions ndots:5\n`;
  return { origin, flavor: "glibc", readFile: (path) => (path === "/etc/resolv.conf" ? conf : undefined) };
}
