import { isHeadless } from "../../../algorithms/index.ts";
import { canonicalIp } from "../../ip-address.ts";
import { nameOf } from "../name.ts";
import { addressFound, type Found, hostOf, matches, type PortQuery } from "./find.ts";
import { externalAddresses } from "./service-changes.ts";
import { hasNamespace, type KubernetesView } from "./view.ts";
import { NO_PORT, portsOf } from "./zone-endpoint.ts";

/** What is outside of a zone of names for it: its labels, and whether endpoints of headless Services are reached as well. */
export type ExternalZone = { readonly labels: readonly string[]; readonly headless: boolean };

/**
 * What a name `[_PORT._PROTOCOL.|ENDPOINT.]SERVICE.NAMESPACE` before a zone stands for outside of the cluster: CoreDNS' `External`.
 * An empty list means that the name exists without data, `undefined` that it does not. `depends` collects what the answer hangs on.
 */
export function findExternal(
  view: KubernetesView,
  labels: readonly string[],
  zone: ExternalZone,
  depends: string[],
): readonly Found[] | undefined {
  const namespace = labels.at(-1) as string;
  if (!hasNamespace(view, namespace)) return undefined;
  const name = labels.at(-2);
  if (name === undefined) return [];
  const left = labels.slice(0, -2);
  if (left.length > 2) return undefined;
  const key = `${namespace}/${name}`;
  depends.push(key);
  const service = view.zone.service(key);
  if (service === undefined || view.selects?.(service.metadata.labels ?? {}) === false) return undefined;
  const [first = "", second = ""] = left.map((label) => label.replace(/^_/, ""));
  const query: PortQuery = left.length === 2 ? { name: first, protocol: second } : {};
  const endpoint = left.length === 1 ? first : undefined;
  const addresses = externalAddresses(service);
  const target = [name, namespace, ...zone.labels];
  if (zone.headless && addresses.length === 0 && (isHeadless(service) || endpoint !== undefined))
    return existing(endpointsFound(view, key, { query, endpoint, target }));
  const ports = portsOf(service.spec.ports ?? []).filter((port) => matches(query, port));
  return existing(addresses.flatMap((host) => ports.map(({ port }) => found(host, port, nameOf(target)))));
}

/** The addresses other DNS servers find this one at, as far as they are outside; its own when no Service has it as an endpoint. */
export function findExternalServers(view: KubernetesView, zone: ExternalZone): readonly Found[] {
  const keys = view.addresses.flatMap((address) => view.zone.serviceKeysOfEndpoint(address));
  const target = nameOf(["ns", "dns", ...zone.labels]);
  if (keys.length === 0) return view.addresses.map((address) => found(address, NO_PORT, target));
  return keys.flatMap((key) => {
    const service = view.zone.service(key);
    if (service === undefined) return [];
    if (zone.headless && isHeadless(service))
      return view.zone.endpoints(key, view.selects).map(({ address }) => found(address, NO_PORT, target));
    return externalAddresses(service).map((address) => found(address, NO_PORT, target));
  });
}

/** `SERVICE.NAMESPACE` of those reached at an address from outside. */
export function namesOfExternal(view: KubernetesView, address: string): readonly string[] {
  return view.zone.serviceKeysOfExternalIp(address).flatMap((key) => {
    const [namespace = "", name = ""] = key.split("/");
    return view.namespaces?.has(namespace) === false ? [] : [`${name}.${namespace}`];
  });
}

function endpointsFound(
  view: KubernetesView,
  key: string,
  wanted: { readonly query: PortQuery; readonly endpoint: string | undefined; readonly target: readonly string[] },
): readonly Found[] {
  return view.zone.endpoints(key, view.selects).flatMap((one) => {
    const host = hostOf(view, one);
    if (wanted.endpoint !== undefined && host.toLowerCase() !== wanted.endpoint) return [];
    return one.ports
      .filter((port) => matches(wanted.query, port))
      .map(({ port }) => found(one.address, port, nameOf([host, ...wanted.target])));
  });
}

/** What is no address is a name to follow. */
function found(host: string, port: number, target: string): Found {
  const address = canonicalIp(host);
  return address === undefined ? { host, kind: "CNAME", port, target } : addressFound(address, port, target);
}

function existing(all: readonly Found[]): readonly Found[] | undefined {
  return all.length === 0 ? undefined : all;
}
