import type { Status, Unstructured } from "../apimachinery/index.ts";
import type { WatchEvent } from "../apiserver/index.ts";
import { isRecord } from "../std/index.ts";

const NEWLINE = 0x0a;
/** An object of etcd has at most 1.5 MiB; far beyond that something else is talking. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;

/** Cuts a watch's stream into events, one JSON document per line, wherever the chunks may end (within a character, too). */
export class WatchParser {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The events `chunk` completes; throws when the stream is no watch. */
  push(chunk: Buffer): WatchEvent[] {
    const events: WatchEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#line(chunk.subarray(start, end));
      if (line.length > 0) events.push(eventOf(line));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return events;
  }

  #line(last: Buffer): string {
    if (this.#pieces.length === 0) return last.toString("utf8").trim();
    const line = Buffer.concat([...this.#pieces, last]).toString("utf8");
    this.#pieces = [];
    this.#bytes = 0;
    return line.trim();
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > LINE_BYTES_MAX) throw new Error(`a watch event of more than ${LINE_BYTES_MAX} bytes`);
  }
}

function eventOf(line: string): WatchEvent {
  const event: unknown = JSON.parse(line);
  if (!isRecord(event) || !isRecord(event.object)) throw new Error("a watch event without an object");
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK":
      return { type, object: object as Unstructured };
    case "ERROR":
      return { type, status: object as Status };
    default:
      throw new Error(`an unknown watch event ${JSON.stringify(type)}`);
  }
}
