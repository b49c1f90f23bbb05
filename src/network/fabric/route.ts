import { eligibleEndpoints, type RuleEndpoint, type ServiceRule } from "../../algorithms/index.ts";
import { parseIp } from "../ip-address.ts";
import { type ClusterNetwork, type Listener, portKey } from "./cluster-network.ts";
import type { Links } from "./links.ts";

/** Where a connection starts. */
export type Origin = {
  readonly cluster: string;
  readonly address: string;
  readonly nodeName?: string | undefined;
  readonly zone?: string | undefined;
};

export type Destination = {
  readonly address: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
};

/** What became of a packet: every step that decided something, in words, and the end of it. */
export type Route = { readonly steps: readonly string[] } & (
  | {
      readonly verdict: "delivered";
      readonly cluster: string;
      readonly address: string;
      readonly port: number;
      readonly listener: Listener;
    }
  | { readonly verdict: "refused" }
  | { readonly verdict: "dropped" }
);

/** All clusters by name, and the links between them. */
export type Terrain = { readonly clusters: ReadonlyMap<string, ClusterNetwork>; readonly links: Links };

/**
 * Finds where a connection ends: a virtual address or node port goes through the Service's rule to an endpoint, an endpoint
 * or pod address goes to who listens there, in this cluster or, if the pod networks are routed, in another.
 */
export function findRoute(terrain: Terrain, from: Origin, to: Destination): Route {
  const home = terrain.clusters.get(from.cluster);
  if (home === undefined) return { verdict: "dropped", steps: [`no cluster ${from.cluster}`] };
  const address = isLoopback(to.address) ? from.address : to.address;
  const service = routeService({ terrain, cluster: home, from }, { ...to, address });
  return service ?? routeAddress(terrain, from, { ...to, address }, []);
}

type Proxy = { readonly terrain: Terrain; readonly cluster: ClusterNetwork; readonly from: Origin };

/** The part of a cluster's proxies; `undefined` when they let the packet through as it is. */
function routeService(proxy: Proxy, to: Destination): Route | undefined {
  const { cluster } = proxy;
  const rule = cluster.services.ruleAt(to.address, to.port, to.protocol);
  if (rule !== undefined) return forward(proxy, rule, { to, path: pathOf(rule, to) });
  if (cluster.services.hasAddress(to.address) || cluster.ownsServiceAddress(to.address)) {
    if (isDnsWithoutService(cluster, to)) return undefined;
    // iptables lets other ports of a virtual address fall through into nothing; ipvs and nftables turn them away.
    const refused = cluster.services.hasAddress(to.address) && (cluster.config.proxyMode ?? "iptables") !== "iptables";
    const step = `${to.address}:${to.port} is no port of a Service in ${cluster.config.name}`;
    return { verdict: refused ? "refused" : "dropped", steps: [step] };
  }
  const node = cluster.nodeAt(to.address);
  const nodeRule = node === undefined ? undefined : cluster.services.ruleOfNodePort(to.port, to.protocol);
  return nodeRule === undefined ? undefined : forward(proxy, nodeRule, { to, path: "external" });
}

function pathOf(rule: ServiceRule, to: Destination): "internal" | "external" {
  return rule.clusterIPs.includes(to.address) ? "internal" : "external";
}

