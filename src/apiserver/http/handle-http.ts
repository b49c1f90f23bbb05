import { type KubeObject, type Status, StatusError, statusErrors } from "../../apimachinery/index.ts";
import { handOn } from "../aggregation/hand-on.ts";
import { checkAccess } from "../authorization.ts";
import type { ApiRequest, RequestOptions, Verb } from "../request.ts";
import type { Resource } from "../resource.ts";
import type { ApiServer } from "../server.ts";
import { requestUser } from "../tokens/request-user.ts";
import { type HttpExchange, type HttpOptions, type HttpResponder, headerOf } from "./exchange.ts";
import { negotiate } from "./negotiation.ts";
import { answerPath, isInGroup } from "./path-answer.ts";
import { isFlagSet, readDeleteOptions, readQuery } from "./query.ts";
import { checkBodySize, readObjectBody, readOptionalBody, readPatchBody } from "./request-body.ts";
import { checkTimeout } from "./request-timeout.ts";
import { parseResourcePath, type ResourcePath } from "./resource-path.ts";
import { checkForm, PageNotFound, Responses } from "./responses.ts";
import type { RoutedRequest } from "./routed-request.ts";
import { streamWatch } from "./watch-stream.ts";

/** Answers one HTTP request to a cluster's API, before it returns but for watches. Nothing is thrown: every failure is a Status. */
export function handleHttp(
  server: ApiServer,
  exchange: HttpExchange,
  responder: HttpResponder,
  options: HttpOptions = {},
): void {
  const responses = new Responses(server, exchange, responder, options);
  try {
    checkTimeout(exchange.path);
    const user = requestUser(server.core, exchange);
    const known = user === exchange.user ? exchange : { ...exchange, user };
    if (!handOn(server.core, known, responder)) route(server, known, responses, options);
  } catch (error) {
    if (error instanceof StatusError) responses.failure(error.status);
    else if (error instanceof PageNotFound) responses.pageNotFound();
    else responses.failure(crashed(server, exchange, error));
  }
}

function route(server: ApiServer, exchange: HttpExchange, responses: Responses, options: HttpOptions): void {
  checkBodySize(exchange);
  const mark = exchange.path.indexOf("?");
  const path = mark < 0 ? exchange.path : exchange.path.slice(0, mark);
  const place = parseResourcePath(path);
  if (place === undefined) {
    answerPath(server, exchange, responses, options);
    return;
  }
  const query = new URLSearchParams(mark < 0 ? "" : exchange.path.slice(mark + 1));
  const resource = server.core.registry.find(place.group, place.version, place.plural);
  const verb = verbOf(exchange.method, place, query);
  if (resource === undefined || (place.namespace !== undefined && !resource.kind.namespaced)) {
    checkAccess(server.core, { ...place, user: exchange.user, verb: verb ?? "", resource: place.plural });
    throw isInGroup(server, path) ? statusErrors.noSuchPath() : new PageNotFound();
  }
  if (verb === undefined || !isRouted(exchange, place, resource, verb)) {
    checkAccess(server.core, { ...place, user: exchange.user, verb: verb ?? "", resource: place.plural });
    throw resource.custom && place.namespace === undefined ? new PageNotFound() : statusErrors.methodNotAllowed();
  }
  const { form, request } = told(server, { exchange, options, place, resource, verb, query }, responses);
  const labels = responses.isAbout(request, resource);
  const routed = { request, user: exchange.user, resource, form, query, labels };
  checkForm(routed);
  if (verb === "watch") streamWatch(server, routed, responses);
  else respond(server, routed, responses);
}

type Told = Parameters<typeof readRequest>[0];

/** What is asked and in which form; who may not ask at all is told that, and not what else is wrong. */
function told(
  server: ApiServer,
  what: Told,
  responses: Responses,
): { readonly form: RoutedRequest["form"]; readonly request: ApiRequest } {
  const { exchange, options, place, resource, verb } = what;
  try {
    const form = negotiate(exchange, options, verb === "watch" ? "watch" : resource.custom ? "custom" : "built-in");
    responses.isIn(form);
    return { form, request: readRequest(what) };
  } catch (error) {
    checkAccess(server.core, { ...place, user: exchange.user, verb, resource: place.plural });
    throw error;
  }
}

