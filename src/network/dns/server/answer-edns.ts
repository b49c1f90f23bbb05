import type { DnsEdns, DnsMessage } from "../message.ts";
import { ECHOED_OPTIONS, RETURNED_EDNS_FLAGS } from "./refusal.ts";
import type { Reply } from "./reply.ts";

/** The OPT of an answer: what a plugin made of it, else that of the query with the options a server may echo; none to who sent none. */
export function answerEdns({ edns }: DnsMessage, reply: Reply): DnsEdns | undefined {
  if (reply.edns !== undefined) return reply.edns;
  if (edns === undefined) return undefined;
  const options = edns.options.filter(({ code }) => ECHOED_OPTIONS.has(code));
  const reserved = (edns.reserved ?? 0) & RETURNED_EDNS_FLAGS;
  const { udpSize, dnssecOk } = edns;
  return { udpSize, version: 0, dnssecOk, reserved, options };
}
