import type { Loop } from "../../sim/index.ts";
import { TextPipe } from "../programs/text-pipe.ts";

/** How a connection ended: both sides said all they had, one broke it off, or nothing came through for too long. */
export type SocketEnd = "ended" | "reset" | "timeout";

/** One end of a TCP connection. Texts stand for bytes (`textOfBytes`); they arrive in order, in entries of the loop. */
export interface Socket {
  /** Whom this end takes the other for. */
  readonly remoteAddress: string;
  write(text: string): void;
  /** Says that nothing more will come from here; the other end may go on. */
  end(): void;
  /** What a process' end does to it: no more comes from here, and nobody reads here. */
  close(): void;
  /** Breaks the connection off. */
  destroy(): void;
  /** Hands over what comes, `undefined` at its end; what came before is kept until asked for. */
  onText(read: (text: string | undefined) => void): void;
  /** Called once, when the connection is over. */
  onOver(run: (how: SocketEnd) => void): void;
}

export type ConnectionTerms = {
  readonly loop: Loop;
  readonly why: string;
  /** One way. */
  readonly latencyMs: number;
  /** Whether packets come through at present, both ways. */
  readonly reaches: () => boolean;
  /** The client as the server sees it, and the server as the client dialed it. */
  readonly clientAddress: string;
  readonly serverAddress: string;
  /** Called once, when the connection is over. */
  readonly onOver: () => void;
};

/** Linux sends again after 1, 2, 4 … 120 s and gives up after fifteen times (`tcp_retries2`). */
const RETRANSMIT_MS = 1000;
const RETRANSMIT_MS_MAX = 120_000;
const RETRIES_MAX = 15;

/** A connection that has been accepted: its two ends. */
export function connectSockets(terms: ConnectionTerms): { readonly client: Socket; readonly server: Socket } {
  const client = new End(terms, terms.serverAddress);
  const server = new End(terms, terms.clientAddress);
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    terms.onOver();
  };
  client.join(server, finish);
  server.join(client, finish);
  return { client, server };
}

class End implements Socket {
  readonly remoteAddress: string;
  readonly #terms: ConnectionTerms;
  readonly #incoming = new TextPipe();
  readonly #unsent: (() => void)[] = [];
  readonly #overs: ((how: SocketEnd) => void)[] = [];
  #peer: End | undefined;
  #onFinish: () => void = () => {};
  #retries = 0;
  #sentEnd = false;
  #heardEnd = false;
  #over: SocketEnd | undefined;

  constructor(terms: ConnectionTerms, remoteAddress: string) {
    this.#terms = terms;
    this.remoteAddress = remoteAddress;
  }

  join(peer: End, onFinish: () => void): void {
    this.#peer = peer;
    this.#onFinish = onFinish;
  }

  write(text: string): void {
    if (this.#over !== undefined || this.#sentEnd || text === "") return;
    this.#send((peer) => {
      if (peer.#over === undefined) peer.#incoming.write(text);
      else peer.#depart(() => this.#close("reset"));
    });
  }

  end(): void {
    if (this.#over !== undefined || this.#sentEnd) return;
    this.#sentEnd = true;
    this.#send((peer) => peer.#hearEnd());
    if (this.#heardEnd) this.#close("ended");
  }

  close(): void {
    this.end();
    this.#close("ended");
  }

  destroy(): void {
    if (this.#over !== undefined) return;
    this.#unsent.length = 0;
    this.#send((peer) => peer.#close("reset"));
    this.#close("reset");
  }

  onText(read: (text: string | undefined) => void): void {
    this.#incoming.read(read);
  }

  onOver(run: (how: SocketEnd) => void): void {
    if (this.#over !== undefined) run(this.#over);
    else this.#overs.push(run);
  }

  #hearEnd(): void {
    if (this.#over !== undefined) return;
    this.#heardEnd = true;
    this.#incoming.close();
    if (this.#sentEnd) this.#close("ended");
  }

  /** What is on its way already still arrives. */
  #close(how: SocketEnd): void {
    if (this.#over !== undefined) return;
    this.#over = how;
    this.#incoming.close();
    for (const run of this.#overs.splice(0)) run(how);
    this.#onFinish();
  }

  #send(arrive: (peer: End) => void): void {
    const deliver = (): void => arrive(this.#peer as End);
    if (this.#unsent.length > 0 || !this.#terms.reaches()) this.#sendAgain(deliver);
    else this.#depart(deliver);
  }

  #depart(deliver: () => void): void {
    const { loop, latencyMs, why } = this.#terms;
    if (latencyMs > 0) loop.after(latencyMs, why, deliver);
    else loop.soon(why, deliver);
  }

  #sendAgain(deliver: () => void): void {
    this.#unsent.push(deliver);
    if (this.#unsent.length === 1) this.#waitToSend();
  }

  #waitToSend(): void {
    const { loop, reaches, why } = this.#terms;
    const pauseMs = Math.min(RETRANSMIT_MS * 2 ** this.#retries, RETRANSMIT_MS_MAX);
    const again = (): void => {
      if (this.#unsent.length === 0) return;
      if (reaches()) {
        this.#retries = 0;
        for (const deliver of this.#unsent.splice(0)) this.#depart(deliver);
      } else if (++this.#retries > RETRIES_MAX) {
        this.#unsent.length = 0;
        this.#close("timeout");
      } else this.#waitToSend();
    };
    loop.after(pauseMs, `${why}: send again`, again, { background: true });
  }
}
