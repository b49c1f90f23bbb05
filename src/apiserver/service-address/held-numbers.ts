import type { ServiceSpec } from "../../api/index.ts";
import type { RandomStream } from "../../sim/index.ts";
import { canonicalIp } from "../../std/index.ts";
import { type AddressRange, addressRange, staticBand } from "./address-range.ts";
import { AllocationBook } from "./allocation-book.ts";

/** What one Service holds: addresses in their canonical form, and node ports. */
type Held = { readonly addresses: readonly string[]; readonly ports: readonly number[] };

/** A network addresses are taken from; one that is not ready gives none out. */
export type Network = { readonly cidr: string; readonly ready: boolean };

type Pool = { readonly range: AddressRange; readonly ready: boolean; readonly book: AllocationBook };

/** The Service that stands for the API server; it has the first address of the first network. */
export const API_SERVICE = "default/kubernetes";

/** The books of a cluster: which Service holds which addresses and node ports. */
export class HeldNumbers {
  readonly ports: AllocationBook;
  readonly #random: RandomStream;
  readonly #held = new Map<string, Held>();
  #networks: readonly Network[] = [];
  #pools: readonly Pool[] = [];

  constructor(nodePorts: { readonly low: number; readonly high: number }, random: RandomStream) {
    this.#random = random;
    const size = nodePorts.high - nodePorts.low + 1;
    this.ports = new AllocationBook({
      ...nodePorts,
      staticBand: staticBand(size, { least: 16, step: 32, most: 128 }),
      random,
    });
  }

  /** Takes addresses from these networks and no others; who holds what stays. */
  setNetworks(networks: readonly Network[]): void {
    const isSame =
      networks.length === this.#networks.length &&
      networks.every(({ cidr, ready }, at) => cidr === this.#networks[at]?.cidr && ready === this.#networks[at]?.ready);
    if (isSame) return;
    this.#networks = networks;
    this.#pools = networks.map(({ cidr, ready }) => {
      const range = addressRange(cidr);
      const band = staticBand(range.size, { least: 16, step: 16, most: 256 });
      const book = new AllocationBook({ low: 1, high: range.last, staticBand: band, random: this.#random });
      return { range, ready, book };
    });
    for (const [key, { addresses }] of this.#held) for (const address of addresses) this.#hold(address, key);
  }

  /** The networks that give addresses out, in order. */
  ranges(family: "IPv4" | "IPv6"): readonly AddressRange[] {
    return this.#pools.flatMap(({ range, ready }) => (ready && range.family === family ? [range] : []));
  }

  /** The families there are networks of, in the order of the networks. */
  families(): readonly ("IPv4" | "IPv6")[] {
    return [...new Set(this.#pools.map(({ range }) => range.family))];
  }

  /** Who has an address. */
  holderOf(address: string): string | undefined {
    for (const { range, book } of this.#pools) {
      const offset = range.offsetOf(address);
      if (offset !== undefined) return book.holderOf(offset);
    }
    return undefined;
  }

  /** Lets a decision take an address; {@link record} gives it back if the write came to nothing. */
  takeAddress(address: string, key: string): void {
    this.#hold(address, key);
    this.#note(key, { addresses: [address], ports: [] });
  }

  /** Takes the next free address that nothing else has; `undefined` when there is none. */
  drawAddress(family: "IPv4" | "IPv6", key: string, isFree: (address: string) => boolean): string | undefined {
    for (const { range, ready, book } of this.#pools) {
      if (!ready || range.family !== family) continue;
      const offset = book.draw(key, (number) => isFree(range.textAt(number)));
      if (offset === undefined) continue;
      const address = range.textAt(offset);
      this.takeAddress(address, key);
      return address;
    }
    return undefined;
  }

  takePort(port: number, key: string): void {
    this.ports.hold(port, key);
    this.#note(key, { addresses: [], ports: [port] });
  }

  drawPort(key: string): number | undefined {
    const port = this.ports.draw(key);
    if (port !== undefined) this.takePort(port, key);
    return port;
  }

  /** Lets `key` hold what `spec` says and nothing else; a Service that is gone holds nothing. */
  record(key: string, spec: ServiceSpec | undefined): void {
    this.#release(key);
    const held = spec === undefined ? { addresses: [], ports: [] } : heldBy(spec);
    for (const address of held.addresses) this.#hold(address, key);
    for (const port of held.ports) this.ports.hold(port, key);
    if (held.addresses.length + held.ports.length === 0) this.#held.delete(key);
    else this.#held.set(key, held);
  }

  #note(key: string, more: Held): void {
    const { addresses, ports } = this.#held.get(key) ?? { addresses: [], ports: [] };
    this.#held.set(key, { addresses: [...addresses, ...more.addresses], ports: [...ports, ...more.ports] });
  }

  /** An address is held in every network that has it: networks may lie within each other. */
  #hold(address: string, key: string): void {
    for (const { range, book } of this.#pools) {
      const offset = range.offsetOf(address);
      if (offset !== undefined) book.hold(offset, key);
    }
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    for (const port of held.ports) this.ports.release(port, key);
    for (const address of held.addresses)
      for (const { range, book } of this.#pools) {
        const offset = range.offsetOf(address);
        if (offset !== undefined) book.release(offset, key);
      }
  }
}

/** The addresses a Service has inside its cluster, in their canonical form. */
export function addressesOf(spec: ServiceSpec): readonly string[] {
  if (spec.type === "ExternalName") return [];
  return (spec.clusterIPs ?? [spec.clusterIP ?? ""]).flatMap((address) => canonicalIp(address) ?? []);
}

function heldBy(spec: ServiceSpec): Held {
  if (spec.type === "ExternalName") return { addresses: [], ports: [] };
  const ports = [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return {
    addresses: addressesOf(spec),
    ports: spec.type === "NodePort" || spec.type === "LoadBalancer" ? ports.filter((port) => port !== 0) : [],
  };
}
