import { networkContains, parseIp } from "../../std/index.ts";
import { ofSameFamily } from "../ip-address.ts";
import { proxyListener } from "../proxy/proxy-listener.ts";
import type { ClusterNetwork } from "./cluster-network.ts";
import { enterCluster } from "./entrance.ts";
import { isLoopback, loopbackKey, portKey } from "./hosts.ts";
import { type Crossing, type Destination, type Origin, OUTSIDE, type Packet, type Route } from "./packet.ts";
import { translate, translateNodePort } from "./translate.ts";
import {
  delivered,
  dropped,
  type Place,
  type RouteOptions,
  refused,
  startWalk,
  type Terrain,
  type Walk,
} from "./walk.ts";

export type { Destination, Origin, Route } from "./packet.ts";
export type { Terrain } from "./walk.ts";

/**
 * Finds where a connection ends: the proxy of its node may give it another destination, policies of the pods at both ends must
 * let it through, links must carry it; a node port, load balancer or ingress takes it in from elsewhere.
 */
export function findRoute(terrain: Terrain, from: Origin, to: Destination, options: RouteOptions = {}): Route {
  const own = from.addresses === undefined ? from.address : ofSameFamily(from.addresses, to.address);
  const walk = startWalk(
    terrain,
    own === undefined || own === from.address ? from : { ...from, address: own },
    options,
  );
  const packet: Packet = { ...to, source: walk.from.address };
  const home = terrain.clusters.get(from.cluster);
  if (home === undefined)
    return from.cluster === OUTSIDE ? fromOutside(walk, packet) : dropped(walk, `no cluster ${from.cluster}`);
  const node = home.nodeNamed(from.nodeName) ?? home.nodeAt(from.address);
  const place: Place = { cluster: home, node };
  if (home.isDown(node)) return dropped(walk, `node ${node?.name} is down`);
  if (isLoopback(to.address)) return toItself(walk, place, packet);
  if (own === undefined)
    return refused(walk, `network is unreachable: ${from.address} has no address of the family of ${to.address}`);
  return translate(walk, place, packet, forward) ?? forward(walk, place, packet);
}

/** Loopback reaches the pod itself; for a process on a node, what listens there, node ports among it. */
function toItself(walk: Walk, place: Place, packet: Packet): Route {
  const { cluster, node } = place;
  const { address } = walk.from;
  if (node?.addresses.includes(address) !== true) {
    const listener = cluster.listenerAt(address, portKey(packet.port, packet.protocol));
    if (listener === undefined) return refused(walk, `nothing listens at ${address}:${packet.port}`);
    return delivered(walk, { cluster: cluster.config.name, listener }, { ...packet, address, source: address });
  }
  return (
    translateNodePort(walk, place, packet, forward) ?? atNode(walk, place, { ...packet, address }, { loopback: true })
  );
}

/** The part of routers: own cluster first, then other clusters, then what clusters show to the outside. */
function forward(walk: Walk, place: Place, packet: Packet): Route {
  const { cluster } = place;
  const refusal = leavesPod(walk, place, packet);
  if (refusal !== undefined) return dropped(walk, refusal);
  if (cluster.has(packet.address)) return within(walk, place, packet);
  for (const [name, other] of walk.terrain.clusters)
    if (name !== cluster.config.name && other.has(packet.address)) return across(walk, { place, other }, packet);
  const sent = outbound(place, packet);
  const entered =
    toServiceElsewhere(walk, place, packet) ?? toGlobalPod(walk, place, sent) ?? enterFrom(walk, place, sent);
  if (entered !== undefined) return entered;
  if (packet.address === cluster.config.dnsIP && packet.port === 53 && !cluster.services.hasAddress(packet.address))
    return delivered(walk, { cluster: cluster.config.name, listener: { dns: () => cluster.dns } }, packet);
  return dropped(walk, `nothing is up at ${packet.address}`);
}

/** Why the policies of the pod it starts in keep the packet; asked once, on the pod's own node. */
function leavesPod(walk: Walk, { cluster, node }: Place, packet: Packet): string | undefined {
  if (walk.left) return undefined;
  walk.left = true;
  if (cluster.policies.isEmpty || packet.address === walk.from.address || node?.addresses.includes(packet.address))
    return undefined;
  const verdict = cluster.policies.egress(walk.from.address, packet);
  if (verdict.allowed) {
    if (walk.detail && verdict.by !== undefined) walk.steps.push(`NetworkPolicy ${verdict.by} lets it out`);
    return undefined;
  }
  return `NetworkPolicy ${verdict.isolatedBy.join(", ")} does not let ${walk.from.address} out to ${packet.address}:${packet.port}`;
}

