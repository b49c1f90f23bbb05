import type { WebhookReply, WebhookRequest } from "../../apiserver/index.ts";
import { type FetchResult, goErrorText, type Network } from "../../network/index.ts";
import { certificateProblem } from "./certificate-trust.ts";

/** Posts a review to a Service through the network of its cluster; virtual time passes meanwhile. */
export function postThroughNetwork(
  network: Network,
  request: WebhookRequest,
  onReply: (reply: WebhookReply) => void,
): void {
  const { cluster, target, timeoutSeconds } = request;
  if ("url" in target) throw new Error("a URL is not in a cluster's network");
  const { clusterIP = "", port, path } = target.service;
  // A Service's webhook is known by the Service's name, whatever it is reached by.
  const name = `${target.service.name}.${target.service.namespace}.svc`;
  const host = clusterIP.includes(":") ? `[${clusterIP}]` : clusterIP;
  const url = `https://${host}:${port}${path.startsWith("/") ? path : `/${path}`}?timeout=${timeoutSeconds}s`;
  const options = {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, */*" },
    body: JSON.stringify(request.body),
    timeoutMs: timeoutSeconds * 1000,
    distrust: (shown: string) => certificateProblem(shown, { caBundle: request.caBundle, name, nowMs: Date.now() }),
  };
  network.request({ cluster }, url, options, (result) => onReply(replyOf(url, result)));
}

function replyOf(url: string, result: FetchResult): WebhookReply {
  if (result.ok) return { ok: true, status: result.response.status, body: result.response.body };
  const text = goErrorText("POST", url, result.failure).replace(`Post ${JSON.stringify(url)}: `, "");
  // The deadline of the review ends before that of dialing does.
  return { ok: false, error: text.endsWith("i/o timeout") ? "context deadline exceeded" : text };
}
