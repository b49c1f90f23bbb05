import {
  addressOfBalancerHostname,
  clusterIPsOf,
  endpointsOfPort,
  type RuleEndpoint,
  type ServiceRule,
  serviceRules,
} from "../../algorithms/index.ts";
import type { EndpointSlice, Service, ServicePort } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import { canonicalIp } from "../ip-address.ts";

/** As what a Service has an address. */
export type AddressKind = "cluster" | "external" | "balancer";

/** A Service port at one of its addresses. */
export type VirtualPort = { readonly rule: ServiceRule; readonly kind: AddressKind };

type Entry = { service?: Service; readonly slices: Map<string, EndpointSlice>; rules?: readonly ServiceRule[] };

const SERVICE_LABEL = "kubernetes.io/service-name";

/**
 * What a cluster's proxies know: Services by virtual address and node port. Rules are made when first needed after a change,
 * for the Service that changed and no other.
 */
export class ServiceTable {
  readonly #entries = new Map<string, Entry>();
  readonly #owners = new Map<string, string>();
  readonly #keysByAddress = new Map<string, Set<string>>();
  readonly #keysByBalancer = new Map<string, Set<string>>();
  readonly #keysByNodePort = new Map<number, Set<string>>();
  readonly #keysByHealthPort = new Map<number, Set<string>>();

  putService(service: Service): void {
    const key = objectKey(service.metadata);
    const entry = this.#entry(key);
    if (entry.service !== undefined) this.#index(key, entry.service, remove);
    entry.service = service;
    delete entry.rules;
    this.#index(key, service, add);
  }

  removeService(service: Service): void {
    const key = objectKey(service.metadata);
    const entry = this.#entries.get(key);
    if (entry?.service === undefined) return;
    this.#index(key, entry.service, remove);
    delete entry.service;
    delete entry.rules;
    this.#prune(key);
  }

