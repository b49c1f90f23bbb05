import type { ServiceSpec } from "../../api/index.ts";
import type { RandomStream } from "../../sim/index.ts";
import { type AddressRange, staticBand } from "./address-range.ts";
import { AllocationBook } from "./allocation-book.ts";

/** What one Service holds: offsets into the ranges, by the range's place, and node ports. */
export type Held = {
  readonly offsets: readonly (readonly [range: number, offset: number])[];
  readonly ports: readonly number[];
};

/** The Service that stands for the API server; the first address of every range is its alone. */
export const API_SERVICE = "default/kubernetes";

/** The books of a cluster: which Service holds which addresses and node ports. */
export class HeldNumbers {
  readonly ranges: readonly AddressRange[];
  readonly addresses: readonly AllocationBook[];
  readonly ports: AllocationBook;
  readonly #held = new Map<string, Held>();

  constructor(
    ranges: readonly AddressRange[],
    nodePorts: { readonly low: number; readonly high: number },
    random: RandomStream,
  ) {
    this.ranges = ranges;
    this.addresses = ranges.map(
      ({ last }) =>
        new AllocationBook({
          low: 1,
          high: last,
          staticBand: staticBand(last + 1, { least: 16, step: 16, most: 256 }),
          random,
        }),
    );
    const size = nodePorts.high - nodePorts.low + 1;
    this.ports = new AllocationBook({
      ...nodePorts,
      staticBand: staticBand(size, { least: 16, step: 32, most: 128 }),
      random,
    });
    for (const book of this.addresses) book.hold(1, API_SERVICE);
  }

  /** Lets `key` hold what `spec` says and nothing else; a Service that is gone holds nothing. */
  record(key: string, spec: ServiceSpec | undefined): void {
    this.#release(key);
    const held = spec === undefined ? { offsets: [], ports: [] } : this.#heldBy(spec);
    for (const [range, offset] of held.offsets) this.addresses[range]?.hold(offset, key);
    for (const port of held.ports) this.ports.hold(port, key);
    if (held.offsets.length + held.ports.length === 0) this.#held.delete(key);
    else this.#held.set(key, held);
  }

  /** Notes what a decision took, so that {@link record} gives it back if the write came to nothing. */
  note(key: string, more: Partial<Held>): void {
    const { offsets, ports } = this.#held.get(key) ?? { offsets: [], ports: [] };
    this.#held.set(key, { offsets: [...offsets, ...(more.offsets ?? [])], ports: [...ports, ...(more.ports ?? [])] });
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    for (const [range, offset] of held.offsets) if (key !== API_SERVICE) this.addresses[range]?.release(offset, key);
    for (const port of held.ports) this.ports.release(port, key);
  }

  #heldBy(spec: ServiceSpec): Held {
    if (spec.type === "ExternalName") return { offsets: [], ports: [] };
    const addresses = spec.clusterIPs ?? [spec.clusterIP ?? ""];
    const ports = [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0];
    return {
      offsets: addresses.flatMap((address) =>
        this.ranges.flatMap((range, index) => {
          const offset = range.offsetOf(address);
          return offset === undefined ? [] : [[index, offset] as const];
        }),
      ),
      ports: spec.type === "NodePort" || spec.type === "LoadBalancer" ? ports.filter((port) => port !== 0) : [],
    };
  }
}
