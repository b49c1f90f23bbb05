import type { Duplex } from "node:stream";
import { createWebSocketStream } from "ws";
import type { Loop } from "../../sim/index.ts";
import type { PodConnections, PodPort } from "./pod-connections.ts";
import { acceptSpdy, type SpdyStream } from "./spdy/connection.ts";
import { negotiateSpdy, switchToSpdy, type Upgrade } from "./upgrade.ts";
import { openWebSocket } from "./web-socket.ts";

/** What port-forward reaches: the pod, and how its connections are made. */
export type ForwardTarget = {
  readonly loop: Loop;
  readonly connections: PodConnections;
  readonly pod: Omit<PodPort, "port"> & { readonly name: string; readonly uid: string };
};

/** The name of SPDY frames inside WebSocket messages. */
export const TUNNEL_PROTOCOL = "SPDY/3.1+portforward.k8s.io";
const PROTOCOL = "portforward.k8s.io";

/** Forwards over SPDY/3.1: kubectl up to 1.30. */
export function forwardOverSpdy(upgrade: Upgrade, target: ForwardTarget): void {
  const chosen = negotiateSpdy(upgrade, [PROTOCOL]);
  if (chosen === undefined) return;
  switchToSpdy(upgrade, chosen.protocol);
  serveStreams(upgrade.socket, target);
}

/** Forwards over SPDY/3.1 in the messages of a WebSocket: kubectl from 1.31 on. */
export function forwardOverTunnel(upgrade: Upgrade, target: ForwardTarget): void {
  openWebSocket(upgrade, TUNNEL_PROTOCOL, ({ webSocket }) => serveStreams(createWebSocketStream(webSocket), target));
}

/** For each connection the client opens a stream for errors and one for data, told apart by their request's number. */
function serveStreams(transport: Duplex, target: ForwardTarget): void {
  const errors = new Map<string, Duplex>();
  acceptSpdy(transport, {
    onStream: (stream) => {
      const request = stream.headers.get("requestid") ?? stream.headers.get("port") ?? "";
      const type = stream.headers.get("streamtype");
      if (type === "error") {
        errors.set(request, stream.duplex);
        stream.duplex.resume();
        stream.duplex.once("close", () => errors.delete(request));
      } else if (type === "data") forward(stream, errors.get(request), target);
      else stream.duplex.destroy();
    },
    onClose: () => errors.clear(),
  });
}

function forward({ headers, duplex }: SpdyStream, errors: Duplex | undefined, target: ForwardTarget): void {
  const port = portNumber(headers.get("port"));
  if (port === undefined || errors === undefined) {
    duplex.destroy();
    errors?.destroy();
    return;
  }
  duplex.once("close", () => errors.end());
  target.loop.soon("forwarded connection", () => {
    const failure = openPort(target, port, duplex);
    if (failure === undefined) return;
    errors.end(failure);
    duplex.resume();
    duplex.end();
  });
}

/** Connects a port of the pod; the kubelet's words, when that fails. */
export function openPort(target: ForwardTarget, port: number, duplex: Duplex): string | undefined {
  if (duplex.destroyed) return undefined;
  const { name, uid, node, address } = target.pod;
  const failure = target.connections.connect({ node, address, port }, duplex);
  if (failure === undefined) return undefined;
  return `error forwarding port ${port} to pod ${name}, uid ${uid}: failed to connect to localhost:${port} inside the pod: ${failure}`;
}

/** A TCP port as a client names it. */
export function portNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
