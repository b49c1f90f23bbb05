import { failure } from "../../apimachinery/index.ts";
import type { ClusterState, HttpExchange, HttpResponder } from "../../apiserver/index.ts";
import { type FetchOptions, type FetchResult, goErrorText } from "../../network/index.ts";
import { bytesOfText, textOfBytes } from "../../std/index.ts";
import { answerKubelet } from "./kubelet-pages.ts";
import type { NodeAgent } from "./node-agent.ts";
import { messageHeaders, urlOf } from "./pod-connections.ts";
import { type ProxyLocation, proxyLocation } from "./proxy-location.ts";
import { type ProxyView, throughProxy } from "./proxy-rewrite.ts";
import type { StreamPath } from "./stream-path.ts";

/** What a proxied request needs to know. */
export type ProxyContext = {
  readonly state: ClusterState;
  readonly agent: NodeAgent | undefined;
  /** One of so many endpoints. */
  readonly choose: (count: number) => number;
};

type Address = Extract<ProxyLocation, { readonly kind: "address" }>;

/** Hands a request on to a pod, to an endpoint of a service, or to a node's kubelet, and its answer back. Throws a StatusError. */
export function answerProxy(
  context: ProxyContext,
  path: StreamPath,
  exchange: HttpExchange,
  responder: HttpResponder,
): void {
  const location = proxyLocation(context.state, path, context.choose);
  // Relative links of a page need the slash (`proxyRedirectsforRootPath`).
  if (path.rest === "" && (exchange.method === "GET" || exchange.method === "HEAD")) {
    const [own = ""] = exchange.path.split("?");
    responder.respond(301, { location: `${own}/${path.search}` }, "");
    return;
  }
  if (location.kind === "kubelet") answerKubelet(context, location.node, path, responder);
  else handOn(context, location, { path, exchange }, responder);
}

function handOn(
  context: ProxyContext,
  location: Address,
  { path, exchange }: { readonly path: StreamPath; readonly exchange: HttpExchange },
  responder: HttpResponder,
): void {
  const { url, options } = proxiedRequest(location, path, exchange);
  if (context.agent === undefined) {
    unreachable(responder, "no route to host");
    return;
  }
  const [own = ""] = exchange.path.split("?");
  const view = {
    prefix: own.slice(0, own.length - path.rest.length),
    hosts: [new URL(url).host, String(exchange.headers.host ?? "")],
  };
  context.agent.request(location.node, url, options, (result) => respond(result, { url, view }, responder));
}

/**
 * The request a backend gets: the client's own, without what it showed the API server of itself, and with what Go's reverse proxy
 * and transport add.
 */
export function proxiedRequest(
  location: Address,
  path: StreamPath,
  exchange: HttpExchange,
): { readonly url: string; readonly options: FetchOptions } {
  const { authorization: _secret, ...headers } = messageHeaders(exchange.headers);
  const [own = ""] = exchange.path.split("?");
  return {
    url: urlOf(location, `${path.rest}${path.search}`),
    options: {
      method: exchange.method,
      headers: {
        ...(exchange.method === "HEAD" || headers.range !== undefined ? {} : { "accept-encoding": "gzip" }),
        ...headers,
        ...forwardedFor(exchange),
        "x-forwarded-uri": own,
      },
      body: textOfBytes(exchange.body),
    },
  };
}

/** The client behind those it says it speaks for. */
export function forwardedFor({ headers, remoteAddress }: HttpExchange): Readonly<Record<string, string>> {
  if (remoteAddress === undefined) return {};
  const before = [headers["x-forwarded-for"] ?? []].flat();
  return { "x-forwarded-for": [...before, remoteAddress].join(", ") };
}

function respond(
  result: FetchResult,
  { url, view }: { readonly url: string; readonly view: ProxyView },
  responder: HttpResponder,
): void {
  if (result.ok) {
    const { status, headers, body } = throughProxy(result.response, view);
    responder.respond(status, messageHeaders(headers), bytesOfText(body));
  } else unreachable(responder, goErrorText("GET", url, result.failure).replace(/^Get "[^"]*": /, ""));
}

function unreachable(responder: HttpResponder, why: string): void {
  const status = failure("ServiceUnavailable", `error trying to reach service: ${why}`);
  responder.respond(status.code, { "content-type": "application/json" }, JSON.stringify(status));
}
