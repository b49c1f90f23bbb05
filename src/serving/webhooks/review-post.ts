import type { IncomingMessage } from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { WebhookReply, WebhookRequest } from "../../apiserver/index.ts";
import { postErrorText } from "./post-error.ts";

/** More than this no review is long. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

export type ReviewPost = {
  readonly url: string;
  /** The name the certificate is to be for, when it is not the host of the URL. */
  readonly servername?: string;
  readonly request: WebhookRequest;
};

/** Posts a review over HTTPS; called back once, outside of the loop. */
export function postReview(agent: Agent, post: ReviewPost, onReply: (reply: WebhookReply) => void): void {
  const body = JSON.stringify(post.request.body);
  const deadline = AbortSignal.timeout(post.request.timeoutSeconds * 1000);
  const attempt = (mayRepeat: boolean): void => {
    let settled = false;
    const settle = (reply: WebhookReply): void => {
      if (!settled) onReply(reply);
      settled = true;
    };
    let request: ReturnType<typeof httpsRequest>;
    try {
      request = httpsRequest(new URL(post.url), { ...tlsOptions(post), agent, signal: deadline, ...writing(body) });
    } catch (error) {
      settle({ ok: false, error: postErrorText(error, deadline.aborted) });
      return;
    }
    request.on("response", (response) => readReply(response, deadline, settle));
    request.on("error", (error: NodeJS.ErrnoException) => {
      // The other side may close a connection just when it is used again.
      if (mayRepeat && request.reusedSocket && error.code === "ECONNRESET") attempt(false);
      else settle({ ok: false, error: postErrorText(error, deadline.aborted) });
    });
    request.end(body);
  };
  attempt(true);
}

function writing(body: string): { readonly method: string; readonly headers: Readonly<Record<string, string>> } {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      accept: "application/json, */*",
      "user-agent": "kube-apiserver-admission",
    },
  };
}

function tlsOptions({ url, servername, request }: ReviewPost): { readonly ca?: string; readonly servername?: string } {
  const { caBundle } = request;
  const { hostname } = new URL(url);
  const name = servername ?? (isIP(hostname) === 0 ? hostname : undefined);
  return {
    ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, "base64").toString() }),
    ...(name === undefined ? {} : { servername: name }),
  };
}

function readReply(response: IncomingMessage, deadline: AbortSignal, settle: (reply: WebhookReply) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) response.destroy(new Error("http: response body too large"));
    else chunks.push(chunk);
  });
  response.on("end", () =>
    settle({
      ok: true,
      status: response.statusCode ?? 0,
      body: Buffer.concat(chunks).toString(),
      contentType: response.headers["content-type"] ?? "",
    }),
  );
  response.on("error", (error) => settle({ ok: false, error: postErrorText(error, deadline.aborted) }));
}
