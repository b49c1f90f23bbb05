import { canonicalIp, parseIp } from "../../ip-address.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { rcodeNumber } from "../message.ts";
import { isWireName, labelsOf } from "../name.ts";
import type { ServerSurroundings } from "../server/plugin.ts";
import { zonesOf } from "../zone-names.ts";
import { argsOf, durationMs, goDuration, unknownProperty, unsignedNumber, wholeNumber } from "./settings.ts";

/** A server that is asked. */
export type ForwardServer = { readonly address: string; readonly port: number };
export type ForwardPolicy = "random" | "round_robin" | "sequential";

/** What a `forward` directive asks for. */
export type ForwardSettings = {
  readonly from: string;
  readonly servers: readonly ForwardServer[];
  readonly except: readonly string[];
  readonly policy: ForwardPolicy;
  readonly maxConcurrent: number;
  readonly connectAttempts: number | undefined;
  /** Codes another server is asked for, as long as there is one. */
  readonly failover: ReadonlySet<number>;
  /** Codes another `forward` is asked for, if one follows. */
  readonly next: ReadonlySet<number>;
  readonly nextOnNoData: boolean;
  /** How long a connection nobody uses is kept. */
  readonly expireMs: number;
};

type Options = { -readonly [Key in keyof Omit<ForwardSettings, "from" | "servers">]: ForwardSettings[Key] } & {
  maxAgeMs: number;
  tlsServerName: string;
};

const SERVERS_MAX = 15;
const EXPIRE_MS = 10_000;
const POLICIES = ["random", "round_robin", "sequential"] as const;
const PORTS: Readonly<Record<string, number>> = { dns: 53, tls: 853, quic: 853, https: 443, grpc: 443 };

/** Reads `forward FROM TO… { … }`; a file in TO is read as resolv.conf. */
export function readForward(directive: Directive, surroundings: ServerSurroundings): ForwardSettings {
  const [from, ...to] = directive.args;
  if (from === undefined || to.length === 0) throw wrongCount(directive, from ?? directive.name);
  const [zone] = zonesOf(from);
  if (zone === undefined || !isWireName(zone)) throw new ConfigError(`unable to normalize '${from}'`);
  const options: Options = {
    except: [],
    policy: "random",
    maxConcurrent: 0,
    connectAttempts: undefined,
    failover: new Set(),
    next: new Set(),
    nextOnNoData: false,
    expireMs: EXPIRE_MS,
    maxAgeMs: 0,
    tlsServerName: "",
  };
  for (const line of directive.body) readOption(line, options);
  const { maxAgeMs, tlsServerName, ...rest } = options;
  const { expireMs } = rest;
  if (maxAgeMs > 0 && maxAgeMs < expireMs)
    throw new ConfigError(`max_age (${goDuration(maxAgeMs)}) must not be less than expire (${goDuration(expireMs)})`);
  const servers = serversOf(to, { surroundings, tlsServerName });
  if (servers.length > SERVERS_MAX) throw new ConfigError(`more than ${SERVERS_MAX} TOs configured: ${servers.length}`);
  return { from: zone, servers, ...rest };
}

type Around = { readonly surroundings: ServerSurroundings; readonly tlsServerName: string };

function serversOf(to: readonly string[], around: Around): readonly ForwardServer[] {
  for (const word of to)
    if (/^https:\/\/.*\//.test(word))
      throw new ConfigError(
        `paths are not allowed in HTTPS upstream addresses (the /dns-query path is used by default): ${word}`,
      );
  const servers = new Map<string, ForwardServer>();
  for (const word of to)
    for (const server of serversOfWord(word, around)) servers.set(`${server.address} ${server.port}`, server);
  if (servers.size === 0) throw new ConfigError("no valid upstream addresses found");
  return [...servers.values()];
}

/** An address with or without a port, or a file of them. */
function serversOfWord(word: string, { surroundings, tlsServerName }: Around): readonly ForwardServer[] {
  const [, scheme = "dns", bare = ""] = /^(?:(\w+):\/\/)?(.*)$/.exec(word) ?? [];
  if (bare === "") throw new ConfigError(`invalid address: ${JSON.stringify(word)}`);
  const server = serverOf(bare, PORTS[scheme] ?? 53);
  if (server !== undefined) {
    if (scheme !== "dns" && scheme !== "tls" && scheme !== "https")
      throw new ConfigError(`'${scheme}' is not supported as a destination protocol in forward: ${word}`);
    const ownName = scheme === "tls" ? /%([^:\]]+)/.exec(bare)?.[1] : undefined;
    if (ownName !== undefined && tlsServerName !== "")
      throw new ConfigError(
        `both forward ('${tlsServerName}') and proxy level ('${ownName}') TLS servernames are set for upstream proxy 'tls://${bare.replace(/%[^:\]]+/, "")}'`,
      );
    return [server];
  }
  const file = surroundings.readFile(bare);
  if (file === undefined) return noServers(word, bare);
  const listed = file.split("\n").flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  return listed.flatMap((address) => serverOf(address, 53) ?? []);
}

/** Names of servers are known to CoreDNS since 1.14; here there is nobody who could be asked for one so early. */
function noServers(word: string, bare: string): never {
  const host = bare.replace(/:\d+$/, "");
  const labels = labelsOf(host);
  const isHost = isWireName(host) && !word.includes("/") && labels.every((label) => /^[\w-]+$/.test(label));
  throw new ConfigError(
    isHost
      ? `failed to resolve ${JSON.stringify(host)}: lookup ${host}: no such host`
      : `not an IP address, file, or valid domain: ${JSON.stringify(word)}`,
  );
}

