import { type ServiceRule, serviceRules } from "../../algorithms/index.ts";
import type { EndpointSlice, Service } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import { canonicalIp } from "../ip-address.ts";

type Entry = { service?: Service; readonly slices: Map<string, EndpointSlice>; rules?: readonly ServiceRule[] };

const SERVICE_LABEL = "kubernetes.io/service-name";

/** What a cluster's proxies know: Services by virtual address and node port. Rules are made when first needed after a change. */
export class ServiceTable {
  readonly #entries = new Map<string, Entry>();
  readonly #owners = new Map<string, string>();
  readonly #keysByAddress = new Map<string, Set<string>>();
  readonly #keysByNodePort = new Map<number, Set<string>>();

  putService(service: Service): void {
    const key = objectKey(service.metadata);
    this.#unlink(key);
    const entry = this.#entry(key);
    entry.service = service;
    delete entry.rules;
    for (const address of this.#addresses(key)) add(this.#keysByAddress, address, key);
    for (const port of this.#nodePorts(key)) add(this.#keysByNodePort, port, key);
  }

  removeService(service: Service): void {
    const key = objectKey(service.metadata);
    this.#unlink(key);
    const entry = this.#entry(key);
    delete entry.service;
    delete entry.rules;
    this.#prune(key);
  }

  putEndpointSlice(slice: EndpointSlice): void {
    this.removeEndpointSlice(slice);
    const name = slice.metadata.labels?.[SERVICE_LABEL];
    if (name === undefined) return;
    const owner = `${slice.metadata.namespace ?? ""}/${name}`;
    const key = objectKey(slice.metadata);
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

  /** Whether a Service has that address, whatever its ports. */
  hasAddress(address: string): boolean {
    return this.#keysByAddress.has(address);
  }

  /** The rule of a virtual address and port; the first by name should two Services claim it. */
  ruleAt(address: string, port: number, protocol: ServiceRule["protocol"]): ServiceRule | undefined {
    return this.#first(this.#keysByAddress.get(address), (rule) => rule.port === port && rule.protocol === protocol);
  }

  ruleOfNodePort(port: number, protocol: ServiceRule["protocol"]): ServiceRule | undefined {
    return this.#first(this.#keysByNodePort.get(port), (rule) => rule.nodePort === port && rule.protocol === protocol);
  }

  /** The rules of one Service, as a proxy would list them. */
  rulesOf(namespace: string, name: string): readonly ServiceRule[] {
    return this.#rules(`${namespace}/${name}`);
  }

  /** All rules, by namespace and name. */
  rules(): readonly ServiceRule[] {
    return [...this.#entries.keys()].sort().flatMap((key) => this.#rules(key));
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

  #addresses(key: string): readonly string[] {
    const addresses = this.#rules(key).flatMap((rule) => [...rule.clusterIPs, ...rule.externalIPs]);
    return addresses.flatMap((address) => canonicalIp(address) ?? []);
  }

  #nodePorts(key: string): readonly number[] {
    return this.#rules(key).flatMap((rule) => rule.nodePort ?? []);
  }

  #unlink(key: string): void {
    for (const address of this.#addresses(key)) remove(this.#keysByAddress, address, key);
    for (const port of this.#nodePorts(key)) remove(this.#keysByNodePort, port, key);
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

function add<K>(index: Map<K, Set<string>>, at: K, key: string): void {
  const keys = index.get(at);
  if (keys === undefined) index.set(at, new Set([key]));
  else keys.add(key);
}

function remove<K>(index: Map<K, Set<string>>, at: K, key: string): void {
  const keys = index.get(at);
  if (keys?.delete(key) && keys.size === 0) index.delete(at);
}
