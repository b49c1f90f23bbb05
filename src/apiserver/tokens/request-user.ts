import { failure, StatusError } from "../../apimachinery/index.ts";
import type { ServerCore } from "../core.ts";
import { type HttpExchange, headerOf } from "../http/exchange.ts";
import { impersonated } from "../rbac/impersonation.ts";
import type { User } from "../request.ts";
import { authenticateToken } from "./token-authentication.ts";

const ANONYMOUS = "system:anonymous";

/**
 * Whose rights an HTTP request is to be judged by: who is on the connection, or who shows a token, and whom they may stand in
 * for. Throws a 401 for a token nobody knows, a 403 for impersonation that is not allowed.
 */
export function requestUser(core: ServerCore, exchange: HttpExchange): User {
  const { headers, user } = exchange;
  // A certificate the authority signed comes first; a token beside it is not looked at.
  const token = user.name === ANONYMOUS ? bearerToken(headerOf(headers, "authorization")) : undefined;
  return impersonated(core, headers, token === undefined ? user : tokenUser(core, token));
}

function tokenUser(core: ServerCore, token: string): User {
  const verdict = authenticateToken(core, token);
  if (!verdict.authenticated) throw new StatusError(failure("Unauthorized", "Unauthorized"));
  return verdict.user;
}

function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^bearer +(\S+)/i.exec(header.trim())?.[1];
}
