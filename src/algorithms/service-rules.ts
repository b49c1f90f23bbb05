import type { Endpoint, EndpointSlice, Service, ServicePort } from "../api/index.ts";
import { compareText } from "../std/index.ts";

/** One backend of a service port, as a proxy knows it. */
export type RuleEndpoint = {
  readonly address: string;
  readonly port: number;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hintZones?: readonly string[];
  readonly hintNodes?: readonly string[];
};

/** One port of a Service with everything a proxy needs; what kube-proxy programs and the simulated network follows. */
export type ServiceRule = {
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly port: number;
  readonly nodePort?: number;
  readonly clusterIPs: readonly string[];
  /** `spec.externalIPs`. */
  readonly externalIPs: readonly string[];
  /** Addresses of load balancers that a proxy takes for its own; not those whose `ipMode` is Proxy. */
  readonly loadBalancerIPs: readonly string[];
  /** Whose traffic to load-balancer addresses is let through; everyone's when empty. */
  readonly sourceRanges: readonly string[];
  /** Where nodes tell whether they have endpoints of their own. */
  readonly healthCheckNodePort?: number;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** ClientIP affinity and how long it lasts after the last use. */
  readonly affinityTimeoutMs?: number;
  /** Sorted by address and port. */
  readonly endpoints: readonly RuleEndpoint[];
};

/** Who asks: by which path, on which node, in which address family. */
export type RulePath = {
  readonly path: "internal" | "external";
  readonly family: "IPv4" | "IPv6";
  readonly nodeName?: string | undefined;
  readonly zone?: string | undefined;
};

/** Where a connection may go. `reject` answers at once (refused), `drop` not at all (time-out). */
export type RuleDecision =
  | { readonly action: "forward"; readonly endpoints: readonly RuleEndpoint[] }
  | { readonly action: "reject" }
  | { readonly action: "drop" };

const PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";
const HEADLESS_LABEL = "service.kubernetes.io/headless";
const AFFINITY_DEFAULT_SECONDS = 10_800;

/**
 * The rules of a Service: one for each of its ports, none when no proxy handles it (headless, ExternalName, foreign proxy).
 * `publishNotReadyAddresses` needs no rule here: the slice controller has already called such endpoints ready.
 */
export function serviceRules(service: Service, slices: readonly EndpointSlice[]): readonly ServiceRule[] {
  const { spec, metadata } = service;
  if (!isProxied(service)) return [];
  const affinityTimeoutMs = affinityMs(service);
  return (spec.ports ?? []).map((port) => ({
    namespace: metadata.namespace ?? "",
    service: metadata.name,
    portName: port.name ?? "",
    protocol: port.protocol ?? "TCP",
    port: port.port,
    ...(port.nodePort !== undefined && port.nodePort > 0 ? { nodePort: port.nodePort } : {}),
    clusterIPs: clusterIPsOf(service),
    externalIPs: spec.externalIPs ?? [],
    loadBalancerIPs: loadBalancerIPsOf(service),
    sourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()),
    ...healthCheckOf(spec),
    internalLocal: spec.internalTrafficPolicy === "Local",
    externalLocal: spec.externalTrafficPolicy === "Local",
    ...(affinityTimeoutMs === undefined ? {} : { affinityTimeoutMs }),
    endpoints: endpointsOfPort(port, slices),
  }));
}

/** The endpoints of a rule as a node's proxy sorts them: kube-proxy's `CategorizeEndpoints`. */
export type EndpointCategories = {
  /** For the policy `Cluster`: ready ones, narrowed by topology hints; or those that still serve while terminating. */
  readonly cluster: readonly RuleEndpoint[];
  /** For the policy `Local`: the same of this node, hints set aside. */
  readonly local: readonly RuleEndpoint[];
};

/** Where a proxy stands. */
export type ProxyPlace = Pick<RulePath, "family" | "nodeName" | "zone">;

export function categorizeEndpoints(rule: ServiceRule, at: ProxyPlace): EndpointCategories {
  const family = rule.endpoints.filter((endpoint) => familyOf(endpoint.address) === at.family);
  const ready = family.filter((endpoint) => endpoint.ready);
  const cluster = ready.length > 0 ? nearest(ready, at) : family.filter(isDraining);
  const here = family.filter((endpoint) => endpoint.nodeName !== undefined && endpoint.nodeName === at.nodeName);
  const readyHere = here.filter((endpoint) => endpoint.ready);
  return { cluster, local: readyHere.length > 0 ? readyHere : here.filter(isDraining) };
}

/** Which endpoints a connection may use; a `Local` policy looks at this node only, and drops when others have some. */
export function eligibleEndpoints(rule: ServiceRule, from: RulePath): RuleDecision {
  const { cluster, local } = categorizeEndpoints(rule, from);
  if (cluster.length + local.length === 0) return { action: "reject" };
  const isLocal = from.path === "internal" ? rule.internalLocal : rule.externalLocal;
  if (!isLocal) return { action: "forward", endpoints: cluster };
  return local.length === 0 ? { action: "drop" } : { action: "forward", endpoints: local };
}

