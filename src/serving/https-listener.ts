import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { HttpExchange, HttpResponder, HttpStream } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import { headersOf, userOfSocket } from "./authentication.ts";
import type { KeyPairPem } from "./certificates.ts";
import { type Upgrade, upgradeKind } from "./streams/upgrade.ts";

const BODY_BYTES_MAX = 3 * 1024 * 1024;
const HEADER_BYTES_MAX = 64 * 1024;

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
  const server = createServer(
    {
      key: options.certificate.privateKey,
      cert: options.certificate.certificate,
      ca: options.clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: 120_000,
      requestTimeout: 0,
      shouldUpgradeCallback: (request) => upgradeKind(request) !== undefined,
    },
    (request, response) => receive(options, request, response),
  );
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const upgraded = new Set<Duplex>();
  const { onUpgrade } = options;
  if (onUpgrade !== undefined)
    server.on("upgrade", (request, socket, head) => {
      upgraded.add(socket);
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

function receive(options: HttpsListenerOptions, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX + 1) chunks.push(chunk);
  });
  request.on("error", () => response.destroy());
  request.on("end", () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    options.loop.soon("https request", () => {
      if (response.destroyed) return;
      options.handler(exchangeOf(request, body), responderOf(response));
    });
  });
}

function exchangeOf(request: IncomingMessage, body: Uint8Array): HttpExchange {
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: headersOf(request),
    user: userOfSocket(request.socket as TLSSocket),
    body,
  };
}

function responderOf(response: ServerResponse): HttpResponder {
  response.on("error", () => response.destroy());
  return {
    respond: (status, headers, body) => {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      response.writeHead(status, { ...headers, "content-length": bytes.length });
      response.end(bytes);
    },
    startStream: (status, headers) => streamOf(response, status, headers),
  };
}

function streamOf(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
): HttpStream {
  response.writeHead(status, headers as Record<string, string | string[]>);
  response.flushHeaders();
  return {
    write: (chunk) => response.write(chunk),
    end: () => void response.end(),
    onClose: (notify) => void response.on("close", notify),
  };
}
