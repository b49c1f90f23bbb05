import type { Loop } from "../../sim/index.ts";
import type { DnsServers } from "./dns-servers.ts";
import type { ClusterFeed } from "./kubernetes/feed.ts";
import { type DnsZone, EVERYTHING } from "./kubernetes/zone.ts";
import { serverWithoutPod } from "./replica.ts";
import type { DnsResponder } from "./responder.ts";

/** The DNS of one cluster, seen from outside its network. */
export interface ClusterDns {
  /** What its servers know. */
  readonly zone: DnsZone;
  /** Answers as the cluster's DNS address would: one of the ready CoreDNS pods does, each in its turn; nobody when there is none. */
  readonly query: DnsResponder;
  /** Tells all that is known, and every change of it. */
  readonly follow: ClusterFeed["follow"];
  /** Answers where no Service has the DNS address: a world may do without kube-dns. */
  readonly serviceless: DnsResponder;
  stop(): void;
}

type Options = {
  readonly dnsIP: string;
  readonly clusterDomain: string;
  readonly servers: DnsServers;
  readonly feed: ClusterFeed;
  readonly loop: Loop;
};
type Server = () => DnsResponder | undefined;

const DNS_PORT = 53;

/** Opens the DNS of a cluster to who asks from outside. */
export function openClusterDns(options: Options): ClusterDns {
  const { feed } = options;
  let made: DnsResponder | undefined;
  const own = (): DnsResponder => {
    made ??= servicelessServer(options);
    return made;
  };
  const ready = readyServers(options);
  let turn = 0;
  const next = (): DnsResponder | undefined => {
    const servers = ready.servers();
    if (servers === undefined) return own();
    return servers.length === 0 ? undefined : servers[turn++ % servers.length]?.();
  };
  return {
    zone: feed.zone,
    follow: feed.follow,
    query: throughTo(next),
    serviceless: throughTo(own),
    stop: ready.stop,
  };
}

function throughTo(server: Server): DnsResponder {
  const answer: DnsResponder = (packet, transport, from) => server()?.(packet, transport, from);
  const transfer: DnsResponder["transfer"] = (...asked) => server()?.transfer?.(...asked);
  const explain: DnsResponder["explain"] = (...asked) => server()?.explain?.(...asked);
  return Object.assign(answer, { transfer, explain });
}

/** The servers behind the DNS address, found anew when its Service, its endpoints or servers change; `undefined` without a Service. */
function readyServers(options: Options): { readonly servers: () => readonly Server[] | undefined; stop(): void } {
  const { dnsIP, servers, feed } = options;
  const { zone } = feed;
  let seen = -1;
  let key: string | undefined;
  let found: readonly Server[] | undefined;
  const stop = zone.observe((token) => {
    if (token === key || token === EVERYTHING || token === `ip:${dnsIP}`) seen = -1;
  });
  return {
    stop,
    servers: () => {
      if (seen === servers.version) return found;
      seen = servers.version;
      [key] = zone.serviceKeysOfClusterIp(dnsIP);
      const endpoints = key === undefined ? undefined : zone.endpoints(key);
      found = endpoints?.flatMap(({ address, ports }) => {
        const port = ports.find(({ protocol }) => protocol === "udp")?.port ?? DNS_PORT;
        return servers.at(address, port) ?? [];
      });
      return found;
    },
  };
}

function servicelessServer({ dnsIP, clusterDomain, feed, loop }: Options): DnsResponder {
  const { respond, lists } = serverWithoutPod({ loop, zone: feed.zone, dnsIP, clusterDomain });
  for (const kind of lists) feed.watch(kind);
  return respond;
}
