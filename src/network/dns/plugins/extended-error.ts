import type { Request } from "../server/plugin.ts";
import type { Reply } from "../server/reply.ts";

const OPTION = 15;
/** What an OPT says that answers none. */
const EDNS_SIZE = 4096;

/** An extended error (RFC 8914): a code and perhaps a text. */
export function extendedError(code: number, text = ""): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** A reply that says what is wrong in an OPT of its own, DO set as upstream sets it. */
export function withExtendedError(reply: Reply, { query }: Request, error: Buffer): Reply {
  const udpSize = query.edns?.udpSize ?? EDNS_SIZE;
  return { ...reply, edns: { udpSize, version: 0, dnssecOk: true, options: [{ code: OPTION, data: error }] } };
}
