import { EndpointSlice, ServiceImport } from "../../api/index.ts";
import { apiVersionOf } from "../../apimachinery/index.ts";
import { fnv1a32 } from "../../std/index.ts";
import type { ServiceSet, ValidExport } from "./exports.ts";
import { freeAddress } from "./free-address.ts";
import { LIGHTHOUSE_AGENT, lighthouseAnnotations, lighthouseLabels } from "./markers.ts";

export type ServiceName = { readonly namespace: string; readonly name: string };

/** The import every cluster gets of a Service that is exported somewhere; `ip` is its address in the cluster set, where it has one. */
export function aggregatedImport(
  { namespace, name }: ServiceName,
  set: ServiceSet,
  ip: string | undefined,
): ServiceImport {
  const { oldest, portsUnion } = set;
  const { sessionAffinity = "None", sessionAffinityConfig } = oldest.service.spec;
  return {
    apiVersion: apiVersionOf(ServiceImport),
    kind: ServiceImport.kind,
    metadata: {
      name,
      namespace,
      annotations: {
        [lighthouseAnnotations.useClusterSetIP]: String(oldest.wantsClusterSetIP),
        ...(ip === undefined ? {} : { [lighthouseAnnotations.clusterSetIPAllocatedBy]: oldest.cluster }),
      },
    },
    spec: {
      type: oldest.type,
      ports: portsUnion,
      sessionAffinity,
      ...(sessionAffinityConfig === undefined ? {} : { sessionAffinityConfig }),
      ...(ip === undefined ? {} : { ips: [ip] }),
    },
  };
}

/** Whether an import is Lighthouse's; what a user made stays the user's. */
export function isAggregated({ metadata }: ServiceImport): boolean {
  return metadata.annotations?.[lighthouseAnnotations.useClusterSetIP] !== undefined;
}

/** The import a slice of Lighthouse's stands behind, as `namespace/name`. */
export function importOfSlice({ metadata }: EndpointSlice): readonly string[] {
  const { labels, namespace = "" } = metadata;
  const service = labels?.[lighthouseLabels.serviceName];
  return labels?.[lighthouseLabels.managedBy] !== LIGHTHOUSE_AGENT || service === undefined
    ? []
    : [`${namespace}/${service}`];
}

/**
 * What one cluster tells of its Service (`service_endpoint_slices.go`): of a headless one its own slices, of any other one slice with
 * the Service's address, ready as long as one of its endpoints is.
 */
export function lighthouseSlices(valid: ValidExport, slices: readonly EndpointSlice[]): readonly EndpointSlice[] {
  const ours = slices.filter(
    ({ metadata, addressType }) => metadata.deletionTimestamp === undefined && addressType === "IPv4",
  );
  if (valid.type === "Headless")
    return ours.map((slice) => ({
      ...sliceOf(valid, slice.metadata.name),
      endpoints: valid.globalIPs === undefined ? slice.endpoints : globalEndpoints(slice.endpoints, valid.globalIPs),
      ...(slice.ports === undefined ? {} : { ports: slice.ports }),
    }));
  const { clusterIP = "", clusterIPs = [clusterIP] } = valid.service.spec;
  const own = clusterIPs.find((ip) => ip !== "" && !ip.includes(":"));
  const address = valid.globalIPs === undefined ? own : valid.globalIPs.get("service");
  if (address === undefined) return [];
  const ready = ours.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
  const endpoints = [{ addresses: [address], conditions: { ready } }];
  return [{ ...sliceOf(valid), endpoints, ports: valid.ports }];
}

/** Pods under their global addresses; those that have none yet are left out. */
function globalEndpoints(
  endpoints: EndpointSlice["endpoints"],
  globalIPs: ReadonlyMap<string, string>,
): EndpointSlice["endpoints"] {
  return (endpoints ?? []).flatMap((endpoint) => {
    const ip = globalIPs.get(endpoint.targetRef?.name ?? "");
    return ip === undefined ? [] : [{ ...endpoint, addresses: [ip] }];
  });
}

function sliceOf(
  { cluster, service, type, globalIPs }: ValidExport,
  source?: string,
): Omit<EndpointSlice, "endpoints"> {
  const { name, namespace = "" } = service.metadata;
  const isHeadless = type === "Headless";
  return {
    apiVersion: apiVersionOf(EndpointSlice),
    kind: EndpointSlice.kind,
    metadata: {
      name: `${name}-${fnv1a32(`${cluster}/${namespace}/${source ?? ""}`).toString(36)}`,
      namespace,
      labels: {
        [lighthouseLabels.managedBy]: LIGHTHOUSE_AGENT,
        [lighthouseLabels.serviceName]: name,
        [lighthouseLabels.sourceCluster]: cluster,
        [lighthouseLabels.sourceNamespace]: namespace,
        [lighthouseLabels.isHeadless]: String(isHeadless),
        ...(source === undefined ? {} : { [lighthouseLabels.sourceName]: source }),
      },
      annotations: {
        [lighthouseAnnotations.publishNotReadyAddresses]: String(service.spec.publishNotReadyAddresses ?? false),
        [lighthouseAnnotations.globalnetEnabled]: String(isHeadless && globalIPs !== undefined),
      },
    },
    addressType: "IPv4",
  };
}

const CLUSTER_SET = { network: "243.0.0.0/8", reserved: 0 };

/** The address a Service gets in the cluster set. */
export function clusterSetAddress(
  { namespace, name }: ServiceName,
  isTaken: (ip: string) => boolean,
): string | undefined {
  return freeAddress(CLUSTER_SET, `${namespace}/${name}`, isTaken);
}