function within(walk: Walk, place: Place, packet: Packet): Route {
  const { cluster, node: here } = place;
  const node = cluster.nodeAt(packet.address);
  if (node === undefined) return toPod(walk, cluster, packet);
  if (node === here) return atNode(walk, place, packet);
  const there: Place = { cluster, node };
  if (cluster.isDown(node)) return dropped(walk, `node ${node.name} is down`);
  const sent = outbound(place, packet);
  walk.arrived = true;
  return translateNodePort(walk, there, sent, forward) ?? atNode(walk, there, sent);
}

/** Over a link: to a node as it is, to a pod where pod networks are routed, by a gateway perhaps. */
function across(
  walk: Walk,
  { place, other }: { readonly place: Place; readonly other: ClusterNetwork },
  packet: Packet,
): Route {
  const from = place.cluster.config.name;
  const to = other.config.name;
  const isNode = other.nodeAt(packet.address) !== undefined;
  if (!crossLink(walk, { from, to, routed: !isNode })) return dropped(walk, `no link ${from} -> ${to}`);
  if (isNode) return enterNode(walk, other, outbound(place, packet));
  const link = walk.terrain.links.between(from, to);
  if (!link.routed) return dropped(walk, `the pod network of ${to} is not routed from ${from}`);
  if (!link.gateway) return toPod(walk, other, packet);
  const gateway = ofSameFamily(place.cluster.nodes()[0]?.addresses ?? [], packet.address) ?? packet.source;
  walk.steps.push(`gateway ${gateway} of ${from}`);
  return toPod(walk, other, { ...packet, source: gateway });
}

/** Where links carry them, the kube-proxy of the other cluster's gateway sees packets for a Service there; `undefined` when none has the address. */
function toServiceElsewhere(walk: Walk, place: Place, packet: Packet): Route | undefined {
  const from = place.cluster.config.name;
  for (const [to, cluster] of walk.terrain.clusters) {
    const link = walk.terrain.links.between(from, to);
    if (to === from || !link.services || !link.routed || cluster.services.kindOfAddress(packet.address) !== "cluster")
      continue;
    if (!crossLink(walk, { from, to, routed: true })) return dropped(walk, `no link ${from} -> ${to}`);
    const node = cluster.nodes().find((one) => one.ready && !cluster.isDown(one));
    if (node === undefined) return dropped(walk, `no node of ${to} is up`);
    walk.steps.push(`gateway ${node.name} of ${to}`);
    return translate(walk, { cluster, node }, packet, forward) ?? dropped(walk, `nothing is up at ${packet.address}`);
  }
  return undefined;
}

/** Globalnet's gateway gives a packet for a pod's global address the pod's own; `undefined` when no pod has that address. */
function toGlobalPod(walk: Walk, place: Place, packet: Packet): Route | undefined {
  const from = place.cluster.config.name;
  for (const [to, cluster] of walk.terrain.clusters) {
    const address = cluster.globalPods.get(packet.address);
    if (address === undefined) continue;
    if (to !== from && !crossLink(walk, { from, to, routed: false })) return dropped(walk, `no link ${from} -> ${to}`);
    walk.steps.push(`Globalnet of ${to}: ${packet.address} is ${address}`);
    return toPod(walk, cluster, { ...packet, address });
  }
  return undefined;
}

function crossLink(walk: Walk, crossing: Crossing): boolean {
  const { from, to } = crossing;
  const { links } = walk.terrain;
  if (!links.connected(from, to)) return false;
  const { latencyMs, loss } = links.between(from, to);
  walk.latencyMs += latencyMs;
  walk.kept *= 1 - loss;
  walk.crossings.push(crossing);
  return true;
}

/** A packet from elsewhere at a node's address. */
function enterNode(walk: Walk, cluster: ClusterNetwork, packet: Packet): Route {
  const node = cluster.nodeAt(packet.address);
  const place: Place = { cluster, node };
  walk.left = true;
  if (cluster.isDown(node)) return dropped(walk, `node ${node?.name} is down`);
  return translateNodePort(walk, place, packet, forward) ?? atNode(walk, place, packet);
}

