import { statusErrors } from "../../apimachinery/index.ts";
import type { PathForm } from "../non-resource-paths.ts";
import type { ApiServer } from "../server.ts";
import { type HttpExchange, type HttpOptions, headerOf } from "./exchange.ts";
import { negotiate } from "./negotiation.ts";
import { PageNotFound, type Responses } from "./responses.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Answers a path that names no resource, with what a client needs to keep documents that can be kept. */
export function answerPath(
  server: ApiServer,
  exchange: HttpExchange,
  responses: Responses,
  options: HttpOptions,
): void {
  if (!isOpenApiAcceptable(exchange)) {
    responses.bytes(406, { "cache-control": "no-cache, private", vary: "Accept" }, "", NEVER);
    return;
  }
  const answer = server.path(exchange.path, exchange.user, formOf(exchange, responses, options));
  if (answer.ok && !isRouted(exchange)) throw statusErrors.methodNotAllowed();
  if (!answer.ok && answer.status.code === 404 && !isInGroup(server, exchange.path)) throw new PageNotFound();
  if (!answer.ok) {
    responses.failure(answer.status);
    return;
  }
  if ("movedTo" in answer) {
    const moved = { "content-type": "application/json", "cache-control": "no-cache, private" };
    responses.bytes(301, { ...moved, location: answer.movedTo, vary: "Accept" }, "", NEVER);
    return;
  }
  const { code = 200, contentType, body, hash } = answer;
  if (answer.laidOut === true) responses.layOut();
  const headers: Record<string, string> = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (hash !== undefined) Object.assign(headers, cachingHeaders(answer.caching, hash, server.core.loop.nowMs()));
  if (hash !== undefined && headerOf(exchange.headers, "if-none-match") === headers.etag)
    responses.bytes(304, headers, "", NEVER);
  else {
    const isText = typeof body === "string" || body instanceof Uint8Array;
    const bytes = isText ? body : server.core.encoded.document(body as object);
    responses.bytes(code, headers, bytes, compressedAbove(exchange.path));
  }
}

const NEVER = Number.POSITIVE_INFINITY;

/** OpenAPI v2 and metrics have handlers with rules of their own; OpenAPI v3 is served as files are. */
function compressedAbove(path: string): number | undefined {
  if (path.startsWith("/openapi/v2")) return 1400;
  if (path.startsWith("/openapi/v3")) return NEVER;
  return path.startsWith("/metrics") ? 0 : undefined;
}

/** Documents of versions and groups are read with GET; what has no router before it does not look at the method. */
function isRouted({ method, path }: HttpExchange): boolean {
  return method === "GET" || !/^\/(?:version|api|apis\/.+)(?:[/?]|$)/.test(path);
}

/** Whether a path is below that of a built-in group, whose router knows what is missing. */
export function isInGroup({ core }: ApiServer, path: string): boolean {
  const [, root, group = ""] = path.split(/[/?]/);
  if (root === "api") return true;
  return root === "apis" && core.registry.resources().some(({ custom, kind }) => !custom && kind.group === group);
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

/** OpenAPI has handlers of its own, which say no more than that they cannot. */
function isOpenApiAcceptable(exchange: HttpExchange): boolean {
  if (!exchange.path.startsWith("/openapi/")) return true;
  const accept = headerOf(exchange.headers, "accept") || "*/*";
  return prefersProtobuf(exchange) || /(?:application|\*)\/(?:json|\*)/.test(accept);
}

/** What the Accept header says of documents that come in several forms. */
function formOf(exchange: HttpExchange, responses: Responses, options: HttpOptions): PathForm {
  if (!/^\/apis?(?:[/?]|$)/.test(exchange.path))
    return { discovery: "unaggregated", openApi: prefersProtobuf(exchange) ? "protobuf" : "json" };
  const form = negotiate(exchange, options, "document");
  responses.isIn(form);
  const aggregated = form.as === "APIGroupDiscoveryList" && form.version === "v2beta1" ? "v2beta1" : "v2";
  return { discovery: form.as === "APIGroupDiscoveryList" ? aggregated : "unaggregated", openApi: "json" };
}

/** Both names the type has had; the one with an at sign is what kubectl sends. */
const OPENAPI_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf$/;

function prefersProtobuf(exchange: HttpExchange): boolean {
  if (!exchange.path.startsWith("/openapi/v2")) return false;
  const [first = ""] = (headerOf(exchange.headers, "accept") ?? "").split(/[,;]/);
  return OPENAPI_PROTOBUF.test(first.trim().toLowerCase());
}
