import { clusterIPsOf, isHeadless } from "../../algorithms/index.ts";
import { canonicalIp, parseIp } from "../ip-address.ts";
import { nameOf } from "./name.ts";
import type { DnsZone } from "./zone.ts";
import { NO_PORT, portsOf, type ZoneEndpoint, type ZonePort } from "./zone-endpoint.ts";

/** One thing a name stands for: an address, or the name an ExternalName points to; and what an SRV record would say. */
export type Found = {
  readonly host: string;
  readonly kind: "A" | "AAAA" | "CNAME";
  readonly port: number;
  /** The absolute name an SRV record points to. */
  readonly target: string;
};

/** The zone a question fell into: its labels in the case of the question, and which rules hold. */
export type ZoneMatch = {
  readonly part: "cluster" | "clusterset";
  /** Labels left of the zone, lower case. */
  readonly labels: readonly string[];
  /** The zone's labels in the question's case. */
  readonly zone: readonly string[];
};

type Request = { readonly key: string; readonly left: readonly string[]; readonly zone: readonly string[] };

/**
 * What a name of a cluster or clusterset zone stands for: CoreDNS' `Records`. An empty list means that the name exists without
 * data, `undefined` that it does not exist. `depends` collects the entries the answer hangs on.
 */
export function findName(zone: DnsZone, match: ZoneMatch, depends: string[]): readonly Found[] | undefined {
  const { labels } = match;
  const root = labels.at(-1);
  if (labels.length === 0 || (labels.length === 1 && (root === "svc" || root === "pod"))) return [];
  if ((root !== "svc" && root !== "pod") || labels.length > 5) return undefined;
  const namespace = labels.at(-2) as string;
  if (!zone.hasNamespace(namespace)) return undefined;
  const name = labels.at(-3);
  if (name === undefined) return [];
  if (root === "pod") return findPod(name, match);
  const request = { key: `${namespace}/${name}`, left: labels.slice(0, -3), zone: match.zone };
  depends.push(request.key);
  return match.part === "cluster" ? findService(zone, request) : findImport(zone, request);
}

/** The address of the DNS server itself, under the names of its Services; `ns.dns.<zone>` when no Service has it. */
export function findNameservers(zone: DnsZone, match: ZoneMatch): readonly Found[] {
  const address = canonicalIp(zone.options.nameserver);
  const keys = address === undefined || match.part !== "cluster" ? [] : zone.serviceKeysOfClusterIp(address);
  const [key] = keys;
  const service = key === undefined ? undefined : zone.service(key);
  if (key === undefined || service === undefined)
    return address === undefined ? [] : [addressFound(address, NO_PORT, nameOf(["ns", "dns", ...match.zone]))];
  const target = serviceName({ key, left: [], zone: match.zone });
  return clusterIPsOf(service).flatMap((ip) => foundAddress(ip, NO_PORT, target));
}

/** `pods insecure`: any name that looks like an address is that address (CoreDNS `findPods`); nothing is verified. */
function findPod(name: string, match: ZoneMatch): readonly Found[] | undefined {
  const dashes = name.split("-").length - 1;
  const text = dashes === 3 && !name.includes("--") ? name.replaceAll("-", ".") : name.replaceAll("-", ":");
  const address = canonicalIp(text);
  return address === undefined ? undefined : [addressFound(address, NO_PORT, nameOf([...match.labels, ...match.zone]))];
}

function findService(zone: DnsZone, request: Request): readonly Found[] | undefined {
  const service = zone.service(request.key);
  if (service === undefined) return undefined;
  const { left } = request;
  if (service.spec.type === "ExternalName") {
    const target = service.spec.externalName ?? "";
    // An address as externalName is no name: CoreDNS adds nothing for it.
    if (left.length > 0 || target === "" || parseIp(target) !== undefined) return undefined;
    return [{ host: target, kind: "CNAME", port: NO_PORT, target: serviceName(request) }];
  }
  const port = left.length === 2 ? portOf(left) : ANY_PORT;
  if (isHeadless(service) || left.length === 1) {
    const host = left.length === 1 ? (left[0] as string) : undefined;
    const wanted = ofHost(zone.endpoints(request.key), host);
    return existing(
      wanted.flatMap((endpoint) => endpointFound(endpoint, port, endpointName(request, [endpoint.host]))),
    );
  }
  const ports = portsOf(service.spec.ports ?? []).filter((one) => matches(port, one));
  return ports.length === 0 ? undefined : addressesOf(clusterIPsOf(service), ports, serviceName(request));
}

