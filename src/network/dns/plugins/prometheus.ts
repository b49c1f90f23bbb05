import { pageNotFound, textResponse } from "../../fabric/http.ts";
import { parseError } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { encodeMessage } from "../encode.ts";
import { RCODE_NAMES } from "../message.ts";
import { DURATION_BOUNDS, type Histogram, type Sample, SIZE_BOUNDS } from "../server/metrics.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { type OnRepeat, type Reply, replyMessage } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { argsOf, checkArgs, onlyUse, portOf } from "./settings.ts";

const PORT = 9153;
/** Types CoreDNS counts by name. */
const TYPES = new Set(
  "A AAAA CNAME DNSKEY DS HTTPS MX NS NSEC NSEC3 PTR RRSIG SOA SRV SVCB TXT ANY AXFR IXFR".split(" "),
);

const SIZES = [
  ["coredns_dns_request_size_bytes", "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol."],
  ["coredns_dns_response_size_bytes", "Size of the returned response in bytes."],
] as const;

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
      goversion: "go1.24.1",
      revision: "",
      version,
    },
  ).value = 1;
  metrics.counter("coredns_panics_total", "A metrics that counts the number of panics.");
  return {
    handle: (request, next) => {
      const reply = next(request);
      const count = countOf(setup, request, reply);
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
      serve: ({ path }) =>
        path.replace(/\?.*$/, "") === "/metrics"
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

/** What one answer of this kind adds to the counts; the counters are found once, for all the times it is given. */
function countOf(setup: Setup, request: Request, reply: Reply): OnRepeat {
  const { metrics } = setup.surroundings;
  const { type, name } = request.question;
  const zone = longestZone(setup.zones, lowerName(name)) ?? ".";
  const labels = { server: `dns://:${setup.port}`, view: "", zone };
  const responses = metrics.counter("coredns_dns_responses_total", "Counter of response status codes.", {
    rcode: RCODE_NAMES[reply.rcode] ?? String(reply.rcode),
    // Whoever is asked next is said to have written the answer, whoever did: each plugin on the way back puts its name there.
    plugin: reply.unwritten === true ? "" : nextOf(setup.chain()),
    ...labels,
  });
  const requests = (proto: string, family: string): Sample =>
    metrics.counter("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.", {
      family,
      proto,
      type: TYPES.has(type) ? type : "other",
      ...labels,
    });
  // No time passes while a query is answered.
  const durations = metrics.instants(
    "coredns_dns_request_duration_seconds",
    "Histogram of the time (in seconds) each request took per zone.",
    { labels, bounds: DURATION_BOUNDS },
  );
  const size = reply.unwritten === true ? 0 : encodeMessage(replyMessage(request.query, reply)).length;
  const sizes = (transport: string): readonly Histogram[] =>
    SIZES.map(([name, help]) =>
      metrics.histogram(name, help, { labels: { proto: transport, ...labels }, bounds: SIZE_BOUNDS }),
    );
  const byTransport: Partial<Record<string, readonly Histogram[]>> = {};
  const bySocket: (Sample | undefined)[] = [];
  return (transport, address) => {
    const isIPv6 = address.includes(":");
    const socket = (transport === "udp" ? 0 : 1) + (isIPv6 ? 2 : 0);
    const counter = bySocket[socket] ?? requests(transport, isIPv6 ? "2" : "1");
    bySocket[socket] = counter;
    counter.value++;
    responses.value++;
    durations.value++;
    byTransport[transport] ??= sizes(transport);
    const [asked, answered] = byTransport[transport] as readonly Histogram[];
    asked?.observe(request.size);
    answered?.observe(size);
  };
}
