import { clusterIPsOf, isHeadless } from "../../../algorithms/index.ts";
import type { Service } from "../../../api/index.ts";
import { canonicalIp, parseIp } from "../../ip-address.ts";
import { nameOf } from "../name.ts";
import { hasNamespace, type KubernetesView, type ZoneMatch } from "./view.ts";
import { NO_PORT, portsOf, type ZoneEndpoint, type ZonePort } from "./zone-endpoint.ts";

/** One thing a name stands for: an address, or the name an ExternalName points to; and what an SRV record would say. */
export type Found = {
  readonly host: string;
  readonly kind: "A" | "AAAA" | "CNAME";
  readonly port: number;
  /** The absolute name an SRV record points to. */
  readonly target: string;
};

type Request = { readonly key: string; readonly left: readonly string[]; readonly zone: readonly string[] };

/**
 * What a name of a cluster or clusterset zone stands for: CoreDNS' `Records`. An empty list means that the name exists without
 * data, `undefined` that it does not exist. `depends` collects the entries the answer hangs on.
 */
export function findName(view: KubernetesView, match: ZoneMatch, depends: string[]): readonly Found[] | undefined {
  const { labels } = match;
  if (match.part === "reverse") return labels.length === 0 ? [] : undefined;
  const root = labels.at(-1);
  if (labels.length === 0 || (labels.length === 1 && (root === "svc" || root === "pod"))) return [];
  if (root !== "svc" && root !== "pod") return undefined;
  if (labels.length > 5 && zonalOf(view, match) === undefined) return undefined;
  const namespace = labels.at(-2) as string;
  if (!hasNamespace(view, namespace)) return undefined;
  const name = labels.at(-3);
  if (name === undefined) return root === "pod" && view.pods === "disabled" ? undefined : [];
  if (root === "pod") return findPod(view, { name, namespace }, match, depends);
  const request = { key: `${namespace}/${name}`, left: labels.slice(0, -3), zone: match.zone };
  depends.push(request.key);
  if (match.part === "clusterset") return findImport(view, request);
  const zonal = zonalOf(view, match);
  return zonal === undefined ? findService(view, request) : findZonal(view, request, zonal);
}

type Zonal = { readonly topologyZone: string; readonly falls: boolean };

/** `ZONE.pin._zone.` or `ZONE.prefer._zone.` before a Service; a zone's name may have dots. */
export function zonalOf(view: KubernetesView, { labels, part }: ZoneMatch): Zonal | undefined {
  const [directive, mark] = labels.slice(-5, -3);
  if (!view.zonal || part !== "cluster" || labels.length < 6 || mark !== "_zone" || labels.at(-1) !== "svc")
    return undefined;
  if (directive !== "pin" && directive !== "prefer") return undefined;
  return { topologyZone: labels.slice(0, -5).join("."), falls: directive === "prefer" };
}

/** Only headless Services have endpoints by zone; none there is no reason for the name not to exist. */
function findZonal(
  view: KubernetesView,
  request: Request,
  { topologyZone, falls }: Zonal,
): readonly Found[] | undefined {
  const service = view.zone.service(request.key);
  if (service === undefined || !isHeadless(service) || service.spec.type === "ExternalName") return undefined;
  if (view.selects?.(service.metadata.labels ?? {}) === false) return undefined;
  const all = endpointsOf(view, request.key);
  const near = all.filter(({ zone }) => zone === topologyZone);
  return (near.length === 0 && falls ? all : near).flatMap((endpoint) =>
    endpointFound(endpoint, ANY_PORT, endpointName(request, [hostOf(view, endpoint)])),
  );
}

function endpointsOf(view: KubernetesView, key: string): readonly ZoneEndpoint[] {
  return view.noEndpoints ? [] : view.zone.endpoints(key, view.selects);
}

/** The address of the DNS server itself, under the names of the Services it is an endpoint of; `ns.dns.<zone>` when there are none. */
export function findNameservers(view: KubernetesView, match: ZoneMatch): readonly Found[] {
  const { zone } = view;
  const keys = view.addresses.flatMap((address) => [
    ...zone.serviceKeysOfEndpoint(address),
    ...zone.serviceKeysOfClusterIp(address),
  ]);
  const found = [...new Set(keys)].flatMap((key) => {
    const service = zone.service(key);
    const target = serviceName({ key, left: [], zone: match.zone });
    return service === undefined ? [] : clusterIPsOf(service).flatMap((ip) => foundAddress(ip, 0, target));
  });
  if (found.length > 0) return found;
  const target = nameOf(["ns", "dns", ...match.zone]);
  return view.addresses.flatMap((address) => foundAddress(address, 0, target));
}

/** `pods insecure`: any name that looks like an address is that address; `verified`: if a pod of the namespace has it (CoreDNS `findPods`). */
function findPod(
  view: KubernetesView,
  pod: { readonly name: string; readonly namespace: string },
  match: ZoneMatch,
  depends: string[],
): readonly Found[] | undefined {
  if (view.pods === "disabled") return undefined;
  const dashes = pod.name.split("-").length - 1;
  const isIPv4 = dashes === 3 && !pod.name.includes("--");
  const text = pod.name.replaceAll("-", isIPv4 ? "." : ":");
  const address = canonicalIp(text);
  if (address === undefined) return undefined;
  if (view.pods === "verified") {
    depends.push(`pod:${address}`);
    // A pod's address has one spelling.
    const keys = text === address ? view.zone.podKeysOfAddress(address, view.selects) : [];
    if (!keys.some((key) => key.startsWith(`${pod.namespace}/`))) return undefined;
  }
  return [addressFound(address, 0, nameOf([pod.name, pod.namespace, "pod", ...match.zone]))];
}

