import { hostPort } from "../../std/index.ts";
import { AGE, formatFirst, formatLabels, text, wide } from "../columns.ts";
import type { PrinterColumn } from "../descriptor.ts";
import type { Endpoints, Service, ServicePort } from "./service.ts";

/** The columns of `kubectl get services`. */
export const serviceColumns: readonly PrinterColumn<Service>[] = [
  text<Service>("Type", (service) => service.spec.type),
  text<Service>("Cluster-IP", (service) => service.spec.clusterIP || "<none>"),
  text<Service>("External-IP", externalIP),
  text<Service>("Port(s)", (service) => (service.spec.ports ?? []).map(formatPort).join(",") || "<none>"),
  AGE,
  wide<Service>("Selector", (service) => formatLabels(service.spec.selector)),
];

/** The columns of `kubectl get endpoints`. */
export const endpointsColumns: readonly PrinterColumn<Endpoints>[] = [
  text<Endpoints>("Endpoints", formatEndpoints),
  AGE,
];

function formatPort(port: ServicePort): string {
  const number = (port.nodePort ?? 0) > 0 ? `${port.port}:${port.nodePort}` : `${port.port}`;
  return `${number}/${port.protocol ?? "TCP"}`;
}

function externalIP(service: Service): string {
  const { type, externalIPs = [], externalName = "" } = service.spec;
  if (type === "ExternalName") return externalName;
  if (type !== "LoadBalancer") return externalIPs.join(",") || "<none>";
  const addresses = [...loadBalancerAddresses(service.status?.loadBalancer?.ingress), ...externalIPs];
  return addresses.join(",") || "<pending>";
}

/** The addresses of a load balancer, sorted; shared by Service and Ingress. */
export function loadBalancerAddresses(
  ingress: readonly { readonly ip?: string; readonly hostname?: string }[] | undefined,
): readonly string[] {
  return [...new Set((ingress ?? []).map((point) => point.ip || point.hostname || ""))].filter((a) => a !== "").sort();
}

function formatEndpoints(endpoints: Endpoints): string {
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) return "<none>";
  const list = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((address) => address.ip)
      : ports.flatMap((port) => addresses.map((address) => hostPort(address.ip, port.port))),
  );
  return formatFirst(list, 3);
}
