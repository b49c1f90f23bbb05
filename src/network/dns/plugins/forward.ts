import { canonicalIp } from "../../ip-address.ts";
import { ConfigError, type Place, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { type DnsMessage, RCODE } from "../message.ts";
import type { Handler, PluginPart, Request, ServerSurroundings, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { isInZone, lowerName, zonesOf } from "../zone-names.ts";
import { argsOf, durationOf, integerOf, unknownProperty } from "./settings.ts";

type Server = { readonly address: string; readonly port: number };
type Policy = "random" | "round_robin" | "sequential";
type Forward = {
  readonly from: string;
  readonly servers: readonly Server[];
  readonly except: readonly string[];
  readonly policy: Policy;
  readonly maxConcurrent: number;
  /** Which server comes first next time, for `round_robin`. */
  turn: number;
  underWay: number;
};
type Options = { except: readonly string[]; policy: Policy; maxConcurrent: number };

const SERVERS_MAX = 15;
const DNS_PORT = 53;
/** Servers that forward to each other would ask round and round until time ran out. */
const DEPTH_MAX = 16;
const POLICIES = ["random", "round_robin", "sequential"] as const;

/** `forward FROM TO… { except; policy; max_concurrent; … }`: names others are asked for; a file in TO is read as resolv.conf. */
export function forwardPlugin(setup: Setup): PluginPart {
  const forwards = setup.directives.map((directive) => readForward(directive, setup.surroundings));
  const { metrics } = setup.surroundings;
  const count = (server: Server, name: string, help: string, more: Readonly<Record<string, string>>): void => {
    metrics.counter(`coredns_${name}`, help, { proxy_name: "forward", to: textOf(server), ...more }).value++;
  };
  const handle = (request: Request, next: Handler): Reply => {
    const name = lowerName(request.question.name);
    const forward = forwards.find((one) => isInZone(name, one.from) && !isExcepted(one, name));
    if (forward === undefined) return next(request);
    if (forward.underWay >= DEPTH_MAX) return bareReply(RCODE.SERVFAIL, "i/o timeout");
    if (forward.maxConcurrent > 0 && forward.underWay >= forward.maxConcurrent)
      return bareReply(RCODE.REFUSED, `concurrent queries exceeded maximum ${forward.maxConcurrent}`);
    forward.underWay++;
    const asked = askServers(forward, request, setup.surroundings);
    forward.underWay--;
    request.note?.("forward", noteOf(asked));
    if ("error" in asked) {
      for (const server of asked.tried)
        count(server, "proxy_healthcheck_failures_total", "Counter of the number of failed healthchecks.", {});
      return bareReply(RCODE.SERVFAIL, asked.error);
    }
    count(asked.server, "forward_responses_total", "Counter of responses received per upstream.", {
      rcode: String(asked.message.rcode),
    });
    return passedOn(asked.message);
  };
  return { handle, acceptsChaos: true };
}

type Asked =
  | { readonly server: Server; readonly message: DnsMessage }
  | { readonly error: string; readonly tried: readonly Server[] };

/** Servers in the order of the policy, until one answers. */
function askServers(forward: Forward, request: Request, surroundings: ServerSurroundings): Asked {
  const servers = ordered(forward, surroundings);
  let error = "no healthy proxies";
  for (const server of servers) {
    const answer = surroundings.ask(server, { ...request.query, questions: [request.question] });
    if (typeof answer !== "string") return { server, message: answer };
    const why = answer === "refused" ? "read: connection refused" : "i/o timeout";
    error = `read udp ${surroundings.addresses[0] ?? "0.0.0.0"}:${request.client.port}->${textOf(server)}: ${why}`;
  }
  return { error, tried: servers };
}

function ordered(forward: Forward, { random }: ServerSurroundings): readonly Server[] {
  const { servers, policy } = forward;
  if (policy === "sequential" || servers.length < 2) return servers;
  const first = policy === "random" ? random.below(servers.length) : forward.turn++ % servers.length;
  return [...servers.slice(first), ...servers.slice(0, first)];
}

function isExcepted(forward: Forward, name: string): boolean {
  return name !== forward.from && forward.except.some((zone) => isInZone(name, zone));
}

/** What an upstream said is what the client gets, its flags included; nobody would tell when it changes. */
function passedOn(message: DnsMessage): Reply {
  const { rcode, answers, authorities, additionals, flags } = message;
  const reply = ownReply({ rcode, answers, authorities, additionals });
  return { ...reply, authoritative: flags.authoritative, recursionAvailable: flags.recursionAvailable };
}

function noteOf(asked: Asked): string {
  if ("error" in asked) return `asked ${asked.tried.map(textOf).join(", ")}: ${asked.error}`;
  return `asked ${textOf(asked.server)}`;
}

function textOf({ address, port }: Server): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function readForward(directive: Directive, surroundings: ServerSurroundings): Forward {
  const [from, ...to] = directive.args;
  if (from === undefined || to.length === 0) throw wrongCount(directive, from ?? directive.name);
  const options: Options = { except: [], policy: "random", maxConcurrent: 0 };
  for (const line of directive.body) readOption(line, options);
  const servers = to.flatMap((word) => serversOf(word, surroundings));
  if (servers.length > SERVERS_MAX) throw new ConfigError(`more than ${SERVERS_MAX} TOs configured: ${servers.length}`);
  return { from: zonesOf(from)[0] as string, servers, ...options, turn: 0, underWay: 0 };
}

/** An address with or without a port, or a file of them. */
function serversOf(word: string, surroundings: ServerSurroundings): readonly Server[] {
  const bare = word.replace(/^dns:\/\//, "");
  if (/^(tls|https|quic|grpc):\/\//.test(bare))
    throw new ConfigError(
      `'${bare.slice(0, bare.indexOf(":"))}' is not supported as a destination protocol in forward: ${word}`,
    );
  const server = serverOf(bare);
  if (server !== undefined) return [server];
  const file = surroundings.readFile(bare);
  if (file === undefined) throw new ConfigError(`not an IP address or file: ${JSON.stringify(word)}`);
  const listed = file.split("\n").flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  const servers = listed.flatMap((address) => serverOf(address) ?? []);
  if (servers.length === 0) throw new ConfigError("no nameservers found");
  return servers;
}

function serverOf(text: string): Server | undefined {
  const whole = canonicalIp(text);
  if (whole !== undefined) return { address: whole, port: DNS_PORT };
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const address = canonicalIp(parts?.[1] ?? parts?.[2] ?? "");
  return address === undefined ? undefined : { address, port: Number(parts?.[3]) };
}

/** Options about connections: they are read, and change nothing where a connection costs nothing. */
const CONNECTION_OPTIONS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  force_tcp: [0, 0],
  prefer_udp: [0, 0],
  expire: [1, 1],
  max_age: [1, 1],
  max_fails: [1, 1],
  max_idle_conns: [1, 1],
  max_connect_attempts: [1, 1],
  read_timeout: [1, 1],
  tls: [0, 3],
  tls_servername: [1, 1],
  health_check: [1, 4],
  failfast_all_unhealthy_upstreams: [0, 0],
};

function readOption(line: CorefileLine, options: Options): void {
  const [name = ""] = line.words;
  const connection = CONNECTION_OPTIONS[name];
  if (connection !== undefined) {
    const args = argsOf(line, ...connection);
    if (name === "expire" || name === "health_check" || name === "max_age") durationOf(line, args[0] as string);
    return;
  }
  switch (name) {
    case "except":
      options.except = [...options.except, ...argsOf(line, 1, Number.POSITIVE_INFINITY).flatMap(zonesOf)];
      return;
    case "policy":
      options.policy = policyOf(line, argsOf(line, 1)[0] as string);
      return;
    case "max_concurrent": {
      options.maxConcurrent = integerOf(line, argsOf(line, 1)[0] as string);
      if (options.maxConcurrent < 0)
        throw new ConfigError(`max_concurrent can't be negative: ${options.maxConcurrent}`);
      return;
    }
    default:
      throw unknownProperty(line);
  }
}

function policyOf(at: Place, word: string): Policy {
  const policy = POLICIES.find((one) => one === word);
  if (policy === undefined) throw parseError(at, `unknown policy '${word}'`);
  return policy;
}
