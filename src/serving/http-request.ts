import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { HttpExchange } from "../apiserver/index.ts";
import { headersOf, userOfSocket } from "./authentication.ts";

/** The API server refuses bodies beyond this size; what exceeds it is not kept. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** A client that goes on sending that long after its request can only be refused is cut off. */
const DISCARDED_BYTES_MAX = 32 * 1024 * 1024;

/** Gathers the body of a request, as far as it may be taken, and hands it over when the request is complete. */
export function readBody(request: IncomingMessage, response: ServerResponse, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
    size += chunk.length;
    if (size > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.on("error", () => response.destroy());
  request.on("end", () => onBody(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

/** A request as the API server's door takes it. */
export function exchangeOf(request: IncomingMessage, body: Uint8Array): HttpExchange {
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: headersOf(request),
    user: userOfSocket(request.socket as TLSSocket),
    body,
    // An IPv4 client of a socket for both families.
    remoteAddress: request.socket.remoteAddress?.replace(/^::ffff:/, ""),
  };
}
