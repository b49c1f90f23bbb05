import { declare, type Overload } from "../declaration.ts";
import { CelError, type OpaqueValue } from "../values.ts";

/** URLs, addresses and networks. */
export function networkFunctions(): readonly Overload[] {
  return [...urls(), ...addresses(), ...networks()];
}

class Url implements OpaqueValue {
  readonly typeName = "kubernetes.URL";
  readonly parts: UrlParts;

  constructor(parts: UrlParts) {
    this.parts = parts;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Url && other.parts.text === this.parts.text;
  }
}

type UrlParts = {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
};

/** An absolute URL or an absolute path, as Go's `url.ParseRequestURI` takes them. */
function readUrl(text: string): UrlParts | undefined {
  if (/[\s\p{Cc}]/u.test(text)) return undefined;
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?)?(\/[^?]*)?(?:\?(.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, scheme = "", host = "", path = "", query = ""] = match;
  if (scheme === "" && path === "") return undefined;
  if (scheme !== "" && host === "" && path === "") return undefined;
  if (!/^(?:\[[0-9a-fA-F:.]+\]|[^\s[\]:<>"]*)(?::\d*)?$/.test(host)) return undefined;
  return { text, scheme: scheme.toLowerCase(), host, path, query };
}

function urls(): readonly Overload[] {
  const hostname = (host: string): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return [
    declare("isURL(string): bool", (text: string) => readUrl(text) !== undefined),
    declare("url(string): Url", (text: string) => {
      const parts = readUrl(text);
      if (parts === undefined)
        throw new CelError(
          `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
        );
      return new Url(parts);
    }),
    declare("Url.getScheme(): string", ({ parts }: Url) => parts.scheme),
    declare("Url.getHost(): string", ({ parts }: Url) => parts.host),
    declare("Url.getHostname(): string", ({ parts }: Url) => hostname(parts.host)),
    declare("Url.getPort(): string", ({ parts }: Url) => /:(\d+)$/.exec(parts.host)?.[1] ?? ""),
    declare("Url.getEscapedPath(): string", ({ parts }: Url) => encodeURI(decodeOr(parts.path))),
    declare("Url.getQuery(): map<string, list<string>>", ({ parts }: Url) => queryOf(parts.query)),
  ];
}

function decodeOr(text: string): string {
  try {
    return decodeURI(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function queryOf(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

class Ip implements OpaqueValue {
  readonly typeName = "net.IP";
  readonly bits: bigint;
  readonly family: 4 | 6;

  constructor(bits: bigint, family: 4 | 6) {
    this.bits = bits;
    this.family = family;
  }

  get size(): number {
    return this.family === 4 ? 4 : 16;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits;
  }
}

/** An address as `netip.ParseAddr` reads it, without zones and IPv4-mapped ones; the reason why there is none. */
function readIp(text: string): Ip | string {
  const unreadable = `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
  if (!text.includes(":")) {
    const bits = ipv4Bits(text);
    return bits === undefined ? unreadable : new Ip(bits, 4);
  }
  if (text.includes("%")) return `IP address ${JSON.stringify(text)} with zone value is not allowed`;
  const bits = ipv6Bits(text);
  if (bits === undefined) return unreadable;
  if (bits >> 32n === 0xffffn) return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
  return new Ip(bits, 6);
}

function ipv4Bits(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4 || octets.some((octet) => !/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255))
    return undefined;
  return octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(text: string): bigint | undefined {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded !== null) {
    const low = ipv4Bits(embedded[2] ?? "");
    if (low === undefined) return undefined;
    return ipv6Bits(`${embedded[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => "0"), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** The canonical text (RFC 5952). */
function ipText({ bits, family }: Ip): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  const runs = [...`${groups.map((group) => (group === "0" ? "z" : "x")).join("")}`.matchAll(/z{2,}/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (longest === undefined) return groups.join(":");
  const head = groups.slice(0, longest.index).join(":");
  return `${head}::${groups.slice(longest.index + longest[0].length).join(":")}`;
}

function ipOf(text: string): Ip {
  const ip = readIp(text);
  if (typeof ip === "string") throw new CelError(ip);
  return ip;
}

function addresses(): readonly Overload[] {
  const top = ({ bits, family }: Ip, count: number): bigint => bits >> BigInt((family === 4 ? 32 : 128) - count);
  const unspecified = ({ bits }: Ip): boolean => bits === 0n;
  const loopback = (ip: Ip): boolean => (ip.family === 4 ? top(ip, 8) === 127n : ip.bits === 1n);
  const linkLocalUnicast = (ip: Ip): boolean => (ip.family === 4 ? top(ip, 16) === 0xa9fen : top(ip, 10) === 0x3fan);
  const multicast = (ip: Ip): boolean => (ip.family === 4 ? top(ip, 4) === 0xen : top(ip, 8) === 0xffn);
  const linkLocalMulticast = (ip: Ip): boolean =>
    ip.family === 4 ? top(ip, 24) === 0xe00000n : multicast(ip) && (top(ip, 16) & 0xfn) === 2n;
  const global = (ip: Ip): boolean =>
    !unspecified(ip) &&
    !loopback(ip) &&
    !multicast(ip) &&
    !linkLocalUnicast(ip) &&
    !(ip.family === 4 && ip.bits === 0xffff_ffffn);
  return [
    declare("isIP(string): bool", (text: string) => typeof readIp(text) !== "string"),
    declare("ip(string): Ip", ipOf),
    declare("ip.isCanonical(string): bool", (text: string) => ipText(ipOf(text)) === text),
    declare("string(Ip): string", ipText),
    declare("Ip.family(): int", ({ family }: Ip) => BigInt(family)),
    declare("Ip.isUnspecified(): bool", unspecified),
    declare("Ip.isLoopback(): bool", loopback),
    declare("Ip.isLinkLocalMulticast(): bool", linkLocalMulticast),
    declare("Ip.isLinkLocalUnicast(): bool", linkLocalUnicast),
    declare("Ip.isGlobalUnicast(): bool", global),
  ];
}

class Cidr implements OpaqueValue {
  readonly typeName = "net.CIDR";
  readonly ip: Ip;
  readonly prefix: number;

  constructor(ip: Ip, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }

  get size(): number {
    return Math.ceil(this.prefix / 8);
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.ip.equals(this.ip);
  }
}

function readCidr(text: string): Cidr | string {
  const unreadable = `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse`;
  const [, address = "", bits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (address === "") return unreadable;
  const ip = readIp(address);
  if (typeof ip === "string") return ip.startsWith("IPv4-mapped") ? ip : unreadable;
  return Number(bits) > (ip.family === 4 ? 32 : 128) ? unreadable : new Cidr(ip, Number(bits));
}

function cidrOf(text: string): Cidr {
  const cidr = readCidr(text);
  if (typeof cidr === "string") throw new CelError(cidr);
  return cidr;
}

function networks(): readonly Overload[] {
  const shift = ({ ip, prefix }: Cidr): bigint => BigInt((ip.family === 4 ? 32 : 128) - prefix);
  const containsIp = (cidr: Cidr, ip: Ip): boolean =>
    ip.family === cidr.ip.family && ip.bits >> shift(cidr) === cidr.ip.bits >> shift(cidr);
  const containsCidr = (cidr: Cidr, other: Cidr): boolean =>
    other.prefix >= cidr.prefix && containsIp(cidr, masked(other).ip);
  const masked = (cidr: Cidr): Cidr =>
    new Cidr(new Ip((cidr.ip.bits >> shift(cidr)) << shift(cidr), cidr.ip.family), cidr.prefix);
  return [
    declare("isCIDR(string): bool", (text: string) => typeof readCidr(text) !== "string"),
    declare("cidr(string): Cidr", cidrOf),
    declare("string(Cidr): string", ({ ip, prefix }: Cidr) => `${ipText(ip)}/${prefix}`),
    declare("Cidr.containsIP(Ip): bool", containsIp),
    declare("Cidr.containsIP(string): bool", (cidr: Cidr, ip: string) => containsIp(cidr, ipOf(ip))),
    declare("Cidr.containsCIDR(Cidr): bool", containsCidr),
    declare("Cidr.containsCIDR(string): bool", (cidr: Cidr, other: string) => containsCidr(cidr, cidrOf(other))),
    declare("Cidr.ip(): Ip", ({ ip }: Cidr) => ip),
    declare("Cidr.masked(): Cidr", masked),
    declare("Cidr.prefixLength(): int", ({ prefix }: Cidr) => BigInt(prefix)),
  ];
}
