import { must } from "../../std/index.ts";
import { decodeHeader, decodeMessage, decodeQuery, HEADER_LENGTH, OPT_TYPE } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { type DnsZone, EVERYTHING } from "./kubernetes/zone.ts";
import { type DnsMessage, type DnsRecord, RCODE } from "./message.ts";
import { recordLength } from "./message-length.ts";
import type { DnsClient, Request, Transport } from "./server/plugin.ts";
import type { PortAnswer } from "./server/port-server.ts";
import { RETURNED_EDNS_FLAGS, refusal } from "./server/refusal.ts";
import type { Keep } from "./server/reply.ts";

/** Where a packet came from, for a server that must know. */
export type PacketSource = Pick<DnsClient, "address" | "port">;

/** Answers packets as they come from a socket. */
export interface DnsResponder {
  /** Answers one packet; `undefined` when nothing must be sent back. */
  (query: Buffer, transport: Transport, from?: PacketSource): Buffer | undefined;
  /** A zone transfer in as many messages as it takes; `undefined` when the query asks for none. */
  readonly transfer?: (query: Buffer, from?: PacketSource) => readonly Buffer[] | undefined;
  /** Answers a message, noting what each plugin decides. */
  readonly explain?: (
    query: DnsMessage,
    from: PacketSource,
    note: NonNullable<Request["note"]>,
  ) => DnsMessage | undefined;
}

/** Who answers behind the packets. */
type Answerer = {
  readonly zone: DnsZone;
  nowMs(): number;
  answer(
    query: DnsMessage,
    asking: { readonly client: DnsClient; readonly size: number; readonly note?: Request["note"] },
  ): PortAnswer | undefined;
};

/** A ready answer to one question, written without OPT: id, RD, the SOA's serial and the order of addresses are filled in. */
type Template = {
  readonly wire: Buffer;
  readonly untilMs: number;
  /** Where the SOA's serial is, or 0. */
  readonly serialAt: number;
  /** Address records of equal length to rotate, as CoreDNS' `loadbalance` shuffles them. */
  readonly rotation?: { readonly at: number; readonly stride: number; readonly count: number };
  readonly onRepeat: Keep["onRepeat"];
  turn: number;
};

const TEMPLATES_MAX = 100_000;
const UDP_MIN = 512;
const UDP_UNCOMPRESSED_MAX = 1480;
const TCP_MAX = 65_535;
const OPT_LENGTH = 11;
/** Counts of a plain query: one question, no records, and at most one additional (OPT). */
const NO_RECORDS = 0x0001_0000;

/** Where a packet comes from when nobody says. */
const NOWHERE: PacketSource = { address: "127.0.0.1", port: 0 };

/**
 * The wire-to-wire path. A question asked before is answered from a ready-made packet, found by its bytes, dropped when the zone
 * entry it came from changes and made anew when its time is over; everything out of the ordinary goes through decode, the
 * plugins, encode.
 */
export function createResponder(answerer: Answerer): { readonly responder: DnsResponder; stop(): void } {
  const templates = new TemplateStore();
  const stop = answerer.zone.observe((token) => templates.drop(token));
  const answer = (query: Buffer, transport: Transport, from: PacketSource = NOWHERE): Buffer | undefined => {
    const asked: Asked = { query, questionEnd: plainQuestionEnd(query), transport, from };
    if (asked.questionEnd === 0) return encoded(answerSlowly(answerer, asked), asked);
    const key = keyOf(asked);
    const template = templates.get(key);
    if (template !== undefined && template.untilMs > answerer.nowMs()) {
      const ready = fill(template, asked, answerer.zone);
      if (ready !== undefined) return ready;
    }
    const made = answerSlowly(answerer, asked);
    const keep = made?.keep;
    if (made !== undefined && keep !== undefined && isLowerCase(asked))
      templates.set(key, makeTemplate(made.message, keep, asked), keep.tokens);
    return encoded(made, asked);
  };
  const responder: DnsResponder = Object.assign(answer, {
    transfer: (query: Buffer, from: PacketSource = NOWHERE) => transfer(answerer, query, from),
    explain: (query: DnsMessage, from: PacketSource, note: NonNullable<Request["note"]>) => {
      const client: DnsClient = { ...from, transport: "udp" };
      return answerer.answer(query, { client, size: encodeMessage(query).length, note })?.message;
    },
  });
  return { responder, stop };
}

/** Ready answers by question, and which of them hang on which entry. */
class TemplateStore {
  readonly #templates = new Map<string, Template>();
  readonly #keysByToken = new Map<string, string[]>();

  get(key: string): Template | undefined {
    return this.#templates.get(key);
  }

