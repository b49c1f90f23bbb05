import { goJsonType } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { WebhookReply, WebhookRequest } from "./admission/webhook-caller.ts";
import { webhookUrl } from "./admission/webhook-caller.ts";
import type { Call, ServerCore } from "./core.ts";
import { jsonSyntaxError } from "./http/json-syntax.ts";
import { resolveService } from "./service-target.ts";
import { Suspended } from "./suspension.ts";

/** A question put to a webhook: `key` tells it from others of the same request. */
export type Question = { readonly key: string; readonly request: WebhookRequest };

/**
 * The replies to questions, all of which are asked at once. Suspends the request when some have none yet; served again, it
 * finds them in its journal.
 */
export function ask(call: Call, questions: readonly Question[]): readonly WebhookReply[] {
  const { journal } = call;
  const open = questions.filter(({ key }) => journal?.kept(key) === undefined);
  if (journal !== undefined && open.length === 0)
    return questions.map(({ key }) => journal.kept<WebhookReply>(key) ?? UNANSWERED);
  const hooks = [...new Set(open.map(({ request }) => request.hook))].join(", ");
  throw new Suspended(`waiting for webhook ${hooks}`, (resume) => {
    let missing = open.length;
    for (const { key, request } of open)
      place(call.core, request, (reply) => {
        journal?.keep(key, reply);
        missing--;
        if (missing === 0) resume();
      });
  });
}

const UNANSWERED: WebhookReply = { ok: false, error: "no reply" };

/** Puts one question to a webhook, at a URL or wherever its Service is. */
export function place(
  { webhooks, loop, state }: Pick<ServerCore, "webhooks" | "loop" | "state">,
  request: WebhookRequest,
  onReply: (reply: WebhookReply) => void,
): void {
  const target = "service" in request.target ? resolveService(request.target, state) : request.target;
  const fail = (error: string): void => loop.soon(`webhook ${request.hook}`, () => onReply({ ok: false, error }));
  if (typeof target === "string") fail(target);
  else if (webhooks === undefined) fail("this server calls no webhooks");
  else webhooks.call({ ...request, target }, onReply);
}

/** What Go says of JSON that is no object. */
const NOT_AN_OBJECT =
  'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The JSON object of a reply, or why there is none. */
export function readReply(
  request: WebhookRequest,
  reply: WebhookReply,
): { readonly value: Readonly<Record<string, unknown>> } | { readonly error: string } {
  if (!reply.ok) return { error: `Post ${JSON.stringify(webhookUrl(request))}: ${reply.error}` };
  if (reply.status < 200 || reply.status > 299) return { error: failedStatus(reply.status, reply.body) };
  const { status, contentType = "", body } = reply;
  if (body === "") return { error: `0-length response with status code: ${status} and content type: ${contentType}` };
  const unreadable = (why: string): { readonly error: string } => ({
    error: `couldn't get version/kind; json parse error: ${why}`,
  });
  const wrong = jsonSyntaxError(body);
  if (wrong !== undefined) return unreadable(wrong);
  const value: unknown = JSON.parse(body);
  if (isRecord(value)) return { value };
  return unreadable(`json: cannot unmarshal ${goJsonType(value)} into ${NOT_AN_OBJECT}`);
}

/** A Status speaks for itself. */
function failedStatus(status: number, body: string): string {
  const text = body.trim();
  const stated: unknown = jsonSyntaxError(text) === undefined ? JSON.parse(text) : undefined;
  if (isRecord(stated) && stated.kind === "Status" && stated.apiVersion === "v1" && stated.status !== "Success")
    return String(stated.message ?? "");
  if (status === 404) return "the server could not find the requested resource";
  if (status >= 500 && text !== "")
    return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}
