import { Agent } from "node:https";
import { type WebhookCaller, type WebhookReply, type WebhookRequest, webhookUrl } from "../../apiserver/index.ts";
import type { Network } from "../../network/index.ts";
import type { Loop } from "../../sim/index.ts";
import { postThroughNetwork } from "./network-post.ts";
import { postReview } from "./review-post.ts";

export type WebhookCallerOptions = {
  readonly loop: Loop;
  /** Where Services of simulated clusters are; those of others have no address that could be dialed. */
  readonly network?: Network;
};

/**
 * Calls webhooks for API servers: those at a URL, or behind a Service that stands for an external name, over HTTPS; those behind
 * other Services through the network of their cluster.
 */
export function webhookCaller({ loop, network }: WebhookCallerOptions): WebhookCaller {
  const agent = new Agent({ keepAlive: true });
  return {
    call: (request, onReply) => {
      const { target } = request;
      if ("url" in target) outside(loop, agent, request, { url: webhookUrl(request) }, onReply);
      else if (target.service.externalName !== undefined)
        outside(loop, agent, request, externalAddress(request, target.service), onReply);
      else if (network !== undefined) postThroughNetwork(network, request, onReply);
      else {
        const { clusterIP, port } = target.service;
        const error = `dial tcp ${clusterIP}:${port}: connect: network is unreachable`;
        loop.soon(`webhook ${request.hook}`, () => onReply({ ok: false, error }));
      }
    },
  };
}

type Address = { readonly url: string; readonly servername?: string };

/** A Service's webhook is known by the Service's name, whatever it is reached by. */
function externalAddress(
  request: WebhookRequest,
  service: { readonly name: string; readonly namespace: string; readonly port: number; readonly externalName?: string },
): Address {
  const named = new URL(webhookUrl(request));
  const servername = named.hostname;
  named.hostname = service.externalName ?? "";
  return { url: named.href, servername };
}

/** Leaves the process: virtual time stands still until the reply has been read in an entry of the loop. */
function outside(
  loop: Loop,
  agent: Agent,
  request: WebhookRequest,
  address: Address,
  onReply: (reply: WebhookReply) => void,
): void {
  const hold = loop.hold(`webhook ${request.hook}`);
  postReview(agent, { ...address, request }, (reply) =>
    loop.soon(`reply of webhook ${request.hook}`, () => {
      hold.release();
      onReply(reply);
    }),
  );
}
