import type { NodeAddress, ResourceList, Taint } from "../api/index.ts";
import { addressesIn, addressIn, podNetworksOfNode } from "./address-plan.ts";
import type { CertificateSigner } from "./certificates/certificate-signer.ts";
import { type CloudConfig, GENERIC_CLOUD } from "./services/cloud.ts";

/** A node of a simulated cluster. */
export type NodeConfig = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** The part of the cluster's pod CIDR, a /24 (and a /64), that belongs to its place in the list, when absent. */
  readonly podCIDR?: string;
  readonly addresses?: readonly NodeAddress[];
  readonly capacity?: ResourceList;
};

/** What a simulated cluster is to be; only the name must be said. */
export type ClusterConfig = {
  readonly name: string;
  /** As `kubectl version` prints it. */
  readonly version?: string;
  /** One node `<name>-control-plane` when absent or empty. */
  readonly nodes?: readonly NodeConfig[];
  /** One network, or one of each family with a comma between: pods have an address of each. */
  readonly podCIDR?: string;
  /** IPv4, or one network of each family with a comma between, IPv4 first. */
  readonly serviceCIDR?: string;
  /** From which node ports are; `30000-32767` when absent. */
  readonly nodePortRange?: string;
  /** Where nodes without an address of their own get one, from the second on. */
  readonly nodeCIDR?: string;
  /** `mode` of kube-proxy's configuration. */
  readonly proxyMode?: string;
  /** What Services of type LoadBalancer get from whom. */
  readonly cloud?: Partial<CloudConfig>;
  /** The tenth address of the service CIDR when absent. */
  readonly dnsIP?: string;
  readonly clusterDomain?: string;
  /** Images every node has from the start (`kind load docker-image`). */
  readonly images?: readonly string[];
  readonly coreDnsImage?: string;
  /** Whether CoreDNS serves `clusterset.local`, and may read ServiceImports; on when absent. */
  readonly multicluster?: boolean;
  /** Whether Lighthouse's DNS server is installed, and CoreDNS asks it for `clusterset.local`; off when absent. */
  readonly lighthouse?: boolean;
  /** Which names of the cluster's own domain imports answer, where CoreDNS serves imports; none when absent. */
  readonly unifiedNames?: UnifiedNames;
  /** Whether kube-proxy and the pod network are seen to run on each node; on when absent. */
  readonly nodeDaemons?: boolean;
  /** The nameservers of the nodes themselves. */
  readonly nodeNameservers?: readonly string[];
  /** The search list of the nodes themselves, which their pods search after the cluster's own domains. */
  readonly nodeSearches?: readonly string[];
  /** PEM, published in every namespace. */
  readonly caCertificate?: string;
  /** Signs approved certificate requests; without one they stay unissued. */
  readonly certificateSigner?: CertificateSigner;
};

/**
 * What CoreDNS does with `<service>.<namespace>.svc.<cluster domain>`: `off` asks local Services only, `localService` asks imports
 * where there is no such local Service, `preferLocal` also where it has no ready endpoint.
 */
export type UnifiedNames = "off" | "localService" | "preferLocal";

export type ResolvedNode = Required<NodeConfig>;
export type ResolvedConfig = Omit<Required<ClusterConfig>, "nodes" | "cloud" | "certificateSigner"> &
  Pick<ClusterConfig, "certificateSigner"> & {
    readonly nodes: readonly ResolvedNode[];
    readonly cloud: CloudConfig;
    /** 34 of `v1.34.0`. */
    readonly minor: number;
  };

const CAPACITY: ResourceList = { cpu: "8", memory: "16Gi", pods: "110", "ephemeral-storage": "100Gi" };
const NODE_NETWORK = "172.18.0.0/16";
/** Where kind puts the nodes of clusters of both families. */
const NODE_NETWORK_6 = "fc00:f853:ccd:e793::/64";

/** Fills in what a configuration leaves out: a cluster as kind would make it. */
export function resolveConfig(config: ClusterConfig): ResolvedConfig {
  const { name, podCIDR = "10.244.0.0/16", serviceCIDR = "10.96.0.0/16" } = config;
  const nodeCIDR = config.nodeCIDR ?? (podCIDR.includes(":") ? `${NODE_NETWORK},${NODE_NETWORK_6}` : NODE_NETWORK);
  const nodes = config.nodes === undefined || config.nodes.length === 0 ? [controlPlane(name)] : config.nodes;
  const version = config.version ?? "v1.34.0";
  return {
    name,
    version,
    minor: Number(version.split(".")[1]),
    nodes: nodes.map((node, index) =>
      resolveNode(node, addressesIn(nodeCIDR, index + 2), podNetworksOfNode(podCIDR, { index, nodes: nodes.length })),
    ),
    podCIDR,
    serviceCIDR,
    nodePortRange: config.nodePortRange ?? "30000-32767",
    nodeCIDR,
    proxyMode: config.proxyMode ?? "iptables",
    cloud: { ...GENERIC_CLOUD, ...config.cloud },
    dnsIP: config.dnsIP ?? addressIn(serviceCIDR, 10),
    clusterDomain: config.clusterDomain ?? "cluster.local",
    images: config.images ?? [],
    coreDnsImage: config.coreDnsImage ?? "registry.k8s.io/coredns/coredns:v1.12.1",
    multicluster: config.multicluster ?? true,
    lighthouse: config.lighthouse ?? false,
    nodeDaemons: config.nodeDaemons ?? true,
    unifiedNames: config.unifiedNames ?? "off",
    nodeNameservers: config.nodeNameservers ?? [addressIn(nodeCIDR, 1)],
    nodeSearches: config.nodeSearches ?? [],
    caCertificate: config.caCertificate ?? "",
    ...(config.certificateSigner === undefined ? {} : { certificateSigner: config.certificateSigner }),
  };
}

/** A node that joins later: its place among those that have been is `index`. */
export function joiningNode(config: ResolvedConfig, node: NodeConfig, index: number): ResolvedNode {
  const { podCIDR, nodeCIDR, nodes } = config;
  const podNetworks = podNetworksOfNode(podCIDR, { index, nodes: nodes.length });
  return resolveNode(node, addressesIn(nodeCIDR, index + 2), podNetworks);
}

function controlPlane(cluster: string): NodeConfig {
  return { name: `${cluster}-control-plane`, labels: { "node-role.kubernetes.io/control-plane": "" } };
}

function resolveNode(node: NodeConfig, planned: readonly string[], subnet: string): ResolvedNode {
  return {
    name: node.name,
    labels: {
      "beta.kubernetes.io/arch": "amd64",
      "beta.kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/hostname": node.name,
      "kubernetes.io/os": "linux",
      ...node.labels,
    },
    taints: node.taints ?? [],
    podCIDR: node.podCIDR ?? subnet,
    addresses: withHostname(node, planned),
    capacity: { ...CAPACITY, ...node.capacity },
  };
}

/** A node that names an address of its own has that and no others. */
function withHostname(node: NodeConfig, planned: readonly string[]): readonly NodeAddress[] {
  const given = node.addresses ?? [];
  const internal = given.some(({ type }) => type === "InternalIP")
    ? given
    : [...planned.map((address) => ({ type: "InternalIP", address }) as const), ...given];
  if (internal.some(({ type }) => type === "Hostname")) return internal;
  return [...internal, { type: "Hostname", address: node.name }];
}