function serverOf(text: string, defaultPort: number): ForwardServer | undefined {
  const bare = text.replace(/%[^:\]]+/, "");
  const whole = canonicalIp(bare.replace(/^\[(.*)\]$/, "$1"));
  if (whole !== undefined) return { address: whole, port: defaultPort };
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(bare);
  const address = canonicalIp(parts?.[1] ?? parts?.[2] ?? "");
  return address === undefined ? undefined : { address, port: Number(parts?.[3]) };
}

/** Options about connections: they are read, and change nothing where a connection costs nothing. */
const FLAGS: ReadonlySet<string> = new Set([
  "force_tcp",
  "prefer_udp",
  "failfast_all_unhealthy_upstreams",
  "next_on_nodata",
]);

function readOption(line: CorefileLine, options: Options): void {
  const [name = "", ...words] = line.words;
  if (FLAGS.has(name)) {
    argsOf(line, 0);
    options.nextOnNoData ||= name === "next_on_nodata";
    return;
  }
  switch (name) {
    case "except":
      options.except = [...options.except, ...argsOf(line, 1, Number.POSITIVE_INFINITY).flatMap(zonesOf)];
      return;
    case "policy":
      options.policy = policyOf(line);
      return;
    case "failover":
    case "next":
      options[name] = codesOf(line, options[name]);
      return;
    case "tls":
      argsOf(line, 0, 3);
      return;
    case "resolver":
      for (const word of argsOf(line, 1, Number.POSITIVE_INFINITY))
        if (serverOf(word, 53) === undefined)
          throw new ConfigError(`resolver must be an IP address or IP:port: ${JSON.stringify(word)}`);
      return;
    default:
      readValue(line, words, options);
  }
}

/** Options with one value each. */
function readValue(line: CorefileLine, words: readonly string[], options: Options): void {
  const [name = ""] = line.words;
  const [value] = words;
  if (!VALUES.has(name)) throw unknownProperty(line);
  if (value === undefined) throw wrongCount(line, name);
  switch (name) {
    case "max_fails":
      unsignedNumber(value);
      return;
    case "max_connect_attempts":
      options.connectAttempts = unsignedNumber(value);
      return;
    case "max_idle_conns":
      notNegative(name, wholeNumber(value));
      return;
    case "max_concurrent":
      options.maxConcurrent = notNegative(name, wholeNumber(value));
      return;
    case "expire":
      options.expireMs = notNegativeMs(name, value);
      return;
    case "max_age":
      options.maxAgeMs = notNegativeMs(name, value);
      return;
    case "read_timeout":
      if (durationMs(value) <= 0)
        throw new ConfigError(`read_timeout must be positive: ${goDuration(durationMs(value))}`);
      return;
    case "health_check":
      readHealthCheck(line, words);
      return;
    case "tls_servername":
      options.tlsServerName = value;
      return;
    case "doh_method":
      if (value !== "POST" && value !== "GET") throw new ConfigError("doh_method must be either POST or GET");
      return;
    case "source_address":
      if (parseIp(value) === undefined) throw parseError(line, `invalid IP address: ${value}`);
  }
}

const VALUES: ReadonlySet<string> = new Set([
  "max_fails",
  "max_connect_attempts",
  "max_idle_conns",
  "max_concurrent",
  "expire",
  "max_age",
  "read_timeout",
  "health_check",
  "tls_servername",
  "doh_method",
  "source_address",
]);

function readHealthCheck(line: CorefileLine, [interval = "", ...words]: readonly string[]): void {
  const everyMs = durationMs(interval);
  if (everyMs < 0) throw new ConfigError(`health_check can't be negative: ${everyMs * 1_000_000}`);
  for (let at = 0; at < words.length; at++) {
    if (words[at] === "no_rec") continue;
    if (words[at] !== "domain") throw new ConfigError(`health_check: unknown option ${words[at]}`);
    const domain = words[++at];
    if (domain === undefined) throw wrongCount(line, "domain");
    if (!isWireName(domain)) throw new ConfigError(`health_check: invalid domain name ${domain}`);
  }
}

function notNegative(name: string, value: number): number {
  if (value < 0) throw new ConfigError(`${name} can't be negative: ${value}`);
  return value;
}

function notNegativeMs(name: string, text: string): number {
  const ms = durationMs(text);
  if (ms < 0) throw new ConfigError(`${name} can't be negative: ${goDuration(ms)}`);
  return ms;
}

function policyOf(line: CorefileLine): ForwardPolicy {
  const word = line.words[1];
  if (word === undefined) throw wrongCount(line, "policy");
  const policy = POLICIES.find((one) => one === word);
  if (policy === undefined) throw parseError(line, `unknown policy '${word}'`);
  return policy;
}

function codesOf(line: CorefileLine, before: ReadonlySet<number>): ReadonlySet<number> {
  const codes = argsOf(line, 1, Number.POSITIVE_INFINITY).map((word) => {
    const code = rcodeNumber(word);
    if (code === undefined) throw new ConfigError(`${word} is not a valid rcode`);
    if (code === 0 && line.words[0] === "failover") throw new ConfigError("NoError cannot be used in failover");
    return code;
  });
  return new Set([...before, ...codes]);
}
