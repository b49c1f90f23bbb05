import { canonicalIp, type IpAddress } from "../std/index.ts";

export type { IpAddress } from "../std/index.ts";
export { canonicalIp, cidrContains, formatIp, ipBytes, parseIp } from "../std/index.ts";

/** The first of some addresses that is of the same family as another. */
export function ofSameFamily(addresses: readonly string[], as: string): string | undefined {
  const isIPv6 = as.includes(":");
  return addresses.find((address) => address.includes(":") === isIPv6);
}

/** The address a complete reverse name (labels without the root) stands for: `5.0.12.10.in-addr.arpa` is 10.12.0.5. */
export function addressOfReverseName(labels: readonly string[]): string | undefined {
  const zone = labels.slice(-2).join(".");
  const digits = labels.slice(0, -2).reverse();
  if (zone === "in-addr.arpa" && digits.length === 4) return canonicalIp(digits.join("."));
  if (zone !== "ip6.arpa" || digits.length !== 32 || !digits.every((digit) => /^[0-9a-f]$/.test(digit)))
    return undefined;
  return canonicalIp((digits.join("").match(/.{4}/g) ?? []).join(":"));
}

/** The reverse name of an address, without the root: what a PTR question asks for. */
export function reverseNameOf(address: IpAddress): string {
  if (address.family === "IPv4") return `${[...address.parts].reverse().join(".")}.in-addr.arpa`;
  const digits = address.parts.flatMap((part) => [...part.toString(16).padStart(4, "0")]);
  return `${digits.reverse().join(".")}.ip6.arpa`;
}
