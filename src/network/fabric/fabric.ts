import { addressOfBalancerHostname } from "../../algorithms/index.ts";
import type { FaultPlan, Loop } from "../../sim/index.ts";
import { assert, must, sortedBy } from "../../std/index.ts";
import { askServer, type FindServer } from "../dns/ask-server.ts";
import { type DnsMessage, dnsQuery } from "../dns/message.ts";
import { canonicalIp, cidrContains, ofSameFamily, parseIp } from "../ip-address.ts";
import {
  type AskServer,
  hostsAddress,
  parseResolvConf,
  type Resolution,
  type ResolverFlavor,
  resolveName,
} from "../resolver.ts";
import { ClusterNetwork, type ClusterNetworkConfig, type Listener } from "./cluster-network.ts";
import { Hosts, portKey } from "./hosts.ts";
import type { Serve } from "./http.ts";
import { type Link, Links, PLAIN_LINK } from "./links.ts";
import { OUTSIDE, type Protocol, type StreamProtocol } from "./packet.ts";
import { type Destination, findRoute, type Origin, type Route } from "./route.ts";
import type { RouteOptions } from "./walk.ts";

/** Who connects: where it starts, and the files its resolver reads. */
export type Caller = {
  readonly origin: Origin;
  readonly flavor: ResolverFlavor;
  readonly readFile: (path: string) => string | undefined;
};

/** Why a connection failed, in the words of Go's net package. */
export type ConnectFailure = {
  readonly reason: "no such host" | "server misbehaving" | "connection refused" | "i/o timeout";
  /** Failed while asking the name server, not the host itself. */
  readonly lookup: boolean;
  readonly host: string;
  readonly port: number;
  /** The address that was tried, or the name server that was asked. */
  readonly address: string | undefined;
  readonly afterMs: number;
};

export type ConnectOutcome = {
  readonly resolution: Resolution;
  readonly route?: Route;
} & (
  | {
      readonly ok: true;
      readonly listener: Listener;
      readonly cluster: string;
      /** Where it ended, and where it was sent: a proxy may lie between. */
      readonly address: string;
      readonly dialed: string;
      /** The time a packet needs there and back. */
      readonly roundTripMs: number;
      readonly route: Extract<Route, { verdict: "delivered" }>;
    }
  | { readonly ok: false; readonly failure: ConnectFailure }
);

type Delivered = Extract<Route, { readonly verdict: "delivered" }>;

export type FabricOptions = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly clusters: readonly ClusterNetworkConfig[];
  /** What links are like unless set apart; routed, at once and without loss when absent. */
  readonly link?: Partial<Link> | undefined;
};

const CONNECT_TIMEOUT_MS = 30_000;
/** A lost SYN is sent again after 1, 2, 4, … seconds. */
const RETRANSMIT_MS = 1000;

/** The network of a world: its clusters, the links between them, and how a connection fares over them. */
export class Fabric {
  readonly links: Links;
  /** Servers of the wide world. */
  readonly outside = new Hosts();
  readonly #loop: Loop;
  readonly #clusters = new Map<string, ClusterNetwork>();

  constructor(options: FabricOptions) {
    this.#loop = options.loop;
    this.links = new Links(options.faults, { ...PLAIN_LINK, ...options.link });
    for (const config of [...options.clusters].sort((left, right) => (left.name < right.name ? -1 : 1)))
      this.addCluster(config);
  }

