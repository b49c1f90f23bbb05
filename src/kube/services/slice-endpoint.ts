import { topologyHints, type ZoneCapacity } from "../../algorithms/index.ts";
import type { Endpoint, Node, Pod, Service } from "../../api/index.ts";
import { isConditionTrue, milliValue, parseQuantity } from "../../apimachinery/index.ts";
import { parseIp } from "../../std/index.ts";
import { isReady } from "./service-pods.ts";
import type { EndpointGroup } from "./slice-packing.ts";

type Family = "IPv4" | "IPv6";

const ZONE = "topology.kubernetes.io/zone";
const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
/** The older one, which goes first. */
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const CONTROL_PLANE = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/** The pod as an endpoint of the Service (`endpointslice.podToEndpoint`). */
export function endpointOf(
  service: Service,
  pod: Pod,
  at: { readonly node: Node | undefined; readonly address: string },
): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = zoneOf(at.node);
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = "", uid = "" } = pod.metadata;
  const hints =
    ready && !isTopologyAware(service) && prefersNear(service) ? hintsFor(service, zone, nodeName) : undefined;
  return {
    addresses: [at.address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}

/** The pod's address of a family. */
export function podAddress({ status }: Pod, family: Family): string | undefined {
  const addresses = status?.podIPs?.map(({ ip }) => ip) ?? [status?.podIP ?? ""];
  return addresses.find((address) => parseIp(address)?.family === family);
}

export function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE];
}

/** Whether endpoints are to be dealt out to zones by their CPU; this goes before `trafficDistribution`. */
export function isTopologyAware({ metadata }: Service): boolean {
  const { annotations = {} } = metadata;
  const mode = annotations[TOPOLOGY_HINTS] ?? annotations[TOPOLOGY_MODE];
  return mode === "Auto" || mode === "auto";
}

/** The endpoints of all groups with the zones they should serve, or why no fair split exists. */
export function withTopologyHints(
  groups: readonly EndpointGroup[],
  nodes: readonly Node[],
): { readonly ok: true; readonly groups: readonly EndpointGroup[] } | { readonly ok: false; readonly why: string } {
  const ready = groups.flatMap(({ endpoints }) => endpoints.filter(({ conditions }) => conditions?.ready === true));
  const decided = topologyHints(
    ready.map(({ zone }) => zone),
    zoneCapacities(nodes),
  );
  if (!decided.ok) return decided;
  const zones = new Map(ready.map((endpoint, index) => [endpoint, decided.zones[index] as string]));
  const hinted = (endpoint: Endpoint): Endpoint => {
    const zone = zones.get(endpoint);
    return zone === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name: zone }] } };
  };
  return { ok: true, groups: groups.map(({ ports, endpoints }) => ({ ports, endpoints: endpoints.map(hinted) })) };
}

/** Control planes do not count, nor do nodes that are not ready; one that counts but has no zone spoils the split. */
function zoneCapacities(nodes: readonly Node[]): readonly ZoneCapacity[] {
  return nodes
    .filter(
      ({ metadata, status }) =>
        !CONTROL_PLANE.some((label) => metadata.labels?.[label] !== undefined) &&
        isConditionTrue(status?.conditions, "Ready"),
    )
    .map((node) => ({
      zone: zoneOf(node) ?? "",
      milliCpu: milliValue(parseQuantity(node.status?.allocatable?.cpu ?? "0")),
    }));
}

function prefersNear({ spec }: Service): boolean {
  return ["PreferClose", "PreferSameZone", "PreferSameNode"].includes(spec.trafficDistribution ?? "");
}

function hintsFor({ spec }: Service, zone: string | undefined, nodeName: string | undefined): Endpoint["hints"] {
  const byNode = spec.trafficDistribution === "PreferSameNode" && nodeName !== undefined;
  if (zone === undefined && !byNode) return undefined;
  return {
    ...(byNode ? { forNodes: [{ name: nodeName }] } : {}),
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
  };
}
