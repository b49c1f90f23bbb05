import { connect, type TLSSocket } from "node:tls";
import type { KeyPairPem } from "../../src/serving/index.ts";

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The server let the connection stand. */
  readonly kept: boolean;
};

/** A client that sends bytes as they are, right or wrong, and reads what comes back. */
export class RawClient {
  readonly socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  #onChunk: ((chunk: Buffer) => void) | undefined;
  #wake: () => void = () => {};
  #ended = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (this.#onChunk === undefined) this.#received = Buffer.concat([this.#received, chunk]);
      else this.#onChunk(chunk);
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static open(port: number, ca: string, client?: KeyPairPem): Promise<RawClient> {
    return new Promise((done, fail) => {
      const credentials = client === undefined ? {} : { cert: client.certificate, key: client.privateKey };
      const socket = connect({ host: "127.0.0.1", port, ca, ...credentials }, () => done(new RawClient(socket)));
      socket.once("error", fail);
    });
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  request(method: string, path: string, body: string | Uint8Array = "", headers = ""): Promise<RawAnswer | undefined> {
    const bytes = Buffer.from(body as string);
    const length = bytes.length === 0 ? "" : `Content-Length: ${bytes.length}\r\n`;
    this.send(Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}${length}\r\n`), bytes]));
    return this.answer(method === "HEAD");
  }

  /** The next answer; `undefined` when the connection ends without one. */
  async answer(isBodiless = false): Promise<RawAnswer | undefined> {
    const end = await this.#until(() => this.#received.indexOf("\r\n\r\n"));
    if (end < 0) return undefined;
    const [first = "", ...lines] = this.#received.toString("latin1", 0, end).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const status = Number(first.split(" ")[1]);
    const length = isBodiless || status === 304 ? 0 : Number(headers["content-length"] ?? 0);
    const last = end + 4 + length;
    await this.#until(() => (this.#received.length >= last ? 0 : -1));
    const body = Buffer.from(this.#received.subarray(end + 4, last));
    this.#received = this.#received.subarray(last);
    return { status, headers, body, kept: headers.connection !== "close" && !this.#ended };
  }

  /** Sends a request whose answer goes on; `onChunk` sees all that is received from now on. */
  stream(path: string, onChunk: (chunk: Buffer) => void): void {
    this.#onChunk = onChunk;
    this.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(look: () => number): Promise<number> {
    for (;;) {
      const found = look();
      if (found >= 0 || this.#ended) return found;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}
