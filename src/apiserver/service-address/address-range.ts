import { assert, canonicalIp, formatIp, type IpAddress, parseCidr, parseIp } from "../../std/index.ts";

/** The addresses of a service CIDR that may be given out, by their offset from its base. */
export interface AddressRange {
  readonly cidr: string;
  readonly family: "IPv4" | "IPv6";
  /** The last offset that may be given out; the first is 1, the base being the network's own. */
  readonly last: number;
  /** How many addresses the network has, those never given out included. */
  readonly size: number;
  textAt(offset: number): string;
  /** The offset of an address of the range; `undefined` for any other. */
  offsetOf(address: string): number | undefined;
}

/** No IPv6 range gives out more addresses than this many bits can count; offsets stay plain numbers. */
const OFFSET_BITS_MAX = 40;

/** Whether addresses can be taken from a network: IPv4 from /8 to /30, or IPv6 from /64 to /126. */
export function canAllocate(cidr: string): boolean {
  const network = parseCidr(cidr);
  if (network === undefined) return false;
  const [least, most] = network.base.family === "IPv4" ? [8, 30] : [64, 126];
  return network.bits >= least && network.bits <= most;
}

/** Reads a service CIDR. One that is none to allocate from is a mistake of the fleet's author caught earlier. */
export function addressRange(cidr: string): AddressRange {
  const network = parseCidr(cidr);
  assert(
    network !== undefined && canAllocate(cidr),
    `a service CIDR is IPv4 from /8 to /30 or IPv6 from /64, not ${cidr}`,
  );
  const { family } = network.base;
  const hostBits = (family === "IPv4" ? 32 : 128) - network.bits;
  const bits = Math.min(hostBits, OFFSET_BITS_MAX);
  const size = 2 ** bits;
  const low = lowBits(network.base, bits);
  const base = low % size;
  // The last address of an IPv4 network is its broadcast address.
  const last = family === "IPv4" ? size - 2 : size - 1;
  return {
    cidr,
    family,
    last,
    size,
    textAt: (offset) => formatIp(withLowBits(network.base, low - base + offset, bits)),
    offsetOf: (text) => {
      const address = parseIp(text);
      if (address === undefined || address.family !== family) return undefined;
      const offset = lowBits(address, bits) % size;
      const isOwn = formatIp(withLowBits(network.base, low - base + offset, bits)) === canonicalIp(text);
      return isOwn && offset >= 1 && offset <= last ? offset : undefined;
    },
  };
}

/** How many offsets at the low end are kept for addresses people choose (`ipallocator.calculateRangeOffset`). */
export function staticBand(
  size: number,
  limits: { readonly least: number; readonly step: number; readonly most: number },
): number {
  if (size <= limits.least) return 0;
  return Math.min(Math.max(limits.least, Math.floor(size / limits.step)), limits.most);
}

/** The number the last parts of an address make, as many as `bits` reach into. */
function lowBits(address: IpAddress, bits: number): number {
  const { parts, width } = shape(address);
  return parts.slice(parts.length - Math.ceil(bits / width)).reduce((number, part) => number * 2 ** width + part, 0);
}

function withLowBits(address: IpAddress, number: number, bits: number): IpAddress {
  const { parts, width } = shape(address);
  const count = Math.ceil(bits / width);
  const low = Array.from(
    { length: count },
    (_unused, index) => Math.floor(number / 2 ** (width * (count - 1 - index))) % 2 ** width,
  );
  return { family: address.family, parts: [...parts.slice(0, parts.length - count), ...low] };
}

function shape({ family, parts }: IpAddress): { readonly parts: readonly number[]; readonly width: number } {
  return { parts, width: family === "IPv4" ? 8 : 16 };
}
