import type { EndpointSlice, ServiceImport } from "../../../api/index.ts";
import { NO_PORT, plainAddress, portsOf, type ZonePort } from "../kubernetes/zone-endpoint.ts";
import { SmoothRotation } from "./smooth-rotation.ts";

/** One address of an exported Service, as Lighthouse answers it. */
export type LighthouseRecord = {
  readonly address: string;
  readonly ports: readonly LighthousePort[];
  /** An endpoint's own label, of headless Services: its hostname, else its pod's name. */
  readonly host: string;
  /** The cluster it is in; absent where the address is the whole cluster set's. */
  readonly cluster?: string;
};
export type LighthousePort = ZonePort & { readonly appProtocol: string };

/** What one cluster contributes; `healthy` is asked of ClusterIP Services only. */
type Source = { readonly healthy: boolean; readonly records: readonly LighthouseRecord[] };

/** An exported Service, all its clusters put together. */
export type ExportedService = {
  readonly isHeadless: boolean;
  /** The address and ports of the cluster set, where it was given one. */
  readonly clusterSet: LighthouseRecord | undefined;
  /** By the cluster's name, in its order. */
  readonly sources: ReadonlyMap<string, Source>;
  /** What all clusters have in common. */
  readonly ports: readonly LighthousePort[];
  readonly rotation: SmoothRotation;
};

const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
const LIGHTHOUSE_AGENT = "lighthouse-agent.submariner.io";
const SOURCE_CLUSTER_LABEL = "multicluster.kubernetes.io/source-cluster";
const GLOBALNET_ANNOTATION = "lighthouse.submariner.io/globalnet-enabled";
const NOT_READY_ANNOTATION = "lighthouse.submariner.io/publish-not-ready-addresses";

/** Puts an import and the slices of Lighthouse's agents that stand behind it together. */
export function exportedService(
  imported: ServiceImport,
  slices: readonly EndpointSlice[],
  local: { readonly cluster: string; readonly slices: readonly EndpointSlice[] },
): ExportedService {
  const { type, ips = [], ports } = imported.spec;
  const isHeadless = type === "Headless";
  const byCluster = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const labels = slice.metadata.labels ?? {};
    const cluster = labels[SOURCE_CLUSTER_LABEL];
    if (labels[MANAGED_BY_LABEL] !== LIGHTHOUSE_AGENT || cluster === undefined) continue;
    const known = byCluster.get(cluster);
    if (known === undefined) byCluster.set(cluster, [slice]);
    else known.push(slice);
  }
  const sources = new Map<string, Source>();
  for (const cluster of [...byCluster.keys()].sort()) {
    const own = byCluster.get(cluster) as readonly EndpointSlice[];
    const source = isHeadless
      ? { healthy: true, records: endpointRecords(atHome(own, cluster, local), cluster) }
      : serviceSource(own, cluster);
    if (source !== undefined) sources.set(cluster, source);
  }
  const [address] = ips;
  return {
    isHeadless,
    clusterSet: address === undefined ? undefined : { address, ports: portsWithProtocol(ports), host: "" },
    sources,
    ports: isHeadless ? [] : commonPorts([...sources.values()]),
    rotation: new SmoothRotation([...sources.keys()]),
  };
}

/** Globalnet's addresses of pods do not lead back to them from their own cluster, which is told the pods' own. */
function atHome(
  told: readonly EndpointSlice[],
  cluster: string,
  local: { readonly cluster: string; readonly slices: readonly EndpointSlice[] },
): readonly EndpointSlice[] {
  const isGlobal = told[0]?.metadata.annotations?.[GLOBALNET_ANNOTATION] === "true";
  return isGlobal && cluster === local.cluster ? local.slices : told;
}

/** A slice of a ClusterIP Service holds the Service's own address; that it is ready means that the Service has a ready endpoint. */
function serviceSource([slice]: readonly EndpointSlice[], cluster: string): Source | undefined {
  const endpoint = slice?.endpoints?.[0];
  const address = endpoint?.addresses[0];
  if (slice === undefined || endpoint === undefined || address === undefined) return undefined;
  const record = { address, ports: portsWithProtocol(slice.ports ?? []), host: "", cluster };
  return { healthy: endpoint.conditions?.ready !== false, records: [record] };
}

function endpointRecords(slices: readonly EndpointSlice[], cluster: string): readonly LighthouseRecord[] {
  const records = new Map<string, LighthouseRecord>();
  for (const { metadata, endpoints, ports: declared } of slices) {
    const ports = portsWithProtocol(declared ?? []);
    const publishesAll = metadata.annotations?.[NOT_READY_ANNOTATION] === "true";
    for (const { addresses, conditions, hostname = "", targetRef } of endpoints ?? []) {
      if (conditions?.ready === false && !publishesAll) continue;
      const pod = targetRef?.kind?.toLowerCase() === "pod" ? (targetRef.name ?? "") : "";
      for (const text of addresses) {
        const address = plainAddress(text);
        if (address === undefined || records.has(address)) continue;
        records.set(address, { address, ports, host: hostname === "" ? pod : hostname, cluster });
      }
    }
  }
  return [...records.values()];
}

function portsWithProtocol(
  ports: readonly {
    readonly name?: string;
    readonly protocol?: string;
    readonly port?: number;
    readonly appProtocol?: string;
  }[],
): readonly LighthousePort[] {
  return portsOf(ports).flatMap((port, index) =>
    port.port === NO_PORT ? [] : [{ ...port, appProtocol: ports[index]?.appProtocol ?? "" }],
  );
}

/** The ports every cluster has, equal in name, protocol, number and application protocol (upstream's `mergePorts`). */
function commonPorts([first, ...others]: readonly Source[]): readonly LighthousePort[] {
  const portsOfSource = (source: Source | undefined): readonly LighthousePort[] => source?.records[0]?.ports ?? [];
  return portsOfSource(first).filter((port) =>
    others.every((other) => portsOfSource(other).some((candidate) => portKey(candidate) === portKey(port))),
  );
}

function portKey({ name, protocol, port, appProtocol }: LighthousePort): string {
  return `${name}:${protocol}:${port}:${appProtocol}`;
}
