import { formatIp } from "../ip-address.ts";
import {
  CLASS_IN,
  type DnsEdns,
  type DnsFlags,
  type DnsMessage,
  type DnsQuestion,
  type DnsRecord,
  isOpaqueType,
  typeName,
} from "./message.ts";
import { nameOf } from "./name.ts";

export const HEADER_LENGTH = 12;
export const OPT_TYPE = 41;
/** More than a name of 255 bytes can need. */
const POINTERS_MAX = 126;

const OPTION = { llq: 1, updateLease: 2, clientSubnet: 8, expire: 9, tcpKeepalive: 11, extendedError: 15 } as const;

/** The numbers of a message's fixed header. */
export type DnsHeader = {
  readonly id: number;
  readonly opcode: number;
  readonly rcode: number;
  readonly flags: DnsFlags;
  readonly counts: readonly [number, number, number, number];
};

type Section = { records: DnsRecord[]; edns?: DnsEdns; rcodeHigh: number };
type Read<T> = { readonly value: T; readonly next: number };

/** Reads the header; the buffer must hold its 12 bytes. */
export function decodeHeader(bytes: Buffer): DnsHeader {
  const high = bytes.readUInt8(2);
  const low = bytes.readUInt8(3);
  return {
    id: bytes.readUInt16BE(0),
    opcode: (high >> 3) & 0xf,
    rcode: low & 0xf,
    flags: {
      response: (high & 0x80) !== 0,
      authoritative: (high & 0x04) !== 0,
      truncated: (high & 0x02) !== 0,
      recursionDesired: (high & 0x01) !== 0,
      recursionAvailable: (low & 0x80) !== 0,
      authenticData: (low & 0x20) !== 0,
      checkingDisabled: (low & 0x10) !== 0,
    },
    counts: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8), bytes.readUInt16BE(10)],
  };
}

/** Reads a message; `undefined` when it is malformed. Records of types this server never writes are left out; trailing bytes are ignored. */
export function decodeMessage(bytes: Buffer): DnsMessage | undefined {
  const read = decodeQuery(bytes);
  return read !== undefined && "message" in read ? read.message : undefined;
}

/** A message, or what of a malformed one could be read: a server that refuses it repeats that much. */
export type DecodedQuery =
  | { readonly message: DnsMessage }
  | { readonly header: DnsHeader; readonly questions: readonly DnsQuestion[] };

/**
 * Reads as miekg/dns does for CoreDNS: a message may end before its counts say so, wherever something ends; what has begun must
 * be whole. `undefined` without a whole header.
 */
export function decodeQuery(bytes: Buffer): DecodedQuery | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const header = decodeHeader(bytes);
  const { counts, ...head } = header;
  const questions: DnsQuestion[] = [];
  let at = HEADER_LENGTH;
  for (let index = 0; index < counts[0] && at < bytes.length; index++) {
    const question = readQuestion(bytes, at);
    if (question === undefined) return { header, questions };
    questions.push(question.value);
    at = question.next;
  }
  const sections: DnsRecord[][] = [];
  let edns: DnsEdns | undefined;
  let rcode = header.rcode;
  for (const [index, count] of counts.slice(1).entries()) {
    const section = readSection(bytes, at, count);
    if (section === undefined) return { header, questions };
    sections.push(section.value.records);
    at = section.next;
    // An OPT elsewhere means nothing.
    if (index < 2) continue;
    edns = section.value.edns;
    rcode |= section.value.rcodeHigh;
  }
  const [answers = [], authorities = [], additionals = []] = sections;
  const message = { ...head, rcode, questions, answers, authorities, additionals };
  return { message: edns === undefined ? message : { ...message, edns } };
}

/** A question may lack its class, or its type as well. */
function readQuestion(bytes: Buffer, at: number): Read<DnsQuestion> | undefined {
  const name = readName(bytes, at);
  const left = name === undefined ? 1 : bytes.length - name.next;
  if (name === undefined || left === 1 || left === 3) return undefined;
  const type = typeName(left === 0 ? 0 : bytes.readUInt16BE(name.next));
  const asked = left < 4 ? 0 : bytes.readUInt16BE(name.next + 2);
  return { value: { name: name.value, type, class: asked }, next: name.next + Math.min(left, 4) };
}

