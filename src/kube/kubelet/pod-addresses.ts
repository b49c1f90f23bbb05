import { assert } from "../../std/index.ts";

/**
 * Addresses for the pods of one node, out of its pod CIDR. The network address and the bridge's (.1) are not given out;
 * the next free one after the last is, so that a freed address rests for a while (the `host-local` plugin's way).
 */
export class PodAddresses {
  readonly #first: number;
  readonly #last: number;
  readonly #taken = new Set<number>();
  #next: number;

  constructor(podCIDR: string) {
    const [base, size] = parseCidr(podCIDR);
    this.#first = base + 2;
    this.#last = base + size - 2;
    this.#next = this.#first;
  }

  /** The next free address, or `undefined` when the range is used up. */
  take(): string | undefined {
    const size = this.#last - this.#first + 1;
    if (this.#taken.size >= size) return undefined;
    while (this.#taken.has(this.#next)) this.#advance();
    const address = this.#next;
    this.#taken.add(address);
    this.#advance();
    return formatAddress(address);
  }

  release(address: string): void {
    this.#taken.delete(parseAddress(address));
  }

  #advance(): void {
    this.#next = this.#next === this.#last ? this.#first : this.#next + 1;
  }
}

/** The `index`-th subnet of `prefixLength` bits within `cidr`. */
export function subnetOf(cidr: string, prefixLength: number, index: number): string {
  const [base, size] = parseCidr(cidr);
  const step = 2 ** (32 - prefixLength);
  assert((index + 1) * step <= size, `${cidr} must hold ${index + 1} subnets of /${prefixLength}`);
  return `${formatAddress(base + index * step)}/${prefixLength}`;
}

/** The address `offset` places into `cidr`. */
export function addressIn(cidr: string, offset: number): string {
  return formatAddress(parseCidr(cidr)[0] + offset);
}

function parseCidr(cidr: string): readonly [base: number, size: number] {
  const [address = "", prefix = "32"] = (cidr.split(",")[0] as string).split("/");
  const size = 2 ** (32 - Number(prefix));
  return [Math.floor(parseAddress(address) / size) * size, size];
}

function parseAddress(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
