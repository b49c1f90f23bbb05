import { failure, goJsonType, StatusError, statusErrors, unknownOperationFields } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { PatchType } from "../request.ts";
import type { Resource } from "../resource.ts";
import { type BodyDecoder, type HttpExchange, type HttpOptions, headerOf, type ParsedBody } from "./exchange.ts";
import { checkDepth, parseJsonBody } from "./json-body.ts";

/** The largest body the API server takes (`MaxRequestBodyBytes`). */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};
const CUSTOM_PATCH_TYPES = Object.keys(PATCH_TYPES).filter((type) => PATCH_TYPES[type] !== "strategic");

/** What Go reads of an object to learn what it is. */
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The object a create or update brings. */
export function readObjectBody(exchange: HttpExchange, options: HttpOptions, resource: Resource): ParsedBody {
  const refuse = (why: string): StatusError =>
    statusErrors.badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind.kind}): ${why} (${summaryOf(exchange.body)})`,
    );
  const parsed = readTyped(exchange, options, refuse);
  // Go reads null as an object that says nothing; what it is then only typed kinds know.
  const value = parsed.value === null && !resource.custom ? {} : parsed.value;
  if (resource.custom && !(isRecord(value) && value.kind))
    throw refuse(`Object 'Kind' is missing in '${Buffer.from(exchange.body).toString().trim()}'`);
  return { value, strictErrors: parsed.strictErrors };
}

/** The DeleteOptions a DELETE brings, if it brings any. */
export function readOptionalBody(exchange: HttpExchange, options: HttpOptions): unknown {
  return exchange.body.length === 0 ? undefined : readTyped(exchange, options, statusErrors.badRequest).value;
}

/** A patch and its type, which the content type names. */
export function readPatchBody(
  exchange: HttpExchange,
  options: HttpOptions,
  resource: Resource,
): { readonly type: PatchType; readonly body: unknown; readonly strictErrors: readonly string[] } {
  const type = patchTypeOf(exchange, resource);
  if (type === "apply") {
    const { value, strictErrors } = readWith(exchange, decoderOf(YAML_TYPE, options), (why) =>
      statusErrors.badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`),
    );
    return { type, body: value, strictErrors };
  }
  const preamble = type === "strategic" ? "" : "error decoding patch: ";
  const refuse = (why: string): StatusError => statusErrors.badRequest(preamble + why);
  const { value, strictErrors } = readWith(exchange, undefined, refuse);
  if (type === "json") {
    const unknown = unknownOperationFields(value).map((path) => `unknown field ${JSON.stringify(path)}`);
    return { type, body: value, strictErrors: [...strictErrors, ...unknown].map((text) => `json patch ${text}`) };
  }
  if (value === null && type === "merge") throw statusErrors.badRequest("Invalid JSON Patch");
  if (value !== null && !isRecord(value))
    throw refuse(`json: cannot unmarshal ${goJsonType(value)} into Go value of type map[string]interface {}`);
  return { type, body: value ?? {}, strictErrors };
}

/** Stops a body that is too large before anyone looks into it. */
export function checkBodySize(exchange: HttpExchange): void {
  if (exchange.body.length > BODY_BYTES_MAX)
    throw new StatusError(failure("RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`));
}

/** A body in the format its content type names, as far as what is any object at all. */
function readTyped(exchange: HttpExchange, options: HttpOptions, refuse: (why: string) => StatusError): ParsedBody {
  const type = mediaType(exchange);
  const decode = decoderOf(type, options);
  if (decode === undefined && type !== JSON_TYPE && type !== "")
    throw unknownFormat([JSON_TYPE, ...Object.keys(options.decoders ?? {})]);
  const preamble = decode === undefined ? "couldn't get version/kind; json parse error: " : "";
  const parsed = readWith(exchange, decode, (why) => refuse(preamble + why));
  const { value } = parsed;
  if (value !== null && !isRecord(value))
    throw refuse(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonType(value)} into Go value of type ${TYPE_META}`,
    );
  for (const field of ["apiVersion", "kind"]) {
    const stated = value?.[field];
    if (stated !== undefined && stated !== null && typeof stated !== "string")
      throw refuse(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonType(stated)} into Go struct field .${field} of type string`,
      );
  }
  return parsed;
}

function decoderOf(type: string, options: HttpOptions): BodyDecoder | undefined {
  return Object.hasOwn(options.decoders ?? {}, type) ? options.decoders?.[type] : undefined;
}

/** The value of a body in the format of `decode`, in JSON without one. */
function readWith(
  exchange: HttpExchange,
  decode: BodyDecoder | undefined,
  refuse: (why: string) => StatusError,
): ParsedBody {
  if (decode === undefined) return parseJsonBody(exchange.body, refuse);
  let parsed: ParsedBody;
  try {
    parsed = decode(exchange.body);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  checkDepth(parsed.value, refuse);
  return parsed;
}

function patchTypeOf(exchange: HttpExchange, resource: Resource): PatchType {
  const media = mediaType(exchange);
  const type = Object.hasOwn(PATCH_TYPES, media) ? PATCH_TYPES[media] : undefined;
  // Built-in kinds have a route for each type, and the router answers for what none takes.
  if (!resource.custom) {
    if (type !== undefined) return type;
    throw new StatusError(failure("UnsupportedMediaType", "415: Unsupported Media Type", {}));
  }
  const isScale = /\/scale(?:[/?]|$)/.test(exchange.path);
  if (type === undefined || (type === "strategic" && !isScale)) throw unknownFormat(CUSTOM_PATCH_TYPES);
  return type;
}

function mediaType(exchange: HttpExchange): string {
  const header = headerOf(exchange.headers, "content-type") ?? "";
  return (header.split(";", 1)[0] as string).trim().toLowerCase();
}

/** The beginning of a body as upstream quotes it: text that may be JSON as it is, anything else in hexadecimal. */
function summaryOf(body: Uint8Array): string {
  if (body.length === 0) return "<empty>";
  const head = Buffer.from(body.subarray(0, SUMMARY_BYTES_MAX));
  const text = body[0] === 0x7b ? head.toString() : head.toString("hex");
  return body.length > SUMMARY_BYTES_MAX ? `${text} ...` : text;
}

const SUMMARY_BYTES_MAX = 30;

function unknownFormat(accepted: readonly string[]): StatusError {
  return new StatusError(
    failure(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    ),
  );
}
