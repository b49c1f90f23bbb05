/** An address as numbers: 4 bytes of IPv4, or 8 groups of IPv6. */
export type IpAddress = { readonly family: "IPv4" | "IPv6"; readonly parts: readonly number[] };

/** Reads an address as Go's `net.ParseIP` does (IPv4 without leading zeros, IPv6 with at most one `::`); `undefined` when it is none. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Writes an address in its canonical form (RFC 5952). */
export function formatIp(address: IpAddress): string {
  if (address.family === "IPv4") return address.parts.join(".");
  const { start, length } = longestZeros(address.parts);
  const hex = address.parts.map((part) => part.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The canonical text of an address, so that two spellings compare equal; `undefined` when it is none. */
export function canonicalIp(text: string): string | undefined {
  const address = parseIp(text);
  return address === undefined ? undefined : formatIp(address);
}

/** The bytes an A or AAAA record carries. */
export function ipBytes(address: IpAddress): readonly number[] {
  return address.family === "IPv4" ? address.parts : address.parts.flatMap((part) => [part >> 8, part & 0xff]);
}

/** Whether `cidr` holds `address`; false across families. */
export function cidrContains(cidr: string, address: IpAddress): boolean {
  const slash = cidr.indexOf("/");
  const base = parseIp(slash < 0 ? cidr : cidr.slice(0, slash));
  if (base === undefined || base.family !== address.family) return false;
  const left = ipBytes(base);
  const right = ipBytes(address);
  let bits = slash < 0 ? left.length * 8 : Number(cidr.slice(slash + 1));
  for (let index = 0; index < left.length && bits > 0; index++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((left[index] as number) & mask) !== ((right[index] as number) & mask)) return false;
  }
  return true;
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

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return { family: "IPv4", parts: parts.map(Number) };
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] as string);
  const tail = halves.length === 2 ? groupsOf(halves[1] as string) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return { family: "IPv6", parts: [...head, ...new Array<number>(missing).fill(0), ...tail] };
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  return groups;
}

function longestZeros(parts: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < parts.length; start++) {
    let length = 0;
    while (start + length < parts.length && parts[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
