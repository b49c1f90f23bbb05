import type { InformerFactory } from "../../client/index.ts";
import type { Loop } from "../../sim/index.ts";
import { type ClusterDns, openClusterDns } from "./cluster-dns.ts";
import type { DnsServers, ServiceAccountName } from "./dns-servers.ts";
import { type ClusterFeed, startFeed } from "./kubernetes/feed.ts";
import type { DnsResponder } from "./responder.ts";
import { answerUpstream, emptyUpstream, type Upstream } from "./upstream.ts";

/** Where a cluster's DNS listens: what of its network DNS needs. */
export type DnsGround = {
  dns: DnsResponder | undefined;
  bringUp(address: string): () => void;
  listen(address: string, port: string, listener: { readonly dns: () => DnsResponder }): boolean;
};

export type DnsConfig = {
  readonly dnsIP: string;
  readonly clusterDomain?: string | undefined;
  readonly nodeNameservers?: readonly string[] | undefined;
  readonly upstream?: Upstream | false | undefined;
};

/** As kubeadm installs it. */
const COREDNS_ACCOUNT = "kube-system/coredns";
/** kind's gateway, which answers for the nodes. */
const NODE_NAMESERVERS = ["172.18.0.1"];

/** Lets the DNS of a cluster follow its objects, and puts a resolver for the world outside at the name servers of its nodes. */
export function attachDns(
  ground: DnsGround,
  what: {
    readonly config: DnsConfig;
    /** What the cluster's own CoreDNS may see. */
    readonly informers: InformerFactory;
    /** What a service account may see; all see what CoreDNS does when absent. */
    readonly informersOf?: ((account: ServiceAccountName) => InformerFactory) | undefined;
    readonly loop: Loop;
    readonly servers: DnsServers;
  },
): ClusterDns {
  const { config, informers, loop, servers } = what;
  const feed = startFeed({ informers, clock: loop });
  const feeds = feedsByAccount(feed, (account) => what.informersOf?.(account), loop);
  servers.feedOf = feeds.of;
  const { dnsIP, clusterDomain = "cluster.local" } = config;
  const dns = openClusterDns({ dnsIP, clusterDomain, servers, feed, loop });
  ground.dns = dns.serviceless;
  const upstream = config.upstream ?? emptyUpstream;
  const downs =
    upstream === false ? [] : (config.nodeNameservers ?? NODE_NAMESERVERS).map((at) => listen(ground, at, upstream));
  return {
    ...dns,
    stop: () => {
      dns.stop();
      feed.stop();
      feeds.stop();
      servers.feedOf = undefined;
      ground.dns = undefined;
      for (const down of downs) down();
    },
  };
}

/** A feed for every service account a CoreDNS runs as, begun when the first does, of what its plugins list; the cluster's own has `own`. */
function feedsByAccount(
  own: ClusterFeed,
  informersOf: (account: ServiceAccountName) => InformerFactory | undefined,
  clock: Loop,
): { readonly of: (account: ServiceAccountName) => ClusterFeed; stop(): void } {
  const others = new Map<string, { readonly feed: ClusterFeed; readonly informers: InformerFactory }>();
  return {
    of: (account) => {
      const key = `${account.namespace}/${account.name}`;
      const known = others.get(key);
      if (known !== undefined) return known.feed;
      const informers = key === COREDNS_ACCOUNT ? undefined : informersOf(account);
      if (informers === undefined) return own;
      const feed = startFeed({ informers, clock, first: [] });
      others.set(key, { feed, informers });
      return feed;
    },
    stop: () => {
      for (const { feed, informers } of others.values()) {
        feed.stop();
        informers.stop();
      }
    },
  };
}

function listen(ground: DnsGround, address: string, upstream: Upstream): () => void {
  const responder: DnsResponder = (packet) => answerUpstream(upstream, packet);
  const down = ground.bringUp(address);
  for (const protocol of ["UDP", "TCP"]) ground.listen(address, `53/${protocol}`, { dns: () => responder });
  return down;
}
