import type { DnsEdns, DnsMessage } from "../message.ts";
import { ECHOED_OPTIONS, RETURNED_EDNS_FLAGS } from "./refusal.ts";
import type { Reply } from "./reply.ts";

/** The OPT of an answer: what a plugin made of it, else that of the query with the options a server may echo; none to who sent none. */
export function answerEdns({ edns }: DnsMessage, reply: Reply): DnsEdns | undefined {
  if (reply.edns !== undefined) return reply.edns;
  return edns === undefined ? undefined : echoedEdns(edns);
}

/** A query's OPT as it comes back, with the options every server may echo and those of other codes it was told of. */
export function echoedEdns(edns: DnsEdns, more: ReadonlySet<number> = NONE): DnsEdns {
  const options = edns.options.filter(({ code }) => ECHOED_OPTIONS.has(code) || more.has(code));
  const reserved = (edns.reserved ?? 0) & RETURNED_EDNS_FLAGS;
  const { udpSize, dnssecOk } = edns;
  return { udpSize, version: 0, dnssecOk, reserved, options };
}

const NONE: ReadonlySet<number> = new Set();
