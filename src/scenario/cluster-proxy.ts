import { Cluster } from "../api/index.ts";
import { type Status, StatusError, statusErrors } from "../apimachinery/index.ts";
import {
  type ApiServer,
  checkAccess,
  type HttpExchange,
  type HttpResponder,
  requestUser,
  type User,
} from "../apiserver/index.ts";
import { type HttpHandler, refuseWithStatus, type Upgrade } from "../serving/index.ts";
import { must } from "../std/index.ts";
import { answerForAll } from "./cluster-proxy-all.ts";
import type { ClusterDoor } from "./member-doors.ts";
import { IMPERSONATOR } from "./users.ts";

export type ClusterProxyOptions = {
  /** The API server whose `clusters/proxy` this is. */
  readonly host: ApiServer;
  /** The way to a member, as things are now; a text says why there is none. */
  readonly doorTo: (member: string) => ClusterDoor | string;
  /** The way to the host itself, for what is asked of all clusters and is no resource. */
  readonly hostDoor: HttpHandler;
};

/** A request for a member on its way through the host. */
type Proxied = { readonly member: string; readonly exchange: HttpExchange };

const PLACE = {
  group: Cluster.group,
  version: Cluster.version,
  resource: Cluster.plural,
  subresource: "proxy",
} as const;
const PATH = /^\/apis\/cluster\.karmada\.io\/v1alpha1\/clusters\/([^/?]+)\/proxy(?=[/?]|$)/;
const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const EVERY_CLUSTER = "*";

/**
 * Answers `clusters/{name}/proxy` of the host (`pkg/registry/cluster/storage/proxy.go`). In the member Karmada's impersonator
 * stands in for whoever may use it: by the same name and groups, judged by the member's own roles. False for any other request.
 */
export function proxyRequest(options: ClusterProxyOptions, exchange: HttpExchange, responder: HttpResponder): boolean {
  if (!PATH.test(exchange.path)) return false;
  try {
    const proxied = proxiedTo(options.host, exchange);
    if (proxied.member === EVERY_CLUSTER) answerForAll(doorsOf(options, exchange), proxied.exchange, responder);
    else handOn(options, proxied, responder);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    refuse(responder, error.status);
  }
  return true;
}

/** The same for a connection that is to speak another protocol: exec, attach and port-forward of a member's pods. */
export function proxyUpgrade(options: ClusterProxyOptions, upgrade: Upgrade): boolean {
  if (!PATH.test(upgrade.exchange.path)) return false;
  const { host, doorTo } = options;
  host.core.loop.soon("proxied upgrade", () => {
    try {
      const { member, exchange } = proxiedTo(host, upgrade.exchange);
      const door = doorTo(member);
      if (typeof door === "string") throw new StatusError(unreachable(door));
      door.upgrade({ ...upgrade, exchange });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refuseWithStatus(upgrade.socket, error.status);
    }
  });
  return true;
}

/** Whom a request of the proxy is for, and as what. Throws a StatusError. */
function proxiedTo(host: ApiServer, exchange: HttpExchange): Proxied {
  const match = must(PATH.exec(exchange.path), "a path of the proxy");
  const member = decodeURIComponent(match[1] as string);
  const user = requestUser(host.core, exchange);
  checkAccess(host.core, { ...PLACE, user, verb: VERBS[exchange.method] ?? "", name: member });
  if (member !== EVERY_CLUSTER && host.state.get(Cluster, member) === undefined)
    throw statusErrors.notFound(Cluster, member);
  const rest = exchange.path.slice(match[0].length);
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  const headers = { ...forwardedHeaders(exchange), ...impersonation(user) };
  return { member, exchange: { ...exchange, path, headers, user: IMPERSONATOR } };
}

/** What a proxy says that cannot reach its target: the plain error, as `UpgradeAwareHandler` passes it on. */
function unreachable(message: string): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 };
}

function handOn(options: ClusterProxyOptions, { member, exchange }: Proxied, responder: HttpResponder): void {
  const door = options.doorTo(member);
  if (typeof door === "string") refuse(responder, unreachable(door));
  else door.handle(exchange, responder);
}

function doorsOf(
  { host, doorTo, hostDoor }: ClusterProxyOptions,
  asked: HttpExchange,
): Parameters<typeof answerForAll>[0] {
  const members = host.state.list(Cluster).flatMap(({ metadata: { name } }) => {
    const door = doorTo(name);
    return typeof door === "string" ? [] : [{ member: name, door: door.handle }];
  });
  // Nobody stands in for anybody at the host.
  return { host: ({ path }, responder) => hostDoor({ ...asked, path }, responder), members };
}

function refuse(responder: HttpResponder, status: Status): void {
  responder.respond(status.code, { "content-type": "application/json" }, JSON.stringify(status));
}

/** Who the client is was settled here: its credentials stay behind. */
function forwardedHeaders({ headers }: HttpExchange): HttpExchange["headers"] {
  const kept = Object.entries(headers).filter(([name]) => name !== "authorization" && !name.startsWith("impersonate-"));
  return Object.fromEntries(kept);
}

/**
 * Name and groups alone are passed on, as Karmada does (`newProxyHandler`); uid and extra are the host's matter, and members
 * know themselves who is authenticated.
 */
function impersonation({ name, groups }: User): HttpExchange["headers"] {
  const passed = groups.filter((group) => group !== "system:authenticated" && group !== "system:unauthenticated");
  return { "impersonate-user": [name], ...(passed.length === 0 ? {} : { "impersonate-group": passed }) };
}
