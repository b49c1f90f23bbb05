import { clusterIPsOf, isHeadless } from "../../../algorithms/index.ts";
import type { Service } from "../../../api/index.ts";
import { canonicalIp } from "../../ip-address.ts";
import type { DnsRecord } from "../message.ts";
import { labelsOf, nameOf } from "../name.ts";
import { soaOf } from "./answer.ts";
import { findNameservers, hostOf } from "./find.ts";
import { hasNamespace, type KubernetesView } from "./view.ts";
import { portsOf, type ZoneEndpoint, type ZonePort } from "./zone-endpoint.ts";

/** All records of a zone, its SOA first and last, as CoreDNS' `kubernetes` hands them over; `undefined` when it is not the view's. */
export function transferRecords(view: KubernetesView, zone: string): readonly DnsRecord[] | undefined {
  const part = view.zones.find(({ name }) => name === zone)?.part;
  if (part === undefined) return undefined;
  const labels = labelsOf(zone);
  const soa = soaOf(view, { zone: labels });
  const servers = findNameservers(view, { part, labels: [], zone: labels });
  const nameservers = [...new Set(servers.map(({ target }) => target))].map(
    (target): DnsRecord => ({ name: zone, ttl: view.ttl, type: "NS", target }),
  );
  const glue = servers.map(({ target, host }) => addressRecord(view, target, host));
  const own = part === "reverse" ? [] : view.zone.keys().flatMap((key) => recordsOf(view, key, { part, labels }));
  return [soa, ...nameservers, ...glue, ...own, soa];
}

type In = { readonly part: "cluster" | "clusterset"; readonly labels: readonly string[] };
type Kept = {
  readonly ips: readonly string[];
  readonly ports: readonly ZonePort[];
  readonly endpoints: readonly ZoneEndpoint[];
};

function recordsOf(view: KubernetesView, key: string, zone: In): readonly DnsRecord[] {
  const slash = key.indexOf("/");
  const namespace = key.slice(0, slash);
  if (!hasNamespace(view, namespace)) return [];
  const owner = [key.slice(slash + 1), namespace, "svc", ...zone.labels];
  const service = view.zone.service(key);
  if (zone.part === "cluster" && service?.spec.type === "ExternalName") {
    const target = service.spec.externalName ?? "";
    if (target === "" || canonicalIp(target) !== undefined) return [];
    return [{ name: nameOf(owner), ttl: view.ttl, type: "CNAME", target: nameOf(labelsOf(target)) }];
  }
  const kept = zone.part === "cluster" ? serviceOf(view, key, service) : importOf(view, key);
  if (kept === undefined) return [];
  return kept.ips.length > 0 ? virtualRecords(view, owner, kept) : endpointRecords(view, owner, kept.endpoints);
}

function serviceOf(view: KubernetesView, key: string, service: Service | undefined): Kept | undefined {
  if (service === undefined) return undefined;
  const ips = isHeadless(service) ? [] : clusterIPsOf(service).flatMap((ip) => canonicalIp(ip) ?? []);
  return { ips, ports: portsOf(service.spec.ports ?? []), endpoints: view.zone.endpoints(key, view.selects) };
}

function importOf(view: KubernetesView, key: string): Kept | undefined {
  const spec = view.zone.serviceImport(key)?.spec;
  if (spec === undefined) return undefined;
  const ips = (spec.ips ?? []).flatMap((ip) => canonicalIp(ip) ?? []);
  return { ips, ports: portsOf(spec.ports ?? []), endpoints: view.zone.importedEndpoints(key, view.selects) };
}

function virtualRecords(view: KubernetesView, owner: readonly string[], { ips, ports }: Kept): readonly DnsRecord[] {
  const target = nameOf(owner);
  const declared = ports.filter(({ port }) => port >= 0);
  return [
    ...ips.map((ip) => addressRecord(view, target, ip)),
    ...declared.flatMap((port) => [
      serviceRecord(view, { name: target, target, weight: 100, port: port.port }),
      ...(port.name === ""
        ? []
        : [serviceRecord(view, { name: portName(port, owner), target, weight: 100, port: port.port })]),
    ]),
  ];
}

function endpointRecords(
  view: KubernetesView,
  owner: readonly string[],
  endpoints: readonly ZoneEndpoint[],
): readonly DnsRecord[] {
  const weight = Math.max(1, Math.floor(100 / Math.max(1, endpoints.length)));
  return endpoints.flatMap((endpoint) => {
    const own = endpoint.cluster === undefined ? [] : [endpoint.cluster];
    const target = nameOf([hostOf(view, endpoint), ...own, ...owner]);
    return [
      addressRecord(view, nameOf(owner), endpoint.address),
      addressRecord(view, target, endpoint.address),
      ...endpoint.ports
        .filter((port) => port.name !== "")
        .map((port) => serviceRecord(view, { name: portName(port, owner), target, weight, port: port.port })),
    ];
  });
}

function portName(port: ZonePort, owner: readonly string[]): string {
  return nameOf([`_${port.name}`, `_${port.protocol}`, ...owner]);
}

function addressRecord(view: KubernetesView, name: string, address: string): DnsRecord {
  return { name, ttl: view.ttl, type: address.includes(":") ? "AAAA" : "A", address };
}

function serviceRecord(
  view: KubernetesView,
  record: { readonly name: string; readonly target: string; readonly weight: number; readonly port: number },
): DnsRecord {
  return { ...record, ttl: view.ttl, type: "SRV", priority: 0 };
}
