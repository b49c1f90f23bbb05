import { isHeadless } from "../../../algorithms/index.ts";
import { nameOf } from "../name.ts";
import { hasNamespace, type KubernetesView, type ZoneMatch } from "./view.ts";

/** Why a view answers a name as it does, in one sentence: which object it found, or which one is not there. */
export function reasonOf(view: KubernetesView, match: ZoneMatch): string {
  const { labels, part } = match;
  const zone = nameOf(match.zone).toLowerCase();
  if (part === "reverse") return `${zone} holds names of ClusterIPs and of ready endpoints`;
  const root = labels.at(-1);
  if (labels.length === 0) return `${zone} is the zone itself`;
  if (root !== "svc" && root !== "pod") return `names in ${zone} end in svc or pod, not ${root}`;
  const namespace = labels.at(-2);
  if (namespace === undefined) return `${root}.${zone} holds namespaces`;
  if (!hasNamespace(view, namespace)) return `there is no namespace ${namespace} in this cluster`;
  const name = labels.at(-3);
  if (name === undefined) return `namespace ${namespace} exists`;
  if (root === "pod") return `pods ${view.pods}`;
  if (labels.length > 5) return `no name has more than two labels before its Service`;
  const key = `${namespace}/${name}`;
  return part === "cluster" ? serviceReason(view, key, labels) : importReason(view, key, labels);
}

function serviceReason(view: KubernetesView, key: string, labels: readonly string[]): string {
  const service = view.zone.service(key);
  if (service === undefined) return `there is no Service ${key}`;
  if (view.selects?.(service.metadata.labels ?? {}) === false) return `Service ${key} is not selected by labels`;
  if (service.spec.type === "ExternalName") return `Service ${key} is an ExternalName for ${service.spec.externalName}`;
  const ready = view.zone.endpoints(key, view.selects).length;
  const endpoints = `${ready} ready endpoint${ready === 1 ? "" : "s"}`;
  if (labels.length === 4) return `Service ${key} has ${endpoints}; ${labels[0]} would name one of them`;
  if (isHeadless(service)) return `Service ${key} is headless and has ${endpoints}`;
  if (labels.length === 5) return `Service ${key} has the ports ${portNames(service.spec.ports ?? [])}`;
  return `Service ${key} has the address ${service.spec.clusterIP}, whatever stands behind it (${endpoints})`;
}

function importReason(view: KubernetesView, key: string, labels: readonly string[]): string {
  const serviceImport = view.zone.serviceImport(key);
  if (!view.isSynced()) return "ServiceImports could not be listed";
  if (serviceImport === undefined) return `there is no ServiceImport ${key}`;
  if (labels.length === 4) return `one label before a ServiceImport never exists`;
  const { type, ips = [], ports = [] } = serviceImport.spec;
  if (type === "Headless") {
    const ready = view.zone.importedEndpoints(key, view.selects).length;
    return `ServiceImport ${key} is headless and has ${ready} ready endpoints with the labels of an import`;
  }
  if (ports.length === 0) return `ServiceImport ${key} has no ports, so that it has no records`;
  if (ips.length === 0) return `ServiceImport ${key} has no ips yet`;
  return `ServiceImport ${key} has the ips ${ips.join(", ")}`;
}

function portNames(ports: readonly { readonly name?: string; readonly port: number }[]): string {
  return ports.map(({ name, port }) => (name === undefined || name === "" ? `${port} (unnamed)` : name)).join(", ");
}
