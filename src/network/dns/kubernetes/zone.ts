import { clusterIPsOf } from "../../../algorithms/index.ts";
import type { EndpointSlice, Pod, Service, ServiceImport } from "../../../api/index.ts";
import { objectKey } from "../../../apimachinery/index.ts";
import { deepEqual, stableJson } from "../../../std/index.ts";
import { changesInside, changesOutside, externalAddresses } from "./service-changes.ts";
import { plainAddress, type ZoneEndpoint, zoneEndpoints } from "./zone-endpoint.ts";

/** Everything known under one `namespace/name`, whichever objects it comes from. */
type Entry = {
  service?: Service;
  serviceImport?: ServiceImport;
  readonly slices: Map<string, EndpointSlice>;
  readonly importedSlices: Map<string, EndpointSlice>;
  endpoints?: readonly ZoneEndpoint[];
  importedEndpoints?: readonly ZoneEndpoint[];
};

/** What must have been listed before its absence means anything. */
export type ZonePart = "cluster" | "clusterset" | "imports" | "pods";

/** Whether a part's objects have been listed: not yet answered, refused (and tried again), or listed. */
export type PartState = "pending" | "refused" | "synced";

/** The token of {@link DnsZone.observe} that stands for everything. */
export const EVERYTHING = "*";

type Labels = Readonly<Record<string, string>>;
/** A pod that has addresses. */
type ZonePod = { readonly addresses: readonly string[]; readonly labels: Labels };
export type SelectsLabels = (labels: Labels) => boolean;
const NO_LABELS: Labels = {};

const SERVICE_LABEL = "kubernetes.io/service-name";
const IMPORT_LABEL = "multicluster.kubernetes.io/service-name";
const SOURCE_CLUSTER_LABEL = "multicluster.kubernetes.io/source-cluster";

/**
 * What the DNS servers of a cluster know of it, kept up to date object by object: a change touches the entry of its Service and
 * nothing else. Observers hear which entries were touched, so that ready-made answers can be dropped one by one. Shared by all
 * servers of the cluster; what each makes of it is its own configuration's affair.
 */
