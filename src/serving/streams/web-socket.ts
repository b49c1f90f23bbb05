import { type WebSocket, WebSocketServer } from "ws";
import type { Upgrade } from "./upgrade.ts";

/** The largest message a WebSocket client may send. */
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** A WebSocket, and how to end its connection without waiting for the client, as upstream does after its close message. */
export type OpenSocket = { readonly webSocket: WebSocket; readonly hangUp: () => void };

/**
 * Opens the WebSocket. The protocol is written by hand: `ws` refuses the slash in `SPDY/3.1+portforward.k8s.io`, which
 * RFC 6455 does not allow and kubectl sends. Malformed handshakes are answered by `ws`.
 */
export function openWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string | undefined,
  onOpen: (open: OpenSocket) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
  });
  delete request.headers["sec-websocket-protocol"];
  if (protocol !== undefined)
    server.on("headers", (headers) => void headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  server.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on("error", () => webSocket.terminate());
    onOpen({ webSocket, hangUp: () => socket.end() });
  });
}
