import { type LoadBalancer, loadBalancerOf, type ServiceRule } from "../../algorithms/index.ts";
import type { Service } from "../../api/index.ts";
import { objectKey, timestamp } from "../../apimachinery/index.ts";
import type { Loop } from "../../sim/index.ts";
import { cidrContains, deepEqual, parseIp } from "../../std/index.ts";
import type { ClusterProxies } from "../proxy/cluster-proxies.ts";
import type { NodePlace } from "./node-place.ts";
import type { ServiceTable } from "./service-table.ts";
import { TargetHealth } from "./target-health.ts";

/** A load balancer at work: what its Service asks for, and which nodes it found in order. */
export type WorkingBalancer = {
  readonly key: string;
  readonly model: LoadBalancer;
  readonly health: TargetHealth | undefined;
};

export type CloudSurroundings = {
  readonly cluster: string;
  readonly loop: Loop;
  readonly nodes: () => readonly NodePlace[];
  readonly services: ServiceTable;
  readonly proxies: ClusterProxies;
  readonly isDown: (node: string) => boolean;
};

const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";
const LOG_LINES_MAX = 10_000;

/** The load balancers in front of a cluster: which node each client's connection goes to, and who is let in at all. */
export class CloudBalancers {
  readonly #at: CloudSurroundings;
  readonly #balancers = new Map<string, WorkingBalancer>();
  /** Security groups that have the rule by which nodes take what comes from a load balancer of the group. */
  readonly #admittedGroups = new Set<string>();
  readonly #logs = new Map<string, string[]>();
  /** Nodes a rule's traffic may go to; found anew when nodes or the rule change. */
  #targets = new WeakMap<ServiceRule, readonly NodePlace[]>();

  constructor(at: CloudSurroundings) {
    this.#at = at;
  }

  put(service: Service): void {
    const key = objectKey(service.metadata);
    const before = this.#balancers.get(key);
    if (service.spec.type !== "LoadBalancer" || (service.status?.loadBalancer?.ingress ?? []).length === 0) {
      if (before !== undefined) this.#drop(before);
      return;
    }
    const model = loadBalancerOf(service);
    if (before !== undefined && isSame(before.model, model)) return;
    if (before !== undefined) this.#drop(before);
    const [group] = model.securityGroups;
    if (group !== undefined) this.#admittedGroups.add(group);
    this.#balancers.set(key, { key, model, health: this.#healthOf(key, model) });
  }

  remove(service: Service): void {
    const before = this.#balancers.get(objectKey(service.metadata));
    if (before !== undefined) this.#drop(before);
  }

