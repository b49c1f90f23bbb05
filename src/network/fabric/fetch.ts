import type { Loop } from "../../sim/index.ts";
import { hostPort } from "../../std/index.ts";
import type { Resolution } from "../resolver.ts";
import { openSocket } from "./dial.ts";
import type { Caller, ConnectFailure, Fabric } from "./fabric.ts";
import { exchangeOver } from "./fetch-socket.ts";
import {
  type HttpRequest,
  type HttpResponse,
  type HttpTarget,
  isPending,
  type PendingResponse,
  parseHttpTarget,
} from "./http.ts";
import type { Route } from "./route.ts";

export type FetchOptions = {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Why certificates shown by the other side are not believed; those who show none are not asked for any. */
  readonly distrust?: ((certificates: string) => string | undefined) | undefined;
};

/**
 * Why there is no response: the URL is none, the pod to call from has no running container, the connection failed, ended or broke
 * before there was one, or carried something else.
 */
export type FetchFailure =
  | { readonly kind: "url" }
  | { readonly kind: "not running" }
  | { readonly kind: "connect"; readonly connect: ConnectFailure }
  | { readonly kind: "certificate"; readonly why: string }
  | { readonly kind: "EOF" | "reset" | "malformed" | "timeout"; readonly host: string; readonly port: number };

/** What became of a request; resolution and route tell how it came to that. */
export type FetchResult = {
  readonly url: string;
  readonly resolution?: Resolution;
  readonly route?: Route;
} & (
  | {
      readonly ok: true;
      readonly response: HttpResponse;
      /** Who answered. */
      readonly cluster: string;
      readonly address: string;
      /** The address it was sent to, which may be a virtual one. */
      readonly dialed: string;
    }
  | { readonly ok: false; readonly failure: FetchFailure }
);

/** Sends one HTTP request over the fabric and calls back in an entry of the loop. TLS is not spoken: https is plain on port 443. */
export function fetchUrl(
  context: { readonly fabric: Fabric; readonly loop: Loop; readonly caller: Caller },
  url: string,
  options: FetchOptions,
  onResult: (result: FetchResult) => void,
): void {
  const target = parseHttpTarget(url);
  if (target === undefined) {
    context.loop.soon(`request ${url}`, () => onResult({ url, ok: false, failure: { kind: "url" } }));
    return;
  }
  context.fabric.connect(context.caller, { ...target, timeoutMs: options.timeoutMs }, (outcome) => {
    const { resolution } = outcome;
    const told = { url, resolution, ...(outcome.route === undefined ? {} : { route: outcome.route }) };
    if (!outcome.ok) {
      onResult({ ...told, ok: false, failure: { kind: "connect", connect: outcome.failure } });
      return;
    }
    const { cluster, address, dialed, route, listener } = outcome;
    const end = (end: HttpResponse | FetchFailure): void => {
      if ("kind" in end) onResult({ ...told, ok: false, failure: end });
      else onResult({ ...told, ok: true, response: end, cluster, address, dialed });
    };
    const why = listener.certificates === undefined ? undefined : options.distrust?.(listener.certificates);
    if (why !== undefined) {
      route.release?.();
      end({ kind: "certificate", why });
      return;
    }
    const none = { kind: "EOF" as const, host: target.host, port: target.port };
    if (listener.accept !== undefined) {
      const how = { loop: context.loop, why: `request ${url}`, timeoutMs: options.timeoutMs };
      exchangeOver(openSocket(context, outcome), requestOf(target, options, route), how, (exchanged) =>
        end(exchanged.ok ? exchanged.response : { ...none, kind: exchanged.kind }),
      );
      return;
    }
    const respond = (): void => {
      const finish = (answer: HttpResponse | FetchFailure): void => {
        route.release?.();
        end(answer);
      };
      const answer = listener.serve?.(requestOf(target, options, route));
      if (!isPending(answer)) finish(answer ?? none);
      else waitFor(context.loop, { answer, why: `answer of ${url}`, timeoutMs: options.timeoutMs, none }, finish);
    };
    if (outcome.roundTripMs > 0) context.loop.after(outcome.roundTripMs, `request ${url}`, respond);
    else respond();
  });
}

/** Waits for an answer for as long as the caller does. */
export function waitFor(
  loop: Loop,
  what: {
    readonly answer: PendingResponse;
    readonly why: string;
    readonly timeoutMs: number | undefined;
    readonly none: Extract<FetchFailure, { readonly host: string }>;
  },
  onEnd: (end: HttpResponse | FetchFailure) => void,
): void {
  let isOver = false;
  const finish = (end: HttpResponse | FetchFailure): void => {
    if (isOver) return;
    isOver = true;
    timer?.cancel();
    onEnd(end);
  };
  const timer =
    what.timeoutMs === undefined
      ? undefined
      : loop.after(what.timeoutMs, what.why, () => finish({ ...what.none, kind: "timeout" }));
  what.answer.later((response) => finish(response ?? what.none));
}

/** The failure in the words of Go's `net/http`: `Get "http://x": dial tcp …`. */
export function goErrorText(method: string, url: string, failure: FetchFailure): string {
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return `${verb} ${JSON.stringify(url)}: ${goCause(failure)}`;
}

function goCause(failure: FetchFailure): string {
  if (failure.kind === "url") return "http: no Host in request URL";
  if (failure.kind === "not running") return "container not found";
  if (failure.kind === "certificate") return `tls: failed to verify certificate: ${failure.why}`;
  if (failure.kind === "EOF") return "EOF";
  if (failure.kind === "reset") return "read: connection reset by peer";
  if (failure.kind === "malformed") return "net/http: HTTP/1.x transport connection broken: malformed HTTP response";
  if (failure.kind !== "connect") return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  const { lookup, reason, host, port, address } = failure.connect;
  if (!lookup) {
    const dialed = `dial tcp ${hostPort(address ?? host, port)}`;
    return reason === "connection refused" ? `${dialed}: connect: connection refused` : `${dialed}: ${reason}`;
  }
  const server = address === undefined ? "" : ` on ${address}:53`;
  if (reason === "no such host" || reason === "server misbehaving")
    return `dial tcp: lookup ${host}${server}: ${reason}`;
  const read = reason === "i/o timeout" ? "i/o timeout" : `read: ${reason}`;
  return `dial tcp: lookup ${host}${server}: read udp ->${address}:53: ${read}`;
}

/** The request as it arrives: what load balancers on the way have put into it included. */
export function requestOf(
  target: HttpTarget,
  options: FetchOptions,
  { source, hop }: Extract<Route, { verdict: "delivered" }>,
): HttpRequest {
  const headers: Record<string, string> = { host: target.authority };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  const { method = "GET", body = "" } = options;
  const request = { method, path: target.path, headers: { ...headers, ...hop?.headers }, body, remoteAddress: source };
  return hop?.preamble === undefined ? request : { ...request, preamble: hop.preamble };
}
