import { must } from "../../std/index.ts";
import { ipBytes, parseIp } from "../ip-address.ts";
import { OPT_TYPE } from "./decode.ts";
import { CLASS_IN, type DnsEdns, type DnsMessage, type DnsRecord, typeNumber } from "./message.ts";
import { labelsOf } from "./name.ts";

const TRUNCATED = 0x02;
const MAX_MESSAGE = 65_535;
const POINTER_LIMIT = 0x4000;
/** An uncompressed UDP answer past this size is compressed to spare fragments. */
const UDP_UNCOMPRESSED_MAX = 1480;

/**
 * Writes a message that fits `limit` bytes, as miekg/dns does for CoreDNS: uncompressed when that fits, else compressed; when
 * even that is too long, records are dropped from the end and TC is set. OPT is always kept. Over UDP, what would need
 * fragments is compressed even if the client takes it.
 */
export function encodeMessage(message: DnsMessage, limit: number = MAX_MESSAGE, over: "tcp" | "udp" = "tcp"): Buffer {
  const plain = write(message, { limit: MAX_MESSAGE + 1, compress: false });
  if (plain.length <= Math.min(limit, over === "udp" ? UDP_UNCOMPRESSED_MAX : MAX_MESSAGE)) return plain;
  return write(message, { limit, compress: true });
}

function write(message: DnsMessage, how: { readonly limit: number; readonly compress: boolean }): Buffer {
  const writer = new Writer(how.compress);
  writeHeader(writer, message);
  for (const question of message.questions) {
    writer.name(question.name, true);
    writer.u16(must(typeNumber(question.type), `number of type ${question.type}`));
    writer.u16(question.class);
  }
  const opt = message.edns === undefined ? undefined : encodeEdns(message.edns, message.rcode);
  const budget = how.limit - (opt?.length ?? 0);
  let truncated = message.flags.truncated;
  const counts = [message.answers, message.authorities, message.additionals].map((records) => {
    const written = truncated ? 0 : writeRecords(writer, records, budget);
    truncated ||= written < records.length;
    return written;
  });
  if (opt !== undefined) writer.bytes(opt);
  const out = writer.finish();
  if (truncated) out.writeUInt8(out.readUInt8(2) | TRUNCATED, 2);
  const [answers = 0, authorities = 0, additionals = 0] = counts;
  out.writeUInt16BE(answers, 6);
  out.writeUInt16BE(authorities, 8);
  out.writeUInt16BE(additionals + (opt === undefined ? 0 : 1), 10);
  return out;
}

/** The OPT pseudo-record, with the upper bits of `rcode`. */
function encodeEdns(edns: DnsEdns, rcode: number): Buffer {
  const dataLength = edns.options.reduce((sum, option) => sum + 4 + option.data.length, 0);
  const out = Buffer.alloc(11 + dataLength);
  out.writeUInt16BE(OPT_TYPE, 1);
  out.writeUInt16BE(edns.udpSize, 3);
  out.writeUInt8(rcode >> 4, 5);
  out.writeUInt8(edns.version, 6);
  out.writeUInt16BE((edns.dnssecOk ? 0x8000 : 0) | (edns.reserved ?? 0), 7);
  out.writeUInt16BE(dataLength, 9);
  let at = 11;
  for (const option of edns.options) {
    out.writeUInt16BE(option.code, at);
    out.writeUInt16BE(option.data.length, at + 2);
    option.data.copy(out, at + 4);
    at += 4 + option.data.length;
  }
  return out;
}

function writeHeader(writer: Writer, message: DnsMessage): void {
  const { flags } = message;
  writer.u16(message.id);
  writer.u8(
    (flags.response ? 0x80 : 0) |
      (message.opcode << 3) |
      (flags.authoritative ? 0x04 : 0) |
      (flags.truncated ? TRUNCATED : 0) |
      (flags.recursionDesired ? 0x01 : 0),
  );
  writer.u8(
    (flags.recursionAvailable ? 0x80 : 0) |
      (flags.authenticData ? 0x20 : 0) |
      (flags.checkingDisabled ? 0x10 : 0) |
      (message.rcode & 0xf),
  );
  writer.u16(message.questions.length);
  for (let section = 0; section < 3; section++) writer.u16(0);
}

