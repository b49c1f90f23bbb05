import type { EndpointAddress, EndpointSubset } from "../../api/index.ts";

type Port = NonNullable<EndpointSubset["ports"]>[number];
type Known = { readonly address: EndpointAddress; readonly ready: boolean };
type Addresses = Map<string, Known>;

/**
 * Subsets as few as say the same: ports of the very same addresses are together, and all addresses of these ports
 * (`pkg/api/v1/endpoints` RepackSubsets). An address that is not ready for a port in one subset is ready in none.
 */
export function repackSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const byPort = new Map<string, { readonly port: Port | undefined; readonly addresses: Addresses }>();
  for (const { ports = [], addresses = [], notReadyAddresses = [] } of subsets)
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const key = portKey(port);
      const entry = byPort.get(key) ?? { port, addresses: new Map<string, Known>() };
      byPort.set(key, entry);
      for (const address of addresses) put(entry.addresses, address, true);
      for (const address of notReadyAddresses) put(entry.addresses, address, false);
    }
  const byAddresses = new Map<string, { readonly ports: Port[]; readonly addresses: Addresses }>();
  for (const { port, addresses } of byPort.values()) {
    const key = [...addresses]
      .map(([address, { ready }]) => `${address} ${ready}`)
      .sort()
      .join();
    const entry = byAddresses.get(key) ?? { ports: [], addresses };
    byAddresses.set(key, entry);
    if (port !== undefined) entry.ports.push(port);
  }
  return [...byAddresses.values()].map(({ ports, addresses }) => {
    const all = [...addresses.values()];
    return {
      addresses: all.filter(({ ready }) => ready).map(({ address }) => address),
      notReadyAddresses: all.filter(({ ready }) => !ready).map(({ address }) => address),
      ports,
    };
  });
}

function put(addresses: Addresses, address: EndpointAddress, ready: boolean): void {
  const key = `${address.ip} ${address.targetRef?.uid ?? ""}`;
  const before = addresses.get(key);
  addresses.set(key, { address: before?.address ?? address, ready: ready && before?.ready !== false });
}

function portKey(port: Port | undefined): string {
  if (port === undefined) return "";
  const { name = "", port: number, protocol = "TCP", appProtocol = "" } = port;
  return `${name} ${number} ${protocol} ${appProtocol}`;
}
