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
/** Groups a cluster gives itself to whom it knows. */
const GIVEN_GROUPS = new Set(["system:authenticated", "system:unauthenticated"]);

/** Somebody's request, to be sent with our credentials in the name of its user. */
export function forwardedCall(exchange: HttpExchange): HttpCall {
  const { method, path, headers, user, body } = exchange;
  const groups = user.groups.filter((group) => !GIVEN_GROUPS.has(group));
  return {
    method,
    path,
    headers: {
      ...messageHeaders(headers),
      "impersonate-user": user.name,
      ...(groups.length === 0 ? {} : { "impersonate-group": groups }),
    },
    ...(body.length === 0 ? {} : { body }),
  };
}

/** What of a message's headers is passed on. */
export function messageHeaders(headers: HttpHeaders): Readonly<Record<string, string | readonly string[]>> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
