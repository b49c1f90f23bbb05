import type { IncomingHttpHeaders } from "node:http";
import {
  apiVersionOf,
  failure,
  type Kind,
  type KubeObject,
  type Status,
  type StatusReason,
  type Unstructured,
} from "../apimachinery/index.ts";
import type { Answer, RawAnswer } from "../apiserver/index.ts";
import { isRecord } from "../std/index.ts";

/** A whole response. */
export type HttpResponse = {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

const REASONS: Readonly<Record<number, StatusReason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  502: "ServiceUnavailable",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** What a response to a request for a resource says. */
export function answerOf(response: HttpResponse, kind: Kind<KubeObject>): Answer {
  const body = parsed(response.body);
  if (response.code >= 400) return { ok: false, status: statusOf(response, body) };
  if (!isRecord(body)) {
    const status = failure("InternalError", `the answer is no JSON object: ${excerpt(response.body)}`);
    return { ok: false, status };
  }
  const object = withItemKinds(body, kind) as Unstructured;
  const warnings = warningsOf(response.headers);
  return warnings.length === 0
    ? { ok: true, code: response.code, object }
    : { ok: true, code: response.code, object, warnings };
}

/** What a response to a request for another path says; text stays text. */
export function rawAnswerOf(response: HttpResponse): RawAnswer {
  const contentType = response.headers["content-type"] ?? "text/plain";
  const body = contentType.includes("json") ? parsed(response.body) : response.body;
  if (response.code >= 400) return { ok: false, status: statusOf(response, body) };
  return { ok: true, code: response.code, contentType, body };
}

/** The Status of a failed response: the server's own, or one made of the HTTP code (a proxy's answer is no Status). */
export function statusOf(response: HttpResponse, body: unknown = parsed(response.body)): Status {
  const retryAfterSeconds = retryAfterOf(response.headers);
  const status = isStatus(body) ? body : madeStatus(response);
  if (retryAfterSeconds === undefined || status.details?.retryAfterSeconds !== undefined) return status;
  return { ...status, details: { ...status.details, retryAfterSeconds } };
}

/** The seconds a server asks to wait. */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Number.parseInt(headers["retry-after"] ?? "", 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

function madeStatus({ code, body }: HttpResponse): Status {
  const message = `the server answered ${code}${body === "" ? "" : `: ${excerpt(body)}`}`;
  const reason = REASONS[code] ?? (code >= 500 ? "InternalError" : "BadRequest");
  return { ...failure(reason, message), code };
}

function isStatus(body: unknown): body is Status {
  return isRecord(body) && body.kind === "Status" && typeof body.code === "number";
}

/** Items of a built-in list state no kind of their own; everywhere else in here objects do. */
function withItemKinds(body: Readonly<Record<string, unknown>>, kind: Kind<KubeObject>): unknown {
  const items = body.items;
  if (!Array.isArray(items)) return items === null ? { ...body, items: [] } : body;
  if (items.every((item) => isRecord(item) && item.kind !== undefined)) return body;
  const type = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  return { ...body, items: items.map((item) => ({ ...type, ...item })) };
}

/** `299 - "text"`, one after the other. */
function warningsOf(headers: IncomingHttpHeaders): readonly string[] {
  const header = headers.warning;
  if (header === undefined) return [];
  const texts = String(header).matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map((match) => (match[1] as string).replace(/\\(.)/g, "$1"));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy between may answer in HTML; the caller decides what a non-object means.
    return undefined;
  }
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