/** Writes as many whole records as fit; returns how many. */
function writeRecords(writer: Writer, records: readonly DnsRecord[], budget: number): number {
  for (const [index, record] of records.entries()) {
    const mark = writer.mark();
    writeRecord(writer, record);
    if (writer.length > budget) {
      writer.back(mark);
      return index;
    }
  }
  return records.length;
}

function writeRecord(writer: Writer, record: DnsRecord): void {
  writer.name(record.name, true);
  writer.u16(must(typeNumber(record.type), `number of type ${record.type}`));
  writer.u16(record.class ?? CLASS_IN);
  writer.u32(record.ttl);
  const lengthAt = writer.length;
  writer.u16(0);
  writeData(writer, record);
  writer.patch16(lengthAt, writer.length - lengthAt - 2);
}

function writeData(writer: Writer, record: DnsRecord): void {
  switch (record.type) {
    case "A":
    case "AAAA":
      for (const byte of ipBytes(must(parseIp(record.address), `address ${record.address}`))) writer.u8(byte);
      return;
    case "CNAME":
    case "NS":
    case "PTR":
      writer.name(record.target, true);
      return;
    case "SRV":
      writer.u16(record.priority);
      writer.u16(record.weight);
      writer.u16(record.port);
      // RFC 2782 forbids compression here.
      writer.name(record.target, false);
      return;
    case "MX":
      writer.u16(record.preference);
      writer.name(record.target, true);
      return;
    case "CAA":
      writer.u8(record.flags);
      writer.u8(record.tag.length);
      writer.bytes(Buffer.from(record.tag + record.value, "latin1"));
      return;
    case "TXT":
    case "HINFO":
      for (const text of record.texts) {
        writer.u8(text.length);
        writer.bytes(Buffer.from(text, "latin1"));
      }
      return;
    case "SOA":
      writer.name(record.primary, true);
      writer.name(record.mailbox, true);
      for (const value of [record.serial, record.refresh, record.retry, record.expire, record.minimum])
        writer.u32(value);
      return;
    default:
      writer.bytes(record.data);
  }
}

/** Appends bytes, and remembers where names began so that later ones can point back. */
class Writer {
  #buffer = Buffer.allocUnsafe(512);
  #length = 0;
  readonly #compress: boolean;
  readonly #seen = new Map<string, number>();

  constructor(compress: boolean) {
    this.#compress = compress;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
  }

  bytes(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#length += bytes.copy(this.#buffer, this.#length);
  }

  patch16(at: number, value: number): void {
    this.#buffer.writeUInt16BE(value, at);
  }

  name(name: string, compressible: boolean): void {
    const labels = labelsOf(name);
    for (let index = 0; index < labels.length; index++) {
      const suffix = this.#compress ? labels.slice(index).join("\0") : "";
      const seen = this.#compress && compressible ? this.#seen.get(suffix) : undefined;
      if (seen !== undefined) {
        this.u16(0xc000 | seen);
        return;
      }
      if (this.#compress && this.#length < POINTER_LIMIT && !this.#seen.has(suffix))
        this.#seen.set(suffix, this.#length);
      const label = labels[index] as string;
      this.#reserve(label.length + 1);
      this.#buffer[this.#length++] = label.length;
      this.#length += this.#buffer.write(label, this.#length, "latin1");
    }
    this.u8(0);
  }

  mark(): number {
    return this.#length;
  }

  /** Forgets everything after `mark`, names included. */
  back(mark: number): void {
    this.#length = mark;
    for (const [suffix, at] of this.#seen) if (at >= mark) this.#seen.delete(suffix);
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