/** Whether there is a route: namespaced kinds are only read across namespaces, and built-in ones know no HEAD. */
function isRouted({ method }: HttpExchange, place: ResourcePath, { kind, custom }: Resource, verb: Verb): boolean {
  if (method === "HEAD" && !custom) return false;
  return !kind.namespaced || place.namespace !== undefined || verb === "list" || verb === "watch";
}

function respond(server: ApiServer, routed: RoutedRequest, responses: Responses): void {
  server.handle(routed.request, routed.user, (answer) => {
    if (answer.ok) responses.object(routed, answer);
    else responses.failure(answer.status, answer.warnings);
  });
}

/** The verb of a request, as upstream's `RequestInfoFactory` reads it; `undefined` when no route takes it. */
function verbOf(method: string, place: ResourcePath, query: URLSearchParams): Verb | undefined {
  const named = place.name !== undefined;
  if (place.watched === true) return method === "GET" ? "watch" : undefined;
  switch (method) {
    case "GET":
    case "HEAD":
      if (named) return "get";
      return isFlagSet(query.get("watch") ?? "false") ? "watch" : "list";
    case "POST":
      return !named || place.subresource !== undefined ? "create" : undefined;
    case "PUT":
      return named ? "update" : undefined;
    case "PATCH":
      return named ? "patch" : undefined;
    case "DELETE":
      return named ? "delete" : "deletecollection";
    default:
      return undefined;
  }
}

function readRequest(what: {
  readonly exchange: HttpExchange;
  readonly options: HttpOptions;
  readonly place: ResourcePath;
  readonly resource: Resource;
  readonly verb: Verb;
  readonly query: URLSearchParams;
}): ApiRequest {
  const { exchange, options, place, resource, verb, query } = what;
  const { namespace, name, subresource } = place;
  const stated = readQuery(query, verb);
  const isDelete = verb === "delete" || verb === "deletecollection";
  const read: RequestOptions = isDelete
    ? readDeleteOptions(readOptionalBody(exchange, options), query, stated)
    : stated;
  return {
    verb,
    kind: resource.kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...writtenPart(exchange, options, verb, resource),
    options: verb === "watch" && name !== undefined ? named(read, name) : withUserAgent(read, exchange),
  };
}

/** Notes who writes; only writes ask. */
function withUserAgent(options: RequestOptions, exchange: HttpExchange): RequestOptions {
  if (options.fieldValidation === undefined) return options;
  const userAgent = headerOf(exchange.headers, "user-agent");
  return userAgent === undefined ? options : { ...options, userAgent };
}

/** What a create, update or patch brings. */
function writtenPart(
  exchange: HttpExchange,
  options: HttpOptions,
  verb: Verb,
  resource: Resource,
): Pick<ApiRequest, "object" | "patch" | "strictErrors"> {
  if (verb === "create" || verb === "update") {
    const { value, strictErrors } = readObjectBody(exchange, options, resource);
    return strictErrors.length === 0 ? { object: value as KubeObject } : { object: value as KubeObject, strictErrors };
  }
  if (verb !== "patch") return {};
  const { strictErrors, ...patch } = readPatchBody(exchange, options, resource);
  return strictErrors.length === 0 ? { patch } : { patch, strictErrors };
}

/** The old way to watch one object, by its own path. */
function named(options: RequestOptions, name: string): RequestOptions {
  const { fieldSelector } = options;
  const own = `metadata.name=${name}`;
  return { ...options, fieldSelector: fieldSelector === undefined ? own : `${fieldSelector},${own}` };
}

/** A bug of ours must not take the server down with it; the trace keeps where it was. */
function crashed(server: ApiServer, exchange: HttpExchange, error: unknown): Status {
  const { core } = server;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  core.loop.trace.add({
    atMs: core.loop.nowMs(),
    cluster: core.cluster,
    actor: exchange.user.name,
    verb: "panic",
    subject: `${exchange.method} ${exchange.path}`,
    detail: text,
  });
  const message = error instanceof Error ? error.message : String(error);
  return statusErrors.internal(`${exchange.method} ${exchange.path}: ${message}`).status;
}
