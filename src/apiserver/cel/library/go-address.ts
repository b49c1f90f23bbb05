import type { OpaqueValue } from "../values.ts";

/** An address, as its bits. */
export class Ip implements OpaqueValue {
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

class AddressProblem extends Error {}

/** An address as `netip.ParseAddr` reads it, without zones and IPv4-mapped ones; the reason why there is none. */
export function parseIp(text: string): Ip | string {
  const address = parseAddress(text);
  if (typeof address === "string")
    return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ${address}`;
  if (address.zone !== "") return `IP address ${JSON.stringify(text)} with zone value is not allowed`;
  if (isMapped(address.ip)) return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
  return address.ip;
}

/** An address and a prefix length, as `netip.ParsePrefix` reads them; the reason why there are none. */
export function parsePrefix(text: string): { readonly ip: Ip; readonly prefix: number } | string {
  const error = (why: string): string =>
    `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${why}`;
  const slash = text.lastIndexOf("/");
  if (slash < 0) return error("no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === "string") return error(address);
  if (address.zone !== "") return error("IPv6 zones cannot be present in a prefix");
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d*)$/.test(bits)) return error(`bad bits after slash: ${JSON.stringify(bits)}`);
  if (Number(bits) > (address.ip.family === 4 ? 32 : 128)) return error("prefix length out of range");
  if (isMapped(address.ip)) return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
  return { ip: address.ip, prefix: Number(bits) };
}

function isMapped({ bits, family }: Ip): boolean {
  return family === 6 && bits >> 32n === 0xffffn;
}

function parseAddress(text: string): { readonly ip: Ip; readonly zone: string } | string {
  try {
    const first = /[.:%]/.exec(text)?.[0];
    if (first === ".") return { ip: new Ip(ipv4Bits(text), 4), zone: "" };
    if (first === ":") {
      const percent = text.indexOf("%");
      if (percent < 0) return { ip: new Ip(ipv6Bits(text), 6), zone: "" };
      const zone = text.slice(percent + 1);
      if (zone === "") throw new AddressProblem("zone must be a non-empty string");
      return { ip: new Ip(ipv6Bits(text.slice(0, percent)), 6), zone };
    }
    throw new AddressProblem(first === "%" ? "missing IPv6 address" : "unable to parse IP");
  } catch (error) {
    if (error instanceof AddressProblem) return `ParseAddr(${JSON.stringify(text)}): ${error.message}`;
    throw error;
  }
}

function problem(message: string, at: string): AddressProblem {
  return new AddressProblem(`${message} (at ${JSON.stringify(at)})`);
}

function ipv4Bits(text: string): bigint {
  let bits = 0n;
  let value = 0;
  let digits = 0;
  let fields = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (/\d/.test(character)) {
      if (digits === 1 && value === 0) throw new AddressProblem("IPv4 field has octet with leading zero");
      value = value * 10 + Number(character);
      digits++;
      if (value > 255) throw new AddressProblem("IPv4 field has value >255");
    } else if (character === ".") {
      if (digits === 0 || at === text.length - 1)
        throw problem("IPv4 field must have at least one digit", text.slice(at));
      if (fields === 3) throw new AddressProblem("IPv4 address too long");
      bits = (bits << 8n) | BigInt(value);
      fields++;
      value = 0;
      digits = 0;
    } else throw problem("unexpected character", text.slice(at));
  }
  if (fields < 3) throw new AddressProblem("IPv4 address too short");
  return (bits << 8n) | BigInt(value);
}

function ipv6Bits(text: string): bigint {
  const groups: number[] = [];
  let gap = -1;
  let rest = text;
  if (rest.startsWith("::")) {
    gap = 0;
    rest = rest.slice(2);
    if (rest === "") return 0n;
  }
  while (groups.length < 8) {
    const [hex = ""] = /^[0-9a-fA-F]*/.exec(rest) ?? [];
    if (hex.length > 4) throw problem("each group must have 4 or less digits", rest);
    if (hex === "") throw problem("each colon-separated field must have at least one digit", rest);
    if (rest[hex.length] === ".") {
      pushEmbedded(groups, gap, rest);
      rest = "";
      break;
    }
    groups.push(Number.parseInt(hex, 16));
    rest = rest.slice(hex.length);
    if (rest === "") break;
    if (!rest.startsWith(":")) throw problem("unexpected character, want colon", rest);
    if (rest.length === 1) throw problem("colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (!rest.startsWith(":")) continue;
    if (gap >= 0) throw problem("multiple :: in address", rest);
    gap = groups.length;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") throw problem("trailing garbage after address", rest);
  return bitsOf(groups, gap);
}

/** The last four bytes may be written as IPv4 does. */
function pushEmbedded(groups: number[], gap: number, rest: string): void {
  if (gap < 0 && groups.length !== 6)
    throw problem("embedded IPv4 address must replace the final 2 fields of the address", rest);
  if (groups.length > 6) throw problem("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
  const low = Number(ipv4Bits(rest));
  groups.push(Math.floor(low / 0x10000), low % 0x10000);
}

function bitsOf(groups: readonly number[], gap: number): bigint {
  const missing = 8 - groups.length;
  if (missing > 0 && gap < 0) throw new AddressProblem("address string too short");
  if (missing === 0 && gap >= 0) throw new AddressProblem("the :: must expand to at least one field of zeros");
  const all = gap < 0 ? groups : [...groups.slice(0, gap), ...new Array<number>(missing).fill(0), ...groups.slice(gap)];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}
