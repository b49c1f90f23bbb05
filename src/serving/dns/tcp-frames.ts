const PREFIX = 2;

/** Cuts a TCP stream into messages, each behind its length in two bytes (RFC 1035 section 4.2.2). */
export class TcpFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** Whether a message has begun that is not whole yet. */
  get isPartial(): boolean {
    return this.#rest.length > 0;
  }

  /** Takes the next piece of the stream and returns the messages that are now whole. */
  take(chunk: Buffer): readonly Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= PREFIX) {
      const end = at + PREFIX + bytes.readUInt16BE(at);
      if (end > bytes.length) break;
      messages.push(bytes.subarray(at + PREFIX, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return messages;
  }
}
