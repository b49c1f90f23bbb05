import { type GoUrl, parseUrl, queryValues } from "../../../apimachinery/index.ts";
import { declare, type Overload } from "../declaration.ts";
import { CelError, type OpaqueValue } from "../values.ts";
import { Ip, parseIp, parsePrefix } from "./go-address.ts";

/** URLs, addresses and networks. */
export function networkFunctions(): readonly Overload[] {
  return [...urls(), ...addresses(), ...networks()];
}

class Url implements OpaqueValue {
  readonly typeName = "kubernetes.URL";
  readonly parts: GoUrl;

  constructor(parts: GoUrl) {
    this.parts = parts;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Url && other.parts.text === this.parts.text;
  }
}

function urls(): readonly Overload[] {
  const hostname = (host: string): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return [
    declare("isURL(string): bool", (text: string) => typeof parseUrl(text) !== "string"),
    declare("url(string): Url", (text: string) => {
      const parts = parseUrl(text);
      if (typeof parts === "string") throw new CelError(`URL parse error during conversion from string: ${parts}`);
      return new Url(parts);
    }),
    declare("Url.getScheme(): string", ({ parts }: Url) => parts.scheme),
    declare("Url.getHost(): string", ({ parts }: Url) => parts.host),
    declare("Url.getHostname(): string", ({ parts }: Url) => hostname(parts.host)),
    declare("Url.getPort(): string", ({ parts }: Url) => /:(\d+)$/.exec(parts.host)?.[1] ?? ""),
    declare("Url.getEscapedPath(): string", ({ parts }: Url) => parts.escapedPath),
    declare("Url.getQuery(): map<string, list<string>>", ({ parts }: Url) => queryValues(parts.query)),
  ];
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
  const ip = parseIp(text);
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
    declare("isIP(string): bool", (text: string) => typeof parseIp(text) !== "string"),
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

function cidrOf(text: string): Cidr {
  const network = parsePrefix(text);
  if (typeof network !== "string") return new Cidr(network.ip, network.prefix);
  throw new CelError(`network address parse error during conversion from string: ${network}`);
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
    declare("isCIDR(string): bool", (text: string) => typeof parsePrefix(text) !== "string"),
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