function findImport(zone: DnsZone, request: Request): readonly Found[] | undefined {
  const serviceImport = zone.serviceImport(request.key);
  // A single extra label would be `<cluster>.<service>`, which must not exist (KEP-1645).
  if (serviceImport === undefined || request.left.length === 1) return undefined;
  const { left } = request;
  const byEndpoint = left.length === 2 && !(left[1] as string).startsWith("_");
  const port = left.length === 2 && !byEndpoint ? portOf(left) : ANY_PORT;
  if (serviceImport.spec.type === "Headless" || byEndpoint) {
    const [host, cluster] = byEndpoint ? left : [];
    const wanted = ofHost(zone.importedEndpoints(request.key), host).filter(
      (endpoint) => cluster === undefined || (endpoint.cluster ?? "").toLowerCase() === cluster,
    );
    const nameIn = (endpoint: ZoneEndpoint): string => endpointName(request, [endpoint.host, endpoint.cluster ?? ""]);
    return existing(wanted.flatMap((endpoint) => endpointFound(endpoint, port, nameIn(endpoint))));
  }
  const declared = serviceImport.spec.ports ?? [];
  const ports = declared.length === 0 ? [] : portsOf(declared).filter((one) => matches(port, one));
  return ports.length === 0 ? undefined : addressesOf(serviceImport.spec.ips ?? [], ports, serviceName(request));
}

type PortQuery = { readonly name?: string; readonly protocol?: string };
const ANY_PORT: PortQuery = {};

/** The underscores are optional: `http.tcp.web` is as good as `_http._tcp.web` to CoreDNS. */
function portOf(left: readonly string[]): PortQuery {
  const [name = "", protocol = ""] = left.map((label) => (label.startsWith("_") ? label.slice(1) : label));
  return { ...(name === "" ? {} : { name }), ...(protocol === "" ? {} : { protocol }) };
}

function matches(query: PortQuery, port: ZonePort): boolean {
  return (
    (query.name === undefined || query.name === port.name) &&
    (query.protocol === undefined || query.protocol === port.protocol)
  );
}

function ofHost(endpoints: readonly ZoneEndpoint[], host: string | undefined): readonly ZoneEndpoint[] {
  return host === undefined ? endpoints : endpoints.filter((endpoint) => endpoint.host.toLowerCase() === host);
}

function endpointFound(endpoint: ZoneEndpoint, query: PortQuery, target: string): readonly Found[] {
  return endpoint.ports
    .filter((port) => matches(query, port))
    .map((port) => addressFound(endpoint.address, port.port, target));
}

function addressesOf(addresses: readonly string[], ports: readonly ZonePort[], target: string): readonly Found[] {
  return ports.flatMap((port) => addresses.flatMap((address) => foundAddress(address, port.port, target)));
}

function foundAddress(address: string, port: number, target: string): readonly Found[] {
  const canonical = canonicalIp(address);
  return canonical === undefined ? [] : [addressFound(canonical, port, target)];
}

function addressFound(address: string, port: number, target: string): Found {
  return { host: address, kind: address.includes(":") ? "AAAA" : "A", port, target };
}

function existing(found: readonly Found[]): readonly Found[] | undefined {
  return found.length === 0 ? undefined : found;
}

function serviceName(request: Request): string {
  return endpointName(request, []);
}

function endpointName(request: Request, host: readonly string[]): string {
  const slash = request.key.indexOf("/");
  const names = [request.key.slice(slash + 1), request.key.slice(0, slash)];
  return nameOf([...host, ...names, "svc", ...request.zone]);
}
