import { type DnsMessage, RCODE } from "../message.ts";
import { bareReply, replyMessage } from "./reply.ts";

/** EDNS options a server may echo: NSID, EXPIRE, COOKIE, TCP-KEEPALIVE, PADDING (CoreDNS `edns.SupportedOption`). */
export const ECHOED_OPTIONS: ReadonlySet<number> = new Set([3, 9, 10, 11, 12]);

/** The flags of an EDNS query that come back: DO, and of those without a meaning the upper seven (`request.SizeAndDo`). */
export const RETURNED_EDNS_FLAGS = 0xff00;

/** An answer to a message that is not read on: the query itself, turned round, without its records (miekg/dns `serveDNS`). */
export function refusal(
  query: Pick<DnsMessage, "id" | "flags">,
  rcode: number,
  more: { readonly opcode?: number; readonly questions?: DnsMessage["questions"] } = {},
): DnsMessage {
  const { opcode = 0, questions = [] } = more;
  const flags = { ...query.flags, response: true, authoritative: false };
  return { id: query.id, opcode, rcode, flags, questions, answers: [], authorities: [], additionals: [] };
}

/** An OPT of version 0 and nothing else: EDNS of another version is not spoken. */
export function badVersion(query: DnsMessage): DnsMessage {
  const edns = { udpSize: 0, version: 0, dnssecOk: false, options: [] };
  return { ...replyMessage(query, bareReply(RCODE.BADVERS)), edns };
}
