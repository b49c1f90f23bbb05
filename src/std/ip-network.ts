import { type Cidr, formatIp, type IpAddress, parseCidr } from "./ip-address.ts";

/** The networks of a text: one, or one of each family with a comma between. */
export function networksIn(text: string): readonly Cidr[] {
  return text.split(",").flatMap((cidr) => parseCidr(cidr.trim()) ?? []);
}

/** The address so many places into a network. */
export function addressAt(network: Cidr, offset: number): IpAddress {
  const { family, parts } = baseOf(network);
  return { family, parts: added(parts, parts.length - 1, offset) };
}

/** The network of `bits` that is so many such networks into a wider one. */
export function subnetAt(network: Cidr, bits: number, index: number): Cidr {
  const { family, parts } = baseOf(network);
  const width = widthOf(family);
  const last = Math.max(0, Math.ceil(bits / width) - 1);
  const shift = (last + 1) * width - bits;
  return { base: { family, parts: added(parts, last, index * 2 ** shift) }, bits };
}

/** `10.0.0.0/8`. */
export function formatCidr({ base, bits }: Cidr): string {
  return `${formatIp(base)}/${bits}`;
}

/** A network without the bits of hosts it was given with. */
export function maskedCidr(cidr: Cidr): Cidr {
  return { base: baseOf(cidr), bits: cidr.bits };
}

/** A network's own address: what it was given with, but for the bits of hosts. */
function baseOf({ base, bits }: Cidr): IpAddress {
  const width = widthOf(base.family);
  const parts = base.parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width));
    return part - (part % 2 ** (width - kept));
  });
  return { family: base.family, parts };
}

function added(parts: readonly number[], at: number, value: number): readonly number[] {
  const size = parts.length === 4 ? 2 ** 8 : 2 ** 16;
  const sum = [...parts];
  let carry = value;
  for (let index = at; index >= 0 && carry > 0; index--) {
    const total = (sum[index] as number) + carry;
    sum[index] = total % size;
    carry = Math.floor(total / size);
  }
  return sum;
}

function widthOf(family: IpAddress["family"]): number {
  return family === "IPv4" ? 8 : 16;
}
