import type { Loop } from "../../sim/index.ts";
import type { Caller, Fabric } from "./fabric.ts";

/** Answers a datagram, or leaves it. */
export type ServeDatagrams = (text: string, from: string) => string | undefined;

export type Datagram = {
  readonly host: string;
  readonly port: number;
  readonly text: string;
  readonly timeoutMs: number;
};

/** What came back for a datagram. */
export type DatagramReply =
  | { readonly ok: true; readonly text: string; readonly address: string }
  | { readonly ok: false; readonly reason: string; readonly address: string | undefined };

/** Sends one datagram over UDP and waits for the reply; silence, be it a loss, costs the whole time-out. */
export function sendDatagram(
  context: { readonly fabric: Fabric; readonly loop: Loop; readonly caller: Caller },
  { host, port, text, timeoutMs }: Datagram,
  onReply: (reply: DatagramReply) => void,
): void {
  const { fabric, loop, caller } = context;
  const why = `datagram ${caller.origin.cluster} -> ${host}:${port}`;
  const after = (delayMs: number, reply: DatagramReply): void => {
    if (delayMs > 0) loop.after(delayMs, why, () => onReply(reply));
    else loop.soon(why, () => onReply(reply));
  };
  const found = fabric.resolve(caller, host);
  const [address] = found.ok ? found.addresses : [];
  if (!found.ok || address === undefined) {
    const reason = found.ok ? "no such host" : found.reason;
    after(Math.min(found.waitedMs, timeoutMs), { ok: false, reason, address });
    return;
  }
  const route = fabric.route(caller.origin, { address, port, protocol: "UDP" }, { track: true });
  if (route.verdict === "refused") {
    after(0, { ok: false, reason: "connection refused", address });
    return;
  }
  const silent: DatagramReply = { ok: false, reason: "i/o timeout", address };
  if (route.verdict === "dropped" || isLost(loop, route.loss)) {
    if (route.verdict === "delivered") route.release?.();
    after(timeoutMs, silent);
    return;
  }
  loop.after(route.latencyMs, why, () => {
    const reply = route.listener.datagram?.(text, route.source);
    route.release?.();
    if (reply === undefined || isLost(loop, route.loss)) after(timeoutMs - route.latencyMs, silent);
    else after(route.latencyMs, { ok: true, text: reply, address });
  });
}

function isLost(loop: Loop, loss: number): boolean {
  return loss > 0 && loop.random.stream("network-loss").next() < loss;
}
