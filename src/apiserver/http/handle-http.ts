import { type KubeObject, type Status, StatusError, statusErrors } from "../../apimachinery/index.ts";
import { handOn } from "../aggregation/hand-on.ts";
import { checkAccess } from "../authorization.ts";
import type { ApiRequest, RequestOptions, Verb } from "../request.ts";
import type { Resource } from "../resource.ts";
import type { ApiServer } from "../server.ts";
import { requestUser } from "../tokens/request-user.ts";
import { type HttpExchange, type HttpOptions, type HttpResponder, headerOf } from "./exchange.ts";
import { checkForm, negotiateResource } from "./negotiation.ts";
import { answerPath } from "./path-answer.ts";
import { readDeleteOptions, readQuery } from "./query.ts";
import { checkBodySize, readObjectBody, readOptionalBody, readPatchBody } from "./request-body.ts";
import { parseResourcePath, type ResourcePath } from "./resource-path.ts";
import { includeObjectOf, Responses } from "./responses.ts";
import type { RoutedRequest } from "./routed-request.ts";
import { streamWatch } from "./watch-stream.ts";

/** Answers one HTTP request to a cluster's API, before it returns but for watches. Nothing is thrown: every failure is a Status. */
export function handleHttp(
  server: ApiServer,
  exchange: HttpExchange,
  responder: HttpResponder,
  options: HttpOptions = {},
): void {
  const responses = new Responses(server, exchange, responder, options.yaml);
  try {
    const user = requestUser(server.core, exchange);
    const known = user === exchange.user ? exchange : { ...exchange, user };
    if (!handOn(server.core, known, responder)) route(server, known, responses, options);
  } catch (error) {
    if (error instanceof StatusError) responses.failure(error.status);
    else responses.failure(crashed(server, exchange, error));
  }
}

function route(server: ApiServer, exchange: HttpExchange, responses: Responses, options: HttpOptions): void {
  checkBodySize(exchange);
  const mark = exchange.path.indexOf("?");
  const path = mark < 0 ? exchange.path : exchange.path.slice(0, mark);
  const place = parseResourcePath(path);
  if (place === undefined) {
    answerPath(server, exchange, responses);
    return;
  }
  const query = new URLSearchParams(mark < 0 ? "" : exchange.path.slice(mark + 1));
  const resource = server.core.registry.find(place.group, place.version, place.plural);
  const verb = verbOf(exchange.method, place, query);
  if (resource === undefined || (place.namespace !== undefined && !resource.kind.namespaced)) {
    checkAccess(server.core, { ...place, user: exchange.user, verb, resource: place.plural });
    if (isGroupServed(server, place.group)) throw statusErrors.noSuchPath();
    responses.pageNotFound();
    return;
  }
  // Over all namespaces there is nothing but reading; objects are within theirs.
  if (place.namespace === undefined && resource.kind.namespaced && verb !== "list" && verb !== "watch")
    throw place.name === undefined ? statusErrors.methodNotAllowed() : statusErrors.noSuchPath();
  const form = negotiateResource(exchange);
  checkForm(form, resource, verb);
  if (form.as === "Table") includeObjectOf(query);
  const request = readRequest({ exchange, options, place, resource, verb, query });
  const labels = responses.isAbout(request, resource);
  const routed = { request, user: exchange.user, resource, form, query, labels };
  if (verb === "watch") streamWatch(server, routed, responses);
  else respond(server, routed, responses);
}

function isGroupServed(server: ApiServer, group: string): boolean {
  return server.core.registry.resources().some(({ kind }) => kind.group === group);
}

function respond(server: ApiServer, routed: RoutedRequest, responses: Responses): void {
  server.handle(routed.request, routed.user, (answer) => {
    if (answer.ok) responses.object(routed, answer);
    else responses.failure(answer.status);
  });
}

function verbOf(method: string, place: ResourcePath, query: URLSearchParams): Verb {
  if (place.watched === true && method !== "GET") throw statusErrors.methodNotAllowed();
  const isWatch = query.get("watch") !== null && query.get("watch") !== "false" && query.get("watch") !== "0";
  const named = place.name !== undefined;
  switch (method) {
    case "GET":
      if (place.watched === true || (isWatch && !named)) return "watch";
      return named ? "get" : "list";
    case "POST":
      if (!named || place.subresource !== undefined) return "create";
      break;
    case "PUT":
      if (named) return "update";
      break;
    case "PATCH":
      if (named) return "patch";
      break;
    case "DELETE":
      return named ? "delete" : "deletecollection";
  }
  throw statusErrors.methodNotAllowed();
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
  const read: RequestOptions = isDelete ? readDeleteOptions(readOptionalBody(exchange, options), stated) : stated;
  return {
    verb,
    kind: resource.kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...writtenPart(exchange, options, verb),
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
): Pick<ApiRequest, "object" | "patch" | "duplicateFields"> {
  if (verb === "create" || verb === "update") {
    const { value, duplicates } = readObjectBody(exchange, options);
    const object = value as KubeObject;
    return duplicates.length === 0 ? { object } : { object, duplicateFields: duplicates };
  }
  if (verb !== "patch") return {};
  const { duplicates, ...patch } = readPatchBody(exchange, options);
  return duplicates.length === 0 ? { patch } : { patch, duplicateFields: duplicates };
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
