import type { Node, Service } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import { type Cidr, networkContains, parseCidr, parseIp } from "../../std/index.ts";
import type { DnsResponder } from "../dns/responder.ts";
import { ClusterProxies } from "../proxy/cluster-proxies.ts";
import { CloudBalancers } from "./cloud-balancers.ts";
import { Hosts, type Listener } from "./hosts.ts";
import { IngressEdge } from "./ingress-edge.ts";
import { type NodePlace, nodePlace } from "./node-place.ts";
import { PolicyIndex } from "./policy-index.ts";
import { ServiceTable } from "./service-table.ts";

export type { Listener } from "./hosts.ts";
export { portKey } from "./hosts.ts";

/** What is particular to the network of one cluster. */
export type ClusterNetworkConfig = {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** The address pods find their DNS server at. */
  readonly dnsIP: string;
  readonly clusterDomain?: string | undefined;
  /** What kube-proxies run as until the ConfigMap `kube-system/kube-proxy` is known. */
  readonly proxyMode?: string | undefined;
  /** The version of Kubernetes it emulates, `v1.34.0` when absent. */
  readonly version?: string | undefined;
  /** The addresses of Submariner's Globalnet that are this cluster's. */
  readonly globalCIDR?: string | undefined;
  /** The name servers of the nodes themselves, in their `/etc/resolv.conf`. */
  readonly nodeNameservers?: readonly string[] | undefined;
};

/** Globalnet's addresses are those of 242.0.0.0/8. */
const GLOBAL_PREFIX = "242.";
const REMEMBERED_MAX = 10_000;

/** The network of one cluster: which addresses exist, who listens where, and what its proxies, policies and edges know. */
export class ClusterNetwork {
  readonly config: ClusterNetworkConfig;
  readonly services = new ServiceTable();
  readonly policies = new PolicyIndex();
  readonly ingresses: IngressEdge;
  readonly proxies: ClusterProxies;
  readonly balancers: CloudBalancers;
  /** Pods by the addresses they have in Globalnet. */
  readonly globalPods = new Map<string, string>();
  dns: DnsResponder | undefined;
  readonly #hosts = new Hosts();
  readonly #nodes = new Map<string, NodePlace>();
  readonly #nodesByAddress = new Map<string, NodePlace>();
  readonly #down = new Set<string>();
  readonly #podNetworks: readonly Cidr[];
  /** Which addresses were found to be in the pod network or not; asked for every packet. */
  readonly #inPodNetwork = new Map<string, boolean>();
  readonly #serviceNetworks: readonly Cidr[];

  constructor(config: ClusterNetworkConfig, loop: Loop) {
    this.config = config;
    this.#podNetworks = config.podCIDRs.flatMap(networksOf);
    this.#serviceNetworks = config.serviceCIDRs.flatMap(networksOf);
    this.proxies = new ClusterProxies({ cluster: config.name, version: config.version, mode: config.proxyMode, loop });
    this.balancers = new CloudBalancers({
      cluster: config.name,
      loop,
      nodes: () => this.nodes(),
      services: this.services,
      proxies: this.proxies,
      isDown: (node) => this.#down.has(node),
    });
    this.ingresses = new IngressEdge(config.name, loop);
  }

  putService(service: Service): void {
    this.services.putService(service);
    this.balancers.put(service);
  }

  removeService(service: Service): void {
    this.services.removeService(service);
    this.balancers.remove(service);
  }

  putNode(node: Node): void {
    this.#forgetAddresses(node.metadata.name);
    const place = nodePlace(node);
    this.#nodes.set(place.name, place);
    for (const address of place.addresses) this.#nodesByAddress.set(address, place);
    this.proxies.putNode(node);
    this.balancers.nodesChanged();
  }

  removeNode(name: string): void {
    this.#forgetAddresses(name);
    this.#nodes.delete(name);
    this.proxies.removeNode(name);
    this.balancers.nodesChanged();
  }

  /** A machine that is down neither sends nor receives, whatever the API still says of its node. */
  setNodeDown(name: string, down: boolean): void {
    if (down) this.#down.add(name);
    else this.#down.delete(name);
    this.balancers.nodesChanged();
  }

  isDown(node: NodePlace | undefined): boolean {
    return node !== undefined && this.#down.has(node.name);
  }

  /** All nodes, by name. */
  nodes(): readonly NodePlace[] {
    return [...this.#nodes.keys()].sort().map((name) => this.#nodes.get(name) as NodePlace);
  }

  nodeNamed(name: string | undefined): NodePlace | undefined {
    return name === undefined ? undefined : this.#nodes.get(name);
  }

  /** The addresses of a node by name, in the order its status lists them. */
  addressesOfNode(name: string): readonly string[] {
    return this.#nodes.get(name)?.addresses ?? [];
  }

  nodeAt(address: string): NodePlace | undefined {
    return this.#nodesByAddress.get(address);
  }

  /** What this cluster's packets to an address of Globalnet seem to come from: the first of its own there. */
  globalSource(to: string): string | undefined {
    const { globalCIDR } = this.config;
    if (globalCIDR === undefined || !to.startsWith(GLOBAL_PREFIX)) return undefined;
    return globalCIDR.replace(/0\/\d+$/, "1");
  }

  /** Whether something is up at the address: a pod's sandbox or a node. */
  has(address: string): boolean {
    return this.#hosts.has(address) || this.#nodesByAddress.has(address);
  }

  /** Whether the address belongs to this cluster's pod network, taken or not. */
  ownsPodAddress(address: string): boolean {
    let isIn = this.#inPodNetwork.get(address);
    if (isIn === undefined) {
      isIn = contains(this.#podNetworks, address);
      if (this.#inPodNetwork.size >= REMEMBERED_MAX) this.#inPodNetwork.clear();
      this.#inPodNetwork.set(address, isIn);
    }
    return isIn;
  }

  ownsServiceAddress(address: string): boolean {
    return contains(this.#serviceNetworks, address);
  }

  /** Brings an address up until the returned function has been called as often as this was. */
  bringUp(address: string): () => void {
    return this.#hosts.bringUp(address);
  }

  /** Listens at a port; false when it is taken. The address must be up. */
  listen(address: string, port: string, listener: Listener): boolean {
    return this.#hosts.listen(address, port, listener);
  }

  /** Frees a port, if that very listener has it. */
  close(address: string, port: string, listener: Listener): void {
    this.#hosts.close(address, port, listener);
  }

  listenerAt(address: string, port: string): Listener | undefined {
    return this.#hosts.listenerAt(address, port);
  }

  #forgetAddresses(name: string): void {
    for (const address of this.addressesOfNode(name))
      if (this.#nodesByAddress.get(address)?.name === name) this.#nodesByAddress.delete(address);
  }
}

/** One network, or one of each family with a comma between. */
function networksOf(text: string): readonly Cidr[] {
  return text.split(",").flatMap((cidr) => parseCidr(cidr.trim()) ?? []);
}

function contains(networks: readonly Cidr[], address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && networks.some((network) => networkContains(network, ip));
}
