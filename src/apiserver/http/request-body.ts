import { failure, StatusError, statusErrors } from "../../apimachinery/index.ts";
import type { PatchType } from "../request.ts";
import { type BodyDecoder, type HttpExchange, type HttpOptions, headerOf } from "./exchange.ts";
import { checkDepth, type ParsedBody, parseJsonBody } from "./json-body.ts";

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

/** The object a create or update brings. */
export function readObjectBody(exchange: HttpExchange, options: HttpOptions): ParsedBody {
  const type = mediaType(exchange);
  const decode = decoderOf(type, options);
  if (decode === undefined && type !== JSON_TYPE && type !== "")
    throw unknownFormat([JSON_TYPE, ...Object.keys(options.decoders ?? {})]);
  return parseBody(exchange, decode);
}

/** The body of a DELETE, if it has one. */
export function readOptionalBody(exchange: HttpExchange, options: HttpOptions): unknown {
  return exchange.body.length === 0 ? undefined : readObjectBody(exchange, options).value;
}

/** A patch and its type, which the content type names. */
export function readPatchBody(
  exchange: HttpExchange,
  options: HttpOptions,
): { readonly type: PatchType; readonly body: unknown; readonly duplicates: readonly string[] } {
  const media = mediaType(exchange);
  const type = Object.hasOwn(PATCH_TYPES, media) ? PATCH_TYPES[media] : undefined;
  if (type === undefined) throw unknownFormat(Object.keys(PATCH_TYPES));
  const { value, duplicates } = parseBody(exchange, type === "apply" ? decoderOf(YAML_TYPE, options) : undefined);
  return { type, body: value, duplicates };
}

/** Stops a body that is too large before anyone looks into it. */
export function checkBodySize(exchange: HttpExchange): void {
  if (exchange.body.length > BODY_BYTES_MAX)
    throw new StatusError(failure("RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`));
}

function decoderOf(type: string, options: HttpOptions): BodyDecoder | undefined {
  return Object.hasOwn(options.decoders ?? {}, type) ? options.decoders?.[type] : undefined;
}

/** The value of a body in the format of `decode`, in JSON without one. */
function parseBody(exchange: HttpExchange, decode: BodyDecoder | undefined): ParsedBody {
  if (decode === undefined) return parseJsonBody(exchange.body);
  try {
    const value = decode(exchange.body);
    checkDepth(value);
    return { value, duplicates: [] };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw statusErrors.badRequest(`the body of the request could not be read: ${why}`);
  }
}

function mediaType(exchange: HttpExchange): string {
  const header = headerOf(exchange.headers, "content-type") ?? "";
  return (header.split(";", 1)[0] as string).trim().toLowerCase();
}

function unknownFormat(accepted: readonly string[]): StatusError {
  return new StatusError(
    failure(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    ),
  );
}
