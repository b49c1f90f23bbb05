import { addressAt, type Cidr, formatCidr, formatIp, type IpAddress, parseIp } from "../std/index.ts";

/** An address as fields of old read it: leading zeros count for nothing, and IPv4 in IPv6's clothes is IPv4 (`ParseIPSloppy`). */
export function looseIp(text: string): IpAddress | undefined {
  if (!text.includes(":")) return parseIp(withoutZeros(text));
  const at = text.lastIndexOf(":") + 1;
  const dotted = text.slice(at).includes(".") ? parseIp(withoutZeros(text.slice(at))) : undefined;
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.parts ?? [];
  const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const address = parseIp(dotted === undefined ? text : `${text.slice(0, at)}${tail}`);
  return address !== undefined && isMapped(address) ? unmapped(address) : address;
}

/** A network read the same way (`ParseCIDRSloppy`); its base keeps the bits that do not count. */
export function looseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const written = text.slice(slash + 1);
  const base = slash < 0 || !/^\d{1,3}$/.test(written) ? undefined : looseIp(text.slice(0, slash));
  if (base === undefined) return undefined;
  const isNarrowed = base.family === "IPv4" && text.includes(":");
  const bits = Number(written) - (isNarrowed ? 96 : 0);
  return bits < 0 || bits > widthOf(base) ? undefined : { base, bits };
}

/** A network without the bits that do not count. */
export function maskedCidr(network: Cidr): Cidr {
  return { ...network, base: addressAt(network, 0) };
}

/** What is odd about an address that is let through all the same (`GetWarningsForIP`). */
export function addressWarnings(field: string, text: string): readonly string[] {
  const address = looseIp(text);
  if (address === undefined) return [];
  const shown = formatIp(address);
  if (isNonStandard(text, address)) return [`${field}: non-standard IP address "${text}" is invalid: use "${shown}"`];
  if (shown === text) return [];
  return [`${field}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${shown}")`];
}

/** The same of a network (`GetWarningsForCIDR`). */
export function networkWarnings(field: string, text: string): readonly string[] {
  const network = looseCidr(text);
  if (network === undefined) return [];
  const shown = formatCidr(maskedCidr(network));
  const alone = `${formatIp(network.base)}/${widthOf(network.base)}`;
  const isExact = formatIp(network.base) === formatIp(maskedCidr(network).base);
  const odd = isNonStandard(text.slice(0, text.indexOf("/")), network.base);
  const warnings = [
    ...(isExact
      ? []
      : [`${field}: CIDR value "${text}" is ambiguous in this context (should be "${shown}" or "${alone}"?)`]),
    ...(odd ? [`${field}: non-standard CIDR value "${text}" is invalid: use "${shown}"`] : []),
  ];
  if (warnings.length > 0 || shown === text) return warnings;
  return [`${field}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${shown}")`];
}

function isNonStandard(text: string, address: IpAddress): boolean {
  return address.family === "IPv4" && parseIp(text)?.family !== "IPv4";
}

function isMapped({ family, parts }: IpAddress): boolean {
  return family === "IPv6" && parts[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0);
}

function unmapped({ parts }: IpAddress): IpAddress {
  return { family: "IPv4", parts: parts.slice(6).flatMap((part) => [part >> 8, part & 0xff]) };
}

function withoutZeros(text: string): string {
  return text.replace(/(^|\.)0+(?=\d)/g, "$1");
}

function widthOf({ family }: IpAddress): number {
  return family === "IPv4" ? 32 : 128;
}
