import type { HttpExchange, HttpHeaders } from "../apiserver/index.ts";
import type { HttpCall } from "./http-call.ts";

/** Headers of one connection, not of the message, and what is set anew. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Somebody's request, to be sent with our credentials; whom they stand in for, its headers say. */
export function forwardedCall({ method, path, headers, body }: HttpExchange): HttpCall {
  return { method, path, headers: messageHeaders(headers), ...(body.length === 0 ? {} : { body }) };
}

/** What of a message's headers is passed on. */
export function messageHeaders(headers: HttpHeaders): Readonly<Record<string, string | readonly string[]>> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
