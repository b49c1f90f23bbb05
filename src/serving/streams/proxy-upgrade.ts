import { STATUS_CODES } from "node:http";
import { failure, type Status } from "../../apimachinery/index.ts";
import { goErrorText } from "../../network/index.ts";
import type { Loop } from "../../sim/index.ts";
import { bytesOfText } from "../../std/index.ts";
import { forwardedFor, type ProxyContext, proxiedRequest } from "./http-proxy.ts";
import { messageHeaders, pipeBytes } from "./pod-connections.ts";
import { proxyLocation } from "./proxy-location.ts";
import type { StreamPath } from "./stream-path.ts";
import { refuseUpgrade, refuseWithStatus, type Upgrade } from "./upgrade.ts";

/**
 * Hands a request to speak another protocol on to a program, and what both say after it, byte by byte (`tryUpgrade`). A program
 * that knows requests and answers only gets it as one of these. Throws a StatusError.
 */
export function upgradeThroughProxy(
  context: ProxyContext & { readonly loop: Loop },
  path: StreamPath,
  upgrade: Upgrade,
): void {
  const { loop, agent, state, choose } = context;
  const { exchange, socket, head } = upgrade;
  const location = proxyLocation(state, path, choose);
  if (location.kind === "kubelet" || agent === undefined) {
    refuseUpgrade(socket, { status: 404, contentType: "text/plain; charset=utf-8", body: "404 page not found\n" });
    return;
  }
  const { node, address, port } = location;
  if (agent.portAt(address, port)?.kind !== "bytes") {
    const { url, options } = proxiedRequest(location, path, exchange);
    agent.request(node, url, options, (result) => {
      if (socket.destroyed) return;
      if (!result.ok) refuseWithStatus(socket, dialFailure(goErrorText("GET", url, result.failure)));
      else {
        const { status, headers, body } = result.response;
        const bytes = bytesOfText(body);
        const shown = { ...messageHeaders(headers), "content-length": String(bytes.length), connection: "close" };
        socket.end(Buffer.concat([Buffer.from(messageHead(`${status} ${STATUS_CODES[status] ?? ""}`, shown)), bytes]));
      }
    });
    return;
  }
  agent.dial(node, address, port, (outcome) => {
    if (socket.destroyed) {
      if (outcome.ok) outcome.socket.close();
      return;
    }
    if (!outcome.ok) {
      refuseWithStatus(socket, dialFailure(`dial tcp ${address}:${port}: ${outcome.failure.reason}`));
      return;
    }
    outcome.socket.write(requestHead(path, upgrade));
    if (head.length > 0) socket.unshift(head);
    pipeBytes(loop, outcome.socket, socket);
  });
}

const REPLACED: ReadonlySet<string> = new Set(["authorization", "x-forwarded-for"]);

/** The request as it came, but for its path and who sent it. */
function requestHead(path: StreamPath, { request, exchange }: Upgrade): string {
  const { rawHeaders, method = "GET" } = request;
  const lines: string[] = [];
  const added = forwardedFor(exchange);
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (!REPLACED.has(rawHeaders[at]?.toLowerCase() ?? "")) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`);
  for (const value of Object.values(added)) lines.push(`X-Forwarded-For: ${value}\r\n`);
  return `${method} ${path.rest === "" ? "/" : path.rest}${path.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function messageHead(status: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

/** An error without a reason of its own is told as it is. */
function dialFailure(text: string): Status {
  const message = text.replace(/^Get "[^"]*": /, "");
  const { reason: _none, ...status } = failure("InternalError", message);
  return status;
}
