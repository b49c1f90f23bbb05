import { failure, StatusError } from "../../apimachinery/index.ts";
import type { ApiServer } from "../server.ts";
import { type HttpExchange, headerOf } from "./exchange.ts";
import { negotiate } from "./negotiation.ts";
import type { Responses } from "./responses.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Answers a path that names no resource, with what a client needs to keep documents that can be kept. */
export function answerPath(server: ApiServer, exchange: HttpExchange, responses: Responses): void {
  if (exchange.method !== "GET" && exchange.method !== "HEAD")
    throw new StatusError(
      failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {}),
    );
  const form = negotiate(exchange);
  const aggregated = form.as === "APIGroupDiscoveryList" && form.version === "v2beta1" ? "v2beta1" : "v2";
  const discovery = form.as === "APIGroupDiscoveryList" ? aggregated : "unaggregated";
  const answer = server.path(exchange.path, exchange.user, discovery);
  if (!answer.ok) {
    responses.failure(answer.status);
    return;
  }
  const { contentType, body, hash } = answer;
  const headers: Record<string, string> = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (hash !== undefined) {
    const tag = `"${hash}"`;
    headers.etag = tag;
    headers.vary = "Accept";
    if (exchange.path.includes(`hash=${hash}`)) {
      headers["cache-control"] = "public, immutable";
      headers.expires = new Date(server.core.loop.nowMs() + YEAR_MS).toUTCString();
    }
    if (headerOf(exchange.headers, "if-none-match") === tag) {
      responses.bytes(304, headers, "");
      return;
    }
  }
  responses.bytes(200, headers, typeof body === "string" ? body : server.core.store.encode(body as object));
}
