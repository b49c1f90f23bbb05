import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HttpResponder, HttpStream } from "../apiserver/index.ts";
import type { Compressor } from "./compressor.ts";

/** Bodies above this size leave in pieces of it: TLS then works within the processor's cache, and waits for slow receivers. */
const PIECE_BYTES = 256 * 1024;

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Takes the answer to one request to a socket. `release` is called once the answer no longer occupies the server. */
export function responderOf(
  response: ServerResponse,
  compressor: Compressor,
  release: () => void = () => {},
): HttpResponder {
  response.on("error", () => response.destroy());
  response.once("close", release);
  const respondInParts = (status: number, headers: Headers, parts: readonly Uint8Array[]): void => {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    writeHead(response, status, { ...headers, "content-length": String(length) });
    const [only] = parts;
    if (parts.length === 1 && length <= PIECE_BYTES) response.end(only);
    else writePieces(response, parts);
  };
  return {
    respond: (status, headers, body) =>
      respondInParts(status, headers, [typeof body === "string" ? Buffer.from(body) : body]),
    respondInParts,
    respondCompressed: (status, headers, parts) => {
      compressor.compress(parts).then(
        (bytes) => {
          if (!response.destroyed) respondInParts(status, headers, [bytes]);
        },
        () => response.destroy(),
      );
    },
    startStream: (status, headers) => {
      release();
      return streamOf(response, status, headers);
    },
  };
}

function writeHead(response: ServerResponse, status: number, headers: Headers): void {
  // Node takes headers as they are while none was set before.
  response.writeHead(status, { "audit-id": randomUUID(), ...headers } as Record<string, string | string[]>);
}

/** The head goes out by itself: joined with a body of megabytes it would be copied with it. */
function writePieces(response: ServerResponse, parts: readonly Uint8Array[]): void {
  response.flushHeaders();
  let index = 0;
  let at = 0;
  const proceed = (): void => {
    for (let part = parts[index]; part !== undefined; part = parts[index]) {
      const end = Math.min(at + PIECE_BYTES, part.length);
      const isTaken = response.write(part.subarray(at, end));
      at = end;
      if (at === part.length) {
        index++;
        at = 0;
      }
      if (!isTaken) {
        response.once("drain", proceed);
        return;
      }
    }
    response.end();
  };
  proceed();
}

function streamOf(response: ServerResponse, status: number, headers: Headers): HttpStream {
  writeHead(response, status, headers);
  response.flushHeaders();
  return {
    write: (chunk) => response.write(chunk),
    end: () => void response.end(),
    onClose: (notify) => void response.on("close", notify),
    onDrain: (notify) => void response.on("drain", notify),
  };
}