/** The Service's addresses inside its cluster; empty for a headless one. */
export function clusterIPsOf(service: Service): readonly string[] {
  const { clusterIPs, clusterIP } = service.spec;
  const addresses = clusterIPs !== undefined && clusterIPs.length > 0 ? clusterIPs : [clusterIP ?? ""];
  return addresses.filter((address) => address !== "" && address !== "None");
}

/** `None` is the sign of a headless Service; an address still to come is not. */
export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === "None";
}

function isProxied(service: Service): boolean {
  if (service.spec.type === "ExternalName") return false;
  if (service.metadata.labels?.[PROXY_NAME_LABEL] !== undefined) return false;
  return clusterIPsOf(service).length > 0;
}

function loadBalancerIPsOf({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip === undefined || ipMode === "Proxy" ? [] : [ip],
  );
}

/** Only load balancers that keep to local endpoints ask for it. */
function healthCheckOf({ healthCheckNodePort = 0, externalTrafficPolicy }: Service["spec"]): {
  readonly healthCheckNodePort?: number;
} {
  return healthCheckNodePort > 0 && externalTrafficPolicy === "Local" ? { healthCheckNodePort } : {};
}

function affinityMs(service: Service): number | undefined {
  if (service.spec.sessionAffinity !== "ClientIP") return undefined;
  return (service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_DEFAULT_SECONDS) * 1000;
}

/** The endpoints of a Service's port, by the name it has in the slices; sorted, each once. */
export function endpointsOfPort(
  port: Pick<ServicePort, "name">,
  slices: readonly EndpointSlice[],
): readonly RuleEndpoint[] {
  const byAddress = new Map<string, RuleEndpoint>();
  for (const slice of slices) {
    if (slice.addressType === "FQDN" || slice.metadata.labels?.[HEADLESS_LABEL] !== undefined) continue;
    for (const slicePort of slice.ports ?? []) {
      if (slicePort.port === undefined || (slicePort.name ?? "") !== (port.name ?? "")) continue;
      for (const endpoint of slice.endpoints ?? []) collect(byAddress, endpoint, slicePort.port);
    }
  }
  return [...byAddress.entries()].sort(([left], [right]) => compareText(left, right)).map(([, endpoint]) => endpoint);
}

/** The same address in two slices is one endpoint, and a ready sighting wins (`endpointslicecache`). */
function collect(byAddress: Map<string, RuleEndpoint>, endpoint: Endpoint, port: number): void {
  const address = endpoint.addresses[0];
  if (address === undefined) return;
  const key = `${address} ${port}`;
  const ready = endpoint.conditions?.ready ?? true;
  if (byAddress.has(key) && !ready) return;
  const hintZones = hintNames(endpoint, "forZones");
  const hintNodes = hintNames(endpoint, "forNodes");
  byAddress.set(key, {
    address,
    port,
    ...(endpoint.nodeName === undefined ? {} : { nodeName: endpoint.nodeName }),
    ...(endpoint.zone === undefined ? {} : { zone: endpoint.zone }),
    ready,
    serving: endpoint.conditions?.serving ?? ready,
    terminating: endpoint.conditions?.terminating ?? false,
    ...(hintZones === undefined ? {} : { hintZones }),
    ...(hintNodes === undefined ? {} : { hintNodes }),
  });
}

function hintNames({ hints }: Endpoint, field: "forZones" | "forNodes"): readonly string[] | undefined {
  const named = hints?.[field] ?? [];
  return named.length === 0 ? undefined : named.map(({ name }) => name);
}

function isDraining(endpoint: RuleEndpoint): boolean {
  return endpoint.serving && endpoint.terminating;
}

/** Hints count only when every endpoint has them and one is for here; a single endpoint without switches topology off. */
function nearest(endpoints: readonly RuleEndpoint[], from: ProxyPlace): readonly RuleEndpoint[] {
  const { nodeName, zone } = from;
  if (nodeName !== undefined && endpoints.every((endpoint) => endpoint.hintNodes !== undefined)) {
    const sameNode = endpoints.filter((endpoint) => endpoint.hintNodes?.includes(nodeName));
    if (sameNode.length > 0) return sameNode;
  }
  if (zone === undefined || !endpoints.every((endpoint) => endpoint.hintZones !== undefined)) return endpoints;
  const sameZone = endpoints.filter((endpoint) => endpoint.hintZones?.includes(zone));
  return sameZone.length > 0 ? sameZone : endpoints;
}

function familyOf(address: string): "IPv4" | "IPv6" {
  return address.includes(":") ? "IPv6" : "IPv4";
}
