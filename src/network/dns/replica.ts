import { Loop, Random, Trace } from "../../sim/index.ts";
import { must } from "../../std/index.ts";
import { applyChange, type DnsChange } from "./kubernetes/feed.ts";
import { DnsZone } from "./kubernetes/zone.ts";
import type { DnsResponder } from "./responder.ts";
import { loadCoreDns } from "./server/core-dns.ts";
import { Metrics } from "./server/metrics.ts";
import { compiledPlugins } from "./server/plugin-order.ts";

/** A server with a copy of what a cluster's DNS knows, fed change by change: it may run in another thread. */
export interface DnsReplica {
  /** Takes a change in, which happened at that time. */
  apply(change: DnsChange, atMs: number): void;
  /** Whether a name is in the zones the copy is about; others must be asked for elsewhere. */
  serves(packet: Buffer): boolean;
  readonly respond: DnsResponder;
}

/** What a replica is made with. */
export type ReplicaConfig = { readonly clusterDomain: string; readonly dnsIP: string };

const DNS_PORT = 53;
const HEADER_LENGTH = 12;
const VERSION = "1.12.1";
/** The last two labels of every zone a replica has, as they stand in a packet. */
const REVERSE_ZONES = ["in-addr.arpa", "ip6.arpa"] as const;
const CLUSTERSET_DOMAIN = "clusterset.local";

/** Makes a replica that knows nothing yet. */
export function createDnsReplica({ clusterDomain, dnsIP }: ReplicaConfig): DnsReplica {
  const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
  let changedMs = 0;
  const zone = new DnsZone(() => changedMs);
  const loaded = loadCoreDns(
    { corefile: replicaCorefile(clusterDomain), path: "Corefile", plugins: compiledPlugins(VERSION, {}) },
    {
      loop,
      random: loop.random.stream("coredns"),
      zone,
      addresses: [dnsIP],
      version: VERSION,
      metrics: new Metrics(),
      readFile: () => undefined,
      variable: () => undefined,
      log: () => {},
      fatal: () => {},
      ask: () => "timeout",
    },
  );
  if (typeof loaded === "string") throw new Error(loaded);
  const zones = [clusterDomain, CLUSTERSET_DOMAIN, ...REVERSE_ZONES].map(wireSuffix);
  return {
    apply: (change, atMs) => {
      changedMs = atMs;
      applyChange(zone, change);
    },
    serves: (packet) => {
      const end = packet.indexOf(0, HEADER_LENGTH);
      if (end < 0) return true;
      const name = packet.toString("latin1", HEADER_LENGTH, end + 1).toLowerCase();
      return zones.some((suffix) => name.endsWith(suffix));
    },
    respond: must(loaded.ports.get(DNS_PORT), "a server at port 53").respond,
  };
}

/** What a DNS server without a pod of its own is configured with. */
export function replicaCorefile(clusterDomain: string): string {
  return `.:53 {
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    multicluster ${CLUSTERSET_DOMAIN}
    loadbalance
}
`;
}

function wireSuffix(zone: string): string {
  return `${zone
    .split(".")
    .map((label) => String.fromCharCode(label.length) + label)
    .join("")}\0`;
}
