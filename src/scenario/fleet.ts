import type { Taint } from "../api/index.ts";
import type { UnifiedNames } from "../kube/index.ts";

/** A node of a simulated member. */
export type NodeSpec = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly podCIDR?: string;
  readonly internalIP?: string;
  readonly externalIP?: string;
  /** Resource names to quantities; cpu, memory and pods have defaults. */
  readonly capacity?: Readonly<Record<string, string>>;
};

/** An image and what its containers do: a program the network knows, or a page served on its ports. */
export type ImageSpec = {
  readonly name: string;
  readonly program?: string;
  /** Paths to bodies, served on the container's ports. */
  readonly pages?: Readonly<Record<string, string>>;
  /** The registry does not have it. */
  readonly missing?: boolean;
};

/** Where a member's load balancers come from. */
export type CloudSpec = {
  /** `none` leaves Services of type LoadBalancer pending; `aws` gives names instead of addresses. */
  readonly provider?: "generic" | "aws" | "azure" | "none";
  /** Addresses of load balancers, `192.0.2.0/24`; a network of its own for every member when absent. */
  readonly pool?: string;
  readonly internalPool?: string;
  /** Whether `spec.loadBalancerIP` is heeded. */
  readonly loadBalancerIP?: boolean;
  readonly protocols?: readonly ("TCP" | "UDP" | "SCTP")[];
  /** The `loadBalancerClass`es it serves beside Services without one. */
  readonly classes?: readonly string[];
  /** Reserved addresses by resource group (`azure`). */
  readonly reserved?: Readonly<Record<string, readonly string[]>>;
};

/** A member cluster: simulated, or a real one named by `kubeconfig`. */
export type MemberSpec = {
  readonly name: string;
  /** Path of a kubeconfig, relative to the fleet file; the member is then real and only the Cluster fields below apply. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly provider?: string;
  readonly region?: string;
  readonly zones?: readonly string[];
  /** Emulated Kubernetes version, `v1.34.0`. */
  readonly version?: string;
  readonly podCIDR?: string;
  readonly serviceCIDR?: string;
  readonly dnsIP?: string;
  /** Where nodes without an `internalIP` get one. */
  readonly nodeCIDR?: string;
  readonly clusterDomain?: string;
  readonly cloud?: CloudSpec;
  /** `30000-32767` when absent. */
  readonly nodePortRange?: string;
  readonly proxyMode?: "iptables" | "ipvs" | "nftables" | "userspace";
  /** The cluster's CoreDNS: its image, whose tag says what is compiled in, or a `plugin.cfg` of its own. */
  readonly coreDns?: { readonly image?: string; readonly plugins?: readonly string[] };
  readonly nodes?: readonly NodeSpec[];
  /** Whether kube-proxy and the pod network are seen to run on each node, as DaemonSets of `kube-system`; on when absent. */
  readonly nodeDaemons?: boolean;
  readonly images?: readonly ImageSpec[];
};

/** What a Fleet file asks for, defaults filled in. */
export type FleetSpec = {
  readonly seed: number;
  /** How many virtual seconds pass in one wall second while a fleet is served. */
  readonly speed: number;
  /** RFC 3339; virtual time starts here. */
  readonly startTime?: string;
  readonly host: { readonly version?: string; readonly serviceCIDR?: string };
  readonly network: {
    /** Whether pods of one cluster reach pods of another. */
    readonly podNetworksRouted: boolean;
    /**
     * Submariner's Globalnet, for `dns.clusterset: lighthouse`: what members export has an address of 242.0.0.0/8 elsewhere, so that the
     * networks of members may be the same. Member i (from 0) has 242.i.0.0/16.
     */
    readonly globalnet: boolean;
    /** One-way latency between clusters, in milliseconds. */
    readonly latencyMs: number;
  };
  readonly serving: {
    /** How many requests that read, and that write, each API server has in the works at once; more are answered 429. */
    readonly maxRequestsInflight?: number;
    readonly maxMutatingRequestsInflight?: number;
  };
  readonly federation: {
    /** Write the importing cluster's derived Service address into its ServiceImport. */
    readonly fillClusterSetIPs: boolean;
  };
  readonly dns: {
    /** The `multicluster clusterset.local` plugin in the members' Corefile; off by itself where `clusterset` is `lighthouse`. */
    readonly multicluster: boolean;
    /**
     * Who answers names of `clusterset.local`: `imports`, the ServiceImports people make and propagate, by the plugin above;
     * `lighthouse`, Submariner's service discovery, which imports whatever is exported everywhere and has a DNS server of its own.
     */
    readonly clusterset: "imports" | "lighthouse";
    /**
     * Whether the members' own names (`<service>.<namespace>.svc.cluster.local`) find imports too: `localService` where there is no
     * local Service of that name, `preferLocal` also where it has no ready endpoint.
     */
    readonly unifiedNames: UnifiedNames;
    /** The search list of the members' nodes, which pods search after their cluster's own domains: `clusterset.local`. */
    readonly searches: readonly string[];
  };
  readonly members: readonly MemberSpec[];
};

/** What a user may leave out of a fleet. */
export type FleetInput = {
  readonly [K in keyof FleetSpec]?: FleetSpec[K] extends readonly unknown[]
    ? FleetSpec[K]
    : FleetSpec[K] extends object
      ? Partial<FleetSpec[K]>
      : FleetSpec[K];
};

