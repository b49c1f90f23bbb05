import { assertNever } from "../../../std/index.ts";

/** The frames of SPDY/3.1 that mean something here. Header blocks are still compressed. */
export type SpdyFrame =
  | { readonly type: "data"; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | {
      readonly type: "synStream";
      readonly streamId: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      readonly block: Buffer;
    }
  | { readonly type: "synReply"; readonly streamId: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: "headers"; readonly streamId: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: "rstStream"; readonly streamId: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway"; readonly lastStreamId: number; readonly status: number }
  /** SETTINGS, WINDOW_UPDATE, CREDENTIAL and what is not known. */
  | { readonly type: "other"; readonly control: number };

/** Status codes of RST_STREAM and GOAWAY. */
export const RST_PROTOCOL_ERROR = 1;
export const RST_REFUSED_STREAM = 3;
export const RST_CANCEL = 5;
export const GOAWAY_OK = 0;
export const GOAWAY_PROTOCOL_ERROR = 1;

const VERSION = 3;
const CONTROL_BIT = 0x80;
const HEADER_BYTES = 8;
const FLAG_FIN = 0x01;
const FLAG_UNIDIRECTIONAL = 0x02;
const ID_MASK = 0x7fff_ffff;
const DATA_BYTES_MAX = 4 * 1024 * 1024;
const CONTROL_BYTES_MAX = 65_536;
const CONTROL = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;

/** Cuts a stream of bytes into frames; what is not complete waits. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The frames that are complete now. Throws at bytes that are no SPDY/3; nothing can be read after that. */
  push(chunk: Buffer): readonly SpdyFrame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: SpdyFrame[] = [];
    for (;;) {
      const size = this.#frameSize();
      if (size === undefined || this.#length < size) return frames;
      frames.push(parseFrame(this.#take(size)));
    }
  }

  #frameSize(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    const header = this.#joined();
    const isControl = ((header[0] as number) & CONTROL_BIT) !== 0;
    if (isControl && (header.readUInt16BE(0) & 0x7fff) !== VERSION)
      throw new Error("a control frame that is not SPDY/3");
    const length = header.readUIntBE(5, 3);
    const most = isControl ? CONTROL_BYTES_MAX : DATA_BYTES_MAX;
    if (length > most) throw new Error(`a frame of ${length} bytes; at most ${most} are taken`);
    return HEADER_BYTES + length;
  }

  /** The first bytes as one buffer, long enough for a header. */
  #joined(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= HEADER_BYTES) return first;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #take(size: number): Buffer {
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    const rest = whole.subarray(size);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return whole.subarray(0, size);
  }
}

function parseFrame(frame: Buffer): SpdyFrame {
  const flags = frame[4] as number;
  const fin = (flags & FLAG_FIN) !== 0;
  const body = frame.subarray(HEADER_BYTES);
  if (((frame[0] as number) & CONTROL_BIT) === 0)
    return { type: "data", streamId: frame.readUInt32BE(0), fin, data: body };
  const control = frame.readUInt16BE(2);
  switch (control) {
    case CONTROL.synStream: {
      needs(body, 10, "SYN_STREAM");
      const unidirectional = (flags & FLAG_UNIDIRECTIONAL) !== 0;
      return { type: "synStream", streamId: idAt(body, 0), fin, unidirectional, block: body.subarray(10) };
    }
    case CONTROL.synReply:
      needs(body, 4, "SYN_REPLY");
      return { type: "synReply", streamId: idAt(body, 0), fin, block: body.subarray(4) };
    case CONTROL.headers:
      needs(body, 4, "HEADERS");
      return { type: "headers", streamId: idAt(body, 0), fin, block: body.subarray(4) };
    case CONTROL.rstStream:
      needs(body, 8, "RST_STREAM");
      return { type: "rstStream", streamId: idAt(body, 0), status: body.readUInt32BE(4) };
    case CONTROL.ping:
      needs(body, 4, "PING");
      return { type: "ping", id: body.readUInt32BE(0) };
    case CONTROL.goAway:
      needs(body, 8, "GOAWAY");
      return { type: "goAway", lastStreamId: idAt(body, 0), status: body.readUInt32BE(4) };
    default:
      return { type: "other", control };
  }
}

/** The bytes of a frame. */
export function formatFrame(frame: Exclude<SpdyFrame, { readonly type: "other" }>): Buffer {
  switch (frame.type) {
    case "data": {
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt32BE(frame.streamId & ID_MASK, 0);
      header.writeUInt32BE(frame.data.length, 4);
      header[4] = frame.fin ? FLAG_FIN : 0;
      return Buffer.concat([header, frame.data]);
    }
    case "synStream": {
      const flags = (frame.fin ? FLAG_FIN : 0) | (frame.unidirectional ? FLAG_UNIDIRECTIONAL : 0);
      return control(CONTROL.synStream, flags, [uint32(frame.streamId), Buffer.alloc(6), frame.block]);
    }
    case "synReply":
    case "headers":
      return control(CONTROL[frame.type], frame.fin ? FLAG_FIN : 0, [uint32(frame.streamId), frame.block]);
    case "rstStream":
      return control(CONTROL.rstStream, 0, [uint32(frame.streamId), uint32(frame.status)]);
    case "ping":
      return control(CONTROL.ping, 0, [uint32(frame.id)]);
    case "goAway":
      return control(CONTROL.goAway, 0, [uint32(frame.lastStreamId), uint32(frame.status)]);
    default:
      return assertNever(frame);
  }
}

function control(type: number, flags: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(0x8000 | VERSION, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE(body.length, 4);
  header[4] = flags;
  return Buffer.concat([header, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function idAt(body: Buffer, at: number): number {
  return body.readUInt32BE(at) & ID_MASK;
}

function needs(body: Buffer, length: number, name: string): void {
  if (body.length < length) throw new Error(`${name} of ${body.length} bytes; it has at least ${length}`);
}
