import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { type DnsMessage, type DnsRecord, RCODE } from "./message.ts";

/** What the world outside says of a name; `undefined` when nobody there can be asked. */
export type Upstream = (question: { readonly name: string; readonly type: string }) => UpstreamAnswer | undefined;

type UpstreamAnswer = {
  readonly rcode: number;
  readonly answers: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
};

const ROOT_SOA: DnsRecord = {
  name: ".",
  ttl: 86_400,
  type: "SOA",
  primary: "a.root-servers.net.",
  mailbox: "nstld.verisign-grs.com.",
  serial: 2_023_061_200,
  refresh: 1800,
  retry: 900,
  expire: 604_800,
  minimum: 86_400,
};

/** A world outside in which there is nothing: every name is unknown, as a recursive resolver would have it from the root. */
export const emptyUpstream: Upstream = () => ({ rcode: RCODE.NXDOMAIN, answers: [], authorities: [ROOT_SOA] });

/** A recursive resolver over an upstream: the name server of a cluster's nodes. */
export function answerUpstream(upstream: Upstream, packet: Buffer): Buffer | undefined {
  const query = decodeMessage(packet);
  const [question] = query?.questions ?? [];
  if (query === undefined || question === undefined || query.flags.response) return undefined;
  const { rcode, answers, authorities = [] } = upstream(question) ?? { rcode: RCODE.SERVFAIL, answers: [] };
  const flags: DnsMessage["flags"] = { ...query.flags, response: true, authoritative: false, recursionAvailable: true };
  return encodeMessage({ ...query, rcode, flags, answers, authorities, additionals: [] });
}
