import { hostPort } from "../../../std/index.ts";
import { type DnsMessage, RCODE, RCODE_NAMES } from "../message.ts";
import { DURATION_BOUNDS } from "../server/metrics.ts";
import type { Handler, PluginPart, Request, ServerSurroundings, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { isInZone, lowerName } from "../zone-names.ts";
import { type ForwardServer, type ForwardSettings, readForward } from "./forward-settings.ts";

type Forward = ForwardSettings & {
  /** Which server comes first next time, for `round_robin`. */
  turn: number;
  underWay: number;
  /** When a connection to each server was last used. */
  readonly usedMs: Map<ForwardServer, number>;
};

/** Servers that forward to each other would ask round and round until time ran out. */
const DEPTH_MAX = 16;
const ATTEMPTS_PER_SERVER = 2;

/** `forward FROM TO… { except; policy; max_concurrent; failover; next; … }`: names others are asked for. */
export function forwardPlugin(setup: Setup): PluginPart {
  const { surroundings } = setup;
  const forwards = setup.directives.map(
    (directive): Forward => ({ ...readForward(directive, surroundings), turn: 0, underWay: 0, usedMs: new Map() }),
  );
  // Each directive is a plugin of its own behind the one before.
  const handle = (request: Request, next: Handler): Reply => {
    const from = (index: number): Reply => {
      const forward = forwards[index];
      if (forward === undefined) return next(request);
      const rest = (): Reply => from(index + 1);
      return serve(forward, request, { surroundings, rest, isLast: index === forwards.length - 1 });
    };
    return from(0);
  };
  return { handle, acceptsChaos: true };
}

type Around = { readonly surroundings: ServerSurroundings; readonly rest: () => Reply; readonly isLast: boolean };

function serve(forward: Forward, request: Request, { surroundings, rest, isLast }: Around): Reply {
  const name = lowerName(request.question.name);
  if (!isInZone(name, forward.from) || isExcepted(forward, name)) return rest();
  if (forward.underWay >= DEPTH_MAX) return bareReply(RCODE.SERVFAIL, "i/o timeout");
  if (forward.maxConcurrent > 0 && forward.underWay >= forward.maxConcurrent) {
    surroundings.metrics.counter(
      "coredns_forward_max_concurrent_rejects_total",
      "Counter of the number of queries rejected because the concurrent queries were at maximum.",
    ).value++;
    return bareReply(RCODE.REFUSED, `concurrent queries exceeded maximum ${forward.maxConcurrent}`);
  }
  forward.underWay++;
  const asked = askServers(forward, request, surroundings);
  forward.underWay--;
  request.note?.("forward", noteOf(asked));
  if ("error" in asked) return bareReply(RCODE.SERVFAIL, asked.error);
  const { message } = asked;
  const isEmpty = message.rcode === RCODE.NOERROR && message.answers.length === 0;
  if (!isLast && (forward.next.has(message.rcode) || (forward.nextOnNoData && isEmpty))) return rest();
  return passedOn(message);
}

type Asked =
  | { readonly server: ForwardServer; readonly message: DnsMessage }
  | { readonly error: string; readonly tried: readonly ForwardServer[] };

/** Servers in the order of the policy, until one answers; a few times round, as attempts are allowed. */
function askServers(forward: Forward, request: Request, surroundings: ServerSurroundings): Asked {
  const servers = ordered(forward, surroundings);
  const attempts = forward.connectAttempts ?? servers.length * ATTEMPTS_PER_SERVER;
  let error = "no healthy proxies";
  let passes = 0;
  const tried = new Set<ForwardServer>();
  for (let attempt = 0; attempt < (attempts === 0 ? servers.length : attempts); attempt++) {
    const server = servers[attempt % servers.length] as ForwardServer;
    request.labels?.set("forward/upstream", textOf(server));
    countConnection(forward, server, request, surroundings);
    if (tried.has(server)) continue;
    const answer = surroundings.ask(server, { ...request.query, questions: [request.question] });
    if (typeof answer !== "string") {
      forward.usedMs.set(server, surroundings.loop.nowMs());
      count(surroundings, server, answer.rcode);
      if (forward.failover.has(answer.rcode) && ++passes < servers.length) continue;
      return { server, message: answer };
    }
    tried.add(server);
    forward.usedMs.delete(server);
    const why = answer === "refused" ? "read: connection refused" : "i/o timeout";
    error = `read udp ${surroundings.addresses[0] ?? "0.0.0.0"}:${request.client.port}->${textOf(server)}: ${why}`;
  }
  for (const server of tried)
    surroundings.metrics.counter(
      "coredns_proxy_healthcheck_failures_total",
      "Counter of the number of failed healthchecks.",
      { proxy_name: "forward", to: textOf(server) },
    ).value++;
  return { error, tried: [...tried] };
}

/** A connection that was used lately is used again, a new one is made otherwise. */
function countConnection(
  { usedMs, expireMs }: Forward,
  server: ForwardServer,
  { client }: Request,
  { metrics, loop }: ServerSurroundings,
): void {
  const isKept = loop.nowMs() - (usedMs.get(server) ?? Number.NEGATIVE_INFINITY) <= expireMs;
  const what = isKept ? "hits" : "misses";
  const labels = { proxy_name: "forward", to: textOf(server), proto: client.transport };
  const help = `Counter of connection cache ${what} per upstream and protocol.`;
  metrics.counter(`coredns_proxy_conn_cache_${what}_total`, help, labels).value++;
}

function count({ metrics }: ServerSurroundings, server: ForwardServer, rcode: number): void {
  metrics.instants("coredns_proxy_request_duration_seconds", "Histogram of the time each request took.", {
    labels: { proxy_name: "forward", rcode: RCODE_NAMES[rcode] ?? String(rcode), to: textOf(server) },
    bounds: DURATION_BOUNDS,
  }).value++;
}

function ordered(forward: Forward, { random }: ServerSurroundings): readonly ForwardServer[] {
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

function textOf({ address, port }: ForwardServer): string {
  return hostPort(address, port);
}
