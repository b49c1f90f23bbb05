import { Loop, Random, Trace } from "../../sim/index.ts";
import { must } from "../../std/index.ts";
import { HEADER_LENGTH } from "./decode.ts";
import { applyChange, type DnsChange } from "./kubernetes/feed.ts";
import { DnsZone } from "./kubernetes/zone.ts";
import type { DnsResponder } from "./responder.ts";
import { loadCoreDns } from "./server/core-dns.ts";
import { Metrics } from "./server/metrics.ts";
import type { ListedKind } from "./server/plugin.ts";
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
const VERSION = "1.12.1";
const REVERSE_ZONES = ["in-addr.arpa", "ip6.arpa"] as const;
const CLUSTERSET_DOMAIN = "clusterset.local";

/** Makes a replica that knows nothing yet. */
export function createDnsReplica({ clusterDomain, dnsIP }: ReplicaConfig): DnsReplica {
  const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
  let changedMs = 0;
  const zone = new DnsZone(() => changedMs);
  const { respond } = serverWithoutPod({ loop, zone, clusterDomain, dnsIP });
  const zones = [clusterDomain, CLUSTERSET_DOMAIN, ...REVERSE_ZONES].map(wireSuffix);
  return {
    apply: (change, atMs) => {
      changedMs = atMs;
      applyChange(zone, change);
    },
    serves: (packet) => {
      const end = packet.indexOf(0, HEADER_LENGTH);
      return end < 0 || zones.some((suffix) => endsWith(packet, end + 1, suffix));
    },
    respond,
  };
}

/** A server without a pod of its own, which answers from a zone; and the kinds of objects that zone must have. */
export function serverWithoutPod(options: ReplicaConfig & { readonly loop: Loop; readonly zone: DnsZone }): {
  readonly respond: DnsResponder;
  readonly lists: readonly ListedKind[];
} {
  const { loop, zone, dnsIP } = options;
  const loaded = loadCoreDns(
    { corefile: corefileOf(options), path: "Corefile", plugins: compiledPlugins(VERSION, {}) },
    {
      loop,
      random: loop.random.stream("coredns"),
      zone,
      addresses: [dnsIP],
      version: VERSION,
      metrics: new Metrics(),
      readFile: () => undefined,
      listFiles: () => [],
      variable: () => undefined,
      log: () => {},
      fatal: () => {},
      ask: () => "timeout",
    },
  );
  if (typeof loaded === "string") throw new Error(loaded);
  return {
    respond: must(loaded.ports.get(DNS_PORT), "a server at port 53").respond,
    lists: loaded.parts.flatMap(({ lists }) => lists ?? []),
  };
}

function corefileOf({ clusterDomain }: ReplicaConfig): string {
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

/** The end of a name as it stands in a packet. */
function wireSuffix(zone: string): Buffer {
  const labels = zone.split(".").map((label) => String.fromCharCode(label.length) + label);
  return Buffer.from(`${labels.join("")}\0`, "latin1");
}

/** Whether a name that ends before `end` ends so, in whatever letters. */
function endsWith(packet: Buffer, end: number, suffix: Buffer): boolean {
  const start = end - suffix.length;
  if (start < HEADER_LENGTH) return false;
  for (let at = suffix.length - 1; at >= 0; at--) {
    const byte = packet[start + at] as number;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== suffix[at]) return false;
  }
  return true;
}
