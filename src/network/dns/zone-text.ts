import { canonicalIp } from "../ip-address.ts";
import { dataOfWords } from "./laid-out-data.ts";
import { type DnsRecord, isOpaqueType, typeNumber } from "./message.ts";
import { isWireName } from "./name.ts";
import { recordProblem } from "./record-problem.ts";

type Defaults = {
  readonly origin: string;
  /** Of records that state none: that of `$TTL`, else what the record before was given. */
  readonly ttl: number;
  readonly owner: string;
};

/** Of a record that stands alone. */
const TTL_SECONDS = 3600;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads a zone file (RFC 1035 section 5): `$ORIGIN`, `$TTL`, owners left out, parentheses, comments. A text says what is
 * wrong, in the words of miekg/dns.
 */
export function parseZoneFile(text: string, zone: string): readonly DnsRecord[] | string {
  let defaults: Defaults = { origin: zone, ttl: 0, owner: zone };
  let isTtlSet = false;
  const records: DnsRecord[] = [];
  for (const { words, raw, number, ownerless } of logicalLines(text)) {
    const [first = ""] = words;
    if (first === "$ORIGIN") defaults = { ...defaults, origin: absolute(words[1] ?? ".", defaults.origin) };
    else if (first === "$TTL") {
      defaults = { ...defaults, ttl: secondsOf(words[1] ?? "") ?? defaults.ttl };
      isTtlSet = true;
    } else {
      const owner = ownerless ? defaults.owner : absolute(first, defaults.origin);
      const record = recordOf(ownerless ? words : words.slice(1), { ...defaults, owner });
      if (record === undefined) return recordProblem(raw, number);
      records.push(record);
      defaults = { ...defaults, owner, ttl: isTtlSet ? defaults.ttl : record.ttl };
    }
  }
  return records;
}

/** One record as `dig` prints it: `www.example.org. 60 IN A 10.0.0.1`; `undefined` when it is none. */
export function parseRecord(text: string): DnsRecord | undefined {
  const [line] = logicalLines(text);
  if (line === undefined) return undefined;
  return recordOf(line.words.slice(1), { origin: ".", ttl: TTL_SECONDS, owner: absolute(line.words[0] ?? ".", ".") });
}

/** The words of a record, and the line it begins at. */
type LogicalLine = {
  readonly words: readonly string[];
  readonly raw: string;
  readonly number: number;
  readonly ownerless: boolean;
};

/** Lines as records see them: joined between parentheses, without comments, quoted texts kept whole behind a `"`. */
function logicalLines(text: string): readonly LogicalLine[] {
  const lines: (LogicalLine & { readonly words: string[] })[] = [];
  let depth = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    const parts = raw.match(/"(?:[^"\\]|\\.)*"|;.*|[()]|[^\s();"]+/g) ?? [];
    const words: string[] = [];
    const continues = depth > 0;
    for (const part of parts) {
      if (part.startsWith(";")) break;
      if (part === "(") depth++;
      else if (part === ")") depth--;
      else words.push(part.startsWith('"') ? part.slice(0, -1) : part);
    }
    if (words.length === 0) continue;
    if (continues) lines.at(-1)?.words.push(...words);
    else lines.push({ words, raw, number: index + 1, ownerless: /^\s/.test(raw) });
  }
  return lines;
}

function recordOf(words: readonly string[], defaults: Defaults): DnsRecord | undefined {
  const rest = [...words];
  let { ttl } = defaults;
  for (;;) {
    const [word = ""] = rest;
    const seconds = /^\d/.test(word) ? secondsOf(word) : undefined;
    if (seconds !== undefined) ttl = seconds;
    else if (!/^(IN|CH|ANY)$/i.test(word)) break;
    rest.shift();
  }
  const type = (rest.shift() ?? "").toUpperCase();
  if (typeNumber(type) === undefined) return undefined;
  return dataOf({ name: defaults.owner, ttl }, type, rest, defaults.origin);
}

function dataOf(
  head: { readonly name: string; readonly ttl: number },
  type: string,
  data: readonly string[],
  origin: string,
): DnsRecord | undefined {
  const name = (at: number): string => absolute(data[at] ?? "", origin);
  const numbers = data.map(Number);
  const number = (at: number): number => numbers[at] ?? Number.NaN;
  switch (type) {
    case "A":
    case "AAAA": {
      const address = data.length === 1 ? canonicalIp(data[0] as string) : undefined;
      return address === undefined || address.includes(":") !== (type === "AAAA")
        ? undefined
        : { ...head, type, address };
    }
    case "CNAME":
    case "NS":
    case "PTR":
      return data.length === 1 && isWireName(name(0)) ? { ...head, type, target: name(0) } : undefined;
    case "MX":
      return data.length === 2 && isShort(number(0))
        ? { ...head, type, preference: number(0), target: name(1) }
        : undefined;
    case "SRV":
      if (data.length !== 4 || ![0, 1, 2].every((at) => isShort(number(at)))) return undefined;
      return { ...head, type, priority: number(0), weight: number(1), port: number(2), target: name(3) };
    case "TXT":
    case "HINFO":
      return data.length === 0 ? undefined : { ...head, type, texts: data.map(textOf) };
    case "CAA":
      return data.length === 3
        ? { ...head, type, flags: number(0), tag: data[1] as string, value: textOf(data[2] as string) }
        : undefined;
    case "SOA": {
      const times = data.slice(2).map(secondsOf);
      const [serial, refresh, retry, expire, minimum] = times.map((seconds) => seconds ?? Number.NaN);
      if (data.length !== 7 || times.includes(undefined)) return undefined;
      const clock = { serial: serial as number, refresh: refresh as number, retry: retry as number };
      return {
        ...head,
        type,
        primary: name(0),
        mailbox: name(1),
        ...clock,
        expire: expire as number,
        minimum: minimum as number,
      };
    }
    default: {
      const bytes = isOpaqueType(type) ? dataOfWords(type, data, (word) => absolute(word, origin)) : undefined;
      return isOpaqueType(type) && bytes !== undefined ? { ...head, type, data: bytes } : undefined;
    }
  }
}

function isShort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function absolute(name: string, origin: string): string {
  if (name === "@") return origin;
  if (name.endsWith(".")) return name;
  return origin === "." ? `${name}.` : `${name}.${origin}`;
}

/** A quoted text begins with its quote here; escapes are taken out. */
function textOf(word: string): string {
  return (word.startsWith('"') ? word.slice(1) : word).replace(/\\(\d{3}|.)/g, (_, char: string) =>
    char.length === 3 ? String.fromCharCode(Number(char) & 0xff) : char,
  );
}

/** `300`, `1h30m`, `2d`. */
function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+[smhdw]?)+$/i.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit = ""] of text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g))
    total += Number(digits) * (UNITS[unit] ?? 1);
  return total > 0xffff_ffff ? undefined : total;
}
