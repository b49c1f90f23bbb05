import type { Loop } from "../../sim/index.ts";
import type { Caller, ConnectOutcome, Fabric } from "./fabric.ts";
import { type FetchOptions, requestOf } from "./fetch.ts";
import { type HttpResponse, isPending, parseHttpTarget } from "./http.ts";

/** A connection that stays open: its requests go where the first one went, until somebody closes it. */
export interface Connection {
  readonly outcome: ConnectOutcome;
  /** Sends a request; `undefined` when the connection is closed, or was and the caller finds out now, or the answer takes its time. */
  request(options?: FetchOptions): HttpResponse | undefined;
  close(): void;
}

/**
 * Connects to a URL's host and keeps the connection. A load balancer on the way closes it when it was silent for too long, or
 * when the time of a node it let go is up; a target that is gone is gone.
 */
export function openConnection(
  context: { readonly fabric: Fabric; readonly loop: Loop; readonly caller: Caller },
  url: string,
  onOpen: (connection: Connection) => void,
): void {
  const target = parseHttpTarget(url) ?? { scheme: "http", host: url, port: 80, path: "/", authority: url };
  const { fabric, loop, caller } = context;
  fabric.connect(caller, target, (outcome) => {
    let isOpen = outcome.ok;
    // Proxies and edges answer without a listener of their own at the address; those do not go away.
    const isListening = outcome.ok && fabric.listenerAt(outcome.route) === outcome.listener;
    let usedMs = loop.nowMs();
    const close = (): void => {
      if (isOpen && outcome.ok) outcome.route.release?.();
      isOpen = false;
    };
    const request = (options: FetchOptions = {}): HttpResponse | undefined => {
      if (!isOpen || !outcome.ok) return undefined;
      const { route } = outcome;
      const isIdle = route.idleMs !== undefined && loop.nowMs() - usedMs >= route.idleMs;
      const isUp = !isListening || fabric.listenerAt(route) === outcome.listener;
      if (isIdle || route.holds?.() === false || !isUp) {
        close();
        return undefined;
      }
      usedMs = loop.nowMs();
      const answer = outcome.listener.serve?.(requestOf(target, options, route));
      return isPending(answer) ? undefined : answer;
    };
    onOpen({ outcome, request, close });
  });
}
