import { recordData } from "../../../src/network/dns/dig-text.ts";
import { DnsZone } from "../../../src/network/dns/kubernetes/zone.ts";
import { type DnsMessage, dnsQuery, RCODE_NAMES } from "../../../src/network/dns/message.ts";
import type { DnsResponder } from "../../../src/network/dns/responder.ts";
import { type CoreDns, loadCoreDns } from "../../../src/network/dns/server/core-dns.ts";
import { Metrics } from "../../../src/network/dns/server/metrics.ts";
import type { DnsClient, ServerSurroundings } from "../../../src/network/dns/server/plugin.ts";
import { compiledPlugins } from "../../../src/network/dns/server/plugin-order.ts";
import type { PortServer } from "../../../src/network/dns/server/port-server.ts";
import { advanceTo, Loop, Random, Trace } from "../../../src/sim/index.ts";
import { service } from "../objects.ts";

/** The chain the wire tests ask: data of a cluster and of its clusterset, no cache. */
export const CLUSTER_COREFILE = `.:53 {
  multicluster clusterset.local
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    pods insecure
    ttl 30
  }
  loadbalance
}
`;

export type Options = {
  readonly version?: string;
  readonly plugins?: readonly string[];
  readonly files?: Map<string, string>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly addresses?: readonly string[];
  readonly kubernetesVersion?: string;
  readonly ask?: ServerSurroundings["ask"];
  readonly loop?: Loop;
};

/** A CoreDNS without a pod: its zone is filled by hand, its clock moved by hand. */
export interface TestServer {
  readonly loop: Loop;
  readonly zone: DnsZone;
  readonly metrics: Metrics;
  readonly logged: string[];
  readonly fatal: string[];
  readonly loaded: CoreDns;
  port(number?: number): PortServer;
  readonly respond: DnsResponder;
  /** Asks as a message, past the ready packets. */
  ask(name: string, type: string, change?: Partial<DnsMessage>, client?: Partial<DnsClient>): DnsMessage;
  advance(ms: number): void;
}

/** Loads a Corefile over a zone that has synced; throws its error. */
export function testServer(corefile: string = CLUSTER_COREFILE, options: Options = {}): TestServer {
  const made = tryServer(corefile, options);
  if (typeof made === "string") throw new Error(made);
  return made;
}

/** As {@link testServer}; the error as CoreDNS words it. */
export function tryServer(corefile: string, options: Options = {}): TestServer | string {
  const startMs = Date.parse("2023-06-12T02:58:03Z");
  const loop = options.loop ?? new Loop({ startMs, random: new Random(3), trace: new Trace() });
  const zone = new DnsZone(() => loop.nowMs());
  for (const part of ["cluster", "clusterset", "imports", "pods"] as const) zone.setState(part, "synced");
  const logged: string[] = [];
  const fatal: string[] = [];
  const metrics = new Metrics();
  const version = options.version ?? "1.14.0";
  const surroundings: ServerSurroundings = {
    loop,
    random: loop.random.stream("coredns"),
    zone,
    addresses: options.addresses ?? ["10.13.0.10"],
    version,
    kubernetesVersion: options.kubernetesVersion,
    metrics,
    readFile: (path) => options.files?.get(path),
    listFiles: (path) => [...(options.files?.keys() ?? [])].filter((one) => path === "." || one.startsWith(`${path}/`)),
    variable: (name) => options.variables?.[name],
    log: (line) => void logged.push(line),
    fatal: (line) => void fatal.push(line),
    ask: options.ask ?? (() => "timeout"),
  };
  const plugins = options.plugins ?? compiledPlugins(version, {});
  const loaded = loadCoreDns({ corefile, path: "Corefile", plugins }, surroundings);
  if (typeof loaded === "string") return loaded;
  const port = (number = 53): PortServer => loaded.ports.get(number) as PortServer;
  return {
    loop,
    zone,
    metrics,
    logged,
    fatal,
    loaded,
    port,
    respond: (packet, transport, from) => port().respond(packet, transport, from),
    ask: (name, type, change = {}, client = {}) =>
      port().answer(
        { ...dnsQuery({ name, type }), ...change },
        { client: { address: "10.12.0.99", port: 40_000, transport: "udp", ...client }, size: 40 },
      )?.message as DnsMessage,
    advance: (ms) => void advanceTo(loop, loop.nowMs() + ms),
  };
}

/** One block at port 53 with these lines. */
export const block = (...lines: readonly string[]): string => `.:53 {\n${lines.join("\n")}\n}\n`;

/** A server of one block. */
export const server = (lines: readonly string[], options: Options = {}): TestServer =>
  testServer(block(...lines), options);

/** The name of {@link withWeb}'s Service. */
export const WEB = "web.default.svc.cluster.local.";

/** Lets the server know a Service `web`. */
export function withWeb(made: TestServer): TestServer {
  made.zone.putNamespace("default");
  made.zone.putService(service("web", { clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"] }));
  return made;
}

/** `NXDOMAIN`, `NODATA`, or the answers in short form. */
export function outcome(message: DnsMessage): string {
  const code = RCODE_NAMES[message.rcode] as string;
  if (message.answers.length === 0) return code === "NOERROR" ? "NODATA" : code;
  return message.answers.map((record) => `${record.ttl} ${record.type} ${recordData(record)}`).join(" | ");
}
