import { topologyHints, type ZoneCapacity } from "../../algorithms/index.ts";
import type { Endpoint, Node, Pod, Service } from "../../api/index.ts";
import { isConditionTrue, milliValue, parseQuantity } from "../../apimachinery/index.ts";
import { parseIp } from "../../std/index.ts";
import { isReady } from "./service-pods.ts";

type Family = "IPv4" | "IPv6";

const ZONE = "topology.kubernetes.io/zone";
const TOPOLOGY_MODES = ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"];
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
  const near = ready && zone !== undefined && !isTopologyAware(service) && prefersNear(service);
  return {
    addresses: [at.address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(near ? { hints: hintsFor(service, zone, nodeName) } : {}),
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
  return TOPOLOGY_MODES.some((key) => /^auto$/i.test(metadata.annotations?.[key] ?? ""));
}

/** The endpoints with the zones they should serve; without hints where no fair split exists. */
export function withTopologyHints(endpoints: readonly Endpoint[], nodes: readonly Node[]): readonly Endpoint[] {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready === true);
  const hints = topologyHints(
    ready.map(({ zone }) => zone),
    zoneCapacities(nodes),
  );
  if (hints === undefined) return endpoints;
  const zones = new Map(ready.map((endpoint, index) => [endpoint, hints[index] as string]));
  return endpoints.map((endpoint) => {
    const zone = zones.get(endpoint);
    return zone === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name: zone }] } };
  });
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

function hintsFor({ spec }: Service, zone: string, nodeName: string | undefined): Readonly<Record<string, unknown>> {
  const forZones = [{ name: zone }];
  return spec.trafficDistribution === "PreferSameNode" ? { forNodes: [{ name: nodeName }], forZones } : { forZones };
}
