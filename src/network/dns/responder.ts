import { answerDns, answerQuestion, ECHOED_OPTIONS, refusal } from "./answer.ts";
import { decodeHeader, decodeMessage, HEADER_LENGTH, OPT_TYPE } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { CLASS_IN, type DnsMessage, type DnsRecord, RCODE } from "./message.ts";
import { type DnsZone, EVERYTHING } from "./zone.ts";

export type Transport = "udp" | "tcp";

/** Answers one packet; `undefined` when nothing must be sent back. */
export type DnsResponder = (query: Buffer, transport: Transport) => Buffer | undefined;

/** A ready answer to one question, written without OPT: id, RD and CD, the SOA's serial and the order of addresses are filled in. */
type Template = {
  readonly wire: Buffer;
  /** Where the SOA's serial is, or 0. */
  readonly serialAt: number;
  /** Address records of equal length to rotate, as CoreDNS' `loadbalance` shuffles them. */
  readonly rotation?: { readonly at: number; readonly stride: number; readonly count: number };
  turn: number;
};

const TEMPLATES_MAX = 100_000;
const UDP_MIN = 512;
const UDP_UNCOMPRESSED_MAX = 1480;
const TCP_MAX = 65_535;
const OPT_LENGTH = 11;
/** Counts of a plain query: one question, no records, and at most one additional (OPT). */
const NO_RECORDS = 0x0001_0000;

/**
 * The wire-to-wire path. A question asked before is answered from a ready-made packet, found by its bytes and dropped when the
 * zone entry it came from changes; everything out of the ordinary goes through decode, {@link answerDns}, encode.
 */
export function createResponder(zone: DnsZone): DnsResponder {
  const templates = new Map<string, Template>();
  const keysByToken = new Map<string, string[]>();
  zone.observe((token) => {
    if (token === EVERYTHING) {
      templates.clear();
      keysByToken.clear();
      return;
    }
    for (const key of keysByToken.get(token) ?? []) templates.delete(key);
    keysByToken.delete(token);
  });
  const learn = (query: Buffer, questionEnd: number): Template | undefined => {
    const made = makeTemplate(zone, query, questionEnd);
    if (made === undefined) return undefined;
    if (templates.size >= TEMPLATES_MAX) {
      templates.clear();
      keysByToken.clear();
    }
    const key = query.toString("latin1", HEADER_LENGTH, questionEnd);
    templates.set(key, made.template);
    for (const token of made.depends) {
      const keys = keysByToken.get(token);
      if (keys === undefined) keysByToken.set(token, [key]);
      else keys.push(key);
    }
    return made.template;
  };
  return (query, transport) => {
    const questionEnd = plainQuestionEnd(query);
    if (questionEnd > 0) {
      const key = query.toString("latin1", HEADER_LENGTH, questionEnd);
      const template = templates.get(key) ?? learn(query, questionEnd);
      const ready = template === undefined ? undefined : fill(template, { query, questionEnd, transport, zone });
      if (ready !== undefined) return ready;
    }
    return answerSlowly(zone, query, transport);
  };
}

/** Decode, answer, encode: what every packet may go through. */
export function answerSlowly(zone: DnsZone, bytes: Buffer, transport: Transport): Buffer | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const header = decodeHeader(bytes);
  if (header.flags.response) return undefined;
  if (header.opcode !== 0 && header.opcode !== 4)
    return encodeMessage(refusal(header, RCODE.NOTIMP, header.opcode), limitOf(undefined, transport));
  const [questions, answers, authorities, additionals] = header.counts;
  // The counts miekg/dns accepts in a query.
  const acceptable = questions === 1 && answers <= 1 && authorities <= 1 && additionals <= 2;
  const query = acceptable ? decodeMessage(bytes) : undefined;
  if (query === undefined) return encodeMessage(refusal(header, RCODE.FORMERR, 0), limitOf(undefined, transport));
  const answer = answerDns(zone, query);
  return answer === undefined ? undefined : encodeMessage(answer, limitOf(query.edns?.udpSize, transport));
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

/** Only questions in lower case are kept: names are echoed as they were asked, and other spellings are rare. */
function makeTemplate(
  zone: DnsZone,
  query: Buffer,
  questionEnd: number,
): { readonly template: Template; readonly depends: readonly string[] } | undefined {
  for (let at = HEADER_LENGTH; at < questionEnd - 5; at++) {
    const byte = query[at] as number;
    if (byte >= 0x41 && byte <= 0x5a) return undefined;
  }
  const message = decodeMessage(plainHead(query, questionEnd));
  const question = message?.questions[0];
  if (message === undefined || question === undefined || question.class !== CLASS_IN) return undefined;
  const { depends } = answerQuestion(zone, question);
  const answer = depends === undefined ? undefined : answerDns(zone, message);
  if (depends === undefined || answer === undefined) return undefined;
  const wire = encodeMessage(answer);
  const serialAt = answer.authorities.length > 0 ? wire.length - 20 : 0;
  const rotation = rotationOf(answer.answers, questionEnd);
  return { template: { wire, serialAt, ...(rotation === undefined ? {} : { rotation }), turn: 0 }, depends };
}

/** The query without its OPT and flags. */
function plainHead(query: Buffer, questionEnd: number): Buffer {
  const head = Buffer.from(query.subarray(0, questionEnd));
  head.fill(0, 0, 4);
  head.writeUInt16BE(0, 10);
  return head;
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
  readonly zone: DnsZone;
};

/** Copies a template and fills it in; `undefined` when the query's EDNS is unusual or the answer does not fit. */
function fill(template: Template, asked: Asked): Buffer | undefined {
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
  if (template.serialAt > 0) out.writeUInt32BE(asked.zone.serial, template.serialAt);
  if (template.rotation !== undefined) rotate(template, out);
  if (hasEdns) appendOpt(out, asked, options);
  return out;
}

/** Where the OPT of a query ends, if it is of version 0 and only has options that are echoed; else 0. */
function plainOptEnd(query: Buffer, at: number): number {
  if (at + OPT_LENGTH > query.length || query[at] !== 0 || query.readUInt16BE(at + 1) !== OPT_TYPE) return 0;
  if (query[at + 6] !== 0) return 0;
  const end = at + OPT_LENGTH + query.readUInt16BE(at + 9);
  if (end > query.length) return 0;
  let position = at + OPT_LENGTH;
  while (position < end) {
    if (position + 4 > end || !ECHOED_OPTIONS.has(query.readUInt16BE(position))) return 0;
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
  // Of the flags only DO is copied.
  out.writeUInt16BE(asked.query.readUInt16BE(asked.questionEnd + 7) & 0x8000, at + 7);
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

/** An answer as a message again: for those who ask in process. */
export function ask(responder: DnsResponder, query: DnsMessage): DnsMessage | undefined {
  const answer = responder(encodeMessage(query), "tcp");
  return answer === undefined ? undefined : decodeMessage(answer);
}