/** Who listens at a node: host ports, pods of its network, and kube-proxy itself. */
function atNode(walk: Walk, place: Place, packet: Packet, how: { readonly loopback?: boolean } = {}): Route {
  const { cluster } = place;
  const key = portKey(packet.port, packet.protocol);
  const listener =
    (how.loopback === true ? cluster.listenerAt(packet.address, loopbackKey(key)) : undefined) ??
    cluster.listenerAt(packet.address, key) ??
    proxyListener(place, packet, { loopback: how.loopback === true });
  if (listener === undefined)
    return refused(walk, `nothing listens at ${packet.address}:${packet.port} in ${cluster.config.name}`);
  return delivered(walk, { cluster: cluster.config.name, listener }, packet);
}

function toPod(walk: Walk, cluster: ClusterNetwork, packet: Packet): Route {
  // What comes from the pod's own node is always let in.
  const own = cluster.policies.isEmpty ? undefined : cluster.nodeNamed(cluster.policies.nodeOf(packet.address));
  const fromNode = own?.addresses.includes(packet.source) === true || packet.source === packet.address;
  if (!cluster.policies.isEmpty && !fromNode) {
    const verdict = cluster.policies.ingress(packet);
    if (!verdict.allowed)
      return dropped(
        walk,
        `NetworkPolicy ${verdict.isolatedBy.join(", ")} does not let ${packet.source} in to ${packet.address}:${packet.port}`,
      );
    if (walk.detail && verdict.by !== undefined) walk.steps.push(`NetworkPolicy ${verdict.by} lets it in`);
  }
  const listener = cluster.listenerAt(packet.address, portKey(packet.port, packet.protocol));
  if (listener === undefined)
    return refused(walk, `nothing listens at ${packet.address}:${packet.port} in ${cluster.config.name}`);
  return delivered(walk, { cluster: cluster.config.name, listener }, fromNodeItself(walk, cluster, packet));
}

/** A process on a node speaks to pods from the node's place in their network: the bridge there, flannel's device elsewhere. */
function fromNodeItself(walk: Walk, cluster: ClusterNetwork, packet: Packet): Packet {
  const network =
    packet.source === walk.from.address && !walk.arrived ? cluster.nodeAt(packet.source)?.podNetwork : undefined;
  const target = network?.base.family === "IPv4" ? parseIp(packet.address) : undefined;
  if (network === undefined || target?.family !== "IPv4") return packet;
  const [a, b, c, last = 0] = network.base.parts;
  return { ...packet, source: `${a}.${b}.${c}.${networkContains(network, target) ? last + 1 : last}` };
}

/** What leaves a cluster for anything but pods carries the address of its node; for an address of Globalnet, the cluster's own there. */
function outbound({ cluster, node }: Place, packet: Packet): Packet {
  const address = cluster.globalSource(packet.address) ?? ofSameFamily(node?.addresses ?? [], packet.address);
  return address === undefined || !cluster.ownsPodAddress(packet.source) ? packet : { ...packet, source: address };
}

function fromOutside(walk: Walk, packet: Packet): Route {
  walk.left = true;
  for (const [name, cluster] of walk.terrain.clusters) {
    if (cluster.nodeAt(packet.address) === undefined) continue;
    return crossLink(walk, { from: OUTSIDE, to: name, routed: false })
      ? enterNode(walk, cluster, packet)
      : dropped(walk, `no link ${OUTSIDE} -> ${name}`);
  }
  return enterFrom(walk, undefined, packet) ?? dropped(walk, `no way from outside to ${packet.address}`);
}

/** Load balancers, ingress edges and external addresses of any cluster, and hosts outside; `undefined` when it is none of these. */
function enterFrom(walk: Walk, place: Place | undefined, packet: Packet): Route | undefined {
  const from = place?.cluster.config.name ?? OUTSIDE;
  for (const [name, cluster] of walk.terrain.clusters) {
    const enter = enterCluster(walk, { cluster, isOutside: place === undefined }, packet, { forward, enterNode });
    if (enter === undefined) continue;
    if (name === from || crossLink(walk, { from, to: name, routed: false })) return enter();
    return dropped(walk, `no link ${from} -> ${name}`);
  }
  const { outside } = walk.terrain;
  if (!outside.has(packet.address)) return undefined;
  if (!crossLink(walk, { from, to: OUTSIDE, routed: false })) return dropped(walk, `no link ${from} -> ${OUTSIDE}`);
  const listener = outside.listenerAt(packet.address, portKey(packet.port, packet.protocol));
  if (listener === undefined) return refused(walk, `nothing listens at ${packet.address}:${packet.port} outside`);
  return delivered(walk, { cluster: OUTSIDE, listener }, packet);
}
