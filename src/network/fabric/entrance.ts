import type { ServiceRule } from "../../algorithms/index.ts";
import type { IngressBackend, Service } from "../../api/index.ts";
import { ofSameFamily } from "../ip-address.ts";
import type { WorkingBalancer } from "./cloud-balancers.ts";
import type { ClusterNetwork } from "./cluster-network.ts";
import type { IngressReach } from "./ingress-edge.ts";
import type { NodePlace } from "./node-place.ts";
import type { BalancerHop, Packet, Route } from "./packet.ts";
import { type Forward, translate } from "./translate.ts";
import { delivered, dropped, refused, startWalk, type Walk } from "./walk.ts";

/** How a packet goes on once it is in. */
export type Inside = {
  readonly forward: Forward;
  readonly enterNode: (walk: Walk, cluster: ClusterNetwork, packet: Packet) => Route;
};

/** The port a client of a load balancer seems to come from; chosen, as connections here have no port of their own. */
const CLIENT_PORT = 12_345;

/**
 * The way into a cluster at an address it shows to the outside: its ingress controller's, a load balancer's, or one that is
 * routed to its nodes (`externalIPs`). `undefined` when the address is none of these.
 */
export function enterCluster(
  walk: Walk,
  at: { readonly cluster: ClusterNetwork; readonly isOutside: boolean },
  packet: Packet,
  inside: Inside,
): (() => Route) | undefined {
  const { cluster } = at;
  if (cluster.ingresses.has(packet.address)) return () => throughIngress(walk, cluster, packet, inside);
  const candidates = cluster.services.allBalancedAt(packet.address);
  if (candidates.length > 0) return () => throughBalancer(walk, { ...at, candidates }, packet, inside);
  if (cluster.services.kindOfAddress(packet.address) !== "external") return undefined;
  return () => {
    const node = cluster.nodes().find((one) => one.ready && !cluster.isDown(one));
    if (node === undefined) return dropped(walk, `no node of ${cluster.config.name} is up`);
    walk.left = true;
    walk.steps.push(`${packet.address} is routed to node ${node.name} of ${cluster.config.name}`);
    const place = { cluster, node };
    return translate(walk, place, packet, inside.forward) ?? dropped(walk, `nothing is up at ${packet.address}`);
  };
}

function throughIngress(walk: Walk, cluster: ClusterNetwork, packet: Packet, { forward }: Inside): Route {
  const scheme = packet.port === 443 ? "https" : "http";
  if ((packet.port !== 80 && packet.port !== 443) || packet.protocol !== "TCP")
    return refused(walk, `the ingress controller of ${cluster.config.name} listens at 80 and 443`);
  walk.steps.push(`ingress controller of ${cluster.config.name}`);
  const [node] = cluster.nodes();
  const reach: IngressReach = {
    backends: (namespace, backend) => backendsOf(cluster, namespace, backend),
    route: (endpoint) => {
      const { address, port } = endpoint;
      const source = ofSameFamily(node?.addresses ?? [], address) ?? packet.address;
      const from = { cluster: cluster.config.name, address: source, nodeName: node?.name };
      const inner = startWalk(walk.terrain, from, {});
      return forward(inner, { cluster, node }, { address, port, protocol: "TCP", source });
    },
  };
  return delivered(
    walk,
    { cluster: cluster.config.name, listener: { serve: cluster.ingresses.serve(scheme, reach) } },
    packet,
  );
}

function backendsOf(cluster: ClusterNetwork, namespace: string, { service }: IngressBackend) {
  if (service === undefined) return undefined;
  return cluster.services.backendsOf(namespace, service.name, service.port ?? {})?.endpoints;
}

type Entry = {
  readonly cluster: ClusterNetwork;
  readonly isOutside: boolean;
  /** Several Services may share a load balancer that was there before them, each with ports of its own. */
  readonly candidates: readonly Service[];
};

function throughBalancer(walk: Walk, { cluster, isOutside, candidates }: Entry, packet: Packet, inside: Inside): Route {
  const { services, balancers } = cluster;
  const found = candidates
    .map((service) => {
      const { namespace = "", name } = service.metadata;
      const fits = (rule: ServiceRule): boolean => rule.port === packet.port && rule.protocol === packet.protocol;
      return { balancer: balancers.of(service), rule: services.rulesOf(namespace, name).find(fits) };
    })
    .find(({ rule }) => rule !== undefined);
  if (found?.rule === undefined || found.balancer === undefined)
    return dropped(walk, `no load balancer listens at ${packet.address}:${packet.port}`);
  const { balancer, rule } = found;
  const name = `load balancer of ${rule.namespace}/${rule.service}`;
  if (isOutside && balancer.model.internal) return dropped(walk, `the ${name} is internal`);
  const refusal = balancers.refusal(balancer, packet.source);
  if (refusal !== undefined) return dropped(walk, `the ${name} lets nobody in: ${refusal}`);
  const node = balancers.pickNode(balancer, rule);
  if (node === undefined) return dropped(walk, `the ${name} has no node to send to`);
  walk.steps.push(`${name} -> node ${node.name}`);
  walk.left = true;
  walk.holds = () => balancers.holds(balancer, rule, node);
  if (balancer.model.idleSeconds !== undefined) walk.idleMs = balancer.model.idleSeconds * 1000;
  balancers.log(balancer, { client: packet.source, backend: node.addresses[0] ?? node.name, port: packet.port });
  return toNode(walk, { cluster, balancer, rule, node }, packet, inside);
}

/** Either the address is announced from the node itself, or the balancer speaks to the node port. */
function toNode(
  walk: Walk,
  to: {
    readonly cluster: ClusterNetwork;
    readonly balancer: WorkingBalancer;
    readonly rule: ServiceRule;
    readonly node: NodePlace;
  },
  packet: Packet,
  inside: Inside,
): Route {
  const { cluster, node, rule } = to;
  const { model } = to.balancer;
  const place = { cluster, node };
  const address = ofSameFamily(node.addresses, packet.address) ?? "";
  const isVirtual = model.kind === "virtual" && cluster.services.hasAddress(packet.address);
  if (isVirtual)
    return translate(walk, place, packet, inside.forward) ?? dropped(walk, `nothing is up at ${packet.address}`);
  if (rule.nodePort === undefined) return dropped(walk, `${rule.namespace}/${rule.service} has no node port`);
  const source = model.kind === "classic" ? packet.address : packet.source;
  const hop = hopOf(to.balancer, packet);
  if (hop !== undefined) walk.hop = hop;
  return inside.enterNode(walk, cluster, { address, port: rule.nodePort, protocol: packet.protocol, source });
}

function hopOf({ model }: WorkingBalancer, packet: Packet): BalancerHop | undefined {
  const listener = model.listeners.find(({ port, protocol }) => port === packet.port && protocol === packet.protocol);
  const readsHttp = listener?.frontend === "HTTP" || listener?.frontend === "HTTPS";
  const headers = readsHttp
    ? {
        "x-forwarded-for": packet.source,
        "x-forwarded-port": String(packet.port),
        "x-forwarded-proto": listener.frontend === "HTTPS" ? "https" : "http",
      }
    : {};
  if (!model.proxyProtocol) return readsHttp ? { headers } : undefined;
  const family = packet.source.includes(":") ? "TCP6" : "TCP4";
  return { headers, preamble: `PROXY ${family} ${packet.source} ${packet.address} ${CLIENT_PORT} ${packet.port}\r\n` };
}
