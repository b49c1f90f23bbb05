import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Status } from "../../apimachinery/index.ts";
import { type HttpExchange, warningHeaders } from "../../apiserver/index.ts";

/** A request to speak another protocol on its connection. */
export type Upgrade = {
  readonly exchange: HttpExchange;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client has sent beyond the request. */
  readonly head: Buffer;
};

const VERSION_HEADER = "x-stream-protocol-version";

/** Which protocol a request wants to change to; none when it is neither of the two spoken here. */
export function upgradeKind(request: IncomingMessage): "websocket" | "spdy" | undefined {
  const wanted = (request.headers.upgrade ?? "").toLowerCase();
  if (wanted === "websocket") return "websocket";
  return wanted === "spdy/3.1" ? "spdy" : undefined;
}

/** Whether a request to change protocols is taken up: to one spoken here, or, on the way to a program, to any. */
export function mayUpgrade(request: IncomingMessage): boolean {
  return upgradeKind(request) !== undefined || /^\/api\/v1\/[^?]*\/proxy(?:[/?]|$)/.test(request.url ?? "");
}

/** Answers an upgrade as an ordinary request, with a text, and ends the connection. */
export function refuseUpgrade(
  socket: Duplex,
  answer: { readonly status: number; readonly contentType: string; readonly body: string },
  headers: readonly string[] = [],
): void {
  const body = Buffer.from(answer.body);
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Error"}`,
    `Content-Type: ${answer.contentType}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
    ...headers,
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]));
}

/** As {@link refuseUpgrade}, with a Status, and warnings beside it. */
export function refuseWithStatus(socket: Duplex, status: Status, warnings: readonly string[] = []): void {
  refuseUpgrade(
    socket,
    { status: status.code, contentType: "application/json", body: JSON.stringify(status) },
    warningHeaders(warnings).map((value) => `Warning: ${value}`),
  );
}

/** The protocols a client offers in a header, in its order. */
export function offeredProtocols(request: IncomingMessage, header: string): readonly string[] {
  const value = request.headers[header];
  const text = Array.isArray(value) ? value.join(",") : (value ?? "");
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Chooses among the protocols a SPDY client offers; answers 403, as upstream, when there is none to choose. */
export function negotiateSpdy(
  upgrade: Upgrade,
  accepted: readonly string[],
): { readonly protocol: string | undefined } | undefined {
  const offered = offeredProtocols(upgrade.request, VERSION_HEADER);
  const protocol = offered.find((one) => accepted.includes(one));
  if (protocol !== undefined || offered.length === 0) return { protocol };
  const list = (all: readonly string[]): string => `[${all.join(" ")}]`;
  const body = `unable to upgrade: unable to negotiate protocol: client supports ${list(offered)}, server accepts ${list(accepted)}\n`;
  refuseUpgrade(
    upgrade.socket,
    { status: 403, contentType: "text/plain; charset=utf-8", body },
    accepted.map((one) => `X-Accepted-Stream-Protocol-Versions: ${one}`),
  );
  return undefined;
}

/** Changes to SPDY/3.1: from here on the socket carries its frames. */
export function switchToSpdy({ socket, head }: Upgrade, protocol: string | undefined): void {
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1"];
  if (protocol !== undefined) lines.push(`X-Stream-Protocol-Version: ${protocol}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
}
