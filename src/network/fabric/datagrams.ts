import { bytesOfText, textOfBytes } from "../../std/index.ts";
import { followFlow } from "./conntrack.ts";
import type { DialContext } from "./dial.ts";
import type { Listener } from "./hosts.ts";
import type { Destination, Route } from "./packet.ts";

/** A datagram as a program gets it; texts stand for bytes. */
export type Datagram = {
  readonly text: string;
  readonly remoteAddress: string;
  /** Sends one back to where it came from. */
  readonly reply: (text: string) => void;
};

/** One's own end of an exchange of datagrams with one port: which endpoint gets them is decided once, as conntrack does. */
export interface DatagramFlow {
  send(text: string): void;
  onText(read: (text: string) => void): void;
  /** Called when nobody listens there and the host says so (ICMP port unreachable). */
  onRefused(run: () => void): void;
  close(): void;
}

type Delivered = Extract<Route, { readonly verdict: "delivered" }>;

/** Linux forgets a flow that has seen answers after so long without a packet (`nf_conntrack_udp_timeout_stream`). */
const FLOW_MS = 120_000;
const CLIENT_PORT = 40_000;

/** Prepares to exchange datagrams with an address and port. Nothing is sent yet; what is lost, is lost silently. */
export function openDatagrams(
  context: DialContext,
  target: { readonly address: string; readonly port: number },
): DatagramFlow {
  const { fabric, loop, caller } = context;
  const why = `datagrams ${caller.origin.cluster} -> ${target.address}:${target.port}`;
  const random = loop.random.stream("network-loss");
  let onText: (text: string) => void = () => {};
  let onRefused: () => void = () => {};
  let isOpen = true;
  let pinned: { route: Delivered; usedMs: number } | undefined;
  const to: Destination = { ...target, protocol: "UDP" };
  const routeNow = (): Delivered | "refused" | "dropped" => {
    const now = loop.nowMs();
    const isRemembered = pinned !== undefined && now - pinned.usedMs < FLOW_MS;
    const followed =
      pinned !== undefined && isRemembered ? followFlow(fabric, caller.origin, to, pinned.route) : undefined;
    if (pinned !== undefined && followed !== undefined) pinned.usedMs = now;
    const route = followed ?? fabric.route(caller.origin, to);
    if (route.verdict !== "delivered") return route.verdict;
    pinned = { route, usedMs: now };
    return fabric.carries(caller.origin, route) ? route : "dropped";
  };
  const travel = (route: Delivered, arrive: () => void): void => {
    if (route.loss > 0 && random.next() < route.loss) return;
    if (route.latencyMs > 0) loop.after(route.latencyMs, why, arrive);
    else loop.soon(why, arrive);
  };
  return {
    send: (text) => {
      const route = routeNow();
      if (route === "dropped" || !isOpen) return;
      if (route === "refused") {
        loop.soon(why, () => isOpen && onRefused());
        return;
      }
      const reply = (answer: string): void =>
        travel(route, () => {
          if (isOpen) onText(answer);
        });
      travel(route, () => receive(route.listener, { text, remoteAddress: route.source, reply }));
    },
    onText: (read) => {
      onText = read;
    },
    onRefused: (run) => {
      onRefused = run;
    },
    close: () => {
      isOpen = false;
    },
  };
}

function receive(listener: Listener, datagram: Datagram): void {
  if (listener.receive !== undefined) listener.receive(datagram);
  else {
    const source = { address: datagram.remoteAddress, port: CLIENT_PORT };
    const answer = listener.dns?.()?.(Buffer.from(bytesOfText(datagram.text)), "udp", source);
    if (answer !== undefined) datagram.reply(textOfBytes(answer));
  }
}
