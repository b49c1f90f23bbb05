import type { RuleEndpoint, ServiceRule } from "../../algorithms/index.ts";
import { cidrContains, parseIp } from "../../std/index.ts";
import { ofSameFamily } from "../ip-address.ts";
import { endpointKey } from "../proxy/affinity.ts";
import { type NodeProxy, virtualKey } from "../proxy/node-proxy.ts";
import { rulePath } from "../proxy/rule-path.ts";
import { isLoopback } from "./hosts.ts";
import type { Packet, Route } from "./packet.ts";
import type { AddressKind } from "./service-table.ts";
import { delivered, dropped, type Place, refused, type Walk } from "./walk.ts";

/** Sends a packet on from a place, once a proxy has given it another destination. */
export type Forward = (walk: Walk, place: Place, packet: Packet) => Route;

/** The userspace proxy tries so many endpoints before it gives up. */
const USERSPACE_DIALS = 4;

/** The part of a node's kube-proxy; `undefined` when it lets the packet through as it is. */
export function translate(walk: Walk, place: Place, packet: Packet, forward: Forward): Route | undefined {
  const { cluster, node } = place;
  const proxy = cluster.proxies.of(node?.name ?? "", walk.from.zone);
  const virtual = cluster.services.virtualAt(packet.address, packet.port, packet.protocol);
  if (proxy.mode === undefined) {
    if (virtual === undefined) return undefined;
    const why = proxy.decision.ok ? "was cleaned up" : `exited: ${proxy.decision.error}`;
    walk.steps.push(`kube-proxy of ${node?.name ?? cluster.config.name} ${why}`);
    return undefined;
  }
  if (virtual !== undefined) return toService(walk, { place, proxy, forward, ...virtual }, packet);
  const taken = cluster.services.hasAddress(packet.address);
  if (taken || cluster.ownsServiceAddress(packet.address)) return undeclared(walk, { place, proxy, taken }, packet);
  return node?.addresses.includes(packet.address) === true
    ? translateNodePort(walk, place, packet, forward)
    : undefined;
}

/** A packet for a node port, at the node it is for. */
export function translateNodePort(walk: Walk, place: Place, packet: Packet, forward: Forward): Route | undefined {
  const { cluster, node } = place;
  const proxy = cluster.proxies.of(node?.name ?? "");
  const rule = cluster.services.ruleOfNodePort(packet.port, packet.protocol);
  if (rule === undefined || proxy.mode === undefined) return undefined;
  const isOpen = isLoopback(packet.address)
    ? cluster.proxies.opensLoopback(proxy, packet.address)
    : cluster.proxies.opensNodePorts(proxy, packet.address, node?.addresses ?? []);
  if (isOpen) return toService(walk, { place, proxy, rule, kind: "node", forward }, packet);
  walk.steps.push(`node ports are not open at ${packet.address} (nodePortAddresses)`);
  return undefined;
}

/**
 * iptables lets other ports of a virtual address fall through into nothing; ipvs has the address on a device of its own and
 * turns them away, nftables turns them away at ClusterIPs. A world without a kube-dns Service still has a DNS server at the
 * address its pods are told.
 */
function undeclared(
  walk: Walk,
  { place, proxy, taken }: { readonly place: Place; readonly proxy: NodeProxy; readonly taken: boolean },
  packet: Packet,
): Route | undefined {
  const { cluster } = place;
  if (!taken && packet.address === cluster.config.dnsIP && packet.port === 53) return undefined;
  const kind = cluster.services.kindOfAddress(packet.address);
  const refuses = taken && (proxy.mode === "ipvs" || (proxy.mode === "nftables" && kind === "cluster"));
  const step = `${packet.address}:${packet.port} is no port of a Service in ${cluster.config.name}`;
  return refuses ? refused(walk, step) : dropped(walk, step);
}

type Hit = {
  readonly place: Place;
  readonly proxy: NodeProxy;
  readonly rule: ServiceRule;
  readonly kind: AddressKind | "node";
  readonly forward: Forward;
};