  addCluster(config: ClusterNetworkConfig): ClusterNetwork {
    assert(!this.#clusters.has(config.name), `cluster ${config.name} is in the fabric already`);
    assert(config.name !== OUTSIDE, `a cluster may not be called ${OUTSIDE}`);
    const cluster = new ClusterNetwork({ ...config, dnsIP: canonicalIp(config.dnsIP) ?? config.dnsIP }, this.#loop);
    this.#clusters.set(config.name, cluster);
    return cluster;
  }

  removeCluster(name: string): void {
    this.#clusters.delete(name);
  }

  cluster(name: string): ClusterNetwork {
    return must(this.#clusters.get(name), `cluster ${name} in the fabric`);
  }

  /** All clusters, by name. */
  get clusters(): ReadonlyMap<string, ClusterNetwork> {
    return this.#clusters;
  }

  /** Where a connection to an address would end at present; picks an endpoint as a connection would. */
  route(from: Origin, to: Destination, options: RouteOptions = {}): Route {
    return findRoute({ clusters: this.#clusters, links: this.links, outside: this.outside }, from, to, options);
  }

  /** Who listens at present where a connection ended. */
  listenerAt({ cluster, address, port }: Delivered, protocol: Protocol = "TCP"): Listener | undefined {
    const hosts = cluster === OUTSIDE ? this.outside : this.#clusters.get(cluster);
    return hosts?.listenerAt(address, portKey(port, protocol));
  }

  /** Whether packets of a connection that took this way still come through: both machines are up, and what lies between. */
  carries(from: Origin, route: Delivered): boolean {
    const home = this.#clusters.get(from.cluster);
    const there = this.#clusters.get(route.cluster);
    if (home?.isDown(home.nodeNamed(from.nodeName) ?? home.nodeAt(from.address))) return false;
    const node = there?.nodeAt(route.address);
    if (there?.isDown(node ?? there.nodeNamed(there.policies.nodeOf(route.address)))) return false;
    if (route.holds?.() === false) return false;
    return route.crossings.every((crossing) => this.links.carry(crossing));
  }

  /** Brings up a server outside all clusters; returns what takes it down. */
  serveOutside(address: string, port: number, serve: Serve): () => void {
    const own = canonicalIp(address) ?? address;
    const bringDown = this.outside.bringUp(own);
    const listener = { serve };
    this.outside.listen(own, portKey(port, "TCP"), listener);
    return () => {
      this.outside.close(own, portKey(port, "TCP"), listener);
      bringDown();
    };
  }

  /** Resolves a name as the caller's libc would: hosts file, then the servers and search list of its resolv.conf. */
  resolve(caller: Caller, name: string): Resolution {
    if (caller.origin.cluster === OUTSIDE) return resolveOutside(name);
    const local = name === "localhost" ? "127.0.0.1" : hostsAddress(caller.readFile("/etc/hosts") ?? "", name);
    if (local !== undefined) return { ok: true, addresses: [local], name, steps: [], waitedMs: 0 };
    const conf = parseResolvConf(caller.readFile("/etc/resolv.conf") ?? "");
    return resolveName(conf, name, { ask: this.#asker(caller.origin), flavor: caller.flavor });
  }

  /** Asks a name server one question. */
  ask(from: Origin, server: string, query: DnsMessage, port?: number): ReturnType<AskServer> {
    const find: FindServer = (address, at, protocol) => {
      const route = this.route(from, { address, port: at, protocol });
      if (route.verdict === "refused") return "refused";
      return (route.verdict === "delivered" ? route.listener.dns?.() : undefined) ?? "silent";
    };
    return askServer(find, from.address, { address: server, port }, query);
  }

  /**
   * Connects to `host:port`: resolves the name, tries its addresses in turn, and calls back in an entry of the loop once the
   * handshake is done or has failed. A silent target costs the whole `timeoutMs`.
   */
  connect(
    caller: Caller,
    target: {
      readonly host: string;
      readonly port: number;
      readonly timeoutMs?: number | undefined;
      readonly protocol?: StreamProtocol | undefined;
    },
    onOutcome: (outcome: ConnectOutcome) => void,
  ): void {
    const timeoutMs = target.timeoutMs ?? CONNECT_TIMEOUT_MS;
    const resolution = this.resolve(caller, target.host);
    const later = (delayMs: number, outcome: ConnectOutcome): void => {
      const why = `connect ${caller.origin.cluster} -> ${target.host}:${target.port}`;
      if (delayMs > 0) this.#loop.after(delayMs, why, () => onOutcome(outcome));
      else this.#loop.soon(why, () => onOutcome(outcome));
    };
    if (!resolution.ok) {
      const afterMs = Math.min(resolution.waitedMs, timeoutMs);
      const { reason, server } = resolution;
      const failure = { reason, lookup: true, host: target.host, port: target.port, address: server, afterMs };
      later(afterMs, { ok: false, resolution, failure });
      return;
    }
    const addresses = inOrderOfUse(caller.origin, resolution.addresses);
    const tried = this.#try(caller.origin, { ...target, timeoutMs, addresses });
    later(Math.min(tried.afterMs, timeoutMs), { ...tried.outcome, resolution });
  }

  #try(
    from: Origin,
    target: {
      readonly host: string;
      readonly port: number;
      readonly timeoutMs: number;
      readonly addresses: readonly string[];
      readonly protocol?: StreamProtocol | undefined;
    },
  ): { readonly afterMs: number; readonly outcome: DistributiveOmit<ConnectOutcome, "resolution"> } {
    let refused: Route | undefined;
    let address = "";
    const { port, protocol = "TCP" } = target;
    for (address of target.addresses) {
      const route = this.route(from, { address, port, protocol }, { track: true });
      if (route.verdict === "refused") {
        refused = route;
        continue;
      }
      const way = route.verdict === "delivered" ? route : { latencyMs: 0, loss: 0 };
      const roundTripMs = 2 * way.latencyMs;
      const afterMs = roundTripMs + this.#retransmitMs(way.loss, target.timeoutMs);
      if (route.verdict === "delivered" && afterMs < target.timeoutMs) {
        const { listener, cluster } = route;
        return {
          afterMs,
          outcome: { ok: true, listener, cluster, address: route.address, dialed: address, roundTripMs, route },
        };
      }
      if (route.verdict === "delivered") route.release?.();
      const outcome = failed({ ...target, address }, { reason: "i/o timeout", afterMs: target.timeoutMs, route });
      return { afterMs: target.timeoutMs, outcome };
    }
    const route = refused ?? { verdict: "refused" as const, steps: [] };
    return { afterMs: 0, outcome: failed({ ...target, address }, { reason: "connection refused", afterMs: 0, route }) };
  }

  /** The time spent on lost handshakes; the time-out at most. */
  #retransmitMs(loss: number, timeoutMs: number): number {
    if (loss <= 0) return 0;
    const random = this.#loop.random.stream("network-loss");
    let waitedMs = 0;
    for (let pauseMs = RETRANSMIT_MS; random.next() < loss && waitedMs < timeoutMs; pauseMs *= 2) waitedMs += pauseMs;
    return waitedMs;
  }

  #asker(origin: Origin): AskServer {
    return (server, name, type) => this.ask(origin, server, dnsQuery({ name, type }));
  }
}

const UNIQUE_LOCAL = "fc00::/7";

/**
 * The order in which a libc tries addresses: those it has no address for last, global IPv6 before IPv4 before unique local IPv6
 * (RFC 6724, with the table everybody has).
 */
function inOrderOfUse({ address: own, addresses = [own] }: Origin, targets: readonly string[]): readonly string[] {
  const rank = (target: string): number => {
    if (ofSameFamily(addresses, target) === undefined) return 3;
    const ip = parseIp(target);
    if (ip?.family !== "IPv6") return 1;
    return cidrContains(UNIQUE_LOCAL, ip) ? 2 : 0;
  };
  return targets.length < 2 ? targets : sortedBy(targets, (target) => String(rank(target)));
}

/** The wide world knows the names clouds give load balancers, and addresses. */
function resolveOutside(name: string): Resolution {
  const address = canonicalIp(name) ?? addressOfBalancerHostname(name);
  if (address !== undefined) return { ok: true, addresses: [address], name, steps: [], waitedMs: 0 };
  return { ok: false, reason: "no such host", server: undefined, steps: [], waitedMs: 0 };
}

type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

function failed(
  target: { readonly host: string; readonly port: number; readonly address: string },
  how: { readonly reason: ConnectFailure["reason"]; readonly afterMs: number; readonly route: Route },
): DistributiveOmit<ConnectOutcome, "resolution"> {
  const { host, port, address } = target;
  const failure = { reason: how.reason, lookup: false, host, port, address, afterMs: how.afterMs };
  return { ok: false, failure, route: how.route };
}
