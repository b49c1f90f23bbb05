import type { RawData, WebSocket } from "ws";
import type { OpenSocket } from "./web-socket.ts";

/** How channels are written in WebSocket messages: a byte before the data, or a digit before base64. */
export type ChannelForm = "binary" | "base64";

/** A WebSocket that carries several numbered channels (`k8s.io/apiserver/pkg/util/httpstream/wsstream`). */
export interface ChannelSocket {
  /** A message of no bytes is sent too. */
  send(channel: number, bytes: Uint8Array): void;
  /** Ends with a normal closure, after what was sent. */
  close(): void;
}

/** What a client may let lie unread before it is given up. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const NORMAL_CLOSURE = 1000;
const DIGIT_ZERO = 48;

/** Reads and writes channels over a WebSocket. Messages that are no channel's are dropped. */
export function channelSocket(
  { webSocket, hangUp }: OpenSocket,
  form: ChannelForm,
  onMessage: (channel: number, bytes: Buffer) => void,
): ChannelSocket {
  webSocket.on("message", (data) => {
    const message = bytesOf(data);
    if (message.length === 0) return;
    const first = message[0] as number;
    if (form === "binary") onMessage(first, message.subarray(1));
    else onMessage(first - DIGIT_ZERO, Buffer.from(message.toString("latin1", 1), "base64"));
  });
  const messages = new MessagesInTurn(webSocket);
  return {
    send: (channel, bytes) => {
      if (form === "binary") messages.send(Buffer.concat([Buffer.of(channel), bytes]));
      else messages.send(`${channel}${Buffer.from(bytes).toString("base64")}`);
    },
    close: () =>
      messages.afterAll(() => {
        webSocket.close(NORMAL_CLOSURE);
        hangUp();
      }),
  };
}

/**
 * Sends each message when the one before is written, so that each is a TLS record of its own, as upstream's are: clients that poll the
 * socket do not see what lies decrypted behind the message they read.
 */
class MessagesInTurn {
  readonly #webSocket: WebSocket;
  readonly #waiting: (Buffer | string | (() => void))[] = [];
  #unread = 0;
  #busy = false;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
  }

  send(message: Buffer | string): void {
    this.#unread += message.length;
    if (this.#unread > UNREAD_BYTES_MAX) this.#webSocket.terminate();
    this.#take(message);
  }

  afterAll(act: () => void): void {
    this.#take(act);
  }

  #take(next: Buffer | string | (() => void)): void {
    this.#waiting.push(next);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    const next = this.#waiting.shift();
    this.#busy = next !== undefined;
    if (next === undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (typeof next === "function") {
      next();
      return;
    }
    this.#webSocket.send(next, { binary: typeof next !== "string" }, () => {
      this.#unread -= next.length;
      this.#next();
    });
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
