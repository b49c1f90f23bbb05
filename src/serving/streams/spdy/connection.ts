import { Duplex, finished } from "node:stream";
import {
  FrameReader,
  formatFrame,
  GOAWAY_OK,
  GOAWAY_PROTOCOL_ERROR,
  RST_CANCEL,
  RST_PROTOCOL_ERROR,
  RST_REFUSED_STREAM,
  type SpdyFrame,
} from "./frames.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./header-block.ts";

/** A stream a client has opened, already replied to. Its ends close one by one; destroying it resets it. */
export type SpdyStream = { readonly headers: SpdyHeaders; readonly duplex: Duplex };

export interface SpdyHandlers {
  onStream(stream: SpdyStream): void;
  /** The connection is over, its streams with it. */
  onClose(): void;
}

/** The server's side of one SPDY/3.1 connection, as kubectl speaks it: the client opens streams, there is no flow control. */
export interface SpdyConnection {
  /** Ends what is open, says good-bye, and lets what was written leave. */
  close(): void;
}

const STREAMS_MAX = 1024;
/** What a stream may hold unread, or the client may let lie unread, before it is given up. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const DATA_BYTES = 32_768;
/** How long a client may take to close its side. */
const LINGER_MS = 5_000;
const NO_HEADERS: SpdyHeaders = new Map();

/** Speaks SPDY/3.1 over a connection. Bytes that are no SPDY end it; nothing is thrown. */
export function acceptSpdy(transport: Duplex, handlers: SpdyHandlers): SpdyConnection {
  const session = new SpdySession(transport, handlers);
  transport.on("data", (chunk: Buffer) => session.receive(chunk));
  transport.on("end", () => session.close());
  transport.on("error", () => transport.destroy());
  transport.on("close", () => session.ended());
  return session;
}

class SpdySession implements SpdyConnection {
  readonly #transport: Duplex;
  readonly #handlers: SpdyHandlers;
  readonly #frames = new FrameReader();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, Duplex>();
  #lastStreamId = 0;
  #state: "open" | "closing" | "closed" = "open";

  constructor(transport: Duplex, handlers: SpdyHandlers) {
    this.#transport = transport;
    this.#handlers = handlers;
  }

  receive(chunk: Buffer): void {
    if (this.#state !== "open") return;
    try {
      for (const frame of this.#frames.push(chunk)) this.#take(frame);
    } catch {
      this.#goAway(GOAWAY_PROTOCOL_ERROR);
    }
  }

  close(): void {
    const open = [...this.#streams.values()].filter((stream) => !stream.writableFinished && !stream.destroyed);
    let waiting = open.length;
    if (waiting === 0) this.#goAway(GOAWAY_OK);
    for (const stream of open) {
      finished(stream, { readable: false }, () => {
        if (--waiting === 0) this.#goAway(GOAWAY_OK);
      });
      stream.end();
    }
  }

  /** The transport is gone. */
  ended(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
    this.#handlers.onClose();
  }

  #goAway(status: number): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#transport.end(formatFrame({ type: "goAway", lastStreamId: this.#lastStreamId, status }));
    const linger = setTimeout(() => this.#transport.destroy(), LINGER_MS);
    linger.unref();
    this.#transport.once("close", () => clearTimeout(linger));
  }

  #take(frame: SpdyFrame): void {
    switch (frame.type) {
      case "synStream":
        this.#open(frame);
        return;
      case "data":
        this.#data(frame.streamId, frame.data, frame.fin);
        return;
      case "synReply":
      case "headers":
        // Read all the same: the blocks of a direction are one zlib stream.
        this.#headerReader.read(frame.block);
        return;
      case "rstStream":
        this.#reset(frame.streamId);
        return;
      case "ping":
        this.#send({ type: "ping", id: frame.id });
        return;
      case "goAway":
      case "other":
        return;
    }
  }

  #open(frame: Extract<SpdyFrame, { readonly type: "synStream" }>): void {
    const headers = this.#headerReader.read(frame.block);
    const { streamId } = frame;
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
      this.#send({ type: "rstStream", streamId, status: RST_PROTOCOL_ERROR });
      return;
    }
    this.#lastStreamId = streamId;
    if (this.#streams.size >= STREAMS_MAX) {
      this.#send({ type: "rstStream", streamId, status: RST_REFUSED_STREAM });
      return;
    }
    const duplex = this.#duplex(streamId);
    this.#streams.set(streamId, duplex);
    this.#send({ type: "synReply", streamId, fin: false, block: this.#headerWriter.write(NO_HEADERS) });
    this.#handlers.onStream({ headers, duplex });
    if (frame.fin) duplex.push(null);
  }

  #data(streamId: number, data: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.readableEnded) return;
    if (stream.readableLength + data.length > UNREAD_BYTES_MAX) {
      stream.destroy();
      return;
    }
    if (data.length > 0) stream.push(data);
    if (fin) stream.push(null);
  }

  #reset(streamId: number): void {
    const stream = this.#streams.get(streamId);
    // Forgotten first: a reset is not answered by another.
    this.#streams.delete(streamId);
    stream?.destroy();
  }

  #duplex(streamId: number): Duplex {
    let isFinished = false;
    const duplex = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        const last = Math.max(0, chunk.length - DATA_BYTES);
        let at = 0;
        for (; at < last; at += DATA_BYTES)
          this.#send({ type: "data", streamId, fin: false, data: chunk.subarray(at, at + DATA_BYTES) });
        this.#send({ type: "data", streamId, fin: false, data: chunk.subarray(at) }, () => done());
      },
      final: (done) => {
        isFinished = true;
        this.#send({ type: "data", streamId, fin: true, data: Buffer.alloc(0) });
        done();
      },
      destroy: (error, done) => {
        const known = this.#streams.delete(streamId);
        if (known && !(isFinished && duplex.readableEnded))
          this.#send({ type: "rstStream", streamId, status: RST_CANCEL });
        done(error);
      },
    });
    duplex.on("error", () => {});
    return duplex;
  }

  #send(frame: Parameters<typeof formatFrame>[0], sent: () => void = () => {}): void {
    if (this.#state === "open" && this.#transport.writable) this.#transport.write(formatFrame(frame), sent);
    else sent();
  }
}
