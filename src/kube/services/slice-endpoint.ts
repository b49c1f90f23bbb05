import type { Endpoint, Node, Pod, Service } from "../../api/index.ts";
import { parseIp } from "../../std/index.ts";
import { isReady } from "./service-pods.ts";
import { isTopologyAware, zoneOf } from "./slice-topology.ts";

type Family = "IPv4" | "IPv6";

/** The pod as an endpoint of the Service (`endpointslice.podToEndpoint`). */
export function endpointOf(
  service: Service,
  pod: Pod,
  at: { readonly node: Node | undefined; readonly address: string; readonly minor: number },
): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = zoneOf(at.node);
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = "", uid = "" } = pod.metadata;
  const hints =
    ready && !isTopologyAware(service) && prefersNear(service, at.minor)
      ? hintsFor(service, zone, nodeName)
      : undefined;
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

/** `PreferClose` since 1.31, where it is on by default; its two later forms since 1.34. */
function prefersNear({ spec }: Service, minor: number): boolean {
  const { trafficDistribution } = spec;
  if (trafficDistribution === "PreferClose") return minor >= 31;
  return minor >= 34 && (trafficDistribution === "PreferSameZone" || trafficDistribution === "PreferSameNode");
}

function hintsFor({ spec }: Service, zone: string | undefined, nodeName: string | undefined): Endpoint["hints"] {
  const byNode = spec.trafficDistribution === "PreferSameNode" && nodeName !== undefined;
  if (zone === undefined && !byNode) return undefined;
  return {
    ...(byNode ? { forNodes: [{ name: nodeName }] } : {}),
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
  };
}