/** Reads a name at `at`, following compression pointers; so many of them that no message can make it loop. */
function readName(bytes: Buffer, at: number): Read<string> | undefined {
  const labels: string[] = [];
  let next: number | undefined;
  let pointers = 0;
  let length = 1;
  for (let position = at; position < bytes.length; ) {
    const size = bytes[position] as number;
    if (size === 0) return { value: nameOf(labels), next: next ?? position + 1 };
    if (size >= 0xc0) {
      if (position + 1 >= bytes.length || ++pointers > POINTERS_MAX) return undefined;
      next ??= position + 2;
      position = ((size & 0x3f) << 8) | (bytes[position + 1] as number);
      continue;
    }
    length += size + 1;
    if (size > 63 || length > 255 || position + 1 + size > bytes.length) return undefined;
    labels.push(bytes.toString("latin1", position + 1, position + 1 + size));
    position += size + 1;
  }
  return undefined;
}

function readSection(bytes: Buffer, start: number, count: number): Read<Section> | undefined {
  const section: Section = { records: [], rcodeHigh: 0 };
  let at = start;
  for (let index = 0; index < count && at < bytes.length; index++) {
    const name = readName(bytes, at);
    if (name === undefined || name.next + 10 > bytes.length) return undefined;
    const fixed = name.next;
    const dataAt = fixed + 10;
    const end = dataAt + bytes.readUInt16BE(fixed + 8);
    if (end > bytes.length) return undefined;
    if (bytes.readUInt16BE(fixed) === OPT_TYPE) {
      const edns = readEdns(bytes, fixed, end);
      if (edns === undefined) return undefined;
      section.edns = edns;
      section.rcodeHigh = bytes.readUInt8(fixed + 4) << 4;
    } else {
      const record = readRecord(bytes, { name: name.value, fixed, end });
      if (record === undefined) return undefined;
      if (record !== "unknown") section.records.push(record);
    }
    at = end;
  }
  return { value: section, next: at };
}

function readRecord(
  bytes: Buffer,
  where: { readonly name: string; readonly fixed: number; readonly end: number },
): DnsRecord | "unknown" | undefined {
  const { name, fixed, end } = where;
  const at = fixed + 10;
  const type = typeName(bytes.readUInt16BE(fixed));
  if (end === at) return "unknown";
  const recordClass = bytes.readUInt16BE(fixed + 2);
  const head = {
    name,
    ttl: bytes.readUInt32BE(fixed + 4),
    ...(recordClass === CLASS_IN ? {} : { class: recordClass }),
  };
  switch (type) {
    case "A":
      return end - at === 4
        ? { ...head, type, address: formatIp({ family: "IPv4", parts: [...bytes.subarray(at, end)] }) }
        : undefined;
    case "AAAA": {
      if (end - at !== 16) return undefined;
      const parts = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + index * 2));
      return { ...head, type, address: formatIp({ family: "IPv6", parts }) };
    }
    case "CNAME":
    case "NS":
    case "PTR": {
      const target = readName(bytes, at);
      return target?.next !== end ? undefined : { ...head, type, target: target.value };
    }
    case "SRV": {
      const target = end - at > 6 ? readName(bytes, at + 6) : undefined;
      if (target?.next !== end) return undefined;
      const [priority, weight, port] = [0, 2, 4].map((offset) => bytes.readUInt16BE(at + offset));
      return { ...head, type, priority: priority ?? 0, weight: weight ?? 0, port: port ?? 0, target: target.value };
    }
    case "MX": {
      const target = end - at > 2 ? readName(bytes, at + 2) : undefined;
      if (target?.next !== end) return undefined;
      return { ...head, type, preference: bytes.readUInt16BE(at), target: target.value };
    }
    case "CAA": {
      const size = end - at < 2 ? end : (bytes[at + 1] as number);
      if (at + 2 + size > end) return undefined;
      const [tag, value] = [
        bytes.toString("latin1", at + 2, at + 2 + size),
        bytes.toString("latin1", at + 2 + size, end),
      ];
      return { ...head, type, flags: bytes[at] as number, tag, value };
    }
    case "TXT":
    case "HINFO":
      return { ...head, type, texts: readTexts(bytes, at, end) };
    case "SOA":
      return readSoa(bytes, head, { at, end });
    default:
      return isOpaqueType(type) ? { ...head, type, data: Buffer.from(bytes.subarray(at, end)) } : "unknown";
  }
}

