import { type AuthorizationAttributes, checkAccess } from "../authorization.ts";
import type { ServerCore } from "../core.ts";
import type { HttpExchange, HttpHeaders, HttpResponder } from "../http/exchange.ts";
import { isFlagSet } from "../http/query.ts";
import type { User } from "../request.ts";
import { foreignServer } from "./availability.ts";
import type { ForeignApi } from "./foreign-apis.ts";
import type { ForeignServer } from "./foreign-caller.ts";

/** OpenAPI v3 of a group, or of one of its versions. */
const DOCUMENT = /^\/openapi\/v3\/(apis\/([^/?]+)(?:\/([^/?]+))?)(?=\?|$)/;
const PLACE = /^\/apis\/([^/?]+)\/([^/?]+)(?=[/?]|$)/;
const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" } as const;
const UNAVAILABLE = "service unavailable";

/** A request as another API server gets it. */
export type HandedOn = { readonly server: ForeignServer; readonly exchange: HttpExchange };

/** Hands a request on when another server answers for its group version; false when it is this server's own. Throws a 403. */
export function handOn(core: ServerCore, exchange: HttpExchange, responder: HttpResponder): boolean {
  const handed = handedOn(core, exchange);
  if (handed === undefined) return false;
  const refuse = (why: string): void => responder.respond(503, TEXT, `${why}\n`);
  if (typeof handed === "string") refuse(handed);
  else core.foreignApis?.caller?.call(handed.server, handed.exchange, { responder, onError: refuse });
  return true;
}

/**
 * Who is to get a request, and as what: the user stands in its headers (`kube-aggregator/pkg/apiserver/handler_proxy.go`).
 * `undefined` for this server's own requests; a text says why nobody gets it. Throws a 403.
 */
export function handedOn(core: ServerCore, exchange: HttpExchange): HandedOn | string | undefined {
  const api = apiOf(core, exchange.path);
  if (api === undefined) return undefined;
  checkAccess(core, attributesOf(api, exchange));
  const server = api.isAvailable ? foreignServer(core, api.registration) : UNAVAILABLE;
  if (typeof server === "string") return UNAVAILABLE;
  return { server, exchange: { ...exchange, headers: { ...ownHeaders(exchange), ...userHeaders(exchange.user) } } };
}

/** Whether another server answers for a path. */
export function isForeign(core: ServerCore, path: string): boolean {
  return apiOf(core, path) !== undefined;
}

function apiOf({ foreignApis, registry }: ServerCore, path: string): ForeignApi | undefined {
  if (foreignApis === undefined || foreignApis.isEmpty) return undefined;
  const [, key, ofGroup, ofVersion = ""] = DOCUMENT.exec(path) ?? [];
  if (key !== undefined && ofGroup !== undefined)
    return registry.serves(ofGroup, ofVersion) ? undefined : foreignApis.specs.ownerOf(key);
  const [, group, version] = PLACE.exec(path) ?? [];
  return group === undefined || version === undefined ? undefined : foreignApis.serverOf(group, version);
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch" };

/** What is asked, read off the URL (`RequestInfoFactory`); resources of other servers may have paths of any depth. */
function attributesOf({ group, version }: ForeignApi, { method, path, user }: HttpExchange): AuthorizationAttributes {
  const mark = path.indexOf("?");
  const bare = mark < 0 ? path : path.slice(0, mark);
  const parts = (DOCUMENT.test(bare) ? "" : bare)
    .split("/")
    .slice(4)
    .filter((part) => part !== "")
    .map(decoded);
  const readVerb = method === "GET" || method === "HEAD";
  if (parts.length === 0)
    return { user, verb: readVerb ? "get" : method.toLowerCase(), group: "", version: "", resource: "", path: bare };
  const within = parts[0] === "namespaces" && parts.length > 2 ? parts[1] : undefined;
  const [resource = "", name, subresource] = within === undefined ? parts : parts.slice(2);
  const query = new URLSearchParams(mark < 0 ? "" : path.slice(mark));
  const isWatch = isFlagSet(query.get("watch") ?? "false");
  const collective = readVerb ? (isWatch ? "watch" : "list") : "deletecollection";
  const single = readVerb ? "get" : "delete";
  return {
    user,
    verb: VERBS[method] ?? (name === undefined ? collective : single),
    group,
    version,
    resource,
    ...(within === undefined ? {} : { namespace: within }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Credentials stay here, and nobody says in our name who they are. */
function ownHeaders({ headers }: HttpExchange): HttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !/^(?:authorization$|impersonate-|x-remote-)/.test(name));
  return Object.fromEntries(kept);
}

function userHeaders({ name, uid, groups, extra }: User): HttpHeaders {
  const more = Object.entries(extra ?? {}).map(([key, values]) => [
    `x-remote-extra-${encodeURIComponent(key.toLowerCase())}`,
    values,
  ]);
  return {
    "x-remote-user": name,
    ...(uid === undefined || uid === "" ? {} : { "x-remote-uid": uid }),
    ...(groups.length === 0 ? {} : { "x-remote-group": groups }),
    ...Object.fromEntries(more),
  };
}