function toService(walk: Walk, hit: Hit, packet: Packet): Route {
  const { place, proxy, rule, kind } = hit;
  const name = `Service ${rule.namespace}/${rule.service}:${rule.port}`;
  if (walk.detail) walk.steps.push(...rulePath(proxy, rule, kind, packet));
  if (kind === "balancer" && !isInSourceRanges(rule, packet))
    return dropped(walk, `${name} takes nothing from ${packet.source} (loadBalancerSourceRanges)`);
  const isOwn = isOwnTraffic(place, packet.source);
  // Traffic that begins in the cluster's pods or on this very node sees `externalTrafficPolicy: Local` as Cluster.
  const path = kind === "cluster" ? "internal" : rule.externalLocal && isOwn ? "short-circuited" : "external";
  const family = packet.address.includes(":") ? "IPv6" : "IPv4";
  const decision = proxy.decide(rule, path, family);
  if (decision.action === "drop") return dropped(walk, `${name} has no endpoint on this node`);
  if (decision.action === "reject") {
    if (proxy.mode !== "userspace") return refused(walk, `${name} has no endpoints`);
    // The userspace proxy has the connection before it knows where to go with it.
    walk.steps.push(`${name} has no endpoints`);
    return delivered(walk, { cluster: place.cluster.config.name, listener: { serve: () => undefined } }, packet);
  }
  if (proxy.mode === "userspace") return dial(walk, hit, decision.endpoints, packet);
  const endpoint = proxy.pick(rule, decision.endpoints, packet);
  if (endpoint === undefined) return dropped(walk, `${name} has no server that takes connections`);
  if (walk.track && proxy.mode === "ipvs") walk.releases.push(proxy.ipvs.open(virtualKey(packet), endpoint));
  walk.steps.push(`${name} -> ${endpointKey(endpoint)} (1 of ${decision.endpoints.length})`);
  const masquerades = isMasqueraded(hit, { packet, endpoint, isOwn });
  const onward = redirected(place, endpoint, packet, masquerades);
  if (masquerades && walk.detail) walk.steps.push(`masqueraded as ${onward.source}`);
  return hit.forward(walk, place, onward);
}

/** One endpoint after the other, until one takes the connection. Nobody behind this proxy sees who called. */
function dial(walk: Walk, hit: Hit, endpoints: readonly RuleEndpoint[], packet: Packet): Route {
  const { proxy, rule, place } = hit;
  for (let attempt = 0; attempt < USERSPACE_DIALS; attempt++) {
    const endpoint = proxy.pick(rule, endpoints, packet);
    if (endpoint === undefined) break;
    walk.steps.push(
      `Service ${rule.namespace}/${rule.service}:${rule.port} -> ${endpointKey(endpoint)} (1 of ${endpoints.length})`,
    );
    const end = hit.forward(walk, place, redirected(place, endpoint, packet, true));
    if (end.verdict === "delivered") return end;
    proxy.forgetClient(rule, packet.source);
  }
  walk.steps.push("Failed to connect to balancer: failed to connect to an endpoint");
  return delivered(walk, { cluster: place.cluster.config.name, listener: { serve: () => undefined } }, packet);
}

function redirected({ node }: Place, endpoint: RuleEndpoint, packet: Packet, masquerades: boolean): Packet {
  const own = masquerades && node !== undefined ? ofSameFamily(node.addresses, endpoint.address) : undefined;
  const source = own ?? packet.source;
  return { address: endpoint.address, port: endpoint.port, protocol: packet.protocol, source };
}

/**
 * The node puts its own address in the place of the sender's for external traffic that may leave it again, for what comes to a
 * ClusterIP from elsewhere than a pod, and for a pod that reaches itself.
 */
function isMasqueraded(
  { place, rule, kind, proxy }: Hit,
  { packet, endpoint, isOwn }: { readonly packet: Packet; readonly endpoint: RuleEndpoint; readonly isOwn: boolean },
): boolean {
  if (endpoint.address === packet.source) return true;
  if (kind !== "cluster") return !rule.externalLocal || (isOwn && !place.cluster.ownsPodAddress(packet.source));
  return (
    place.cluster.proxies.configuration.masqueradeAll ||
    !place.cluster.ownsPodAddress(packet.source) ||
    proxy.mode === "userspace"
  );
}

function isOwnTraffic({ cluster, node }: Place, source: string): boolean {
  return cluster.ownsPodAddress(source) || node?.addresses.includes(source) === true;
}

function isInSourceRanges({ sourceRanges }: ServiceRule, { source, address }: Packet): boolean {
  if (sourceRanges.length === 0 || source === address) return true;
  const ip = parseIp(source);
  return ip !== undefined && sourceRanges.some((range) => cidrContains(range, ip));
}
