import type { Service, ServiceExport, ServiceImportPort, ServiceImportSpec } from "../../api/index.ts";
import { compareText } from "../../std/index.ts";
import { lighthouseAnnotations } from "./markers.ts";

/** A cluster with a ServiceExport, and the Service it names. */
export type Exporter = {
  readonly cluster: string;
  readonly serviceExport: ServiceExport;
  readonly service: Service | undefined;
  /** The global addresses of the Service (`service`) and its pods (by name), where Globalnet gives any out. */
  readonly globalIPs?: ReadonlyMap<string, string> | undefined;
};

/** An export that can be carried out. */
export type ValidExport = {
  readonly cluster: string;
  readonly service: Service;
  readonly type: ServiceImportSpec["type"];
  readonly ports: readonly ServiceImportPort[];
  readonly createdAt: string;
  readonly wantsClusterSetIP: boolean;
  readonly globalIPs: ReadonlyMap<string, string> | undefined;
};

/** The exports of one Service put together; the oldest decides what must be decided. */
export type ServiceSet = {
  readonly oldest: ValidExport;
  /** Those of its type, oldest first; the others are not carried out. */
  readonly agreeing: readonly ValidExport[];
  readonly portsUnion: readonly ServiceImportPort[];
  readonly portsCommon: readonly ServiceImportPort[];
  readonly portsConflict: boolean;
};

/** Whether an export can be carried out, or why not (`serviceExportToServiceImport`). */
export function judgeExport({
  cluster,
  serviceExport,
  service,
  globalIPs,
}: Exporter):
  | { readonly ok: true; readonly valid: ValidExport }
  | { readonly ok: false; readonly reason: string; readonly message: string } {
  if (service === undefined || service.metadata.deletionTimestamp !== undefined)
    return { ok: false, reason: "ServiceUnavailable", message: "Service to be exported doesn't exist" };
  const { type = "ClusterIP", clusterIP } = service.spec;
  if (type !== "ClusterIP")
    return { ok: false, reason: "UnsupportedServiceType", message: `Service of type ${type} not supported` };
  if (globalIPs !== undefined && clusterIP !== "None" && !globalIPs.has("service"))
    return { ok: false, reason: "ServiceGlobalIPUnavailable", message: "Service doesn't have a global IP yet" };
  const { creationTimestamp = "", annotations } = serviceExport.metadata;
  return {
    ok: true,
    valid: {
      cluster,
      service,
      type: clusterIP === "None" ? "Headless" : "ClusterSetIP",
      ports: (service.spec.ports ?? []).map(importPort),
      createdAt: creationTimestamp,
      wantsClusterSetIP: annotations?.[lighthouseAnnotations.useClusterSetIP] === "true",
      globalIPs,
    },
  };
}

/** Puts exports together: by their age, clusters of the same second by name. `undefined` when there is none. */
export function combineExports(exports: readonly ValidExport[]): ServiceSet | undefined {
  const byAge = [...exports].sort(
    (left, right) => compareText(left.createdAt, right.createdAt) || compareText(left.cluster, right.cluster),
  );
  const [oldest] = byAge;
  if (oldest === undefined) return undefined;
  const agreeing = byAge.filter(({ type }) => type === oldest.type);
  const portsUnion = new Map<string, ServiceImportPort>();
  for (const port of agreeing.flatMap(({ ports }) => ports)) {
    const { name = "" } = port;
    if (!portsUnion.has(name)) portsUnion.set(name, port);
  }
  const keysByCluster = agreeing.map(({ ports }) => new Set(ports.map(portKey)));
  const portsCommon = oldest.ports.filter((port) => keysByCluster.every((keys) => keys.has(portKey(port))));
  const portsConflict = agreeing.some(({ ports }) => ports.length !== portsCommon.length);
  return {
    oldest,
    agreeing,
    // Headless Services show the ports of their endpoints; nothing is compared.
    portsUnion: oldest.type === "Headless" ? [] : [...portsUnion.values()],
    portsCommon,
    portsConflict: oldest.type === "ClusterSetIP" && portsConflict,
  };
}

function importPort(port: {
  readonly name?: string;
  readonly protocol?: "TCP" | "UDP" | "SCTP";
  readonly appProtocol?: string;
  readonly port: number;
}): ServiceImportPort {
  const { name = "", protocol = "TCP", appProtocol } = port;
  return { name, protocol, port: port.port, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

function portKey({ name = "", protocol = "TCP", port, appProtocol = "" }: ServiceImportPort): string {
  return `${name}:${protocol}:${port}:${appProtocol}`;
}
