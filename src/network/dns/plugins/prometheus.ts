import { pageNotFound, pathOf, textResponse } from "../../fabric/http.ts";
import { parseError } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { RCODE_NAMES } from "../message.ts";
import { messageLength } from "../message-length.ts";
import { DURATION_BOUNDS, type Metrics, type Sample, SIZE_BOUNDS, SLIM_BOUNDS } from "../server/metrics.ts";
import type { PluginPart, Request, Setup, Transport } from "../server/plugin.ts";
import { goVersion } from "../server/plugin-order.ts";
import { type OnRepeat, type Reply, replyMessage } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { argsOf, checkArgs, onlyUse, portOf } from "./settings.ts";

const PORT = 9153;
/** Types CoreDNS counts by name. */
const TYPES = new Set(
  "A AAAA CNAME DNSKEY DS HTTPS MX NS NSEC NSEC3 PTR RRSIG SOA SRV SVCB TXT ANY AXFR IXFR".split(" "),
);

/** Counters without labels, which a process shows whether or not it has the plugin they are of. */
const ALWAYS_COUNTED = [
  ["coredns_forward_healthcheck_broken_total", "Counter of the number of complete failures of the healthchecks."],
  [
    "coredns_forward_max_concurrent_rejects_total",
    "Counter of the number of queries rejected because the concurrent queries were at maximum.",
  ],
  ["coredns_health_request_failures_total", "The number of times the health check failed."],
  ["coredns_local_localhost_requests_total", "Counter of special localhost subdomain requests."],
  ["coredns_panics_total", "A metrics that counts the number of panics."],
  ["coredns_reload_failed_total", "Counter of the number of failed reload attempts."],
] as const;
const REQUEST_SIZE = [
  "coredns_dns_request_size_bytes",
  "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.",
] as const;
const RESPONSE_SIZE = ["coredns_dns_response_size_bytes", "Size of the returned response in bytes."] as const;

/** `prometheus [ADDRESS]`: counts what passes, and shows all counts of the process at `/metrics`. */
export function prometheusPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const [address] = checkArgs(directive, 0, 1);
  const port = address === undefined ? PORT : portOf(address);
  for (const [index, line] of directive.body.entries()) readOption(line, directive.body.slice(0, index));
  const { metrics, version } = setup.surroundings;
  metrics.gauge(
    "coredns_build_info",
    "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
    {
      goversion: goVersion(version),
      revision: "",
      version,
    },
  ).value = 1;
  for (const [name, help] of ALWAYS_COUNTED) metrics.counter(name, help);
  metrics.gauge("coredns_hosts_reload_timestamp_seconds", "The timestamp of the last reload of hosts file.");
  metrics.instants("coredns_health_request_duration_seconds", "Histogram of the time (in seconds) each request took.", {
    labels: {},
    bounds: SLIM_BOUNDS,
  });
  const counts = new Map<string, OnRepeat>();
  return {
    handle: (request, next) => {
      const reply = next(request);
      const kind = kindOf(setup, request, reply);
      const key = Object.values(kind).join(" ");
      const count = counts.get(key) ?? countOf(metrics, key, kind);
      counts.set(key, count);
      count(request.client.transport, request.client.address);
      return reply.keep === undefined
        ? reply
        : { ...reply, keep: { ...reply.keep, onRepeat: [...reply.keep.onRepeat, count] } };
    },
    started: () => {
      for (const zone of setup.zones)
        for (const name of setup.chain())
          metrics.gauge(
            "coredns_plugin_enabled",
            "A metric that indicates whether a plugin is enabled on per server and zone basis.",
            { server: `dns://:${setup.port}`, zone, view: "", name },
          ).value = 1;
    },
    http: {
      port,
      serve: (request) =>
        pathOf(request) === "/metrics"
          ? textResponse(metrics.text(), { "content-type": "text/plain; version=0.0.4; charset=utf-8" })
          : pageNotFound(),
    },
  };
}

/** Metrics of Go's runtime and certificates for the page: there is neither here. */
function readOption(line: CorefileLine, before: readonly CorefileLine[]): void {
  const [option = ""] = line.words;
  if (option === "runtime_metrics") argsOf(line, 0);
  else if (option !== "tls") throw parseError(line, `unknown option: ${option}`);
  else if (before.some(({ words }) => words[0] === "tls")) throw parseError(line, "tls block already specified");
  else argsOf(line, 1);
}

function nextOf(chain: readonly string[]): string {
  return chain[chain.indexOf("prometheus") + 1] ?? "";
}

function kindOf(setup: Setup, request: Request, reply: Reply): AnswerKind {
  const { name, type } = request.question;
  const isSilent = reply.unwritten === true || reply.unsent === true;
  return {
    server: `dns://:${setup.port}`,
    zone: longestZone(setup.zones, lowerName(name)) ?? ".",
    type: TYPES.has(type) ? type : "other",
    rcode: RCODE_NAMES[reply.rcode] ?? String(reply.rcode),
    // Whoever is asked next is said to have written the answer, whoever did: each plugin on the way back puts its name there.
    plugin: isSilent ? "" : nextOf(setup.chain()),
    asked: request.size,
    answered: isSilent ? 0 : messageLength(replyMessage(request.query, reply)),
  };
}

/** What an answer of this kind adds to the counts: one number for all of them, found once for all the times one is given. */
function countOf(metrics: Metrics, key: string, kind: AnswerKind): OnRepeat {
  const bySocket: (Sample | undefined)[] = [];
  return (proto, address) => {
    const isIPv6 = address.includes(":");
    const socket = (proto === "udp" ? 0 : 1) + (isIPv6 ? 2 : 0);
    let tally = bySocket[socket];
    if (tally === undefined) {
      tally = metrics.tally(`${key} ${socket}`, (times) => count(metrics, { ...kind, proto, isIPv6 }, times));
      bySocket[socket] = tally;
    }
    tally.value++;
  };
}

type AnswerKind = {
  readonly server: string;
  readonly zone: string;
  readonly type: string;
  readonly rcode: string;
  readonly plugin: string;
  /** Bytes of the query and of the answer. */
  readonly asked: number;
  readonly answered: number;
};

function count(
  metrics: Metrics,
  { server, zone, proto, isIPv6, ...kind }: AnswerKind & { readonly proto: Transport; readonly isIPv6: boolean },
  times: number,
): void {
  const labels = { server, view: "", zone };
  metrics.counter("coredns_dns_responses_total", "Counter of response status codes.", {
    rcode: kind.rcode,
    plugin: kind.plugin,
    ...labels,
  }).value += times;
  metrics.counter("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.", {
    family: isIPv6 ? "2" : "1",
    proto,
    type: kind.type,
    ...labels,
  }).value += times;
  // No time passes while a query is answered.
  metrics.instants(
    "coredns_dns_request_duration_seconds",
    "Histogram of the time (in seconds) each request took per zone.",
    { labels, bounds: DURATION_BOUNDS },
  ).value += times;
  for (const [name, help, size] of [
    [...REQUEST_SIZE, kind.asked],
    [...RESPONSE_SIZE, kind.answered],
  ] as const)
    metrics.histogram(name, help, { labels: { proto, ...labels }, bounds: SIZE_BOUNDS }).observe(size, times);
}