function forward(
  proxy: Proxy,
  rule: ServiceRule,
  how: { readonly to: Destination; readonly path: "internal" | "external" },
): Route {
  const { cluster, from, terrain } = proxy;
  const { to, path } = how;
  const inside = from.cluster === cluster.config.name;
  const node = inside ? { name: from.nodeName, zone: from.zone } : cluster.nodeAt(to.address);
  // Traffic that begins inside the cluster sees `externalTrafficPolicy: Local` as Cluster.
  const applied = inside && path === "external" ? { ...rule, externalLocal: false } : rule;
  const family = to.address.includes(":") ? "IPv6" : "IPv4";
  const decision = eligibleEndpoints(applied, { path, family, nodeName: node?.name, zone: node?.zone });
  const name = `Service ${rule.namespace}/${rule.service}:${rule.port}`;
  if (decision.action === "reject") return { verdict: "refused", steps: [`${name} has no endpoints`] };
  if (decision.action === "drop") return { verdict: "dropped", steps: [`${name} has no endpoint on this node`] };
  const endpoint = cluster.balancer.pick(applied, decision.endpoints, from.address);
  const step = `${name} -> ${endpoint.address}:${endpoint.port} (1 of ${decision.endpoints.length})`;
  const origin = inside ? from : { ...from, cluster: cluster.config.name };
  return crossing(terrain, from, routeAddress(terrain, origin, destinationOf(endpoint, to), [step]));
}

function destinationOf(endpoint: RuleEndpoint, to: Destination): Destination {
  return { address: endpoint.address, port: endpoint.port, protocol: to.protocol };
}

/** A packet that came in by another cluster's node still depends on the link it came over. */
function crossing(terrain: Terrain, from: Origin, route: Route): Route {
  if (route.verdict !== "delivered" || terrain.links.connected(from.cluster, route.cluster)) return route;
  return { verdict: "dropped", steps: [...route.steps, `no link ${from.cluster} -> ${route.cluster}`] };
}

/** The part of routers and of the target: own cluster first, then the others in the order of their names. */
function routeAddress(terrain: Terrain, from: Origin, to: Destination, steps: readonly string[]): Route {
  const home = terrain.clusters.get(from.cluster) as ClusterNetwork;
  const owner = home.has(to.address) ? home : remoteOwner(terrain, from.cluster, to.address);
  if (owner === undefined) {
    if (isDnsWithoutService(home, to)) return deliver(home, to, { steps, listener: { dns: () => home.dns } });
    return { verdict: "dropped", steps: [...steps, `nothing is up at ${to.address}`] };
  }
  const name = owner.config.name;
  if (!terrain.links.connected(from.cluster, name))
    return { verdict: "dropped", steps: [...steps, `no link ${from.cluster} -> ${name}`] };
  const isNode = owner.nodeAt(to.address) !== undefined;
  if (owner !== home && !isNode && !terrain.links.between(from.cluster, name).routed)
    return { verdict: "dropped", steps: [...steps, `the pod network of ${name} is not routed from ${from.cluster}`] };
  const nodePort =
    owner !== home && isNode
      ? routeService({ terrain, cluster: owner, from }, { ...to, address: to.address })
      : undefined;
  if (nodePort !== undefined) return { ...nodePort, steps: [...steps, ...nodePort.steps] };
  const listener = owner.listenerAt(to.address, portKey(to.port, to.protocol));
  if (listener === undefined)
    return { verdict: "refused", steps: [...steps, `nothing listens at ${to.address}:${to.port} in ${name}`] };
  return deliver(owner, to, { steps, listener });
}

function deliver(
  owner: ClusterNetwork,
  to: Destination,
  what: { readonly steps: readonly string[]; readonly listener: Listener },
): Route {
  const { name } = owner.config;
  const steps = [...what.steps, `${to.address}:${to.port} in ${name}`];
  return { verdict: "delivered", cluster: name, address: to.address, port: to.port, listener: what.listener, steps };
}

/** Overlapping pod networks are told apart by who has the address up. */
function remoteOwner(terrain: Terrain, home: string, address: string): ClusterNetwork | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  for (const [name, cluster] of terrain.clusters) if (name !== home && cluster.has(address)) return cluster;
  return undefined;
}

/** A world without a kube-dns Service still has a DNS server at the address its pods are told. */
function isDnsWithoutService(cluster: ClusterNetwork, to: Destination): boolean {
  return to.address === cluster.config.dnsIP && to.port === 53 && !cluster.services.hasAddress(to.address);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
