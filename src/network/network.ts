import { EndpointSlice, Node, Service } from "../api/index.ts";
import type { InformerFactory } from "../client/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";
import { must } from "../std/index.ts";
import { attachDns } from "./dns/attach-dns.ts";
import type { ClusterDns } from "./dns/cluster-dns.ts";
import { DnsServers } from "./dns/dns-servers.ts";
import type { CoreDnsBuild } from "./dns/server/plugin-order.ts";
import type { Upstream } from "./dns/upstream.ts";
import type { ClusterNetworkConfig } from "./fabric/cluster-network.ts";
import { type Caller, Fabric } from "./fabric/fabric.ts";
import { type FetchOptions, type FetchResult, fetchUrl } from "./fabric/fetch.ts";
import type { Link } from "./fabric/links.ts";
import type { ImageDeclarations } from "./programs/catalog.ts";
import type { Resolution } from "./resolver.ts";
import type { ContainerLog } from "./runtime/container-log.ts";
import {
  type ClusterRuntime,
  type ContainerTarget,
  createRuntime,
  type ExecHandle,
  type ExecStart,
} from "./runtime/runtime.ts";

export type NetworkClusterConfig = ClusterNetworkConfig & {
  readonly images?: ImageDeclarations | undefined;
  /** What the nodes' own name servers say to any name; an empty world when absent, silence when false. */
  readonly upstream?: Upstream | false | undefined;
  /** How the cluster's CoreDNS is built. */
  readonly coreDns?: CoreDnsBuild | undefined;
};

export type NetworkOptions = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly clusters: readonly NetworkClusterConfig[];
  /** What links between clusters are like; pod networks routed, no latency, no loss when absent. */
  readonly link?: Partial<Link> | undefined;
};

/** Whose informers the parts of a cluster's network follow; each watches with its own rights. */
export type NetworkInformers = { readonly proxy: InformerFactory; readonly dns: InformerFactory };

/** A container of a cluster. */
export type NetworkTarget = ContainerTarget & { readonly cluster: string };

/** Who calls: a pod, or, without one, a process on a node of the cluster. */
export type NetworkOrigin = { readonly cluster: string } & (
  | { readonly namespace: string; readonly pod: string; readonly container?: string | undefined }
  | { readonly node?: string | undefined }
);

/** The network of a world: what runs in its pods, how they reach each other, and how they find names. */
export interface Network {
  readonly fabric: Fabric;
  /** The container runtime of a cluster, for its kubelets; there before the cluster boots. */
  runtime(cluster: string): ClusterRuntime;
  /** Lets routing and DNS of a cluster follow its objects; returns what ends that. */
  attach(cluster: string, informers: NetworkInformers): () => void;
  addCluster(config: NetworkClusterConfig): void;
  removeCluster(cluster: string): void;
  /** The DNS server of an attached cluster. */
  dns(cluster: string): ClusterDns;
  /** One HTTP request; called back in an entry of the loop. */
  request(from: NetworkOrigin, url: string, options: FetchOptions, onResult: (result: FetchResult) => void): void;
  /** The walk of the origin's resolver for a name; `undefined` when that pod has no running container. */
  resolve(from: NetworkOrigin, name: string): Resolution | undefined;
  exec(target: NetworkTarget, start: ExecStart): ExecHandle | string;
  log(target: NetworkTarget, options?: { readonly previous?: boolean }): ContainerLog | undefined;
  attachTo(target: NetworkTarget): ExecHandle | undefined;
}

type Member = {
  readonly config: NetworkClusterConfig;
  readonly runtime: ClusterRuntime;
  readonly servers: DnsServers;
  dns?: ClusterDns;
  detach?: () => void;
};

