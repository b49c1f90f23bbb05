import type { RuleEndpoint, ServiceRule } from "../../algorithms/index.ts";
import type { Clock, RandomStream } from "../../sim/index.ts";

/** How kube-proxy spreads connections: at random, or in rotation. */
export type ProxyMode = "iptables" | "ipvs" | "nftables";

type Affinity = { readonly endpoint: string; readonly untilMs: number };

const AFFINITIES_MAX = 10_000;

/** The memory of a cluster's proxies: rotation and client affinity, per Service port. */
export class Balancer {
  readonly #mode: ProxyMode;
  readonly #clock: Clock;
  readonly #random: RandomStream;
  readonly #turns = new Map<string, number>();
  readonly #affinities = new Map<string, Affinity>();

  constructor(options: { readonly mode: ProxyMode; readonly clock: Clock; readonly random: RandomStream }) {
    this.#mode = options.mode;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Picks one of the eligible endpoints; a client with affinity goes where it went before while that endpoint is eligible. */
  pick(rule: ServiceRule, endpoints: readonly RuleEndpoint[], clientIp: string): RuleEndpoint {
    const key = `${rule.namespace}/${rule.service}:${rule.port}/${rule.protocol}`;
    if (rule.affinityTimeoutMs === undefined) return this.#next(key, endpoints);
    const clientKey = `${key} ${clientIp}`;
    const nowMs = this.#clock.nowMs();
    const last = this.#affinities.get(clientKey);
    const kept =
      last !== undefined && last.untilMs > nowMs
        ? endpoints.find((endpoint) => identity(endpoint) === last.endpoint)
        : undefined;
    const endpoint = kept ?? this.#next(key, endpoints);
    this.#remember(clientKey, { endpoint: identity(endpoint), untilMs: nowMs + rule.affinityTimeoutMs });
    return endpoint;
  }

  #next(key: string, endpoints: readonly RuleEndpoint[]): RuleEndpoint {
    if (this.#mode !== "ipvs") return this.#random.pick(endpoints);
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return endpoints[turn % endpoints.length] as RuleEndpoint;
  }

  /** The least recently used client is forgotten when there are too many. */
  #remember(clientKey: string, affinity: Affinity): void {
    this.#affinities.delete(clientKey);
    this.#affinities.set(clientKey, affinity);
    if (this.#affinities.size <= AFFINITIES_MAX) return;
    const oldest = this.#affinities.keys().next();
    if (!oldest.done) this.#affinities.delete(oldest.value);
  }
}

function identity(endpoint: RuleEndpoint): string {
  return `${endpoint.address} ${endpoint.port}`;
}
