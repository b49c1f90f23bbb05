import { clusterIPsOf } from "../../algorithms/index.ts";
import type { EndpointSlice, Service, ServiceImport } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import { canonicalIp } from "../ip-address.ts";
import type { DnsRecord } from "./message.ts";
import { labelsOf, lowerLabel } from "./name.ts";
import { type ZoneEndpoint, zoneEndpoints } from "./zone-endpoint.ts";

/** Answers names outside the zones; `undefined` when nobody can be asked. */
export type Upstream = (question: {
  readonly name: string;
  readonly type: string;
}) =>
  | { readonly rcode: number; readonly answers: readonly DnsRecord[]; readonly authorities?: readonly DnsRecord[] }
  | undefined;

export type ZoneOptions = {
  /** `cluster.local`. */
  readonly clusterDomain: string;
  /** `clusterset.local`; absent when the `multicluster` plugin is off. */
  readonly clustersetDomain?: string | undefined;
  readonly clusterTtlSeconds: number;
  readonly clustersetTtlSeconds: number;
  /** The address clients ask; names the server in NS answers. */
  readonly nameserver: string;
  readonly upstream?: Upstream | undefined;
  readonly nowMs: () => number;
};

/** Everything known under one `namespace/name`, whichever objects it comes from. */
type Entry = {
  service?: Service;
  serviceImport?: ServiceImport;
  readonly slices: Map<string, EndpointSlice>;
  readonly importedSlices: Map<string, EndpointSlice>;
  endpoints?: readonly ZoneEndpoint[];
  importedEndpoints?: readonly ZoneEndpoint[];
};

/** Which half of the zone has seen its objects. */
export type ZonePart = "cluster" | "clusterset";

/** The token of {@link DnsZone.observe} that stands for everything. */
export const EVERYTHING = "*";

const SERVICE_LABEL = "kubernetes.io/service-name";
const IMPORT_LABEL = "multicluster.kubernetes.io/service-name";
const SOURCE_CLUSTER_LABEL = "multicluster.kubernetes.io/source-cluster";

/**
 * What a cluster's DNS server knows, kept up to date object by object: a change touches the entry of its Service and nothing
 * else. Observers hear which entries were touched, so that ready-made answers can be dropped one by one.
 */
export class DnsZone {
  readonly options: ZoneOptions;
  readonly clusterLabels: readonly string[];
  readonly clustersetLabels: readonly string[] | undefined;
  readonly #namespaces = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  readonly #clusterIPs = new Map<string, Set<string>>();
  readonly #endpointIPs = new Map<string, Set<string>>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #synced = new Set<ZonePart>();
  readonly #observers = new Set<(token: string) => void>();
  #changedMs: number;

  constructor(options: ZoneOptions) {
    this.options = options;
    this.clusterLabels = labelsOf(options.clusterDomain).map(lowerLabel);
    this.clustersetLabels =
      options.clustersetDomain === undefined ? undefined : labelsOf(options.clustersetDomain).map(lowerLabel);
    this.#changedMs = options.nowMs();
  }

