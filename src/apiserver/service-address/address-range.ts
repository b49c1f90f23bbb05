import { assert } from "../../std/index.ts";

/** An IPv4 network's usable addresses, by offset from its base: network and broadcast address are left out. */
export type AddressRange = {
  readonly cidr: string;
  readonly base: number;
  readonly size: number;
};

/** Reads an IPv4 CIDR (`10.11.0.0/16`) of at most /30; anything else is a mistake of the fleet's author caught earlier. */
export function addressRange(cidr: string): AddressRange {
  const [address = "", bits = ""] = cidr.split("/");
  const number = addressNumber(address);
  const prefix = Number(bits);
  assert(number !== undefined && prefix >= 8 && prefix <= 30, `a service CIDR is IPv4 between /8 and /30, not ${cidr}`);
  const size = 2 ** (32 - prefix);
  return { cidr, base: number - (number % size), size };
}

/** The number of a dotted IPv4 address; `undefined` when the text is none. */
export function addressNumber(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** Whether the address with that number may be given to a Service. */
export function isInRange(range: AddressRange, number: number): boolean {
  return number > range.base && number < range.base + range.size - 1;
}

/** How many offsets at the low end are kept for addresses people choose (`ipallocator.calculateRangeOffset`). */
export function staticBand(
  size: number,
  limits: { readonly least: number; readonly step: number; readonly most: number },
): number {
  if (size <= limits.least) return 0;
  return Math.min(Math.max(limits.least, Math.floor(size / limits.step)), limits.most);
}