  nodesChanged(): void {
    this.#targets = new WeakMap();
    for (const { health } of this.#balancers.values()) health?.nodesChanged();
  }

  list(): readonly WorkingBalancer[] {
    return [...this.#balancers.keys()].sort().map((key) => this.#balancers.get(key) as WorkingBalancer);
  }

  of(service: Service): WorkingBalancer | undefined {
    return this.#balancers.get(objectKey(service.metadata));
  }

  /** Why a client may not connect; `undefined` when it may. */
  refusal({ model }: WorkingBalancer, source: string): string | undefined {
    const ip = parseIp(source);
    if (ip === undefined || !model.sourceRanges.some((range) => cidrContains(range, ip)))
      return `${source} is outside loadBalancerSourceRanges`;
    const [group] = model.securityGroups;
    if (group !== undefined && !this.#admittedGroups.has(group))
      return `nodes have no rule for security group ${group}`;
    return undefined;
  }

  /** The node a new connection goes to; `undefined` when none is fit. */
  pickNode({ model, health }: WorkingBalancer, rule: ServiceRule): NodePlace | undefined {
    let targets = this.#targets.get(rule);
    if (targets === undefined) {
      targets = this.#at.nodes().filter((node) => this.#isTarget(model, rule, node));
      this.#targets.set(rule, targets);
    }
    const fit = health === undefined ? targets : targets.filter(({ name }) => health.isHealthy(name));
    if (fit.length === 0) return undefined;
    const random = this.#at.loop.random.stream(`load-balancer/${this.#at.cluster}`);
    if (model.crossZone) return random.pick(fit);
    // Each zone's part gets the same share of clients, and keeps to its own nodes.
    const zones = [...new Set(fit.map(({ zone }) => zone ?? ""))].sort();
    const zone = random.pick(zones);
    return random.pick(fit.filter((node) => (node.zone ?? "") === zone));
  }

  /** Whether a node is still one that a connection made earlier may use. */
  holds(balancer: WorkingBalancer, rule: ServiceRule, node: NodePlace): boolean {
    if (this.#balancers.get(balancer.key) !== balancer) return false;
    const isIn = this.#targets.get(rule)?.includes(node) ?? this.#at.nodes().some(({ name }) => name === node.name);
    const leftMs = balancer.health?.leftMs(node.name);
    if (isIn && leftMs === undefined) return true;
    const { drainingSeconds } = balancer.model;
    return (
      drainingSeconds !== undefined && leftMs !== undefined && this.#at.loop.nowMs() - leftMs <= drainingSeconds * 1000
    );
  }

  /** Writes a line of a balancer's access log, if it keeps one. */
  log(
    { model }: WorkingBalancer,
    connection: { readonly client: string; readonly backend: string; readonly port: number },
  ): void {
    const { accessLog, name } = model;
    if (accessLog === undefined) return;
    const path = `${accessLog.bucket}/${accessLog.prefix}`;
    const lines = this.#logs.get(path) ?? [];
    this.#logs.set(path, lines);
    lines.push(
      `${timestamp(this.#at.loop.nowMs())} ${name} ${connection.client} ${connection.backend} port=${connection.port}`,
    );
    if (lines.length > LOG_LINES_MAX) lines.shift();
  }

  /** The access log kept under a bucket and prefix: `my-bucket/my-bucket-prefix/prod`. */
  accessLog(path: string): readonly string[] {
    return this.#logs.get(path) ?? [];
  }

  #isTarget(model: LoadBalancer, rule: ServiceRule, node: NodePlace): boolean {
    if (!node.ready || node.labels[EXCLUDED] !== undefined || this.#at.isDown(node.name)) return false;
    if (model.nodeLabels !== undefined && !model.nodeLabels(node.labels)) return false;
    if (!rule.externalLocal && !model.onlyNodesWithPods) return true;
    return this.#hasEndpoints(rule, node);
  }

  #hasEndpoints(rule: ServiceRule, node: NodePlace): boolean {
    return rule.endpoints.some((endpoint) => endpoint.ready && endpoint.nodeName === node.name);
  }

  #healthOf(key: string, model: LoadBalancer): TargetHealth | undefined {
    const { healthCheck } = model;
    if (healthCheck === undefined) return undefined;
    const [namespace = "", name = ""] = key.split("/");
    return new TargetHealth({
      loop: this.#at.loop,
      why: `health check of ${this.#at.cluster} ${key}`,
      check: healthCheck,
      nodes: this.#at.nodes,
      probe: (node) => {
        const [rule] = this.#at.services.rulesOf(namespace, name);
        if (rule === undefined || this.#at.isDown(node.name) || this.#at.proxies.of(node.name).mode === undefined)
          return false;
        return !rule.externalLocal || this.#hasEndpoints(rule, node);
      },
    });
  }

  /** A Service that goes takes its rule away, also from others of the group: the outage the documentation warns of. */
  #drop({ key, model, health }: WorkingBalancer): void {
    health?.stop();
    this.#balancers.delete(key);
    const [group] = model.securityGroups;
    if (group !== undefined) this.#admittedGroups.delete(group);
  }
}

/** Two readings of the same settings; functions in them are made anew each time. */
function isSame(before: LoadBalancer, after: LoadBalancer): boolean {
  const { nodeLabels: _before, ...left } = before;
  const { nodeLabels: _after, ...right } = after;
  return _before === undefined && _after === undefined && deepEqual(left, right);
}
