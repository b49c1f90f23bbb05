import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { DnsResponder, Socket } from "../../network/index.ts";
import type { Loop } from "../../sim/index.ts";
import { bytesOfText, textOfBytes } from "../../std/index.ts";
import type { NodeAgent } from "./node-agent.ts";

/** A TCP port of a pod, and the node it is reached from. */
export type PodPort = { readonly node: string; readonly address: string; readonly port: number };

/** TCP connections from outside to programs of a simulated cluster, which know messages instead of bytes. */
export interface PodConnections {
  /** Lets the program speak over `duplex`; the reason, when nobody listens there. Called in an entry of the loop. */
  connect(target: PodPort, duplex: Duplex): string | undefined;
}

const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Headers that belong to the connection, not to the message. */
const OF_CONNECTION = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
const BAD_REQUEST =
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Request\n";

/** Node's HTTP server, which never listens, reads the connections' bytes: pipelining, chunks, `Expect`, bad requests and all. */
export function createPodConnections(loop: Loop, agent: NodeAgent): PodConnections {
  const targets = new WeakMap<Duplex, PodPort>();
  const server: Server = createServer((request, response) => {
    const target = targets.get(request.socket);
    if (target !== undefined)
      receive(request, response, (body) => answer(loop, agent, { target, request, response, body }));
  });
  // A client that has said all may still listen: `printf … | nc`.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end(BAD_REQUEST);
    else socket.destroy();
  });
  return {
    connect: (target, duplex) => {
      const { address, port } = target;
      const found = agent.portAt(address, port);
      if (found === undefined) return `dial tcp ${address}:${port}: connect: connection refused`;
      duplex.on("error", () => duplex.destroy());
      if (found.kind === "dns") answerDns(loop, duplex, found.query);
      else if (found.kind === "bytes") joinBytes(loop, agent, target, duplex);
      else {
        targets.set(duplex, target);
        server.emit("connection", duplex);
      }
      return undefined;
    },
  };
}

function receive(request: IncomingMessage, response: ServerResponse, onBody: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on("error", () => response.destroy());
  request.on("end", () => {
    if (size <= BODY_BYTES_MAX) onBody(textOfBytes(Buffer.concat(chunks)));
    else response.writeHead(413).end();
  });
}

function answer(
  loop: Loop,
  agent: NodeAgent,
  what: {
    readonly target: PodPort;
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly body: string;
  },
): void {
  const { target, request, response, body } = what;
  const path = (request.url ?? "/").replace(/^https?:\/\/[^/]*/i, "");
  const { method } = request;
  const headers = messageHeaders(request.headers);
  loop.soon("request over a forwarded port", () =>
    agent.request(target.node, urlOf(target, path), { method, headers, body }, (result) => {
      if (response.destroyed) return;
      // Nobody answers any more, or not in HTTP: the connection breaks, as a program's end breaks it.
      if (!result.ok) response.destroy();
      else {
        const bytes = bytesOfText(result.response.body);
        response.writeHead(result.response.status, {
          ...messageHeaders(result.response.headers),
          "content-length": bytes.length,
        });
        response.end(bytes);
      }
    }),
  );
}

/** The URL of a path at a pod's port. */
export function urlOf({ address, port }: { readonly address: string; readonly port: number }, path: string): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `http://${host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
}

/** A message's headers without those of the connection it came over; of repeated ones all values. */
export function messageHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !OF_CONNECTION.has(name))
      kept[name] = typeof value === "string" ? value : value.join(", ");
  return kept;
}

/** A program that reads bytes gets them as they are, and its own go out likewise. */
function joinBytes(loop: Loop, agent: NodeAgent, { node, address, port }: PodPort, duplex: Duplex): void {
  agent.dial(node, address, port, (outcome) => {
    if (!outcome.ok || duplex.destroyed) {
      if (outcome.ok) outcome.socket.close();
      duplex.destroy();
      return;
    }
    pipeBytes(loop, outcome.socket, duplex);
  });
}

/** What one end says the other hears, until both have said all. */
export function pipeBytes(loop: Loop, socket: Socket, duplex: Duplex): void {
  const why = "bytes over a forwarded port";
  socket.onText((text) => {
    if (duplex.destroyed) return;
    if (text === undefined) duplex.end();
    else duplex.write(bytesOfText(text));
  });
  socket.onOver((how) => how !== "ended" && duplex.destroy());
  duplex.on("data", (chunk: Buffer) => loop.soon(why, () => socket.write(textOfBytes(chunk))));
  duplex.on("end", () => loop.soon(why, () => socket.end()));
  duplex.on("close", () => loop.soon(why, () => socket.close()));
}

/** DNS over TCP: every message behind its length (RFC 1035, 4.2.2). */
function answerDns(loop: Loop, duplex: Duplex, query: DnsResponder): void {
  let pending: Buffer = Buffer.alloc(0);
  duplex.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const message = pending.subarray(2, 2 + pending.readUInt16BE(0));
      pending = pending.subarray(2 + message.length);
      loop.soon("DNS over a forwarded port", () => {
        const reply = query(message, "tcp");
        if (reply === undefined || duplex.destroyed) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        duplex.write(Buffer.concat([length, reply]));
      });
    }
  });
  duplex.on("end", () => loop.soon("DNS over a forwarded port", () => duplex.end()));
}
