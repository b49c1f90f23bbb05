import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { failure } from "../apimachinery/index.ts";
import type { HttpExchange } from "../apiserver/index.ts";
import type { Connection } from "./credentials.ts";
import { forwardedCall } from "./forwarded-call.ts";
import { startRequest } from "./http-exchange.ts";

/** A request to speak another protocol on its connection. */
export type ForwardedUpgrade = {
  readonly exchange: HttpExchange;
  readonly socket: Duplex;
  /** What the client has sent beyond the request. */
  readonly head: Buffer;
};

/** Joins a client's connection to one of the cluster's, once that has changed its protocol; else passes its answer on. */
export function forwardUpgrade(connect: () => Promise<Connection>, upgrade: ForwardedUpgrade): void {
  const { exchange, socket } = upgrade;
  const fail = (error: unknown): void => refuse(socket, error);
  const call = forwardedCall(exchange);
  const headers = { ...call.headers, connection: "Upgrade", upgrade: String(exchange.headers.upgrade ?? "") };
  connect().then((connection) => {
    const request = startRequest(connection, { ...call, headers }, (response) => {
      socket.write(headOf(response));
      response.pipe(socket);
    });
    request.on("error", fail);
    request.on("upgrade", (response: IncomingMessage, far: Duplex, farHead: Buffer) =>
      join(upgrade, response, far, farHead),
    );
    socket.once("close", () => request.destroy());
  }, fail);
}

function join({ socket, head }: ForwardedUpgrade, response: IncomingMessage, far: Duplex, farHead: Buffer): void {
  far.on("error", () => far.destroy());
  far.once("close", () => socket.destroy());
  socket.once("close", () => far.destroy());
  socket.write(headOf(response));
  socket.write(farHead);
  far.write(head);
  far.pipe(socket);
  socket.pipe(far);
}

/** The head of a response, as it came. */
function headOf({ statusCode = 502, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ""}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function refuse(socket: Duplex, error: unknown): void {
  const status = failure("ServiceUnavailable", error instanceof Error ? error.message : String(error));
  const body = JSON.stringify(status);
  const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
