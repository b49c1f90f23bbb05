import type { InformerFactory } from "../client/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";
import { must } from "../std/index.ts";
import { attachDns } from "./dns/attach-dns.ts";
import type { ClusterDns } from "./dns/cluster-dns.ts";
import { DnsServers, type ServiceAccountName } from "./dns/dns-servers.ts";
import type { CoreDnsBuild } from "./dns/server/plugin-order.ts";
import type { Upstream } from "./dns/upstream.ts";
import { withBalancerNames } from "./fabric/balancer-names.ts";
import { type BalancerReport, balancerReports } from "./fabric/balancer-report.ts";
import type { ClusterNetworkConfig } from "./fabric/cluster-network.ts";
import { type Connection, openConnection } from "./fabric/connection.ts";
import { type DialOutcome, type DialTarget, dial } from "./fabric/dial.ts";
import { explainRequest } from "./fabric/explain.ts";
import { type Caller, Fabric } from "./fabric/fabric.ts";
import { type FetchOptions, type FetchResult, fetchUrl } from "./fabric/fetch.ts";
import { followCluster } from "./fabric/follow-cluster.ts";
import type { Link } from "./fabric/links.ts";
import { type NetworkOrigin, originCaller } from "./origin.ts";
import type { ImageDeclarations, Programs } from "./programs/catalog.ts";
import { runOnNode } from "./proxy/node-shell.ts";
import { type ProxyReport, proxyReport } from "./proxy/proxy-report.ts";
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
  /** Programs of one's own, by the image or the command that starts them. */
  readonly programs?: Programs | undefined;
};

/**
 * Whose informers the parts of a cluster's network follow; each watches with its own rights. The infrastructure knows policies,
 * ingresses and the configuration of kube-proxy, which kube-proxy itself need not have a right to.
 */
export type NetworkInformers = {
  readonly proxy: InformerFactory;
  readonly dns: InformerFactory;
  /** What a CoreDNS sees that runs as another service account than `kube-system/coredns`; the same when absent. */
  readonly dnsOf?: (account: ServiceAccountName) => InformerFactory;
  readonly infrastructure?: InformerFactory;
};

/** A container of a cluster. */
export type NetworkTarget = ContainerTarget & { readonly cluster: string };

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
  /** A TCP connection to whatever listens; called back in an entry of the loop. */
  dial(from: NetworkOrigin, target: DialTarget, onOutcome: (outcome: DialOutcome) => void): void;
  /** A connection that is kept for several requests. */
  open(from: NetworkOrigin, url: string, onOpen: (connection: Connection) => void): void;
  /** How a request would fare at present: a line for every rule it meets. */
  explain(from: NetworkOrigin, url: string): readonly string[];
  /** What the kube-proxy of a node does, as the tools there show it; of no node in particular when none is named. */
  proxy(cluster: string, node?: string): ProxyReport;
  /** The load balancers of a cluster's Services, as their cloud shows them. */
  loadBalancers(cluster: string): readonly BalancerReport[];
  /** Lines of the access logs load balancers keep under `bucket/prefix`. */
  accessLog(cluster: string, path: string): readonly string[];
  /** Runs a command on a node: `ipvsadm`, `ipset`, `iptables-save`, `nft`, `ip`, and all that runs in pods. */
  nodeShell(cluster: string, node: string, start: ExecStart): ExecHandle | string;
  /** A machine that is down neither sends nor receives. */
  setNodeDown(cluster: string, node: string, down: boolean): void;
  /** Stops the kube-proxy of a node and removes its rules, or starts it again. */
  setProxyCleanedUp(cluster: string, node: string, cleanedUp: boolean): void;
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
    const { name: cluster, images } = config;
    const runtime = createRuntime({ loop, fabric, cluster, images, programs: options.programs, clusterDns: servers });
    members.set(config.name, { config, runtime, servers });
  };
  for (const config of options.clusters) join(config);
  const member = (cluster: string): Member => must(members.get(cluster), `cluster ${cluster} in the network`);
  const callerOf = (from: NetworkOrigin): Caller | undefined =>
    originCaller(fabric, "outside" in from ? undefined : member(from.cluster), from);
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
    ...connections(fabric, loop, callerOf),
    proxy: (cluster, node) => proxyReport(fabric.cluster(cluster), node, loop.nowMs()),
    loadBalancers: (cluster) => balancerReports(fabric.cluster(cluster)),
    accessLog: (cluster, path) => fabric.cluster(cluster).balancers.accessLog(path),
    nodeShell: (cluster, node, start) => {
      const place = fabric.cluster(cluster).nodeNamed(node);
      const caller = callerOf({ cluster, node });
      if (place === undefined || caller === undefined) return `node "${node}" not found`;
      const { servers: clusterDns, runtime } = member(cluster);
      return runOnNode({ loop, fabric, cluster, node: place, caller, clusterDns, disk: runtime.machine(node) }, start);
    },
    setNodeDown: (cluster, node, down) => fabric.cluster(cluster).setNodeDown(node, down),
    setProxyCleanedUp: (cluster, node, cleanedUp) => fabric.cluster(cluster).proxies.setCleanedUp(node, cleanedUp),
    exec: (target, start) => member(target.cluster).runtime.exec(target, start),
    log: (target, which) => member(target.cluster).runtime.log(target, which),
    attachTo: (target) => member(target.cluster).runtime.attach(target),
  };
}

/** What callers do over the fabric. */
function connections(
  fabric: Fabric,
  loop: Loop,
  callerOf: (from: NetworkOrigin) => Caller | undefined,
): Pick<Network, "request" | "dial" | "open" | "explain" | "resolve"> {
  return {
    request: (from, url, how, onResult) => {
      const caller = callerOf(from);
      if (caller !== undefined) fetchUrl({ fabric, loop, caller }, url, how, onResult);
      else loop.soon(`request ${url}`, () => onResult({ url, ok: false, failure: { kind: "not running" } }));
    },
    dial: (from, target, onOutcome) =>
      dial({ fabric, loop, caller: must(callerOf(from), "a running container to connect from") }, target, onOutcome),
    open: (from, url, onOpen) =>
      openConnection(
        { fabric, loop, caller: must(callerOf(from), "a running container to connect from") },
        url,
        onOpen,
      ),
    explain: (from, url) => {
      const caller = callerOf(from);
      return caller === undefined ? ["container not found"] : explainRequest(fabric, caller, url);
    },
    resolve: (from, name) => {
      const caller = callerOf(from);
      return caller === undefined ? undefined : fabric.resolve(caller, name);
    },
  };
}

function attachCluster(
  fabric: Fabric,
  what: { readonly member: Member; readonly informers: NetworkInformers; readonly loop: Loop },
): () => void {
  const { member, informers } = what;
  const { config } = member;
  const outer = { ...config, upstream: withBalancerNames(config.upstream) };
  const network = fabric.cluster(config.name);
  const { proxy, infrastructure = proxy } = informers;
  const stop = followCluster(network, { proxy, infrastructure });
  const dns = attachDns(network, {
    config: outer,
    informers: informers.dns,
    informersOf: informers.dnsOf,
    loop: what.loop,
    servers: member.servers,
  });
  member.dns = dns;
  return () => {
    stop();
    dns.stop();
    delete member.dns;
  };
}