function findService(view: KubernetesView, request: Request): readonly Found[] | undefined {
  const service = view.zone.service(request.key);
  if (service === undefined || view.selects?.(service.metadata.labels ?? {}) === false) return undefined;
  const { left } = request;
  if (service.spec.type === "ExternalName") return findExternalName(service, request);
  if (isEmpty(view, service, request.key)) return undefined;
  const port = left.length === 2 ? portOf(left) : ANY_PORT;
  if (isHeadless(service) || left.length === 1) {
    const host = left.length === 1 ? (left[0] as string) : undefined;
    const all = endpointsOf(view, request.key);
    const wanted = ofHost(view, all, host);
    return existing(
      wanted.flatMap((endpoint) => endpointFound(endpoint, port, endpointName(request, [hostOf(view, endpoint)]))),
    );
  }
  const ports = portsOf(service.spec.ports ?? []).filter((one) => matches(port, one));
  return ports.length === 0 ? undefined : addressesOf(clusterIPsOf(service), ports, serviceName(request));
}

/** With `ignore empty_service`, a Service nobody stands behind does not exist. */
function isEmpty(view: KubernetesView, service: Service, key: string): boolean {
  return view.ignoreEmptyService && !isHeadless(service) && view.zone.endpoints(key, view.selects).length === 0;
}

function findExternalName(service: Service, request: Request): readonly Found[] | undefined {
  const target = service.spec.externalName ?? "";
  // `_._` names neither port nor protocol, which is as good as nothing. An address as externalName is no name: CoreDNS adds
  // nothing for it.
  const { left } = request;
  const isBare = left.length === 0 || (left.length === 2 && left.every((label) => label === "_"));
  if (!isBare || target === "" || parseIp(target) !== undefined) return undefined;
  return [{ host: target, kind: "CNAME", port: NO_PORT, target: serviceName(request) }];
}

function findImport(view: KubernetesView, request: Request): readonly Found[] | undefined {
  const serviceImport = view.zone.serviceImport(request.key);
  // A single extra label would be `<cluster>.<service>`, which must not exist (KEP-1645).
  if (serviceImport === undefined || request.left.length === 1) return undefined;
  const { left } = request;
  const isHeadlessImport = serviceImport.spec.type === "Headless";
  const all = view.noEndpoints ? [] : view.zone.importedEndpoints(request.key, view.selects);
  if (view.ignoreEmptyService && !isHeadlessImport && all.length === 0) return undefined;
  const byEndpoint = left.length === 2 && !(left[1] as string).startsWith("_");
  const port = left.length === 2 && !byEndpoint ? portOf(left) : ANY_PORT;
  if (isHeadlessImport || byEndpoint) {
    const [host, cluster] = byEndpoint ? left : [];
    const wanted = ofHost(view, all, host).filter(
      (endpoint) => cluster === undefined || (endpoint.cluster ?? "").toLowerCase() === cluster,
    );
    const nameIn = (endpoint: ZoneEndpoint): string =>
      endpointName(request, [hostOf(view, endpoint), endpoint.cluster ?? ""]);
    return existing(wanted.flatMap((endpoint) => endpointFound(endpoint, port, nameIn(endpoint))));
  }
  const declared = serviceImport.spec.ports ?? [];
  const ports = declared.length === 0 ? [] : portsOf(declared).filter((one) => matches(port, one));
  return ports.length === 0 ? undefined : addressesOf(serviceImport.spec.ips ?? [], ports, serviceName(request));
}

export type PortQuery = { readonly name?: string; readonly protocol?: string };
const ANY_PORT: PortQuery = {};

/** The underscores are optional: `http.tcp.web` is as good as `_http._tcp.web` to CoreDNS. */
function portOf(left: readonly string[]): PortQuery {
  const [name = "", protocol = ""] = left.map((label) => (label.startsWith("_") ? label.slice(1) : label));
  return { ...(name === "" ? {} : { name }), ...(protocol === "" ? {} : { protocol }) };
}

export function matches(query: PortQuery, port: ZonePort): boolean {
  return (
    (query.name === undefined || query.name === port.name) &&
    (query.protocol === undefined || query.protocol === port.protocol)
  );
}

function ofHost(
  view: KubernetesView,
  endpoints: readonly ZoneEndpoint[],
  host: string | undefined,
): readonly ZoneEndpoint[] {
  return host === undefined ? endpoints : endpoints.filter((one) => hostOf(view, one).toLowerCase() === host);
}

/** The label an endpoint is known by. */
export function hostOf(view: KubernetesView, endpoint: ZoneEndpoint): string {
  return view.endpointPodNames ? endpoint.podHost : endpoint.host;
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

export function addressFound(address: string, port: number, target: string): Found {
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