  set(key: string, template: Template, tokens: readonly string[]): void {
    if (this.#templates.size >= TEMPLATES_MAX) this.drop(EVERYTHING);
    this.#templates.set(key, template);
    for (const token of tokens) {
      const keys = this.#keysByToken.get(token);
      if (keys === undefined) this.#keysByToken.set(token, [key]);
      else keys.push(key);
    }
  }

  drop(token: string): void {
    if (token === EVERYTHING) {
      this.#templates.clear();
      this.#keysByToken.clear();
      return;
    }
    for (const key of this.#keysByToken.get(token) ?? []) this.#templates.delete(key);
    this.#keysByToken.delete(token);
  }
}

/** Decode and answer: what every packet may go through. What cannot be read is answered with its header only. */
export function answerSlowly(
  answerer: Answerer,
  asked: Pick<Asked, "query" | "transport" | "from">,
): PortAnswer | undefined {
  const { query: bytes, transport, from } = asked;
  if (bytes.length < HEADER_LENGTH) return undefined;
  const header = decodeHeader(bytes);
  if (header.flags.response) return undefined;
  const refused = (...why: RefusalArgs): PortAnswer => ({ message: refusal(header, ...why), keep: undefined });
  if (header.opcode !== 0 && header.opcode !== 4) return refused(RCODE.NOTIMP, { opcode: header.opcode });
  const [questions, answers, authorities, additionals] = header.counts;
  // The counts miekg/dns accepts in a query.
  if (questions !== 1 || answers > 1 || authorities > 1 || additionals > 2) return refused(RCODE.FORMERR);
  const read = must(decodeQuery(bytes), "a whole header");
  if (!("message" in read)) return refused(RCODE.FORMERR, { questions: read.questions });
  return answerer.answer(read.message, { client: { ...from, transport }, size: bytes.length });
}

type RefusalArgs = Parameters<typeof refusal> extends [unknown, ...infer Rest] ? Rest : never;

/** An answer as a packet of the size the client takes. */
export function encoded(answer: PortAnswer | undefined, { transport }: Pick<Asked, "transport">): Buffer | undefined {
  if (answer === undefined) return undefined;
  return encodeMessage(answer.message, limitOf(answer.message.edns?.udpSize, transport), transport);
}

/** Messages of a transfer hold as many records as fit into this many bytes, since CoreDNS 1.14.3. */
const TRANSFER_BYTES = 63_000;

function transfer(answerer: Answerer, bytes: Buffer, from: PacketSource): readonly Buffer[] | undefined {
  const query = bytes.length < HEADER_LENGTH ? undefined : decodeMessage(bytes);
  const type = query?.questions[0]?.type;
  if (query === undefined || (type !== "AXFR" && type !== "IXFR")) return undefined;
  const answer = answerer.answer(query, { client: { ...from, transport: "tcp" }, size: bytes.length })?.message;
  if (answer === undefined) return undefined;
  return batches(answer.answers).map((answers) => encodeMessage({ ...answer, answers }));
}

/** Records in the portions a transfer sends; one without any when there are none. */
function batches(records: readonly DnsRecord[]): readonly (readonly DnsRecord[])[] {
  const made: DnsRecord[][] = [[]];
  let size = 0;
  for (const record of records) {
    const length = recordLength(record);
    if (size > 0 && size + length > TRANSFER_BYTES) {
      made.push([]);
      size = 0;
    }
    made.at(-1)?.push(record);
    size += length;
  }
  return made;
}

function limitOf(udpSize: number | undefined, transport: Transport): number {
  return transport === "tcp" ? TCP_MAX : Math.max(UDP_MIN, udpSize ?? 0);
}

/** Where the question of an ordinary query ends; 0 when the query is out of the ordinary. */
function plainQuestionEnd(query: Buffer): number {
  if (query.length < HEADER_LENGTH + 5 || ((query[2] as number) & 0xf8) !== 0) return 0;
  if (query.readUInt32BE(4) !== NO_RECORDS || query.readUInt32BE(8) > 1) return 0;
  let at = HEADER_LENGTH;
  for (let size = query[at] as number; size !== 0; size = query[at] as number) {
    at += size + 1;
    if (size > 63 || at + 5 > query.length) return 0;
  }
  return at - HEADER_LENGTH > 254 ? 0 : at + 5;
}

/** Names are echoed as they were asked, and other spellings than lower case are rare: they are not kept. */
function isLowerCase({ query, questionEnd }: Asked): boolean {
  for (let at = HEADER_LENGTH; at < questionEnd - 5; at++) {
    const byte = query[at] as number;
    if (byte >= 0x41 && byte <= 0x5a) return false;
  }
  return true;
}

/** The question's bytes; the rare queries with DO or CD set are kept apart, as a cache keeps them. */
function keyOf({ query, questionEnd }: Asked): string {
  const key = query.toString("latin1", HEADER_LENGTH, questionEnd);
  const cd = (query[3] as number) & 0x10;
  const dnssecOk =
    query[11] === 1 && questionEnd + OPT_LENGTH <= query.length ? (query[questionEnd + 7] as number) & 0x80 : 0;
  return (cd | dnssecOk) === 0 ? key : `${key}/${cd | dnssecOk}`;
}

function makeTemplate(message: DnsMessage, keep: Keep, { questionEnd }: Asked): Template {
  const { edns: _, ...plain } = message;
  const flags = { ...plain.flags, recursionDesired: false, checkingDisabled: false };
  const wire = encodeMessage({ ...plain, id: 0, flags });
  const rotation = keep.rotates ? rotationOf(plain.answers, questionEnd) : undefined;
  return {
    wire,
    untilMs: keep.untilMs,
    serialAt: keep.liveSerial && plain.authorities.length > 0 ? wire.length - 20 : 0,
    ...(rotation === undefined ? {} : { rotation }),
    onRepeat: keep.onRepeat,
    // The answer it was made from was the first.
    turn: 1,
  };
}

function rotationOf(answers: readonly DnsRecord[], questionEnd: number): Template["rotation"] {
  const [first] = answers;
  if (answers.length < 2 || first === undefined || (first.type !== "A" && first.type !== "AAAA")) return undefined;
  const nameLength = questionEnd - 4 - HEADER_LENGTH;
  return { at: questionEnd, stride: nameLength + 10 + (first.type === "A" ? 4 : 16), count: answers.length };
}

type Asked = {
  readonly query: Buffer;
  readonly questionEnd: number;
  readonly transport: Transport;
  readonly from: PacketSource;
};

/** Copies a template and fills it in; `undefined` when the query's EDNS is unusual or the answer does not fit. */
function fill(template: Template, asked: Asked, zone: DnsZone): Buffer | undefined {
  const { query, questionEnd, transport } = asked;
  const { wire } = template;
  const hasEdns = query[11] === 1;
  let limit = UDP_MIN;
  let options: Buffer | undefined;
  if (hasEdns) {
    const end = plainOptEnd(query, questionEnd);
    if (end === 0) return undefined;
    limit = Math.max(UDP_MIN, query.readUInt16BE(questionEnd + 3));
    options = query.subarray(questionEnd + OPT_LENGTH, end);
  }
  const length = wire.length + (hasEdns ? OPT_LENGTH + (options?.length ?? 0) : 0);
  if (length > (transport === "tcp" ? TCP_MAX : Math.min(limit, UDP_UNCOMPRESSED_MAX))) return undefined;
  const out = Buffer.allocUnsafe(length);
  wire.copy(out);
  out[0] = query[0] as number;
  out[1] = query[1] as number;
  out[2] = (out[2] as number) | ((query[2] as number) & 0x01);
  out[3] = (out[3] as number) | ((query[3] as number) & 0x10);
  if (template.serialAt > 0) out.writeUInt32BE(zone.serial, template.serialAt);
  if (template.rotation !== undefined) rotate(template, out);
  if (hasEdns) appendOpt(out, asked, options);
  for (const repeat of template.onRepeat) repeat(transport, asked.from.address);
  return out;
}

/** Options echoed byte by byte, whatever their length: NSID, COOKIE, PADDING. */
const VERBATIM_OPTIONS: ReadonlySet<number> = new Set([3, 10, 12]);

/** Where the OPT of a query ends, if it is of version 0 and only has options that are echoed as they are; else 0. */
function plainOptEnd(query: Buffer, at: number): number {
  if (at + OPT_LENGTH > query.length || query[at] !== 0 || query.readUInt16BE(at + 1) !== OPT_TYPE) return 0;
  if (query[at + 5] !== 0 || query[at + 6] !== 0) return 0;
  const end = at + OPT_LENGTH + query.readUInt16BE(at + 9);
  if (end > query.length) return 0;
  let position = at + OPT_LENGTH;
  while (position < end) {
    if (position + 4 > end || !VERBATIM_OPTIONS.has(query.readUInt16BE(position))) return 0;
    position += 4 + query.readUInt16BE(position + 2);
  }
  return position === end ? end : 0;
}

function appendOpt(out: Buffer, asked: Asked, options: Buffer | undefined): void {
  const optionsLength = options?.length ?? 0;
  const at = out.length - OPT_LENGTH - optionsLength;
  out[11] = (out[11] as number) + 1;
  if (out[11] === 0) out[10] = (out[10] as number) + 1;
  out[at] = 0;
  out.writeUInt16BE(OPT_TYPE, at + 1);
  out.writeUInt16BE(asked.query.readUInt16BE(asked.questionEnd + 3), at + 3);
  out[at + 5] = 0;
  out[at + 6] = 0;
  out.writeUInt16BE(asked.query.readUInt16BE(asked.questionEnd + 7) & RETURNED_EDNS_FLAGS, at + 7);
  out.writeUInt16BE(optionsLength, at + 9);
  options?.copy(out, at + OPT_LENGTH);
}

function rotate(template: Template, out: Buffer): void {
  const { at, stride, count } = template.rotation as NonNullable<Template["rotation"]>;
  const shift = (template.turn++ % count) * stride;
  const end = at + stride * count;
  template.wire.copy(out, at, at + shift, end);
  template.wire.copy(out, end - shift, at, at + shift);
}
