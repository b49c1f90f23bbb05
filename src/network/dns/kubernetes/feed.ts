import { EndpointSlice, Namespace, Pod, Service, ServiceImport } from "../../../api/index.ts";
import type { Kind, KubeObject } from "../../../apimachinery/index.ts";
import type { InformerFactory } from "../../../client/index.ts";
import type { Clock } from "../../../sim/index.ts";
import type { ListedKind } from "../server/plugin.ts";
import { DnsZone, EVERYTHING, type PartState, type ZonePart } from "./zone.ts";

/** What the API server tells the DNS servers of a cluster: one set of watches for all of them, as their user may list. */
export interface ClusterFeed {
  readonly zone: DnsZone;
  /** Begins to watch a kind, if nobody has asked for it before. */
  watch(kind: ListedKind): void;
  /** Why the last list of a kind failed. */
  failure(kind: ListedKind): string | undefined;
  /** Calls `observer` with the kind whose lists begin or cease to fail; until the returned function is called. */
  onFailure(observer: (kind: ListedKind) => void): () => void;
  /** Calls `observer` with all that is known, and with every change; until the returned function is called. */
  follow(observer: (change: DnsChange) => void): () => void;
  stop(): void;
}

/** A change of what DNS knows: of an object, or of how far a part has been listed. */
export type DnsChange =
  | { readonly kind: ListedKind; readonly object: KubeObject; readonly isGone: boolean }
  | { readonly part: ZonePart; readonly state: PartState };

const KINDS: Readonly<Record<ListedKind, Kind<KubeObject>>> = { Namespace, Service, EndpointSlice, Pod, ServiceImport };
/** What a part is made of. */
const PARTS: Readonly<Record<ZonePart, readonly ListedKind[]>> = {
  cluster: ["Namespace", "Service", "EndpointSlice"],
  clusterset: ["ServiceImport", "Namespace", "EndpointSlice"],
  imports: ["ServiceImport", "EndpointSlice"],
  pods: ["Pod"],
};

/** Starts to follow a cluster's objects, change by change: those of `first` at once (Services and their endpoints when absent). */
export function startFeed(options: {
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly first?: readonly ListedKind[];
}): ClusterFeed {
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
    const stops = [
      handle(informers, kind, (change) => applyChange(zone, change)),
      informers.of(KINDS[kind]).onState(() => look(kind)),
    ];
    watched.set(kind, () => {
      for (const stop of stops) stop();
    });
    look(kind);
  };
  for (const kind of options.first ?? PARTS.cluster) watch(kind);
  return {
    zone,
    watch,
    failure: (kind) => failures.get(kind),
    onFailure: (observer) => {
      observers.add(observer);
      return () => observers.delete(observer);
    },
    follow: (observer) => {
      const stops = [...watched.keys()].map((kind) => handle(informers, kind, observer));
      stops.push(zone.observe((token) => token === EVERYTHING && tellStates(zone, observer)));
      tellStates(zone, observer);
      return () => {
        for (const stop of stops) stop();
      };
    },
    stop: () => {
      for (const stop of watched.values()) stop();
    },
  };
}

function tellStates(zone: DnsZone, observer: (change: DnsChange) => void): void {
  for (const part of Object.keys(PARTS) as ZonePart[]) observer({ part, state: zone.state(part) });
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

/** Takes a change of the cluster in. */
export function applyChange(zone: DnsZone, change: DnsChange): void {
  if ("part" in change) {
    zone.setState(change.part, change.state);
    return;
  }
  const { object, isGone } = change;
  switch (change.kind) {
    case "Namespace":
      if (isGone) zone.removeNamespace(object.metadata.name);
      else zone.putNamespace(object.metadata.name, object.metadata.labels);
      return;
    case "Service":
      if (isGone) zone.removeService(object as Service);
      else zone.putService(object as Service);
      return;
    case "EndpointSlice":
      if (isGone) zone.removeEndpointSlice(object as EndpointSlice);
      else zone.putEndpointSlice(object as EndpointSlice);
      return;
    case "Pod":
      if (isGone) zone.removePod(object as Pod);
      else zone.putPod(object as Pod);
      return;
    case "ServiceImport":
      if (isGone) zone.removeServiceImport(object as ServiceImport);
      else zone.putServiceImport(object as ServiceImport);
  }
}

function handle(informers: InformerFactory, kind: ListedKind, take: (change: DnsChange) => void): () => void {
  return informers
    .of(KINDS[kind])
    .addHandler(({ object, after }) => take({ kind, object: after ?? object, isGone: after === undefined }));
}
