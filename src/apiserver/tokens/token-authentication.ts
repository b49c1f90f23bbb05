import type { ServerCore } from "../core.ts";
import type { User } from "../request.ts";
import { bootstrapUser } from "./bootstrap-token.ts";
import { ISSUER, serviceAccountUser } from "./service-account-token.ts";

/** Who shows a token, and for which of the audiences asked for it is good; or why it is not. */
export type TokenVerdict =
  | { readonly authenticated: true; readonly user: User; readonly audiences: readonly string[] }
  | { readonly authenticated: false; readonly error?: string };

/** Every authenticated user is in this group as well. */
const AUTHENTICATED = "system:authenticated";

/** Finds out whose token it is: a static one, a service account's, or a bootstrap token. */
export function authenticateToken(
  core: ServerCore,
  token: string,
  audiences: readonly string[] = [ISSUER],
): TokenVerdict {
  const fixed = core.staticTokens.get(token);
  if (fixed !== undefined) return ofServer(fixed, audiences);
  const account = serviceAccountUser(core, token, audiences);
  if (account !== undefined)
    return "error" in account
      ? { authenticated: false, error: account.error }
      : authenticated(account.user, account.audiences);
  const bootstrapping = bootstrapUser(core, token);
  return bootstrapping === undefined ? { authenticated: false } : ofServer(bootstrapping, audiences);
}

/** A token that names no audience is for this server. */
function ofServer(user: User, audiences: readonly string[]): TokenVerdict {
  return audiences.includes(ISSUER) ? authenticated(user, [ISSUER]) : { authenticated: false };
}

function authenticated(user: User, audiences: readonly string[]): TokenVerdict {
  const groups = user.groups.includes(AUTHENTICATED) ? user.groups : [...user.groups, AUTHENTICATED];
  return { authenticated: true, user: { ...user, groups }, audiences };
}