function readSoa(
  bytes: Buffer,
  head: { readonly name: string; readonly ttl: number; readonly class?: number },
  where: { readonly at: number; readonly end: number },
): DnsRecord | undefined {
  const primary = readName(bytes, where.at);
  const mailbox = primary === undefined ? undefined : readName(bytes, primary.next);
  if (primary === undefined || mailbox === undefined || mailbox.next + 20 !== where.end) return undefined;
  const number = (index: number): number => bytes.readUInt32BE(mailbox.next + index * 4);
  return {
    ...head,
    type: "SOA",
    primary: primary.value,
    mailbox: mailbox.value,
    serial: number(0),
    refresh: number(1),
    retry: number(2),
    expire: number(3),
    minimum: number(4),
  };
}

function readTexts(bytes: Buffer, at: number, end: number): string[] {
  const texts: string[] = [];
  for (let position = at; position < end; ) {
    const size = bytes[position] as number;
    texts.push(bytes.toString("latin1", position + 1, Math.min(end, position + 1 + size)));
    position += size + 1;
  }
  return texts;
}

function readEdns(bytes: Buffer, fixed: number, end: number): DnsEdns | undefined {
  const options: { code: number; data: Buffer }[] = [];
  for (let at = fixed + 10; at < end; ) {
    if (at + 4 > end) return undefined;
    const size = bytes.readUInt16BE(at + 2);
    if (at + 4 + size > end) return undefined;
    const code = bytes.readUInt16BE(at);
    const data = optionData(code, bytes.subarray(at + 4, at + 4 + size));
    if (data === undefined) return undefined;
    options.push({ code, data });
    at += 4 + size;
  }
  const flags = bytes.readUInt16BE(fixed + 6);
  return {
    udpSize: bytes.readUInt16BE(fixed + 2),
    version: bytes.readUInt8(fixed + 5),
    dnssecOk: (flags & 0x8000) !== 0,
    ...((flags & 0x7fff) === 0 ? {} : { reserved: flags & 0x7fff }),
    options,
  };
}

/** An option's data as it is understood, and would be written again; `undefined` when it makes no sense (miekg/dns `edns.go`). */
function optionData(code: number, data: Buffer): Buffer | undefined {
  switch (code) {
    case OPTION.llq:
      return data.length < 18 ? undefined : data.subarray(0, 18);
    case OPTION.updateLease:
      return data.length === 4 || data.length === 8 ? data : undefined;
    case OPTION.clientSubnet:
      return isClientSubnet(data) ? data : undefined;
    case OPTION.expire:
      return data.length === 0 ? data : data.length < 4 ? undefined : data.subarray(0, 4);
    case OPTION.tcpKeepalive:
      if (data.length === 0) return data;
      return data.length !== 2 ? undefined : data.readUInt16BE(0) === 0 ? data.subarray(0, 0) : data;
    case OPTION.extendedError:
      return data.length < 2 ? undefined : data;
    default:
      return data;
  }
}

function isClientSubnet(data: Buffer): boolean {
  if (data.length < 4) return false;
  const [family, bits, scope] = [data.readUInt16BE(0), data.readUInt8(2), data.readUInt8(3)];
  if (family === 0) return bits === 0;
  const most = family === 1 ? 32 : 128;
  return (family === 1 || family === 2) && bits <= most && scope <= most;
}
