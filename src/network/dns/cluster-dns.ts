import { EndpointSlice, Namespace, Service, ServiceImport } from "../../api/index.ts";
import type { Kind, KubeObject, ObjectOf } from "../../apimachinery/index.ts";
import type { InformerFactory } from "../../client/index.ts";
import type { Clock } from "../../sim/index.ts";
import { type DnsMessage, dnsQuery } from "./message.ts";
import { ask, createResponder, type DnsResponder } from "./responder.ts";
import { DnsZone, type Upstream, type ZonePart } from "./zone.ts";

export type ClusterDnsOptions = {
  /** Watches as the DNS server's own user: what it may not list, it does not know. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  /** The address clients ask. */
  readonly nameserver: string;
  /** `cluster.local` when absent. */
  readonly clusterDomain?: string | undefined;
  /** `clusterset.local` when absent; `false` switches the multicluster plugin off. */
  readonly clustersetDomain?: string | false | undefined;
  /** 30 when absent, as in kubeadm's Corefile. */
  readonly ttlSeconds?: number | undefined;
  readonly upstream?: Upstream | undefined;
};

/** The DNS server of one cluster. */
export interface ClusterDns {
  readonly zone: DnsZone;
  /** Answers one packet, as a socket delivers it; `undefined` when nothing must be sent back. */
  readonly query: DnsResponder;
  /** Answers one question, names relative or absolute taken as absolute. */
  resolve(name: string, type: string): DnsMessage;
  stop(): void;
}

const CLUSTERSET_TTL_SECONDS = 5;

/** Starts a cluster's DNS server: its zone follows the cluster's objects, change by change. */
export function startDns(options: ClusterDnsOptions): ClusterDns {
  const clustersetDomain =
    options.clustersetDomain === false ? undefined : (options.clustersetDomain ?? "clusterset.local");
  const zone = new DnsZone({
    clusterDomain: options.clusterDomain ?? "cluster.local",
    clustersetDomain,
    clusterTtlSeconds: options.ttlSeconds ?? 30,
    clustersetTtlSeconds: CLUSTERSET_TTL_SECONDS,
    nameserver: options.nameserver,
    upstream: options.upstream,
    nowMs: () => options.clock.nowMs(),
  });
  const stops = follow(zone, options, clustersetDomain !== undefined);
  const query = createResponder(zone);
  return {
    zone,
    query,
    resolve: (name, type) => {
      const asked = dnsQuery({ name: name.endsWith(".") ? name : `${name}.`, type });
      return ask(query, asked) ?? asked;
    },
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

function follow(zone: DnsZone, options: ClusterDnsOptions, multicluster: boolean): readonly (() => void)[] {
  const { informers } = options;
  const stops = [
    handle(informers, Namespace, {
      put: (namespace) => zone.putNamespace(namespace.metadata.name),
      remove: (namespace) => zone.removeNamespace(namespace.metadata.name),
    }),
    handle(informers, Service, { put: (one) => zone.putService(one), remove: (one) => zone.removeService(one) }),
    handle(informers, EndpointSlice, {
      put: (slice) => zone.putEndpointSlice(slice),
      remove: (slice) => zone.removeEndpointSlice(slice),
    }),
    followSync(zone, "cluster", informers, [Namespace, Service, EndpointSlice]),
  ];
  if (!multicluster) return stops;
  // A cluster without the CRD, or without the right to list it, is tried again; meanwhile clusterset names give SERVFAIL.
  const imports = handle(informers, ServiceImport, {
    put: (one) => zone.putServiceImport(one),
    remove: (one) => zone.removeServiceImport(one),
  });
  const synced = followSync(zone, "clusterset", informers, [ServiceImport, Namespace, EndpointSlice]);
  return [...stops, imports, synced];
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

function followSync(
  zone: DnsZone,
  part: ZonePart,
  informers: InformerFactory,
  kinds: readonly Kind<KubeObject>[],
): () => void {
  const watched = kinds.map((kind) => informers.of(kind));
  const look = (): void =>
    zone.setSynced(
      part,
      watched.every((informer) => informer.hasSynced),
    );
  const stops = watched.map((informer) => informer.onState(look));
  look();
  return () => {
    for (const stop of stops) stop();
  };
}
