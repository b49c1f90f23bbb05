import type { Loop } from "../../sim/index.ts";
import type { Caller, ConnectFailure, ConnectOutcome, Fabric } from "./fabric.ts";
import type { StreamProtocol } from "./packet.ts";
import { connectSockets, type Socket } from "./socket.ts";
import { serveSocket } from "./socket-server.ts";

export type DialContext = { readonly fabric: Fabric; readonly loop: Loop; readonly caller: Caller };
export type DialTarget = {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs?: number | undefined;
  /** TCP when absent. */
  readonly protocol?: StreamProtocol | undefined;
};

/** What became of an attempt to open a connection: one's own end of it and the address it was sent to, or why there is none. */
export type DialOutcome =
  | { readonly ok: true; readonly socket: Socket; readonly address: string }
  | { readonly ok: false; readonly failure: ConnectFailure };

/** Opens a connection over the fabric and calls back in an entry of the loop, with whatever listens at the other end of it. */
export function dial(context: DialContext, target: DialTarget, onOutcome: (outcome: DialOutcome) => void): void {
  context.fabric.connect(context.caller, target, (outcome) => {
    if (!outcome.ok) onOutcome({ ok: false, failure: outcome.failure });
    else onOutcome({ ok: true, socket: openSocket(context, outcome), address: outcome.dialed });
  });
}

/** The client's end of a connection whose handshake is done. */
export function openSocket(context: DialContext, outcome: Extract<ConnectOutcome, { readonly ok: true }>): Socket {
  const { fabric, loop, caller } = context;
  const { route, listener, address, dialed } = outcome;
  const { client, server } = connectSockets({
    loop,
    why: `connection ${caller.origin.cluster} -> ${address}:${route.port}`,
    latencyMs: route.latencyMs,
    reaches: () => fabric.carries(caller.origin, route),
    clientAddress: route.source,
    serverAddress: dialed,
    onOver: () => route.release?.(),
  });
  serveSocket(listener, server, route);
  return client;
}
