import type { WebSocket } from "ws";
import type { OpenSocket } from "./web-socket.ts";

/** What a client may let lie unread before it is given up. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const NORMAL_CLOSURE = 1000;
const END = Symbol("end");

type Message = Buffer | string | typeof END;

/**
 * Sends each message when the one before is written, so that each is a TLS record of its own, as upstream's are: clients that poll the
 * socket do not see what lies decrypted behind the message they read.
 */
export class MessagesInTurn {
  readonly #webSocket: WebSocket;
  readonly #hangUp: () => void;
  /** What is sent from its start on, and what comes after all of that: nothing is moved up for each message. */
  #sending: Message[] = [];
  #sent = 0;
  #waiting: Message[] = [];
  #unread = 0;
  #busy = false;

  constructor({ webSocket, hangUp }: OpenSocket) {
    this.#webSocket = webSocket;
    this.#hangUp = hangUp;
  }

  send(message: Buffer | string): void {
    this.#unread += message.length;
    if (this.#unread > UNREAD_BYTES_MAX) this.#webSocket.terminate();
    this.#take(message);
  }

  /** Ends with a normal closure, after what was sent. */
  close(): void {
    this.#take(END);
  }

  #take(next: Message): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#waiting.push(next);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    if (this.#sent >= this.#sending.length) {
      this.#sending = this.#waiting;
      this.#sent = 0;
      this.#waiting = [];
    }
    const next = this.#sending[this.#sent++];
    this.#busy = next !== undefined;
    if (next === undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (next === END) {
      this.#webSocket.close(NORMAL_CLOSURE);
      this.#hangUp();
      return;
    }
    this.#webSocket.send(next, { binary: typeof next !== "string" }, () => {
      this.#unread -= next.length;
      this.#next();
    });
  }
}
