import { type DnsMessage, RCODE } from "../message.ts";

/** EDNS options a server may echo: NSID, EXPIRE, COOKIE, TCP-KEEPALIVE, PADDING (CoreDNS `edns.SupportedOption`). */
export const ECHOED_OPTIONS: ReadonlySet<number> = new Set([3, 9, 10, 11, 12]);

/** A header-only answer, as miekg/dns rejects a message it will not read on. */
export function refusal(
  query: Pick<DnsMessage, "id" | "flags">,
  rcode: number,
  opcode: number,
): DnsMessage & { readonly questions: readonly [] } {
  const flags = { ...query.flags, response: true, authoritative: false };
  return { id: query.id, opcode, rcode, flags, questions: [], answers: [], authorities: [], additionals: [] };
}

/** An OPT of version 0 and nothing else: EDNS of another version is not spoken. */
export function badVersion(query: DnsMessage): DnsMessage {
  const edns = { udpSize: 0, version: 0, dnssecOk: false, options: [] };
  return { ...refusal(query, RCODE.BADVERS, query.opcode), edns };
}
