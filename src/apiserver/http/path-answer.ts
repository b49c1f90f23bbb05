import { statusErrors } from "../../apimachinery/index.ts";
import type { PathForm } from "../non-resource-paths.ts";
import type { ApiServer } from "../server.ts";
import { type HttpExchange, headerOf } from "./exchange.ts";
import { negotiate } from "./negotiation.ts";
import type { Responses } from "./responses.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Answers a path that names no resource, with what a client needs to keep documents that can be kept. */
export function answerPath(server: ApiServer, exchange: HttpExchange, responses: Responses): void {
  if (exchange.method !== "GET" && exchange.method !== "HEAD") throw statusErrors.methodNotAllowed();
  const answer = server.path(exchange.path, exchange.user, formOf(exchange));
  if (!answer.ok) {
    if (answer.status.reason === "NotFound" && !isServed(server, exchange.path)) responses.pageNotFound();
    else responses.failure(answer.status);
    return;
  }
  if ("movedTo" in answer) {
    responses.bytes(301, { location: answer.movedTo, vary: "Accept" }, "");
    return;
  }
  const { code = 200, contentType, body, hash } = answer;
  const headers: Record<string, string> = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (hash !== undefined) Object.assign(headers, cachingHeaders(answer.caching, hash, server.core.loop.nowMs()));
  if (hash !== undefined && headerOf(exchange.headers, "if-none-match") === headers.etag)
    responses.bytes(304, headers, "");
  else if (typeof body === "string" || body instanceof Uint8Array) responses.bytes(code, headers, body);
  else responses.bytes(code, headers, server.core.store.encode(body as object));
}

/** Whether a path lies where resources are: what is not there is told with a Status then. */
function isServed(server: ApiServer, path: string): boolean {
  const [, root, group] = /^\/(apis?)\/([^/?]+)/.exec(path) ?? [];
  if (root === "api") return true;
  return root !== undefined && server.core.registry.resources().some(({ kind }) => kind.group === group);
}

function cachingHeaders(
  caching: "public" | "immutable" | undefined,
  hash: string,
  nowMs: number,
): Readonly<Record<string, string>> {
  const tag = { etag: `"${hash}"`, vary: "Accept" };
  if (caching === undefined) return tag;
  if (caching === "public") return { ...tag, "cache-control": "public" };
  return { ...tag, "cache-control": "public, immutable", expires: new Date(nowMs + YEAR_MS).toUTCString() };
}

/** What the Accept header says of documents that come in several forms. */
function formOf(exchange: HttpExchange): PathForm {
  const isWhole = exchange.path.startsWith("/openapi/v2");
  if (isWhole && prefersProtobuf(exchange)) return { discovery: "unaggregated", openApi: "protobuf" };
  const form = negotiate(exchange);
  const aggregated = form.as === "APIGroupDiscoveryList" && form.version === "v2beta1" ? "v2beta1" : "v2";
  return { discovery: form.as === "APIGroupDiscoveryList" ? aggregated : "unaggregated", openApi: "json" };
}

/** Both names the type has had; the one with an at sign is what kubectl sends. */
const OPENAPI_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf$/;

function prefersProtobuf(exchange: HttpExchange): boolean {
  const [first = ""] = (headerOf(exchange.headers, "accept") ?? "").split(/[,;]/);
  return OPENAPI_PROTOBUF.test(first.trim().toLowerCase());
}
