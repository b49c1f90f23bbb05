import type { KubeObject, ObjectList, Status, Unstructured } from "../../apimachinery/index.ts";
import type { Answer } from "../request.ts";
import type { ApiServer } from "../server.ts";
import { type IncludeObject, partialObject, printerOf, tableOf } from "../table.ts";
import type { HttpResponder, HttpStream } from "./exchange.ts";
import type { RoutedRequest } from "./routed-request.ts";

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-cache, private" } as const;

type Good = Extract<Answer, { readonly ok: true }>;
type Body = string | Uint8Array | readonly Uint8Array[];
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Writes the answers to one request, from bytes made once per stored object where it can. */
export class Responses {
  readonly #server: ApiServer;
  readonly #responder: HttpResponder;

  constructor(server: ApiServer, responder: HttpResponder) {
    this.#server = server;
    this.#responder = responder;
  }

  failure(status: Status): void {
    const { retryAfterSeconds } = status.details ?? {};
    const headers: Headers =
      retryAfterSeconds === undefined ? JSON_HEADERS : { ...JSON_HEADERS, "retry-after": String(retryAfterSeconds) };
    this.#responder.respond(status.code, headers, JSON.stringify(status));
  }

  bytes(status: number, headers: Headers, body: Uint8Array | string): void {
    this.#responder.respond(status, headers, body);
  }

  stream(headers: Headers): HttpStream {
    return this.#responder.startStream(200, headers);
  }

  /** The object, list or Status of a good answer, in the form the client asked for. */
  object(routed: RoutedRequest, answer: Good): void {
    const { warnings = [] } = answer;
    const headers: Headers =
      warnings.length === 0 ? JSON_HEADERS : { ...JSON_HEADERS, warning: warnings.map(warningHeader) };
    this.#send(answer.code, headers, this.#body(routed, answer.object));
  }

  #send(code: number, headers: Headers, body: Body): void {
    if (typeof body === "string" || body instanceof Uint8Array) this.#responder.respond(code, headers, body);
    else if (this.#responder.respondInParts === undefined) this.#responder.respond(code, headers, Buffer.concat(body));
    else this.#responder.respondInParts(code, headers, body);
  }

  #body(routed: RoutedRequest, object: Unstructured): Body {
    const list = asList(object);
    const { form } = routed;
    const { kind, listKind } = routed.resource;
    // Columns are those of the resource: a Status or a Scale is shown as it is.
    const isOther = object.kind !== kind.kind && object.kind !== listKind;
    if (form.as === "object" || form.as === "APIGroupDiscoveryList" || isOther)
      return list === undefined ? this.#server.core.store.encode(object) : this.#list(list);
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
  #list(list: ObjectList): readonly Uint8Array[] {
    const { kind, apiVersion, metadata } = list;
    const head = JSON.stringify({ kind, apiVersion, metadata });
    return [Buffer.from(`${head.slice(0, -1)},"items":[`), this.#server.core.lists.encode(list.items), END_OF_LIST];
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

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const stated = query.get("includeObject");
  return stated === "None" || stated === "Object" ? stated : "Metadata";
}

function asList(object: KubeObject | ObjectList): ObjectList | undefined {
  return "items" in object && object.kind.endsWith("List") ? (object as ObjectList) : undefined;
}

/** RFC 7234 5.5 as Kubernetes uses it: code 299, no agent. */
function warningHeader(text: string): string {
  const clean = text.replace(/[^ -~]/g, " ");
  return `299 - "${clean.replace(/["\\]/g, "\\$&")}"`;
}