/** Makes the network of a world; its clusters attach once they have booted. */
export function createNetwork(options: NetworkOptions): Network {
  const { loop } = options;
  const fabric = new Fabric({ loop, faults: options.faults, clusters: options.clusters, link: options.link });
  const members = new Map<string, Member>();
  const join = (config: NetworkClusterConfig): void => {
    const servers = new DnsServers(config.coreDns ?? {});
    const runtime = createRuntime({ loop, fabric, cluster: config.name, images: config.images, clusterDns: servers });
    members.set(config.name, { config, runtime, servers });
  };
  for (const config of options.clusters) join(config);
  const member = (cluster: string): Member => must(members.get(cluster), `cluster ${cluster} in the network`);
  const callerOf = (from: NetworkOrigin): Caller | undefined => originCaller(fabric, member(from.cluster), from);
  return {
    fabric,
    runtime: (cluster) => member(cluster).runtime,
    attach: (cluster, informers) => {
      const one = member(cluster);
      one.detach?.();
      one.detach = attachCluster(fabric, { member: one, informers, loop });
      return one.detach;
    },
    addCluster: (config) => {
      fabric.addCluster(config);
      join(config);
    },
    removeCluster: (cluster) => {
      members.get(cluster)?.detach?.();
      members.delete(cluster);
      fabric.removeCluster(cluster);
    },
    dns: (cluster) => must(member(cluster).dns, `DNS server of ${cluster}, which is not attached`),
    request: (from, url, how, onResult) => {
      const caller = callerOf(from);
      if (caller !== undefined) fetchUrl({ fabric, loop, caller }, url, how, onResult);
      else loop.soon(`request ${url}`, () => onResult({ url, ok: false, failure: { kind: "not running" } }));
    },
    resolve: (from, name) => {
      const caller = callerOf(from);
      return caller === undefined ? undefined : fabric.resolve(caller, name);
    },
    exec: (target, start) => member(target.cluster).runtime.exec(target, start),
    log: (target, which) => member(target.cluster).runtime.log(target, which),
    attachTo: (target) => member(target.cluster).runtime.attach(target),
  };
}

function attachCluster(
  fabric: Fabric,
  what: { readonly member: Member; readonly informers: NetworkInformers; readonly loop: Loop },
): () => void {
  const { member, informers } = what;
  const { config } = member;
  const network = fabric.cluster(config.name);
  const { proxy } = informers;
  const stops = [
    proxy.of(Service).addHandler(({ after, object }) => {
      if (after === undefined) network.removeService(object);
      else network.putService(after);
    }),
    proxy.of(EndpointSlice).addHandler(({ after, object }) => {
      if (after === undefined) network.services.removeEndpointSlice(object);
      else network.services.putEndpointSlice(after);
    }),
    proxy.of(Node).addHandler(({ after, object }) => {
      if (after === undefined) network.removeNode(object.metadata.name);
      else network.putNode(after);
    }),
  ];
  const dns = attachDns(network, { config, informers: informers.dns, loop: what.loop, servers: member.servers });
  member.dns = dns;
  return () => {
    for (const stop of stops) stop();
    dns.stop();
    delete member.dns;
  };
}

/** A process on a node resolves by the cluster's DNS server, so that names work there as the seeds' readers expect of a node shell. */
function originCaller(fabric: Fabric, member: Member, from: NetworkOrigin): Caller | undefined {
  const { config } = member;
  if ("pod" in from) {
    const target = { namespace: from.namespace, pod: from.pod, container: from.container };
    return member.runtime.caller(target);
  }
  const network = fabric.cluster(config.name);
  const address = from.node === undefined ? undefined : network.addressesOfNode(from.node)[0];
  const place = address === undefined ? undefined : network.nodeAt(address);
  const origin = { cluster: config.name, address: address ?? "127.0.0.1", nodeName: from.node, zone: place?.zone };
  const domain = config.clusterDomain ?? "cluster.local";
  const conf = `search default.svc.${domain} svc.${domain} ${domain}\nnameserver ${config.dnsIP}\noptions ndots:5\n`;
  return { origin, flavor: "glibc", readFile: (path) => (path === "/etc/resolv.conf" ? conf : undefined) };
}
