/** An address as numbers: 4 bytes of IPv4, or 8 groups of IPv6. */
export type IpAddress = { readonly family: "IPv4" | "IPv6"; readonly parts: readonly number[] };

/** A network: its base address and how many leading bits of it count. */
export type Cidr = { readonly base: IpAddress; readonly bits: number };

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

/** `10.0.0.1:80`, `[fd00::1]:80`: a host, name or address, and a port as Go's `net.JoinHostPort` writes them. */
export function hostPort(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The bytes of an address, as an A or AAAA record carries them. */
export function ipBytes(address: IpAddress): readonly number[] {
  return address.family === "IPv4" ? address.parts : address.parts.flatMap((part) => [part >> 8, part & 0xff]);
}

/** Reads `10.0.0.0/8` as Go's `net.ParseCIDR` does; `undefined` when it is no network. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const base = parseIp(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  return base === undefined || bits > (base.family === "IPv4" ? 32 : 128) ? undefined : { base, bits };
}

/** Whether `cidr` holds `address`; false across families, and when `cidr` is no network. A bare address holds itself. */
export function cidrContains(cidr: string, address: IpAddress): boolean {
  const network = cidr.includes("/") ? parseCidr(cidr) : parseCidr(`${cidr}/${cidr.includes(":") ? 128 : 32}`);
  return network !== undefined && networkContains(network, address);
}

/** Whether a network that was read before holds `address`. */
export function networkContains({ base, bits }: Cidr, address: IpAddress): boolean {
  if (base.family !== address.family) return false;
  const width = base.family === "IPv4" ? 8 : 16;
  let left = bits;
  for (let index = 0; left > 0; index++, left -= width) {
    const mask = left >= width ? 2 ** width - 1 : (2 ** width - 1) ^ (2 ** (width - left) - 1);
    if (((base.parts[index] as number) & mask) !== ((address.parts[index] as number) & mask)) return false;
  }
  return true;
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
