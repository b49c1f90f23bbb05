import {
  failure,
  type KubeObject,
  type ListMeta,
  type ObjectList,
  type Status,
  StatusError,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import { isDenial } from "../authorization.ts";
import type { Encoding } from "../encoded-objects.ts";
import type { Answer, ApiRequest } from "../request.ts";
import { labelsOf, type RequestLabels } from "../request-metrics.ts";
import { internalPackage, type Resource } from "../resource.ts";
import type { ApiServer } from "../server.ts";
import {
  CUSTOM_SCALE_PRINTER,
  emptyPrinter,
  type IncludeObject,
  type Printer,
  partialObject,
  printerOf,
  SCALE_PRINTER,
  tableOf,
} from "../table.ts";
import { type HttpExchange, type HttpOptions, type HttpResponder, type HttpStream, headerOf } from "./exchange.ts";
import { type AnswerForm, PRODUCED } from "./negotiation.ts";
import type { RoutedRequest } from "./routed-request.ts";
import { warningHeaders } from "./warnings.ts";

const JSON_TYPE = "application/json";
const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-cache, private" } as const;

type Good = Extract<Answer, { readonly ok: true }>;
type Body = string | Uint8Array | readonly Uint8Array[];
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Writes the answers to one request, from bytes made once per stored object where it can. */
export class Responses {
  readonly #server: ApiServer;
  readonly #responder: HttpResponder;
  readonly #encoders: HttpOptions["encoders"];
  #isPretty: boolean;
  #mediaType = JSON_TYPE;
  readonly #encodings: string | undefined;
  #labels: RequestLabels | undefined;
  #resource: Resource | undefined;

  constructor(server: ApiServer, exchange: HttpExchange, responder: HttpResponder, { encoders }: HttpOptions) {
    this.#server = server;
    this.#encoders = encoders;
    this.#responder = responder;
    this.#isPretty = isPretty(exchange);
    this.#encodings = headerOf(exchange.headers, "accept-encoding");
  }

  /** Says in which format answers are to be from now on, failures too. */
  isIn({ mediaType, isPretty }: AnswerForm): void {
    this.#mediaType = mediaType;
    this.#isPretty ||= isPretty;
  }

  layOut(): void {
    this.#isPretty = true;
  }

  /** Says what the request is about, once that is known; from then on the answer is counted under the labels returned. */
  isAbout(request: ApiRequest, resource: Resource): RequestLabels {
    this.#resource = resource;
    this.#labels = labelsOf(request, resource);
    return this.#labels;
  }

  failure(status: Status, warnings: readonly string[] = []): void {
    const { retryAfterSeconds } = status.details ?? {};
    const headers = this.#headers(warnings);
    const retry = {
      ...headers,
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
      ...(isDenial(status) ? { "x-content-type-options": "nosniff" } : {}),
    };
    // What cannot be said in any format asked for is said for people.
    if (status.code === 406) this.layOut();
    this.#send(status.code, retry, line(status));
  }

  /** The answer of Go's router to a path nobody serves. */
  pageNotFound(): void {
    const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
    this.#send(404, headers, "404 page not found\n");
  }

  /** A document, compressed above a size. */
  bytes(code: number, headers: Headers, body: Uint8Array | string, compressedAbove?: number): void {
    this.#send(code, headers, body, compressedAbove);
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
    return all.length === 0 ? JSON_HEADERS : { ...JSON_HEADERS, warning: warningHeaders(all) };
  }

  #send(code: number, stated: Headers, body: Body, compressedAbove = COMPRESSED_ABOVE): void {
    if (this.#labels !== undefined) this.#server.metrics.answered(this.#labels, code);
    const [form, headers] = this.#inFormat(body, stated);
    const responder = this.#responder;
    const isLarge = lengthOf(form) > compressedAbove;
    if (isLarge && responder.respondCompressed !== undefined && takesGzip(this.#encodings))
      responder.respondCompressed(code, compressedHeaders(headers), partsOf(form));
    else if (typeof form === "string" || form instanceof Uint8Array) responder.respond(code, headers, form);
    else if (responder.respondInParts === undefined) responder.respond(code, headers, Buffer.concat(form));
    else responder.respondInParts(code, headers, form);
  }

  /** JSON in the format and layout the client asked for. */
  #inFormat(body: Body, headers: Headers): readonly [Body, Headers] {
    const isJson = String(headers["content-type"]).startsWith(JSON_TYPE);
    if (!isJson || body.length === 0) return [body, headers];
    const encode = this.#encoders?.[this.#mediaType];
    if (encode !== undefined)
      return [encode(JSON.parse(textOf(body))), { ...headers, "content-type": this.#mediaType }];
    return [this.#isPretty ? JSON.stringify(JSON.parse(textOf(body)), undefined, 2) : body, headers];
  }

  #body(routed: RoutedRequest, object: Unstructured): Body {
    const list = asList(object);
    const { form } = routed;
    const { kind, listKind } = routed.resource;
    // Columns are those of the resource: a Status is shown as it is.
    if (form.as === "Table" && object.kind === "Scale") return line(scaleTable(this.#server, routed, object));
    const isOther = object.kind !== kind.kind && object.kind !== listKind;
    if (form.as === "object" || form.as === "APIGroupDiscoveryList" || isOther)
      return list === undefined
        ? this.#server.core.encoded.line(object)
        : this.#list(list, routed.resource.custom ? "custom" : "typed");
    if (form.as === "Table") return line(tableAnswer(this.#server, routed, list ?? object));
    const { untracked } = this.#server.core;
    const partial = (one: Unstructured): unknown => partialObject(untracked.shown(one), form.apiVersion);
    if (list === undefined) return line(partial(object));
    return line({
      kind: "PartialObjectMetadataList",
      apiVersion: form.apiVersion,
      metadata: list.metadata,
      items: list.items.length === 0 ? null : list.items.map(partial),
    });
  }

  /** A list is its head and the bytes of its items, joined. */
  #list(list: ObjectList, encoding: Encoding): readonly Uint8Array[] {
    const { kind, apiVersion, metadata } = list;
    const head = JSON.stringify({ kind, apiVersion, metadata });
    return [
      Buffer.from(`${head.slice(0, -1)},"items":[`),
      this.#server.core.encoded.list(list.items, encoding),
      END_OF_LIST,
    ];
  }
}

const END_OF_LIST = Buffer.from("]}\n");

/** Answers up to this size are sent as they are (`defaultGzipThresholdBytes`). */
const COMPRESSED_ABOVE = 128 * 1024;

/** Whether the client names gzip among the encodings it takes (`negotiateContentEncoding`). */
function takesGzip(encodings: string | undefined): boolean {
  return encodings?.split(",").some((encoding) => encoding.trim() === "gzip") === true;
}

function compressedHeaders(headers: Headers): Headers {
  const vary = headers.vary === undefined ? "Accept-Encoding" : [headers.vary, "Accept-Encoding"].flat();
  return { ...headers, "content-encoding": "gzip", vary };
}

/** As Go's encoder writes a value. */
function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function partsOf(body: Body): readonly Uint8Array[] {
  if (typeof body === "string") return [Buffer.from(body)];
  return body instanceof Uint8Array ? [body] : body;
}

function lengthOf(body: Body): number {
  if (typeof body === "string" || body instanceof Uint8Array) return body.length;
  return body.reduce((sum, part) => sum + part.length, 0);
}

/** The Table of an object or a list, as its resource prints it. */
export function tableAnswer(server: ApiServer, routed: RoutedRequest, object: KubeObject | ObjectList): unknown {
  const printer = printerOf(routed.resource, Number.parseInt(server.version.minor, 10));
  return printed(server, routed, { object, printer });
}

function scaleTable(server: ApiServer, routed: RoutedRequest, object: KubeObject): unknown {
  return printed(server, routed, { object, printer: routed.resource.custom ? CUSTOM_SCALE_PRINTER : SCALE_PRINTER });
}

/** A bookmark as a Table. */
export function bookmarkTable(server: ApiServer, routed: RoutedRequest, object: KubeObject): unknown {
  const printer = emptyPrinter(printerOf(routed.resource, Number.parseInt(server.version.minor, 10)));
  return printed(server, routed, { object, printer });
}

function printed(
  server: ApiServer,
  { query, form }: RoutedRequest,
  { object, printer }: { readonly object: KubeObject | ObjectList; readonly printer: Printer },
): unknown {
  const list = asList(object);
  const metadata = list === undefined ? versionOf(object as KubeObject) : list.metadata;
  return tableOf(printer, list?.items ?? [object as KubeObject], {
    apiVersion: form.as === "Table" ? form.apiVersion : "meta.k8s.io/v1",
    metadata,
    nowMs: server.core.loop.nowMs(),
    includeObject: includeObjectOf(query) ?? "Metadata",
    shown: server.core.encoded.shown,
  });
}

/** What is not written has no version. */
function versionOf({ metadata: { resourceVersion } }: KubeObject): Partial<ListMeta> {
  return resourceVersion === undefined ? {} : { resourceVersion };
}

/** What no server serves. */
export class PageNotFound extends Error {}

/** Refuses forms that do not go with what is asked for (`transformResponseObject`). */
export function checkForm({ form, query, request, resource }: RoutedRequest): void {
  if (form.as === "object") return;
  // What is only ever asked has no columns.
  if (resource.askedOnly) throw notAcceptable(`only the following media types are accepted: ${PRODUCED.join(", ")}`);
  if (form.as === "Table" && includeObjectOf(query) === undefined)
    throw statusErrors.badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(query.get("includeObject"))}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  const { kind, listKind, custom } = resource;
  const isList = request.verb === "list" || request.verb === "deletecollection";
  const type = custom
    ? `unstructured.Unstructured${isList ? "List" : ""}`
    : `${internalPackage(resource)}.${isList ? listKind : kind.kind}`;
  if (form.as === "PartialObjectMetadata" && isList)
    throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${type})`);
  if (
    form.as === "PartialObjectMetadataList" &&
    !isList &&
    request.verb !== "watch" &&
    request.subresource === undefined
  )
    throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${type})`);
}

function notAcceptable(why: string): StatusError {
  return new StatusError(failure("NotAcceptable", why));
}

function includeObjectOf(query: URLSearchParams): IncludeObject | undefined {
  const stated = query.get("includeObject") || "Metadata";
  return INCLUDED.find((known) => known === stated);
}

const INCLUDED = ["None", "Metadata", "Object"] as const;

function asList(object: KubeObject | ObjectList): ObjectList | undefined {
  return "items" in object && object.kind.endsWith("List") ? (object as ObjectList) : undefined;
}

/** Browsers and command-line tools are read by people, unless they say otherwise (`negotiation.isPrettyPrint`). */
function isPretty(exchange: HttpExchange): boolean {
  const stated = /[?&]pretty(?:=([^&]*))?(?:&|$)/.exec(exchange.path);
  if (stated?.[1]) return TRUTHS.has(stated[1]);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(headerOf(exchange.headers, "user-agent") ?? "");
}

/** What Go's `strconv.ParseBool` takes for true. */
const TRUTHS = new Set(["1", "t", "T", "true", "TRUE", "True"]);

function textOf(body: Body): string {
  return typeof body === "string" ? body : Buffer.concat(partsOf(body)).toString();
}

/** What is said to all who still use a kind that is on its way out (`k8s.io/apiserver/pkg/endpoints/deprecation`). */
function deprecationOf(resource: Resource | undefined, server: ApiServer): string | undefined {
  const deprecated = resource?.descriptor.deprecated;
  if (resource === undefined || deprecated === undefined) return undefined;
  if (Number.parseInt(server.version.minor, 10) < deprecated.sinceMinor) return undefined;
  const advice = deprecated.use === undefined ? "" : `; use ${deprecated.use}`;
  return `${resource.apiVersion} ${resource.kind.kind} is deprecated in v1.${deprecated.sinceMinor}+${advice}`;
}
