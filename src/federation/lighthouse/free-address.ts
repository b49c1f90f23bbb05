import { fnv1a32 } from "../../std/index.ts";

/** An IPv4 network (`242.1.0.0/16`); the first `reserved` addresses after its own are not given out. */
type AddressRange = { readonly network: string; readonly reserved: number };

/** The first free address of a network, from a place on that a name gives; `undefined` when it is full. */
export function freeAddress(
  { network, reserved }: AddressRange,
  name: string,
  isTaken: (ip: string) => boolean,
): string | undefined {
  const [base = "", prefix] = network.split("/");
  const octets = base.split(".").map(Number);
  // Neither the network's own address nor that of its broadcasts.
  const count = 2 ** (32 - Number(prefix)) - 2 - reserved;
  const first = fnv1a32(name) % count;
  for (let probe = 0; probe < count; probe++) {
    const host = ((first + probe) % count) + 1 + reserved;
    const ip = octets.map((octet, index) => octet | ((host >> (8 * (3 - index))) & 255)).join(".");
    if (!isTaken(ip)) return ip;
  }
  return undefined;
}
