import {
  eligibleEndpoints,
  type IpvsScheduler,
  type ProxyMode,
  type ProxyModeDecision,
  type RuleDecision,
  type RuleEndpoint,
  type RulePath,
  type ServiceRule,
} from "../../algorithms/index.ts";
import type { Clock, RandomStream } from "../../sim/index.ts";
import { hostPort } from "../../std/index.ts";
import { AffinityTable } from "./affinity.ts";
import { IpvsTable } from "./ipvs-table.ts";
import { Rotation } from "./rotation.ts";

/** Where a proxy stands. */
export type NodePlacement = { readonly name: string | undefined; readonly zone: string | undefined };

/** A packet at a proxy: who sends it, and the virtual address and port it is for. */
export type ProxiedPacket = {
  readonly source: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
};

/** How traffic comes to a rule; `short-circuited` is external traffic of the cluster's own, for which no policy is `Local`. */
export type ProxyPath = RulePath["path"] | "short-circuited";

/** What is made of a rule once: its name and what it says for each kind of traffic. */
type Known = { readonly key: string; readonly decisions: Decisions };
type Decisions = Partial<Record<`${ProxyPath} ${RulePath["family"]}`, RuleDecision>>;

/** The kube-proxy of one node: what it makes of a Service's rule, and what it remembers of rotations, clients and connections. */
export class NodeProxy {
  readonly decision: ProxyModeDecision;
  readonly place: NodePlacement;
  readonly #clock: Clock;
  readonly #random: RandomStream;
  readonly #affinities = new AffinityTable();
  readonly #rotation: Rotation;
  readonly #ipvs: IpvsTable;
  readonly #packets = new Map<string, number>();
  /** By rule: a change of the Service or its endpoints makes a new one. */
  readonly #known = new WeakMap<ServiceRule, Known>();
  readonly #health = { healthz: new Map<number, number>(), livez: new Map<number, number>() };
  #cleanedUp = false;

  constructor(options: {
    readonly decision: ProxyModeDecision;
    readonly place: NodePlacement;
    readonly clock: Clock;
    readonly random: RandomStream;
  }) {
    this.decision = options.decision;
    this.place = options.place;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#rotation = new Rotation(options.random);
    this.#ipvs = new IpvsTable(this.scheduler, options.clock);
  }

  /** The mode it works in; `undefined` when it exited, or was stopped and its rules cleaned up. */
  get mode(): ProxyMode | undefined {
    return this.decision.ok && !this.#cleanedUp ? this.decision.mode : undefined;
  }

  get scheduler(): IpvsScheduler {
    return this.decision.ok ? this.decision.scheduler : "rr";
  }

  get ipvs(): IpvsTable {
    return this.#ipvs;
  }

  /** `kube-proxy --cleanup`, or its start after that. */
  setCleanedUp(cleanedUp: boolean): void {
    this.#cleanedUp = cleanedUp;
  }

  /** What the rule says for traffic that takes that path here. */
  decide(rule: ServiceRule, path: ProxyPath, family: RulePath["family"]): RuleDecision {
    const { decisions } = this.#knownOf(rule);
    const key = `${path} ${family}` as const;
    let decision = decisions[key];
    if (decision === undefined) {
      const at = { family, nodeName: this.place.name, zone: this.place.zone };
      decision =
        path === "short-circuited"
          ? eligibleEndpoints({ ...rule, externalLocal: false }, { ...at, path: "external" })
          : eligibleEndpoints(rule, { ...at, path });
      decisions[key] = decision;
    }
    return decision;
  }

  /**
   * Picks one of the eligible endpoints; a client with affinity goes where it went before while that endpoint is eligible.
   * `undefined` when none takes connections.
   */
  pick(rule: ServiceRule, endpoints: readonly RuleEndpoint[], packet: ProxiedPacket): RuleEndpoint | undefined {
    const { key } = this.#knownOf(rule);
    this.#packets.set(key, (this.#packets.get(key) ?? 0) + 1);
    if (rule.affinityTimeoutMs === undefined) return this.#next(key, endpoints, packet);
    const client = `${key} ${packet.source}`;
    const nowMs = this.#clock.nowMs();
    const endpoint = this.#affinities.recall(client, endpoints, nowMs) ?? this.#next(key, endpoints, packet);
    if (endpoint !== undefined) this.#affinities.remember(client, endpoint, nowMs + rule.affinityTimeoutMs);
    return endpoint;
  }

  /** The userspace proxy lets a client try elsewhere once an endpoint did not answer. */
  forgetClient(rule: ServiceRule, source: string): void {
    this.#affinities.forget(`${ruleKey(rule)} ${source}`);
  }

  /** Counts an answer about its health. */
  countHealth(path: "healthz" | "livez", status: number): void {
    this.#health[path].set(status, (this.#health[path].get(status) ?? 0) + 1);
  }

  /** How often it answered so about its health. */
  healthAnswers(path: "healthz" | "livez"): ReadonlyMap<number, number> {
    return this.#health[path];
  }

  /** New connections it has balanced for a rule. */
  packets(rule: ServiceRule): number {
    return this.#packets.get(ruleKey(rule)) ?? 0;
  }

  #knownOf(rule: ServiceRule): Known {
    let known = this.#known.get(rule);
    if (known === undefined) {
      known = { key: ruleKey(rule), decisions: {} };
      this.#known.set(rule, known);
    }
    return known;
  }

  #next(key: string, endpoints: readonly RuleEndpoint[], packet: ProxiedPacket): RuleEndpoint | undefined {
    const { mode } = this;
    if (mode === "ipvs")
      return this.#ipvs.schedule(virtualKey(packet), endpoints, { source: packet.source, destination: packet.address });
    if (mode === "userspace") return this.#rotation.next(key, endpoints);
    return this.#random.pick(endpoints);
  }
}

/** `default/web:80/TCP`: a Service port by name. */
function ruleKey({ namespace, service, port, protocol }: ServiceRule): string {
  return `${namespace}/${service}:${port}/${protocol}`;
}

/** `TCP 10.96.0.10:80`: a virtual server by name. */
export function virtualKey({ address, port, protocol }: Omit<ProxiedPacket, "source">): string {
  return `${protocol} ${hostPort(address, port)}`;
}
