import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { failure, statusErrors } from "../apimachinery/index.ts";
import type { HttpExchange, HttpResponder } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import type { KeyPairPem } from "./certificates.ts";
import { Compressor } from "./compressor.ts";
import { exchangeOf, readBody } from "./http-request.ts";
import { responderOf } from "./http-responder.ts";
import { IN_FLIGHT_LIMITS, InFlight, type InFlightLimits, refuseAsTooMany } from "./in-flight.ts";
import { mayUpgrade, type Upgrade } from "./streams/upgrade.ts";

const HEADER_BYTES_MAX = 64 * 1024;
/** AES of 128 bits first: as safe, and a third faster than the 256 OpenSSL prefers; Go's clients choose it too. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
].join(":");

/** Answers one HTTP request; the API server's door, or a router before several of them. */
export type HttpHandler = (exchange: HttpExchange, responder: HttpResponder) => void;

export type HttpsListenerOptions = {
  readonly loop: Loop;
  readonly handler: HttpHandler;
  /** Takes over connections that are to speak WebSocket or SPDY; without it they stay ordinary requests. */
  readonly onUpgrade?: (upgrade: Upgrade) => void;
  readonly certificate: KeyPairPem;
  /** PEM of the authority whose client certificates are believed. */
  readonly clientAuthority: string;
  /** A loopback address unless the user asked for another. */
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Beyond them requests are answered 429. */
  readonly inFlight?: InFlightLimits;
};

/** A listening HTTPS server of one cluster. */
export interface HttpsListener {
  readonly address: string;
  readonly port: number;
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** Ends open watches, closes connections, frees the port. */
  close(): Promise<void>;
}

/** Listens for HTTPS; every request enters the loop as an entry. Rejects with one sentence when the port is in use. */
export async function listenHttps(options: HttpsListenerOptions): Promise<HttpsListener> {
  const inFlight = new InFlight(options.inFlight ?? IN_FLIGHT_LIMITS);
  const compressor = new Compressor();
  const server = createServer(
    {
      key: options.certificate.privateKey,
      cert: options.certificate.certificate,
      ca: options.clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      maxHeaderSize: HEADER_BYTES_MAX,
      ciphers: CIPHERS,
      honorCipherOrder: true,
      keepAlive: true,
      keepAliveTimeout: 120_000,
      requestTimeout: 0,
      shouldUpgradeCallback: (request) => mayUpgrade(request),
    },
    (request, response) => receive(options, { inFlight, compressor }, request, response),
  );
  server.on("secureConnection", readThroughStream);
  server.on("clientError", refuse);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const upgraded = new Set<Duplex>();
  const { onUpgrade } = options;
  if (onUpgrade !== undefined)
    server.on("upgrade", (request, socket, head) => {
      upgraded.add(socket);
      socket.off("data", ignore);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => upgraded.delete(socket));
      onUpgrade({ exchange: exchangeOf(request, Buffer.alloc(0)), request, socket, head });
    });
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    address: options.address,
    port,
    url: `https://${options.address}:${port}`,
    close: () => closed(server, upgraded),
  };
}

function listening(server: Server, { address, port }: HttpsListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const why =
        error.code === "EADDRINUSE"
          ? `port ${port} on ${address} is already in use`
          : `cannot listen on ${address}:${port}: ${error.message}`;
      reject(new Error(why));
    };
    server.once("error", fail);
    server.listen(port, address, () => {
      server.off("error", fail);
      server.on("error", () => {});
      resolve();
    });
  });
}

function closed(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    // The server no longer counts them among its own.
    for (const socket of upgraded) socket.destroy();
  });
}

function receive(
  { loop, handler }: HttpsListenerOptions,
  { inFlight, compressor }: { readonly inFlight: InFlight; readonly compressor: Compressor },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const release = inFlight.admit(request.method ?? "GET");
  const responder = responderOf(response, compressor, release);
  readBody(request, response, (body) => {
    if (release === undefined) refuseAsTooMany(responder);
    else
      loop.soon("https request", () => {
        if (!response.destroyed) handler(exchangeOf(request, body), responder);
      });
  });
}

/**
 * A listener for data makes Node read the connection as a stream. Otherwise its parser reads TLS records where they are decrypted,
 * and when it pauses, as it does while an answer still waits to be sent, the next record in hand is an error of the parser.
 */
function readThroughStream(socket: Duplex): void {
  socket.on("data", ignore);
}

function ignore(): void {}

type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

const OTHER_METHOD = [405, "Method Not Allowed"] as const;

/** Go reads any word as a method, where Node knows a list of them; no path takes one that is not on it. */
function isOtherMethod({ code, rawPacket }: ParserError): boolean {
  return (
    code === "HPE_INVALID_METHOD" &&
    /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.\d\r\n/.test(rawPacket?.toString("latin1") ?? "")
  );
}

/** What the parser of HTTP cannot take is answered with a Status too, on a connection that ends there. */
function refuse(error: ParserError, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [code, phrase] = isOtherMethod(error)
    ? OTHER_METHOD
    : (REFUSALS[error.code ?? ""] ?? ([400, "Bad Request"] as const));
  const status =
    code === 405
      ? statusErrors.methodNotAllowed().status
      : { ...failure("BadRequest", `the request could not be read: ${phrase.toLowerCase()}`), code };
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${code} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "Payload Too Large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout"],
};