/** `count` members named member1..memberN, on the address plan of {@link fleetOf}. */
export function membersNamed(count: number): readonly MemberSpec[] {
  return Array.from({ length: count }, (_unused, index) => ({ name: `member${index + 1}` }));
}

/** How many networks of its size Globalnet has to give. */
const GLOBAL_NETWORKS = 256;

/** What keeps a fleet from having a Globalnet: nobody who would tell its addresses, more members than it has networks. */
export function globalnetProblem({ network, dns, members = [] }: FleetInput): string | undefined {
  if (network?.globalnet !== true) return undefined;
  if (dns?.clusterset !== "lighthouse") return "network.globalnet needs dns.clusterset: lighthouse";
  return members.length > GLOBAL_NETWORKS
    ? `network.globalnet has room for ${GLOBAL_NETWORKS} members, not for ${members.length}`
    : undefined;
}

/** Each member's addresses in Globalnet; `undefined` where there is none. */
export function globalCIDRsOf({ network, members }: FleetSpec): ReadonlyMap<string, string> | undefined {
  if (!network.globalnet) return undefined;
  return new Map(members.map(({ name }, index) => [name, `242.${index}.0.0/16`]));
}

/** What of a fleet's DNS contradicts itself, and the field to blame. */
export function dnsProblem(
  dns: FleetInput["dns"],
): { readonly field: "unifiedNames" | "multicluster"; readonly message: string } | undefined {
  const { unifiedNames = "off", multicluster, clusterset = "imports" } = dns ?? {};
  if (unifiedNames !== "off" && multicluster === false)
    return { field: "unifiedNames", message: "dns.unifiedNames needs dns.multicluster, which is off" };
  if (clusterset === "imports") return undefined;
  if (multicluster === true)
    return {
      field: "multicluster",
      message: "dns.multicluster and dns.clusterset: lighthouse both serve clusterset.local",
    };
  if (unifiedNames !== "off")
    return {
      field: "unifiedNames",
      message: "dns.unifiedNames needs dns.multicluster, which dns.clusterset: lighthouse replaces",
    };
  return undefined;
}

/**
 * Fills in what a fleet leaves out. Member i (from 0) has pods in 10.(10+2i).0.0/16 and services in 10.(11+2i).0.0/16 up to
 * i = 119 and 100.(64+…) networks after that, its DNS at the tenth service address, nodes in 172.18.i.0/24 (more blocks for
 * more nodes), and one node `<name>-control-plane`.
 */
export function fleetOf(input: FleetInput): FleetSpec {
  const problem = dnsProblem(input.dns);
  if (problem !== undefined) throw new Error(problem.message);
  const wrongGlobalnet = globalnetProblem(input);
  if (wrongGlobalnet !== undefined) throw new Error(wrongGlobalnet);
  const { clusterset = "imports" } = input.dns ?? {};
  const multicluster = clusterset === "imports";
  const dns = { multicluster, clusterset, unifiedNames: "off" as const, searches: [], ...input.dns };
  let blocks = 0;
  const members = (input.members ?? membersNamed(2)).map((member, index) => {
    const complete = withAddresses(member, { index, block: blocks });
    blocks += Math.ceil(((member.nodes ?? []).length + FIRST_NODE) / NODE_BLOCK);
    return complete;
  });
  return {
    seed: input.seed ?? 1,
    speed: input.speed ?? 1,
    ...(input.startTime === undefined ? {} : { startTime: input.startTime }),
    host: { ...input.host },
    network: { podNetworksRouted: true, latencyMs: 0, globalnet: false, ...input.network },
    serving: { ...input.serving },
    federation: { fillClusterSetIPs: true, ...input.federation },
    dns,
    members,
  };
}

/** Nodes get the addresses of so many blocks as they need, from the third address on. */
const NODE_BLOCK = 256;
const FIRST_NODE = 2;

function withAddresses(member: MemberSpec, at: { readonly index: number; readonly block: number }): MemberSpec {
  if (member.kubeconfig !== undefined) return member;
  const { index, block } = at;
  const nodeNetwork = `172.${18 + Math.floor(block / 256)}.${block % 256}.0/24`;
  // Half a /24 of the benchmarking network (RFC 2544) for everyone, and a quarter of a private one.
  const pool = `198.${18 + Math.floor(index / 512)}.${Math.floor(index / 2) % 256}.${(index % 2) * 128}/25`;
  const internalPool = `192.168.${Math.floor(index / 4) % 256}.${(index % 4) * 64}/26`;
  const podCIDR = member.podCIDR ?? `${network(2 * index)}.0.0/16`;
  const serviceCIDR = member.serviceCIDR ?? `${network(2 * index + 1)}.0.0/16`;
  const dnsIP = member.dnsIP ?? (serviceCIDR.split(",")[0] as string).replace(/\.\d+\/\d+$/, ".10");
  // Nodes have addresses of the families their pods have.
  const nodeCIDR = podCIDR.includes(":") ? `${nodeNetwork},fc00:f853:ccd:${block.toString(16)}::/64` : nodeNetwork;
  const cloud = { pool, internalPool, ...member.cloud };
  return {
    clusterDomain: "cluster.local",
    proxyMode: "iptables",
    nodeCIDR,
    ...member,
    podCIDR,
    serviceCIDR,
    dnsIP,
    cloud,
  };
}

/** The first two octets of the n-th /16: 10.10 … 10.255, then 11.0 onwards. */
function network(ordinal: number): string {
  const position = ordinal + 10;
  return `${10 + Math.floor(position / 256)}.${position % 256}`;
}
