import type { DnsEdns, DnsMessage, DnsRecord } from "../message.ts";
import type { Transport } from "./plugin.ts";

/** Hears of each time a ready answer is given, and to whom. */
export type OnRepeat = (transport: Transport, address: string) => void;

/**
 * How long a reply may be given again to the same question: until one of the zone's entries in `tokens` changes, and not from
 * `untilMs` on. Whoever repeats it calls `onRepeat` for each time.
 */
export type Keep = {
  readonly tokens: readonly string[];
  readonly untilMs: number;
  /** Its SOA shows the zone's serial at the time of sending. */
  readonly liveSerial: boolean;
  /** The order of addresses is to differ from time to time. */
  readonly rotates: boolean;
  readonly onRepeat: readonly OnRepeat[];
};

/** What a chain says to a request. */
export type Reply = {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable: boolean;
  /** When a plugin sets or clears it; copied from the query otherwise. */
  readonly recursionDesired?: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  /** The OPT of the answer where a plugin made another of it than the query's. */
  readonly edns?: DnsEdns;
  /** Absent when the reply must be made anew each time. */
  readonly keep: Keep | undefined;
  /**
   * A plugin returned the code and left the writing to the server: plugins that edit what is written do not see it
   * (CoreDNS' `plugin.ClientWrite`).
   */
  readonly unwritten?: true;
  /** It could not be written, so that nothing is sent. */
  readonly unsent?: true;
  /** What went wrong, for the `errors` plugin. */
  readonly error?: string;
};

/** Holds for ever, until one of the entries changes. */
export function keepUntilChange(tokens: readonly string[]): Keep {
  return { tokens, untilMs: Number.POSITIVE_INFINITY, liveSerial: true, rotates: false, onRepeat: [] };
}

/** A code without records, written by the server itself: REFUSED, SERVFAIL and the like. */
export function bareReply(rcode: number, error?: string): Reply {
  return {
    rcode,
    authoritative: false,
    recursionAvailable: false,
    answers: [],
    authorities: [],
    additionals: [],
    keep: undefined,
    unwritten: true,
    ...(error === undefined ? {} : { error }),
  };
}

/** A reply written by a plugin, with authority. */
export function ownReply(
  parts: Partial<Pick<Reply, "rcode" | "answers" | "authorities" | "additionals" | "keep">>,
): Reply {
  return {
    rcode: 0,
    authoritative: true,
    recursionAvailable: false,
    answers: [],
    authorities: [],
    additionals: [],
    keep: undefined,
    ...parts,
  };
}

/** A reply as the message that answers `query`; `limit`-less and without OPT. */
export function replyMessage(query: DnsMessage, reply: Reply): DnsMessage {
  // A NOTIFY's reply has no flags of its own.
  const isQuery = query.opcode === 0;
  return {
    id: query.id,
    opcode: query.opcode,
    rcode: reply.rcode,
    flags: {
      response: true,
      authoritative: reply.authoritative,
      truncated: false,
      recursionDesired: reply.recursionDesired ?? (isQuery && query.flags.recursionDesired),
      recursionAvailable: reply.recursionAvailable,
      authenticData: false,
      checkingDisabled: isQuery && query.flags.checkingDisabled,
    },
    questions: query.questions,
    answers: reply.answers,
    authorities: reply.authorities,
    additionals: reply.additionals,
  };
}
