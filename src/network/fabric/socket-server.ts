import { bytesOfText, textOfBytes } from "../../std/index.ts";
import type { Listener } from "./hosts.ts";
import { type HttpRequest, type HttpResponse, isPending, type Serve } from "./http.ts";
import { type HttpMessage, HttpReader, responseText } from "./http-text.ts";
import type { Route } from "./packet.ts";
import type { Socket } from "./socket.ts";

type Delivered = Extract<Route, { readonly verdict: "delivered" }>;

/** Lets whoever listens speak over its end of a connection: a program that reads bytes, a web server, a DNS server. */
export function serveSocket(listener: Listener, socket: Socket, route: Delivered): void {
  if (listener.accept !== undefined) acceptWithPreamble(listener.accept, socket, route);
  else if (listener.serve !== undefined) serveHttp(listener.serve, socket, route);
  else if (listener.dns !== undefined) serveDns(listener.dns, socket);
  else socket.destroy();
}

/** The PROXY line a load balancer writes stands before everything else. */
function acceptWithPreamble(accept: (socket: Socket) => void, socket: Socket, { hop }: Delivered): void {
  const preamble = hop?.preamble;
  if (preamble === undefined) accept(socket);
  else
    accept({
      remoteAddress: socket.remoteAddress,
      write: (text) => socket.write(text),
      end: () => socket.end(),
      close: () => socket.close(),
      destroy: () => socket.destroy(),
      onOver: (run) => socket.onOver(run),
      onText: (read) => {
        read(preamble);
        socket.onText(read);
      },
    });
}

function serveHttp(serve: Serve, socket: Socket, route: Delivered): void {
  const answers = new InTurn();
  const reader = new HttpReader({
    untilEnd: false,
    onMessage: (message) => {
      const request = requestFrom(message, route);
      const close = isLast(message);
      const answer = serve(request);
      answers.add(answer, (response) => {
        if (response === undefined) {
          socket.destroy();
          return;
        }
        socket.write(responseText(response, { close, bodiless: request.method === "HEAD" }));
        if (close) socket.end();
      });
    },
    onBad: () => {
      const headers = { "content-type": "text/plain; charset=utf-8" };
      answers.add({ status: 400, headers, body: "400 Bad Request" }, (response) => {
        socket.write(responseText(response as HttpResponse, { close: true }));
        socket.end();
      });
    },
  });
  socket.onText((text) => {
    reader.write(text);
    if (text === undefined) answers.whenDone(() => socket.end());
  });
}

type Use = (response: HttpResponse | undefined) => void;

/** Answers that may take their time, used in the order they were asked for. */
class InTurn {
  readonly #waiting: (() => boolean)[] = [];
  #onDone: (() => void) | undefined;

  add(answer: ReturnType<Serve>, use: Use): void {
    let useNow: (() => void) | undefined;
    this.#waiting.push(() => {
      useNow?.();
      return useNow !== undefined;
    });
    const arrive: Use = (response) => {
      useNow = () => use(response);
      this.#go();
    };
    if (isPending(answer)) answer.later(arrive);
    else arrive(answer);
  }

  whenDone(run: () => void): void {
    this.#onDone = run;
    this.#go();
  }

  #go(): void {
    while (this.#waiting[0]?.() === true) this.#waiting.shift();
    if (this.#waiting.length === 0) this.#onDone?.();
  }
}

function requestFrom({ start, headers, body }: HttpMessage, { source, hop }: Delivered): HttpRequest {
  const [method = "GET", target = "/"] = start.split(" ");
  const path = target.replace(/^https?:\/\/[^/]*/i, "") || "/";
  const request = { method, path, headers: { ...headers, ...hop?.headers }, body, remoteAddress: source };
  return hop?.preamble === undefined ? request : { ...request, preamble: hop.preamble };
}

function isLast({ start, headers }: HttpMessage): boolean {
  const connection = headers.connection ?? "";
  return start.endsWith("HTTP/1.0") ? !/\bkeep-alive\b/i.test(connection) : /\bclose\b/i.test(connection);
}

/** Every message stands behind its length (RFC 1035, 4.2.2). */
function serveDns(responder: NonNullable<Listener["dns"]>, socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.onText((text) => {
    if (text === undefined) {
      socket.end();
      return;
    }
    pending = Buffer.concat([pending, bytesOfText(text)]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const query = pending.subarray(2, 2 + pending.readUInt16BE(0));
      pending = pending.subarray(2 + query.length);
      const reply = responder()?.(query, "tcp");
      if (reply === undefined) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(textOfBytes(Buffer.concat([length, reply])));
    }
  });
}