  /** Unix seconds of the last change: the SOA's serial. */
  get serial(): number {
    return Math.floor(this.#changedMs / 1000) >>> 0;
  }

  isSynced(part: ZonePart): boolean {
    return this.#synced.has(part);
  }

  /** Until a part is synced, its unknown names give SERVFAIL instead of NXDOMAIN. */
  setSynced(part: ZonePart, synced: boolean): void {
    if (this.#synced.has(part) === synced) return;
    if (synced) this.#synced.add(part);
    else this.#synced.delete(part);
    this.#touch(EVERYTHING);
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  putNamespace(name: string): void {
    if (this.#namespaces.has(name)) return;
    this.#namespaces.add(name);
    this.#touch(EVERYTHING);
  }

  removeNamespace(name: string): void {
    if (this.#namespaces.delete(name)) this.#touch(EVERYTHING);
  }

  /** The Service of a key `namespace/name`. */
  service(key: string): Service | undefined {
    return this.#entries.get(key)?.service;
  }

  serviceImport(key: string): ServiceImport | undefined {
    return this.#entries.get(key)?.serviceImport;
  }

  /** Ready endpoints of a Service, sorted by address. */
  endpoints(key: string): readonly ZoneEndpoint[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    entry.endpoints ??= zoneEndpoints(entry.slices.values(), () => undefined);
    return entry.endpoints;
  }

  /** Ready endpoints of an import, over all source clusters. */
  importedEndpoints(key: string): readonly ZoneEndpoint[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    entry.importedEndpoints ??= zoneEndpoints(
      entry.importedSlices.values(),
      (slice) => slice.metadata.labels?.[SOURCE_CLUSTER_LABEL],
    );
    return entry.importedEndpoints;
  }

  /** Keys of Services with that ClusterIP, sorted; and of Services with an endpoint of that address. */
  serviceKeysOfClusterIp(address: string): readonly string[] {
    return [...(this.#clusterIPs.get(address) ?? [])].sort();
  }

  serviceKeysOfEndpoint(address: string): readonly string[] {
    return [...(this.#endpointIPs.get(address) ?? [])].sort();
  }

  putService(service: Service): void {
    this.#changeService(objectKey(service.metadata), service);
  }

  removeService(service: Service): void {
    this.#changeService(objectKey(service.metadata), undefined);
  }

  putServiceImport(serviceImport: ServiceImport): void {
    const key = objectKey(serviceImport.metadata);
    this.#entry(key).serviceImport = serviceImport;
    this.#touch(key);
  }

  removeServiceImport(serviceImport: ServiceImport): void {
    const key = objectKey(serviceImport.metadata);
    delete this.#entry(key).serviceImport;
    this.#prune(key);
    this.#touch(key);
  }

  putEndpointSlice(slice: EndpointSlice): void {
    const key = objectKey(slice.metadata);
    const before = this.#slices.get(key);
    if (before !== undefined) this.#detach(key, before);
    this.#slices.set(key, slice);
    const owner = ownerKey(slice, SERVICE_LABEL);
    if (owner !== undefined) {
      const entry = this.#entry(owner);
      entry.slices.set(key, slice);
      this.#endpointsChanged(owner, [before, slice]);
    }
    const importOwner = ownerKey(slice, IMPORT_LABEL);
    if (importOwner !== undefined) {
      const entry = this.#entry(importOwner);
      entry.importedSlices.set(key, slice);
      delete entry.importedEndpoints;
      this.#touch(importOwner);
    }
  }

  removeEndpointSlice(slice: EndpointSlice): void {
    const key = objectKey(slice.metadata);
    const before = this.#slices.get(key);
    if (before === undefined) return;
    this.#slices.delete(key);
    this.#detach(key, before);
  }

  /** Calls `observer` with the key of each touched entry, `ip:<address>` for reverse names, or {@link EVERYTHING}. */
  observe(observer: (token: string) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  #changeService(key: string, service: Service | undefined): void {
    const entry = this.#entry(key);
    const before = entry.service === undefined ? [] : canonical(clusterIPsOf(entry.service));
    const after = service === undefined ? [] : canonical(clusterIPsOf(service));
    if (service === undefined) delete entry.service;
    else entry.service = service;
    for (const address of before) this.#unlink(this.#clusterIPs, address, key);
    for (const address of after) this.#link(this.#clusterIPs, address, key);
    this.#prune(key);
    this.#touch(key);
    for (const address of new Set([...before, ...after])) this.#touch(`ip:${address}`);
  }

  /** Forgets a slice where its labels had put it. */
  #detach(key: string, slice: EndpointSlice): void {
    const owner = ownerKey(slice, SERVICE_LABEL);
    if (owner !== undefined && this.#entry(owner).slices.delete(key)) this.#endpointsChanged(owner, [slice]);
    const importOwner = ownerKey(slice, IMPORT_LABEL);
    if (importOwner === undefined) return;
    const entry = this.#entry(importOwner);
    entry.importedSlices.delete(key);
    delete entry.importedEndpoints;
    this.#prune(importOwner);
    this.#touch(importOwner);
  }

  #endpointsChanged(owner: string, slices: readonly (EndpointSlice | undefined)[]): void {
    const entry = this.#entry(owner);
    delete entry.endpoints;
    const addresses = new Set<string>();
    for (const slice of slices)
      for (const endpoint of slice?.endpoints ?? [])
        for (const one of canonical(endpoint.addresses)) addresses.add(one);
    const present = new Set(this.endpoints(owner).map((endpoint) => endpoint.address));
    for (const address of addresses) {
      if (present.has(address)) this.#link(this.#endpointIPs, address, owner);
      else this.#unlink(this.#endpointIPs, address, owner);
      this.#touch(`ip:${address}`);
    }
    this.#prune(owner);
    this.#touch(owner);
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { slices: new Map(), importedSlices: new Map() };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #prune(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.service !== undefined || entry.serviceImport !== undefined) return;
    if (entry.slices.size === 0 && entry.importedSlices.size === 0) this.#entries.delete(key);
  }

  #link(index: Map<string, Set<string>>, address: string, key: string): void {
    const keys = index.get(address);
    if (keys === undefined) index.set(address, new Set([key]));
    else keys.add(key);
  }

  #unlink(index: Map<string, Set<string>>, address: string, key: string): void {
    const keys = index.get(address);
    if (keys?.delete(key) && keys.size === 0) index.delete(address);
  }

  #touch(token: string): void {
    this.#changedMs = this.options.nowMs();
    for (const observer of this.#observers) observer(token);
  }
}

function ownerKey(slice: EndpointSlice, label: string): string | undefined {
  const name = slice.metadata.labels?.[label];
  return name === undefined ? undefined : `${slice.metadata.namespace ?? ""}/${name}`;
}

function canonical(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => canonicalIp(address) ?? []);
}
