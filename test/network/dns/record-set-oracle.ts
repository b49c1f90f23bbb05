import type { EndpointSlice, Service } from "../../../src/api/index.ts";

/** A small cluster, as plain lists. */
export type OracleWorld = {
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
};

/**
 * The DNS specification read literally: every record of the cluster is written out, once, and a question is a look-up in that
 * list. Slow, and with nothing in common with the server but the specification (kubernetes/dns specification.md 1.1.0).
 */
export function recordSets(world: OracleWorld): ReadonlyMap<string, readonly string[]> {
  const records = new Map<string, string[]>();
  const add = (name: string, type: string, data: string): void => {
    const key = `${name} ${type}`;
    const list = records.get(key) ?? [];
    if (!list.includes(data)) records.set(key, [...list, data].sort());
  };
  for (const namespace of world.namespaces)
    for (const service of world.services.filter((one) => one.metadata.namespace === namespace)) {
      const base = `${service.metadata.name}.${namespace}.svc.cluster.local.`;
      const slices = world.slices.filter(
        (one) =>
          one.metadata.namespace === namespace &&
          one.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
      );
      addService(add, { service, base });
      addEndpoints(add, { slices, base, headless: service.spec.clusterIP === "None" });
    }
  return records;
}

type Add = (name: string, type: string, data: string) => void;

function addService(add: Add, what: { readonly service: Service; readonly base: string }): void {
  const { service, base } = what;
  const addresses = (service.spec.clusterIPs ?? []).filter((one) => one !== "None");
  for (const address of addresses) {
    add(base, "A", address);
    add(`${address.split(".").reverse().join(".")}.in-addr.arpa.`, "PTR", base);
    for (const port of service.spec.ports ?? []) {
      add(base, "SRV", `${port.port} ${base}`);
      if (port.name === undefined) continue;
      const portName = `_${port.name}._${(port.protocol ?? "TCP").toLowerCase()}.${base}`;
      add(portName, "SRV", `${port.port} ${base}`);
      add(portName, "A", address);
    }
  }
}

function addEndpoints(
  add: Add,
  what: { readonly slices: readonly EndpointSlice[]; readonly base: string; readonly headless: boolean },
): void {
  for (const slice of what.slices)
    for (const endpoint of slice.endpoints)
      for (const address of endpoint.conditions?.ready === false ? [] : endpoint.addresses) {
        const name = `${endpoint.hostname ?? address.replaceAll(".", "-")}.${what.base}`;
        add(name, "A", address);
        add(`${address.split(".").reverse().join(".")}.in-addr.arpa.`, "PTR", name);
        for (const port of slice.ports ?? []) add(name, "SRV", `${port.port} ${name}`);
        if (!what.headless) continue;
        add(what.base, "A", address);
        for (const port of slice.ports ?? []) {
          add(what.base, "SRV", `${port.port} ${name}`);
          const portName = `_${port.name}._${(port.protocol ?? "TCP").toLowerCase()}.${what.base}`;
          add(portName, "SRV", `${port.port} ${name}`);
          add(portName, "A", address);
        }
      }
}
