import { EndpointSlice, Namespace, Pod, Service, ServiceImport } from "../../../api/index.ts";
import type { Kind, KubeObject, ObjectOf } from "../../../apimachinery/index.ts";
import type { InformerFactory } from "../../../client/index.ts";
import type { Clock } from "../../../sim/index.ts";
import type { ListedKind } from "../server/plugin.ts";
import { DnsZone, type PartState, type ZonePart } from "./zone.ts";

/** What the API server tells the DNS servers of a cluster: one set of watches for all of them, as their user may list. */
export interface ClusterFeed {
  readonly zone: DnsZone;
  /** Begins to watch a kind, if nobody has asked for it before. */
  watch(kind: ListedKind): void;
  /** Why the last list of a kind failed. */
  failure(kind: ListedKind): string | undefined;
  /** Calls `observer` with the kind whose lists begin or cease to fail; until the returned function is called. */
  onFailure(observer: (kind: ListedKind) => void): () => void;
  stop(): void;
}

const KINDS: Readonly<Record<ListedKind, Kind<KubeObject>>> = { Namespace, Service, EndpointSlice, Pod, ServiceImport };
/** What a part is made of. */
const PARTS: Readonly<Record<ZonePart, readonly ListedKind[]>> = {
  cluster: ["Namespace", "Service", "EndpointSlice"],
  clusterset: ["ServiceImport", "Namespace", "EndpointSlice"],
  pods: ["Pod"],
};

/** Starts to follow a cluster's objects, change by change. */
export function startFeed(options: { readonly informers: InformerFactory; readonly clock: Clock }): ClusterFeed {
  const { informers } = options;
  const zone = new DnsZone(() => options.clock.nowMs());
  const watched = new Map<ListedKind, () => void>();
  const failures = new Map<ListedKind, string>();
  const observers = new Set<(kind: ListedKind) => void>();
  const look = (kind: ListedKind): void => {
    for (const part of Object.keys(PARTS) as ZonePart[])
      if (PARTS[part].includes(kind)) zone.setState(part, stateOf(PARTS[part], informers, watched));
    const failure = informers.of(KINDS[kind]).failure?.message;
    if (failure === failures.get(kind)) return;
    if (failure === undefined) failures.delete(kind);
    else failures.set(kind, failure);
    for (const observer of observers) observer(kind);
  };
  const watch = (kind: ListedKind): void => {
    if (watched.has(kind)) return;
    watched.set(kind, () => {});
    const stops = [follow(zone, informers, kind), informers.of(KINDS[kind]).onState(() => look(kind))];
    watched.set(kind, () => {
      for (const stop of stops) stop();
    });
    look(kind);
  };
  for (const kind of PARTS.cluster) watch(kind);
  return {
    zone,
    watch,
    failure: (kind) => failures.get(kind),
    onFailure: (observer) => {
      observers.add(observer);
      return () => observers.delete(observer);
    },
    stop: () => {
      for (const stop of watched.values()) stop();
    },
  };
}

function stateOf(
  kinds: readonly ListedKind[],
  informers: InformerFactory,
  watched: ReadonlyMap<ListedKind, unknown>,
): PartState {
  if (!kinds.every((kind) => watched.has(kind))) return "pending";
  const states = kinds.map((kind) => informers.of(KINDS[kind]).state);
  if (states.every((state) => state === "synced")) return "synced";
  return states.includes("unavailable") ? "refused" : "pending";
}

function follow(zone: DnsZone, informers: InformerFactory, kind: ListedKind): () => void {
  switch (kind) {
    case "Namespace":
      return handle(informers, Namespace, {
        put: ({ metadata }) => zone.putNamespace(metadata.name, metadata.labels),
        remove: ({ metadata }) => zone.removeNamespace(metadata.name),
      });
    case "Service":
      return handle(informers, Service, {
        put: (service) => zone.putService(service),
        remove: (service) => zone.removeService(service),
      });
    case "EndpointSlice":
      return handle(informers, EndpointSlice, {
        put: (slice) => zone.putEndpointSlice(slice),
        remove: (slice) => zone.removeEndpointSlice(slice),
      });
    case "Pod":
      return handle(informers, Pod, { put: (pod) => zone.putPod(pod), remove: (pod) => zone.removePod(pod) });
    case "ServiceImport":
      return handle(informers, ServiceImport, {
        put: (one) => zone.putServiceImport(one),
        remove: (one) => zone.removeServiceImport(one),
      });
  }
}

function handle<K extends Kind<KubeObject>>(
  informers: InformerFactory,
  kind: K,
  to: { readonly put: (object: ObjectOf<K>) => void; readonly remove: (object: ObjectOf<K>) => void },
): () => void {
  return informers.of(kind).addHandler((change) => {
    if (change.after === undefined) to.remove(change.object);
    else to.put(change.after);
  });
}
