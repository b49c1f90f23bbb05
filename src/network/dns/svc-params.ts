import { canonicalIp, formatIp, ipBytes, parseIp } from "../ip-address.ts";

/** One parameter of an SVCB or HTTPS record (RFC 9460): its key's number and its value on the wire. */
export type SvcParam = { readonly key: number; readonly value: Buffer };

const KEYS = [
  "mandatory",
  "alpn",
  "no-default-alpn",
  "port",
  "ipv4hint",
  "ech",
  "ipv6hint",
  "dohpath",
  "ohttp",
] as const;
const RESERVED_KEY = 65_535;
const EMPTY = Buffer.alloc(0);

/** Reads `alpn="h2,h3"`, taken apart at its sign, without quotes; `undefined` when it is none. */
export function svcParam(name: string, text: string): SvcParam | undefined {
  const key = keyNumber(name);
  const value = key === undefined ? undefined : valueOf(key, text);
  return key === undefined || value === undefined ? undefined : { key, value };
}

/** A parameter as BIND prints it. */
export function svcParamText({ key, value }: SvcParam): string {
  const name = KEYS[key] ?? `key${key}`;
  if (value.length === 0) return name;
  switch (name) {
    case "mandatory":
      return `${name}=${shorts(value).map((one) => KEYS[one] ?? `key${one}`)}`;
    case "port":
      return `${name}=${shorts(value).join()}`;
    case "ipv4hint":
      return `${name}=${pieces(value, 4).map((parts) => formatIp({ family: "IPv4", parts: [...parts] }))}`;
    case "ipv6hint":
      return `${name}=${pieces(value, 16).map((parts) => formatIp({ family: "IPv6", parts: shorts(parts) }))}`;
    case "ech":
      return `${name}=${value.toString("base64")}`;
    case "alpn":
      return `${name}="${alpnTexts(value).join()}"`;
    default:
      return `${name}="${value.toString("latin1").replace(/["\\]/g, "\\$&")}"`;
  }
}

function keyNumber(name: string): number | undefined {
  const known = KEYS.indexOf(name as (typeof KEYS)[number]);
  if (known >= 0) return known;
  const number = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1];
  const key = Number(number);
  return number === undefined || key < KEYS.length || key >= RESERVED_KEY ? undefined : key;
}

function valueOf(key: number, text: string): Buffer | undefined {
  switch (KEYS[key]) {
    case "mandatory": {
      return shortBytes(text.split(",").map((name) => keyNumber(name) ?? RESERVED_KEY));
    }
    case "alpn":
      return alpnBytes(text);
    case "no-default-alpn":
    case "ohttp":
      return text === "" ? EMPTY : undefined;
    case "port":
      return /^\d+$/.test(text) && Number(text) <= 65_535 ? shortBytes([Number(text)]) : undefined;
    case "ipv4hint":
    case "ipv6hint":
      return addressBytes(text, KEYS[key] === "ipv6hint");
    case "ech":
      return Buffer.from(text, "base64");
    default:
      return Buffer.from(unescaped(text), "latin1");
  }
}

function addressBytes(text: string, isIPv6: boolean): Buffer | undefined {
  const addresses = text.split(",").map((one) => (canonicalIp(one) === undefined ? undefined : parseIp(one)));
  if (addresses.some((one) => one === undefined || (one.family === "IPv6") !== isIPv6)) return undefined;
  return Buffer.from(addresses.flatMap((one) => (one === undefined ? [] : ipBytes(one))));
}

/** Protocols, each behind its length; a comma inside of one is escaped twice. */
function alpnBytes(text: string): Buffer | undefined {
  if (text === "") return EMPTY;
  const protocols = (unescaped(text).match(/(?:[^,\\]|\\.)+/gs) ?? []).map((one) => one.replace(/\\(.)/gs, "$1"));
  if (protocols.length !== text.split(/(?<!\\),/).length || protocols.some(({ length }) => length > 255))
    return undefined;
  return Buffer.concat(protocols.map((one) => Buffer.from([one.length, ...Buffer.from(one, "latin1")])));
}

function alpnTexts(value: Buffer): string[] {
  const protocols: string[] = [];
  for (let at = 0; at < value.length; at += 1 + (value[at] as number))
    protocols.push(value.toString("latin1", at + 1, at + 1 + (value[at] as number)).replace(/[,\\]/g, "\\\\$&"));
  return protocols;
}

function unescaped(text: string): string {
  return text.replace(/\\(\d{3}|.)/gs, (_, char: string) =>
    char.length === 3 ? String.fromCharCode(Number(char) & 0xff) : char,
  );
}

function shortBytes(values: readonly number[]): Buffer {
  return Buffer.from([...values].sort((left, right) => left - right).flatMap((value) => [value >> 8, value & 0xff]));
}

function shorts(bytes: Buffer): number[] {
  return pieces(bytes, 2).map((piece) => piece.readUInt16BE(0));
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
