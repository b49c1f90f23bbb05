import {
  type KubeObject,
  type ObjectList,
  type Status,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { Answer, ApiRequest } from "../request.ts";
import { labelsOf, type RequestLabels } from "../request-metrics.ts";
import type { Resource } from "../resource.ts";
import type { ApiServer } from "../server.ts";
import { type IncludeObject, partialObject, printerOf, tableOf } from "../table.ts";
import { type BodyEncoder, type HttpExchange, type HttpResponder, type HttpStream, headerOf } from "./exchange.ts";
import { prefersYaml } from "./negotiation.ts";
import type { RoutedRequest } from "./routed-request.ts";

const JSON_TYPE = "application/json";
const JSON_HEADERS = { "content-type": JSON_TYPE, "cache-control": "no-cache, private" } as const;

type Good = Extract<Answer, { readonly ok: true }>;
type Body = string | Uint8Array | readonly Uint8Array[];
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Writes the answers to one request, from bytes made once per stored object where it can. */
export class Responses {
  readonly #server: ApiServer;
  readonly #responder: HttpResponder;
  readonly #isPretty: boolean;
  readonly #yaml: BodyEncoder | undefined;
  #labels: RequestLabels | undefined;
  #resource: Resource | undefined;

  constructor(server: ApiServer, exchange: HttpExchange, responder: HttpResponder, yaml: BodyEncoder | undefined) {
    this.#server = server;
    this.#responder = responder;
    this.#isPretty = isPretty(exchange);
    this.#yaml = yaml !== undefined && prefersYaml(exchange) ? yaml : undefined;
  }

  /** Says what the request is about, once that is known; from then on the answer is counted under the labels returned. */
  isAbout(request: ApiRequest, resource: Resource): RequestLabels {
    this.#resource = resource;
    this.#labels = labelsOf(request, resource);
    return this.#labels;
  }

  failure(status: Status): void {
    const { retryAfterSeconds } = status.details ?? {};
    const headers = this.#headers([]);
    const retry = retryAfterSeconds === undefined ? headers : { ...headers, "retry-after": String(retryAfterSeconds) };
    this.#send(status.code, retry, JSON.stringify(status));
  }

  /** The plain page for a path nobody serves. */
  pageNotFound(): void {
    const headers = {
      ...JSON_HEADERS,
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    };
    this.#send(404, headers, "404 page not found\n");
  }

  /** A document; JSON is laid out for people where they ask for that. */
  bytes(code: number, headers: Headers, body: Uint8Array | string): void {
    this.#send(code, headers, body);
  }

  stream(): HttpStream {
    if (this.#labels !== undefined) this.#server.metrics.answered(this.#labels, 200);
    return this.#responder.startStream(200, this.#headers([]));
  }

  /** The object, list or Status of a good answer, in the form the client asked for. */
  object(routed: RoutedRequest, answer: Good): void {
    this.#send(answer.code, this.#headers(answer.warnings ?? []), this.#body(routed, answer.object));
  }

  #headers(warnings: readonly string[]): Headers {
    const deprecation = deprecationOf(this.#resource, this.#server);
    const all = deprecation === undefined ? warnings : [deprecation, ...warnings];
    return all.length === 0 ? JSON_HEADERS : { ...JSON_HEADERS, warning: all.map(warningHeader) };
  }

  #send(code: number, headers: Headers, body: Body): void {
    if (this.#labels !== undefined) this.#server.metrics.answered(this.#labels, code);
    const responder = this.#responder;
    if (this.#yaml !== undefined && body.length > 0 && headers["content-type"] === JSON_TYPE)
      responder.respond(code, { ...headers, "content-type": "application/yaml" }, this.#yaml(JSON.parse(textOf(body))));
    else if (this.#isPretty && body.length > 0 && String(headers["content-type"]).startsWith("application/json"))
      responder.respond(code, headers, laidOut(body));
    else if (typeof body === "string" || body instanceof Uint8Array) responder.respond(code, headers, body);
    else if (responder.respondInParts === undefined) responder.respond(code, headers, Buffer.concat(body));
    else responder.respondInParts(code, headers, body);
  }

  #body(routed: RoutedRequest, object: Unstructured): Body {
    const list = asList(object);
    const { form } = routed;
    const { kind, listKind } = routed.resource;
    // Columns are those of the resource: a Status or a Scale is shown as it is.
    const isOther = object.kind !== kind.kind && object.kind !== listKind;
    if (form.as === "object" || form.as === "APIGroupDiscoveryList" || isOther)
      return list === undefined ? this.#server.core.store.encode(object) : this.#list(list, routed.resource.typed);
    if (form.as === "Table") return JSON.stringify(tableAnswer(this.#server, routed, list ?? object));
    if (list === undefined) return JSON.stringify(partialObject(object, form.apiVersion));
    return JSON.stringify({
      kind: "PartialObjectMetadataList",
      apiVersion: form.apiVersion,
      metadata: list.metadata,
      items: list.items.map((item) => partialObject(item, form.apiVersion)),
    });
  }

  /** A list is its head and the bytes of its items, joined. */
  #list(list: ObjectList, typed: boolean): readonly Uint8Array[] {
    const { kind, apiVersion, metadata } = list;
    const head = JSON.stringify({ kind, apiVersion, metadata });
    return [
      Buffer.from(`${head.slice(0, -1)},"items":[`),
      this.#server.core.lists.encode(list.items, { typed }),
      END_OF_LIST,
    ];
  }
}

const END_OF_LIST = Buffer.from("]}");

/** The Table of an object or a list, as its resource prints it. */
export function tableAnswer(server: ApiServer, routed: RoutedRequest, object: KubeObject | ObjectList): unknown {
  const { resource, query, form } = routed;
  const list = asList(object);
  const printer = printerOf(resource, Number.parseInt(server.version.minor, 10));
  const metadata =
    list === undefined ? { resourceVersion: (object as KubeObject).metadata.resourceVersion ?? "" } : list.metadata;
  return tableOf(printer, list?.items ?? [object as KubeObject], {
    apiVersion: form.as === "Table" ? form.apiVersion : "meta.k8s.io/v1",
    metadata,
    nowMs: server.core.loop.nowMs(),
    includeObject: includeObjectOf(query),
  });
}

/** What the rows of a Table are to carry; a 400 for anything unheard of. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const stated = query.get("includeObject") || "Metadata";
  if (stated === "None" || stated === "Object" || stated === "Metadata") return stated;
  throw statusErrors.badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(stated)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function asList(object: KubeObject | ObjectList): ObjectList | undefined {
  return "items" in object && object.kind.endsWith("List") ? (object as ObjectList) : undefined;
}

/** Browsers and command-line tools are read by people, unless they say otherwise (`negotiation.isPrettyPrint`). */
function isPretty(exchange: HttpExchange): boolean {
  const stated = /[?&]pretty(?:=([^&]*))?(?:&|$)/.exec(exchange.path);
  if (stated !== null) return !["false", "0"].includes(stated[1] ?? "");
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(headerOf(exchange.headers, "user-agent") ?? "");
}

function laidOut(body: Body): string {
  return JSON.stringify(JSON.parse(textOf(body)), undefined, 2);
}

function textOf(body: Body): string {
  return typeof body === "string" ? body : Buffer.concat(body instanceof Uint8Array ? [body] : body).toString();
}

/** What is said to all who still use a kind that is on its way out (`k8s.io/apiserver/pkg/endpoints/deprecation`). */
function deprecationOf(resource: Resource | undefined, server: ApiServer): string | undefined {
  const deprecated = resource?.descriptor.deprecated;
  if (resource === undefined || deprecated === undefined) return undefined;
  if (Number.parseInt(server.version.minor, 10) < deprecated.sinceMinor) return undefined;
  const advice = deprecated.use === undefined ? "" : `; use ${deprecated.use}`;
  return `${resource.apiVersion} ${resource.kind.kind} is deprecated in v1.${deprecated.sinceMinor}+${advice}`;
}

/** RFC 7234 5.5 as Kubernetes uses it: code 299, no agent. */
function warningHeader(text: string): string {
  const clean = text.replace(/[^ -~]/g, " ");
  return `299 - "${clean.replace(/["\\]/g, "\\$&")}"`;
}