export class DnsZone {
  readonly #nowMs: () => number;
  readonly #namespaces = new Map<string, Labels>();
  readonly #entries = new Map<string, Entry>();
  readonly #clusterIPs = new Map<string, Set<string>>();
  /** By address or name outside the cluster. */
  readonly #externalIPs = new Map<string, Set<string>>();
  readonly #endpointIPs = new Map<string, Set<string>>();
  /** Addresses of slices that belong to no Service, and which those are. */
  readonly #strayIPs = new Map<string, Set<string>>();
  readonly #podIPs = new Map<string, Set<string>>();
  readonly #pods = new Map<string, ZonePod>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #states = new Map<ZonePart, PartState>();
  readonly #observers = new Set<(token: string) => unknown>();
  #changedMs: number;
  #changedOutsideMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#changedMs = nowMs();
  }

  /** Unix seconds of the last change of what is answered: the SOA's serial. */
  get serial(): number {
    return Math.floor(this.#changedMs / 1000) >>> 0;
  }

  /** Unix seconds of the last time a Service was changed in what is seen of it outside; 0 before. */
  get externalSerial(): number {
    return Math.floor(this.#changedOutsideMs / 1000) >>> 0;
  }

  /** Until a part is synced, nobody can tell that something is missing from it. */
  isSynced(part: ZonePart): boolean {
    return this.state(part) === "synced";
  }

  state(part: ZonePart): PartState {
    return this.#states.get(part) ?? "pending";
  }

  setState(part: ZonePart, state: PartState): void {
    if (this.state(part) === state) return;
    this.#states.set(part, state);
    this.#notify(EVERYTHING);
  }

  /** The labels of a namespace; `undefined` when there is none of that name. */
  namespaceLabels(name: string): Labels | undefined {
    return this.#namespaces.get(name);
  }

  putNamespace(name: string, labels: Labels = NO_LABELS): void {
    const before = this.#namespaces.get(name);
    if (before !== undefined && stableJson(before) === stableJson(labels)) return;
    this.#namespaces.set(name, labels);
    this.#notify(EVERYTHING);
  }

  removeNamespace(name: string): void {
    if (this.#namespaces.delete(name)) this.#notify(EVERYTHING);
  }

  /** The Service of a key `namespace/name`. */
  service(key: string): Service | undefined {
    return this.#entries.get(key)?.service;
  }

  serviceImport(key: string): ServiceImport | undefined {
    return this.#entries.get(key)?.serviceImport;
  }

  /** Ready endpoints of a Service, slice by slice; of those slices only whose labels are selected. */
  endpoints(key: string, selects?: SelectsLabels): readonly ZoneEndpoint[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    if (selects !== undefined) return zoneEndpoints(ordered(entry.slices, selects), () => undefined);
    entry.endpoints ??= zoneEndpoints(ordered(entry.slices), () => undefined);
    return entry.endpoints;
  }

  /** Ready endpoints of an import, over all source clusters. */
  importedEndpoints(key: string, selects?: SelectsLabels): readonly ZoneEndpoint[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    if (selects !== undefined) return zoneEndpoints(ordered(entry.importedSlices, selects), sourceCluster);
    entry.importedEndpoints ??= zoneEndpoints(ordered(entry.importedSlices), sourceCluster);
    return entry.importedEndpoints;
  }

  /** The slices of a Service as they are, by name. */
  serviceSlices(key: string): readonly EndpointSlice[] {
    const entry = this.#entries.get(key);
    return entry === undefined ? [] : ordered(entry.slices);
  }

  /** The slices of an import as they are, of all source clusters, by name. */
  importedSlices(key: string): readonly EndpointSlice[] {
    const entry = this.#entries.get(key);
    return entry === undefined ? [] : ordered(entry.importedSlices);
  }

  /** Keys of Services somebody outside reaches at that address, sorted. */
  serviceKeysOfExternalIp(address: string): readonly string[] {
    return [...(this.#externalIPs.get(address) ?? [])].sort();
  }

  /** Keys of Services with that ClusterIP, sorted; and of Services with an endpoint of that address. */
  serviceKeysOfClusterIp(address: string): readonly string[] {
    return [...(this.#clusterIPs.get(address) ?? [])].sort();
  }

  serviceKeysOfEndpoint(address: string): readonly string[] {
    return [...(this.#endpointIPs.get(address) ?? [])].sort();
  }

  /** Keys of slices without a Service's name that hold the address. */
  straySlices(address: string): readonly string[] {
    return [...(this.#strayIPs.get(address) ?? [])];
  }

  /** Keys of pods with that address, sorted; of those only whose labels are selected. */
  podKeysOfAddress(address: string, selects?: SelectsLabels): readonly string[] {
    const keys = [...(this.#podIPs.get(address) ?? [])].sort();
    return selects === undefined ? keys : keys.filter((key) => selects(this.#pods.get(key)?.labels ?? NO_LABELS));
  }

  /** Keys of all Services and imports, sorted. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  putPod(pod: Pod): void {
    const { podIP = "", podIPs = [] } = pod.status ?? {};
    const addresses = canonical([podIP, ...podIPs.map(({ ip }) => ip ?? "")]);
    const after = { addresses: [...new Set(addresses)], labels: pod.metadata.labels ?? NO_LABELS };
    this.#changePod(objectKey(pod.metadata), isOver(pod) || addresses.length === 0 ? undefined : after);
  }

  removePod(pod: Pod): void {
    this.#changePod(objectKey(pod.metadata), undefined);
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
    let before = this.#slices.get(key);
    // A slice that stays where it was is exchanged in one step.
    if (before !== undefined && !isOfSameOwners(before, slice)) {
      this.#detach(key, before);
      before = undefined;
    }
    this.#slices.set(key, slice);
    const owner = ownerKey(slice, SERVICE_LABEL);
    if (owner === undefined) this.#noteStrays(key, slice, true);
    else {
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

  /** Calls `observer` with the key of each touched entry, `ip:<address>` for reverse names, `pod:<address>`, or {@link EVERYTHING}. */
  observe(observer: (token: string) => unknown): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  #changePod(key: string, after: ZonePod | undefined): void {
    const before = this.#pods.get(key);
    if (deepEqual(before, after)) return;
    for (const address of before?.addresses ?? []) this.#unlink(this.#podIPs, address, key);
    for (const address of after?.addresses ?? []) this.#link(this.#podIPs, address, key);
    if (after === undefined) this.#pods.delete(key);
    else this.#pods.set(key, after);
    for (const address of new Set([...(before?.addresses ?? []), ...(after?.addresses ?? [])]))
      this.#touch(`pod:${address}`);
  }

  #changeService(key: string, service: Service | undefined): void {
    const entry = this.#entry(key);
    const before = entry.service === undefined ? [] : canonical(clusterIPsOf(entry.service));
    const after = service === undefined ? [] : canonical(clusterIPsOf(service));
    if (changesInside(entry.service, service)) this.#changedMs = this.#nowMs();
    if (changesOutside(entry.service, service)) this.#changedOutsideMs = this.#nowMs();
    for (const address of externalAddresses(entry.service)) this.#unlink(this.#externalIPs, address, key);
    for (const address of externalAddresses(service)) this.#link(this.#externalIPs, address, key);
    if (service === undefined) delete entry.service;
    else entry.service = service;
    for (const address of before) this.#unlink(this.#clusterIPs, address, key);
    for (const address of after) this.#link(this.#clusterIPs, address, key);
    this.#prune(key);
    this.#notify(key);
    for (const address of new Set([...before, ...after])) this.#notify(`ip:${address}`);
  }

  /** Forgets a slice where its labels had put it. */
  #detach(key: string, slice: EndpointSlice): void {
    const owner = ownerKey(slice, SERVICE_LABEL);
    if (owner === undefined) this.#noteStrays(key, slice, false);
    else if (this.#entry(owner).slices.delete(key)) this.#endpointsChanged(owner, [slice]);
    const importOwner = ownerKey(slice, IMPORT_LABEL);
    if (importOwner === undefined) return;
    const entry = this.#entry(importOwner);
    entry.importedSlices.delete(key);
    delete entry.importedEndpoints;
    this.#prune(importOwner);
    this.#touch(importOwner);
  }

  #noteStrays(key: string, slice: EndpointSlice, isThere: boolean): void {
    for (const { address } of zoneEndpoints([slice], () => undefined)) {
      if (isThere) this.#link(this.#strayIPs, address, key);
      else this.#unlink(this.#strayIPs, address, key);
      this.#touch(`ip:${address}`);
    }
  }

  /** Only names of addresses that came, went or are called otherwise are touched; endpoints are put together when asked for. */
  #endpointsChanged(owner: string, [before, after]: readonly (EndpointSlice | undefined)[]): void {
    const entry = this.#entry(owner);
    delete entry.endpoints;
    const [old, now] = [calledBy(before), calledBy(after)];
    for (const [address, called] of now) if (old.get(address) !== called) this.#addressChanged(owner, address);
    for (const address of old.keys()) if (!now.has(address)) this.#addressChanged(owner, address);
    this.#prune(owner);
    if (deepEqual(before?.ports, after?.ports)) this.#notify(owner);
    else this.#touch(owner);
  }

  #addressChanged(owner: string, text: string): void {
    const address = plainAddress(text);
    if (address === undefined) return;
    const slices = this.#entries.get(owner)?.slices.values() ?? [];
    if ([...slices].some((slice) => holdsReady(slice, address))) this.#link(this.#endpointIPs, address, owner);
    else this.#unlink(this.#endpointIPs, address, owner);
    this.#touch(`ip:${address}`);
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
    this.#changedMs = this.#nowMs();
    this.#notify(token);
  }

  #notify(token: string): void {
    for (const observer of this.#observers) observer(token);
  }
}

/** Slices by name: a server must not tell in which order they came. */
function ordered(slices: ReadonlyMap<string, EndpointSlice>, selects?: SelectsLabels): readonly EndpointSlice[] {
  const all = slices.size < 2 ? [...slices.values()] : [...slices].sort(byKey).map(([, slice]) => slice);
  return selects === undefined ? all : all.filter(({ metadata }) => selects(metadata.labels ?? NO_LABELS));
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function sourceCluster(slice: EndpointSlice): string | undefined {
  return slice.metadata.labels?.[SOURCE_CLUSTER_LABEL];
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** The addresses of a slice as they are spelled, each with what its names are made of. */
function calledBy(slice: EndpointSlice | undefined): ReadonlyMap<string, string> {
  const called = new Map<string, string>();
  for (const { addresses, conditions, hostname, targetRef } of slice?.endpoints ?? [])
    for (const address of addresses)
      called.set(address, `${conditions?.ready !== false} ${hostname ?? ""} ${targetRef?.name ?? ""}`);
  return called;
}

function holdsReady(slice: EndpointSlice, address: string): boolean {
  return (slice.endpoints ?? []).some(
    ({ addresses, conditions }) =>
      conditions?.ready !== false && addresses.some((one) => one === address || plainAddress(one) === address),
  );
}

function isOfSameOwners(before: EndpointSlice, after: EndpointSlice): boolean {
  const owner = ownerKey(before, SERVICE_LABEL);
  if (owner === undefined || owner !== ownerKey(after, SERVICE_LABEL)) return false;
  return ownerKey(before, IMPORT_LABEL) === ownerKey(after, IMPORT_LABEL);
}

function ownerKey(slice: EndpointSlice, label: string): string | undefined {
  const name = slice.metadata.labels?.[label];
  return name === undefined ? undefined : `${slice.metadata.namespace ?? ""}/${name}`;
}

function canonical(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => plainAddress(address) ?? []);
}
