import type { Node } from "../../api/index.ts";
import type { DnsResponder } from "../dns/responder.ts";
import { canonicalIp, cidrContains, type IpAddress, parseIp } from "../ip-address.ts";
import type { Balancer, ProxyMode } from "./balancer.ts";
import type { Serve } from "./http.ts";
import { ServiceTable } from "./service-table.ts";

/** What is particular to the network of one cluster. */
export type ClusterNetworkConfig = {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** The address pods find their DNS server at. */
  readonly dnsIP: string;
  readonly clusterDomain?: string | undefined;
  readonly proxyMode?: ProxyMode | undefined;
  /** The name servers of the nodes themselves, in their `/etc/resolv.conf`. */
  readonly nodeNameservers?: readonly string[] | undefined;
};

/** What answers at a port: a program speaking HTTP, or a DNS server. */
export type Listener = { readonly serve?: Serve; readonly dns?: () => DnsResponder | undefined };

type Host = { readonly listeners: Map<string, Listener>; uses: number };
type NodePlace = { readonly name: string; readonly zone: string | undefined };

const ZONE_LABEL = "topology.kubernetes.io/zone";

/** The network of one cluster: which addresses exist, who listens where, and what its proxies and DNS server know. */
export class ClusterNetwork {
  readonly config: ClusterNetworkConfig;
  readonly services = new ServiceTable();
  readonly balancer: Balancer;
  dns: DnsResponder | undefined;
  readonly #hosts = new Map<string, Host>();
  readonly #nodes = new Map<string, NodePlace>();
  readonly #nodeAddresses = new Map<string, readonly string[]>();

  constructor(config: ClusterNetworkConfig, balancer: Balancer) {
    this.config = config;
    this.balancer = balancer;
  }

  putNode(node: Node): void {
    this.removeNode(node.metadata.name);
    const addresses = (node.status?.addresses ?? []).flatMap(({ address }) => canonicalIp(address) ?? []);
    this.#nodeAddresses.set(node.metadata.name, addresses);
    const zone = node.metadata.labels?.[ZONE_LABEL];
    for (const address of addresses) this.#nodes.set(address, { name: node.metadata.name, zone });
  }

  removeNode(name: string): void {
    for (const address of this.#nodeAddresses.get(name) ?? []) this.#nodes.delete(address);
    this.#nodeAddresses.delete(name);
  }

  /** The addresses of a node by name, in the order its status lists them. */
  addressesOfNode(name: string): readonly string[] {
    return this.#nodeAddresses.get(name) ?? [];
  }

  nodeAt(address: string): NodePlace | undefined {
    return this.#nodes.get(address);
  }

  /** Whether something is up at the address: a pod's sandbox or a node. */
  has(address: string): boolean {
    return this.#hosts.has(address) || this.#nodes.has(address);
  }

  /** Whether the address belongs to this cluster's pod network, taken or not. */
  ownsPodAddress(address: IpAddress): boolean {
    return this.config.podCIDRs.some((cidr) => cidrContains(cidr, address));
  }

  ownsServiceAddress(address: string): boolean {
    const ip = parseIp(address);
    return ip !== undefined && this.config.serviceCIDRs.some((cidr) => cidrContains(cidr, ip));
  }

  /** Brings an address up until the returned function has been called as often as this was. */
  bringUp(address: string): () => void {
    const host = this.#hosts.get(address) ?? { listeners: new Map<string, Listener>(), uses: 0 };
    this.#hosts.set(address, host);
    host.uses++;
    let up = true;
    return () => {
      if (!up) return;
      up = false;
      host.uses--;
      if (host.uses === 0) this.#hosts.delete(address);
    };
  }

  /** Listens at a port; false when it is taken. The address must be up. */
  listen(address: string, port: string, listener: Listener): boolean {
    const listeners = this.#hosts.get(address)?.listeners;
    if (listeners === undefined || listeners.has(port)) return false;
    listeners.set(port, listener);
    return true;
  }

  /** Frees a port, if that very listener has it. */
  close(address: string, port: string, listener: Listener): void {
    const listeners = this.#hosts.get(address)?.listeners;
    if (listeners?.get(port) === listener) listeners.delete(port);
  }

  listenerAt(address: string, port: string): Listener | undefined {
    return this.#hosts.get(address)?.listeners.get(port);
  }
}

/** `8080/TCP`: how a port is named among listeners. */
export function portKey(port: number, protocol: "TCP" | "UDP" | "SCTP"): string {
  return `${port}/${protocol}`;
}
