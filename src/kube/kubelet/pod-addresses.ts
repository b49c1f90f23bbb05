import { addressAt, type Cidr, formatIp, networksIn } from "../../std/index.ts";

/** Addresses for the pods of one node: one of each of its networks. */
export class PodAddresses {
  readonly #networks: readonly NetworkAddresses[];

  /** The node's pod CIDR, or one of each family with a comma between. */
  constructor(podCIDR: string) {
    this.#networks = networksIn(podCIDR).map((network) => new NetworkAddresses(network));
  }

  /** The next free addresses, or `undefined` when a network is used up. */
  take(): readonly string[] | undefined {
    const taken: string[] = [];
    for (const network of this.#networks) {
      const address = network.take();
      if (address === undefined) {
        this.release(taken);
        return undefined;
      }
      taken.push(address);
    }
    return taken;
  }

  release(addresses: readonly string[]): void {
    for (const network of this.#networks) for (const address of addresses) network.release(address);
  }
}

/** More pods than any node has; offsets stay plain numbers. */
const HOST_BITS_MAX = 40;

/**
 * Addresses of one network. Its own and the bridge's (.1) are not given out, nor IPv4's broadcast; the next free one after the
 * last is, so that a freed address rests for a while (the `host-local` plugin's way).
 */
class NetworkAddresses {
  readonly #network: Cidr;
  readonly #first = 2;
  readonly #last: number;
  readonly #taken = new Map<number, string>();
  readonly #offsets = new Map<string, number>();
  #next = this.#first;

  constructor(network: Cidr) {
    this.#network = network;
    const bits = network.base.family === "IPv4" ? 32 - network.bits : Math.min(HOST_BITS_MAX, 128 - network.bits);
    this.#last = 2 ** bits - 2;
  }

  take(): string | undefined {
    const size = this.#last - this.#first + 1;
    if (this.#taken.size >= size) return undefined;
    while (this.#taken.has(this.#next)) this.#advance();
    const address = formatIp(addressAt(this.#network, this.#next));
    this.#taken.set(this.#next, address);
    this.#offsets.set(address, this.#next);
    this.#advance();
    return address;
  }

  release(address: string): void {
    const offset = this.#offsets.get(address);
    if (offset === undefined) return;
    this.#offsets.delete(address);
    this.#taken.delete(offset);
  }

  #advance(): void {
    this.#next = this.#next === this.#last ? this.#first : this.#next + 1;
  }
}
