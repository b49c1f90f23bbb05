import { statusErrors } from "../../apimachinery/index.ts";
import { type AuthorizationAttributes, checkAccess } from "../authorization.ts";
import type { ServerCore } from "../core.ts";
import type { HttpHeaders } from "../http/exchange.ts";
import type { User } from "../request.ts";

const USER = "impersonate-user";
const GROUP = "impersonate-group";
const UID = "impersonate-uid";
const EXTRA = "impersonate-extra-";
const AUTHENTICATION = { group: "authentication.k8s.io", version: "v1" } as const;
const CORE = { group: "", version: "v1" } as const;
const ANONYMOUS = "system:anonymous";
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";

type Wanted = Pick<AuthorizationAttributes, "group" | "version" | "resource" | "subresource" | "namespace" | "name">;

/**
 * The user a request asks to be judged as, once `requestor` has proved the right to `impersonate` every part of it
 * (`k8s.io/apiserver/pkg/endpoints/filters/impersonation`); `requestor` itself when it asks for none.
 */
export function impersonated(core: ServerCore, headers: HttpHeaders, requestor: User): User {
  const [name = ""] = values(headers, USER);
  const groups = values(headers, GROUP);
  const [uid = ""] = values(headers, UID);
  const extra = extraOf(headers);
  if (name === "") {
    if (groups.length > 0 || uid !== "" || extra.length > 0)
      throw statusErrors.badRequest(`requested ${described(groups, extra, uid)} without impersonating a user`);
    return requestor;
  }
  const account = serviceAccountOf(name);
  check(core, requestor, [
    account === undefined ? { ...CORE, resource: "users", name } : { ...CORE, resource: "serviceaccounts", ...account },
    ...groups.map((group) => ({ ...CORE, resource: "groups", name: group })),
    ...extra.flatMap(([key, texts]) =>
      texts.map((text) => ({ ...AUTHENTICATION, resource: "userextras", subresource: key, name: text })),
    ),
    ...(uid === "" ? [] : [{ ...AUTHENTICATION, resource: "uids", name: uid }]),
  ]);
  const own =
    groups.length === 0 && account !== undefined
      ? ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`]
      : groups;
  return {
    name,
    ...(uid === "" ? {} : { uid }),
    groups: withCompleteness(name, own),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

function check(core: ServerCore, user: User, wanted: readonly Wanted[]): void {
  for (const one of wanted) checkAccess(core, { user, verb: "impersonate", ...one });
}

/** Who is named is authenticated, unless they are said not to be. */
function withCompleteness(name: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(UNAUTHENTICATED)) return groups;
  if (name === ANONYMOUS) return [...groups, UNAUTHENTICATED];
  return groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED];
}

function extraOf(headers: HttpHeaders): readonly (readonly [string, readonly string[]])[] {
  return Object.keys(headers)
    .filter((header) => header.startsWith(EXTRA))
    .sort()
    .map((header) => [unescaped(header.slice(EXTRA.length)), values(headers, header)] as const);
}

/** Keys are percent-encoded where a header name could not hold them; a malformed one is taken as it is. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function values(headers: HttpHeaders, name: string): readonly string[] {
  const value = headers[name];
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = "", name = ""] = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(user) ?? [];
  return name === "" ? undefined : { namespace, name };
}

/** As Go prints a list of ObjectReferences. */
function described(
  groups: readonly string[],
  extra: readonly (readonly [string, readonly string[]])[],
  uid: string,
): string {
  const parts = [
    ...groups.map((group) => `{Group  ${group}    }`),
    ...extra.flatMap(([key, texts]) => texts.map((text) => `{UserExtra  ${text}  authentication.k8s.io/v1  ${key}}`)),
    ...(uid === "" ? [] : [`{UID  ${uid}  authentication.k8s.io/v1  }`]),
  ];
  return `[${parts.join(" ")}]`;
}
