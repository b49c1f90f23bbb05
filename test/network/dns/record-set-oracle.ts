import type { Endpoint, EndpointSlice, Service, ServiceImport } from "../../../src/api/index.ts";

/** A small cluster, as plain lists. */
export type OracleWorld = {
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
  readonly imports: readonly ServiceImport[];
  readonly slices: readonly EndpointSlice[];
};

/** What a question is to be answered with: the data of each record, sorted, or that there is no such name or no such data. */
export type OracleAnswer = readonly string[] | "NODATA" | "NXDOMAIN";

/**
 * The DNS specifications read literally: every name and every record of the cluster is written out, once, and a question is a
 * look-up in that list. Slow, and with nothing in common with the server but what both obey: kubernetes/dns specification.md
 * 1.1.0 for Services, KEP-1645's specification.md for imports, and where those leave a choice CoreDNS' (endpoints of Services
 * with an address have names too, and so do ports).
 */
export class RecordSets {
  readonly #records = new Map<string, Set<string>>();
  readonly #names = new Set<string>();

  constructor(world: OracleWorld) {
    for (const zone of ["cluster.local.", "clusterset.local."])
      for (const name of [zone, `svc.${zone}`, `pod.${zone}`]) this.#names.add(name);
    for (const namespace of world.namespaces) this.#addNamespace(world, namespace);
  }

  /** Every name there is. */
  names(): readonly string[] {
    return [...this.#names];
  }

  /** The answer for a name in lower case. SRV data is `priority weight port target`. */
  answer(name: string, type: string): OracleAnswer {
    const found = this.#records.get(`${name} ${type}`);
    if (found !== undefined) return [...found].sort();
    return this.#names.has(name) ? "NODATA" : "NXDOMAIN";
  }

  #addNamespace(world: OracleWorld, namespace: string): void {
    this.#names.add(`${namespace}.svc.cluster.local.`);
    this.#names.add(`${namespace}.pod.cluster.local.`);
    this.#names.add(`${namespace}.svc.clusterset.local.`);
    const own = <T extends { readonly metadata: { readonly namespace?: string } }>(all: readonly T[]): readonly T[] =>
      all.filter(({ metadata }) => metadata.namespace === namespace);
    const slicesOf = (label: string, name: string): readonly EndpointSlice[] =>
      own(world.slices).filter(({ metadata }) => metadata.labels?.[label] === name);
    for (const { metadata, spec } of own(world.services)) {
      const base = `${metadata.name}.${namespace}.svc.cluster.local.`;
      const addresses = (spec.clusterIPs ?? []).filter((address) => address !== "None");
      const slices = slicesOf("kubernetes.io/service-name", metadata.name);
      this.#addVirtual(base, addresses, spec.ports ?? []);
      for (const address of addresses) this.#add(reverseName(address), "PTR", base);
      const named = this.#addEndpoints(slices, (host) => `${host}.${base}`);
      for (const { name, address } of named) this.#add(reverseName(address), "PTR", name);
      if (addresses.length === 0) this.#addHeadless(base, slices, (host) => `${host}.${base}`);
    }
    for (const { metadata, spec } of own(world.imports)) {
      const base = `${metadata.name}.${namespace}.svc.clusterset.local.`;
      const slices = slicesOf("multicluster.kubernetes.io/service-name", metadata.name);
      const nameOf = (host: string, cluster: string): string => `${host}.${cluster}.${base}`;
      if (spec.type === "ClusterSetIP") this.#addVirtual(base, spec.ips ?? [], spec.ports);
      this.#addEndpoints(slices, nameOf);
      if (spec.type === "Headless") this.#addHeadless(base, slices, nameOf);
    }
  }

  #add(name: string, type: string, data: string): void {
    const key = `${name} ${type}`;
    this.#names.add(name);
    this.#records.set(key, (this.#records.get(key) ?? new Set()).add(data));
  }

  /** A name that stands for addresses of its own, and for those at each of its ports. */
  #addVirtual(base: string, addresses: readonly string[], ports: Ports): void {
    if (addresses.length > 0 || base.endsWith(".clusterset.local.")) {
      this.#names.add(base);
      for (const port of ports) for (const name of portNames(port, base)) this.#names.add(name);
    }
    for (const address of addresses) {
      this.#add(base, typeOf(address), address);
      for (const port of ports) {
        this.#add(base, "SRV", `0 ${share(addresses.length * ports.length)} ${port.port} ${base}`);
        for (const name of portNames(port, base)) {
          this.#add(name, typeOf(address), address);
          this.#add(name, "SRV", `0 ${share(addresses.length)} ${port.port} ${base}`);
        }
      }
    }
  }

  #addEndpoints(slices: readonly EndpointSlice[], nameOf: NameOf): readonly Named[] {
    const all = namedEndpoints(slices, nameOf);
    for (const { name, address } of all) this.#add(name, typeOf(address), address);
    for (const name of new Set(all.map((one) => one.name))) {
      const targets = all.filter((one) => one.name === name).flatMap(({ ports }) => ports);
      for (const { port } of targets) this.#add(name, "SRV", `0 ${share(targets.length)} ${port} ${name}`);
    }
    return all;
  }

  #addHeadless(base: string, slices: readonly EndpointSlice[], nameOf: NameOf): void {
    const all = namedEndpoints(slices, nameOf);
    const targets = all.flatMap(({ name, address, ports }) => ports.map((port) => ({ name, address, port })));
    for (const { name, address, port } of targets) {
      this.#add(base, typeOf(address), address);
      this.#add(base, "SRV", `0 ${share(targets.length)} ${port.port} ${name}`);
      for (const portName of portNames(port, base)) {
        const same = targets.filter((other) => portNames(other.port, base)[0] === portName);
        this.#add(portName, typeOf(address), address);
        this.#add(portName, "SRV", `0 ${share(same.length)} ${port.port} ${name}`);
      }
    }
  }
}

type Port = { readonly name?: string; readonly protocol?: string; readonly port?: number };
type Ports = readonly Port[];
type NameOf = (host: string, cluster: string) => string;
type Named = { readonly name: string; readonly address: string; readonly ports: Ports };

function namedEndpoints(slices: readonly EndpointSlice[], nameOf: NameOf): readonly Named[] {
  return slices.flatMap(({ metadata, endpoints, ports = [] }) => {
    const cluster = metadata.labels?.["multicluster.kubernetes.io/source-cluster"] ?? "";
    const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready !== false);
    return ready.flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({ name: nameOf(hostOf(endpoint, address), cluster), address, ports })),
    );
  });
}

function hostOf({ hostname }: Endpoint, address: string): string {
  return hostname ?? address.replaceAll(/[.:]/g, "-");
}

/** The name of a port of a Service: none when the port has none. */
function portNames({ name, protocol = "TCP" }: Port, base: string): readonly string[] {
  if (name === undefined || name === "") return [];
  const lower = protocol.toLowerCase();
  return [`_${name}._${lower}.${base}`];
}

function typeOf(address: string): "A" | "AAAA" {
  return address.includes(":") ? "AAAA" : "A";
}

/** The weight of one among so many. */
function share(count: number): number {
  return Math.max(1, Math.floor(100 / count));
}

/** Only IPv6 addresses without `::` in them are asked for. */
function reverseName(address: string): string {
  if (!address.includes(":")) return `${address.split(".").reverse().join(".")}.in-addr.arpa.`;
  const digits = address
    .split(":")
    .map((part) => part.padStart(4, "0"))
    .join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa.`;
}