  putEndpointSlice(slice: EndpointSlice): void {
    const key = objectKey(slice.metadata);
    const name = slice.metadata.labels?.[SERVICE_LABEL];
    const owner = name === undefined ? undefined : `${slice.metadata.namespace ?? ""}/${name}`;
    if (this.#owners.get(key) !== owner) this.removeEndpointSlice(slice);
    if (owner === undefined) return;
    this.#owners.set(key, owner);
    const entry = this.#entry(owner);
    entry.slices.set(key, slice);
    delete entry.rules;
  }

  removeEndpointSlice(slice: EndpointSlice): void {
    const key = objectKey(slice.metadata);
    const owner = this.#owners.get(key);
    if (owner === undefined) return;
    this.#owners.delete(key);
    const entry = this.#entry(owner);
    entry.slices.delete(key);
    delete entry.rules;
    this.#prune(owner);
  }

  /** Whether a proxy takes that address for its own, whatever the port. */
  hasAddress(address: string): boolean {
    return this.#keysByAddress.has(address);
  }

  /** As what a Service has that address; the first by name should two claim it. */
  kindOfAddress(address: string): AddressKind | undefined {
    const [key] = [...(this.#keysByAddress.get(address) ?? [])].sort();
    const service = key === undefined ? undefined : this.#entries.get(key)?.service;
    return service === undefined ? undefined : addressesOf(service).find(([one]) => one === address)?.[1];
  }

  /** The Service port at a virtual address; the first by name should two Services claim it. */
  virtualAt(address: string, port: number, protocol: ServiceRule["protocol"]): VirtualPort | undefined {
    const rule = this.#first(this.#keysByAddress.get(address), (one) => one.port === port && one.protocol === protocol);
    return rule === undefined ? undefined : { rule, kind: kindOf(rule, address) };
  }

  ruleOfNodePort(port: number, protocol: ServiceRule["protocol"]): ServiceRule | undefined {
    return this.#first(this.#keysByNodePort.get(port), (rule) => rule.nodePort === port && rule.protocol === protocol);
  }

  /** The rules of the Service whose health is told at that node port. */
  rulesOfHealthPort(port: number): readonly ServiceRule[] {
    const [key] = this.#keysByHealthPort.get(port) ?? [];
    return key === undefined ? [] : this.#rules(key);
  }

  /** The Service whose load balancer has that address, whoever intercepts it. */
  balancedAt(address: string): Service | undefined {
    const [key] = [...(this.#keysByBalancer.get(address) ?? [])].sort();
    return key === undefined ? undefined : this.#entries.get(key)?.service;
  }

  /** The Services by load balancer that several may share, at an address. */
  allBalancedAt(address: string): readonly Service[] {
    return [...(this.#keysByBalancer.get(address) ?? [])]
      .sort()
      .flatMap((key) => this.#entries.get(key)?.service ?? []);
  }

  /** The rules of one Service, as a proxy would list them. */
  rulesOf(namespace: string, name: string): readonly ServiceRule[] {
    return this.#rules(`${namespace}/${name}`);
  }

  /** All rules, by namespace and name. */
  rules(): readonly ServiceRule[] {
    return [...this.#entries.keys()].sort().flatMap((key) => this.#rules(key));
  }

  /** The port of a Service by its name or number, and the endpoints behind it; also of one that no proxy handles. */
  backendsOf(
    namespace: string,
    name: string,
    port: { readonly name?: string | undefined; readonly number?: number | undefined },
  ): { readonly port: ServicePort; readonly endpoints: readonly RuleEndpoint[] } | undefined {
    const entry = this.#entries.get(`${namespace}/${name}`);
    const found = entry?.service?.spec.ports?.find((one) =>
      port.name === undefined ? one.port === port.number : one.name === port.name,
    );
    if (entry === undefined || found === undefined) return undefined;
    return { port: found, endpoints: endpointsOfPort(found, [...entry.slices.values()]) };
  }

  #first(keys: ReadonlySet<string> | undefined, fits: (rule: ServiceRule) => boolean): ServiceRule | undefined {
    if (keys === undefined) return undefined;
    for (const key of keys.size === 1 ? keys : [...keys].sort()) {
      const rule = this.#rules(key).find(fits);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  #rules(key: string): readonly ServiceRule[] {
    const entry = this.#entries.get(key);
    if (entry?.service === undefined) return [];
    entry.rules ??= serviceRules(entry.service, [...entry.slices.values()]);
    return entry.rules;
  }

  #index(key: string, service: Service, change: typeof add): void {
    for (const [address] of addressesOf(service)) change(this.#keysByAddress, address, key);
    for (const address of balancerAddressesOf(service)) change(this.#keysByBalancer, address, key);
    for (const { nodePort = 0 } of service.spec.ports ?? [])
      if (nodePort > 0) change(this.#keysByNodePort, nodePort, key);
    const { healthCheckNodePort = 0 } = service.spec;
    if (healthCheckNodePort > 0) change(this.#keysByHealthPort, healthCheckNodePort, key);
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { slices: new Map() };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #prune(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.service === undefined && entry?.slices.size === 0) this.#entries.delete(key);
  }
}

/** The addresses at which proxies answer for a Service; none for one they leave alone. */
function addressesOf(service: Service): readonly (readonly [address: string, kind: AddressKind])[] {
  const [rule] = serviceRules(service, []);
  if (rule === undefined) return [];
  const of = (addresses: readonly string[], kind: AddressKind) =>
    addresses.flatMap((address) => {
      const canonical = canonicalIp(address);
      return canonical === undefined ? [] : [[canonical, kind] as const];
    });
  return [
    ...of(clusterIPsOf(service), "cluster"),
    ...of(rule.externalIPs, "external"),
    ...of(rule.loadBalancerIPs, "balancer"),
  ];
}

function balancerAddressesOf({ spec, status }: Service): readonly string[] {
  if (spec.type !== "LoadBalancer") return [];
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => {
    const address = ip ?? (hostname === undefined ? undefined : addressOfBalancerHostname(hostname));
    return (address === undefined ? undefined : canonicalIp(address)) ?? [];
  });
}

function kindOf(rule: ServiceRule, address: string): AddressKind {
  const has = (addresses: readonly string[]): boolean =>
    addresses.includes(address) || (address.includes(":") && addresses.some((one) => canonicalIp(one) === address));
  if (has(rule.clusterIPs)) return "cluster";
  return has(rule.externalIPs) ? "external" : "balancer";
}

function add<K>(index: Map<K, Set<string>>, at: K, key: string): void {
  const keys = index.get(at);
  if (keys === undefined) index.set(at, new Set([key]));
  else keys.add(key);
}

function remove<K>(index: Map<K, Set<string>>, at: K, key: string): void {
  const keys = index.get(at);
  if (keys?.delete(key) && keys.size === 0) index.delete(at);
}
