import { failure, StatusError, statusErrors } from "../../apimachinery/index.ts";
import type { PatchType } from "../request.ts";
import { type BodyDecoder, type HttpExchange, type HttpOptions, headerOf } from "./exchange.ts";

/** The largest body the API server takes (`MaxRequestBodyBytes`). */
const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** Go's decoder gives up at 10,000 levels; what objects are made of needs a few dozen. */
const DEPTH_MAX = 1000;

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** The object a create or update brings. */
export function readObjectBody(exchange: HttpExchange, options: HttpOptions): unknown {
  const type = mediaType(exchange);
  const decode = decoderOf(type, options);
  if (decode === undefined) throw unknownFormat([JSON_TYPE, ...Object.keys(options.decoders ?? {})]);
  return decodeBody(exchange, decode);
}

/** The body of a DELETE, if it has one. */
export function readOptionalBody(exchange: HttpExchange, options: HttpOptions): unknown {
  return exchange.body.length === 0 ? undefined : readObjectBody(exchange, options);
}

/** A patch and its type, which the content type names. */
export function readPatchBody(
  exchange: HttpExchange,
  options: HttpOptions,
): { readonly type: PatchType; readonly body: unknown } {
  const media = mediaType(exchange);
  const type = Object.hasOwn(PATCH_TYPES, media) ? PATCH_TYPES[media] : undefined;
  if (type === undefined) throw unknownFormat(Object.keys(PATCH_TYPES));
  const decode = type === "apply" ? (options.decoders?.[YAML_TYPE] ?? decodeJson) : decodeJson;
  return { type, body: decodeBody(exchange, decode) };
}

/** Stops a body that is too large before anyone looks into it. */
export function checkBodySize(exchange: HttpExchange): void {
  if (exchange.body.length > BODY_BYTES_MAX)
    throw new StatusError(failure("RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`));
}

function decoderOf(type: string, options: HttpOptions): BodyDecoder | undefined {
  if (type === JSON_TYPE || type === "") return decodeJson;
  return Object.hasOwn(options.decoders ?? {}, type) ? options.decoders?.[type] : undefined;
}

function decodeBody(exchange: HttpExchange, decode: BodyDecoder): unknown {
  try {
    const value = decode(exchange.body);
    if (decode !== decodeJson) checkValueDepth(value);
    return value;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw statusErrors.badRequest(`the body of the request could not be read: ${why}`);
  }
}

function decodeJson(body: Uint8Array): unknown {
  if (body.length === 0) throw statusErrors.badRequest("unexpected end of JSON input: the request has no body");
  if (body.length > DEPTH_MAX) checkDepth(body);
  const text = decodeText(body);
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw statusErrors.badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw statusErrors.badRequest("couldn't get version/kind; json parse error: the body is not valid UTF-8");
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Rejects nesting that would exhaust the stack of whoever walks the value later. */
function checkDepth(body: Uint8Array): void {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index] as number;
    if (inText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEPTH_MAX) throw tooDeep();
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

/** The same for a value some other format stood for. */
function checkValueDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw tooDeep();
    level = level.flatMap((parent) => (typeof parent === "object" && parent !== null ? Object.values(parent) : []));
  }
}

function tooDeep(): StatusError {
  return statusErrors.badRequest("json parse error: exceeded max depth");
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
