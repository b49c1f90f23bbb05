/** Record and query types this server knows by name; every other is written `TYPE<n>`. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
};

/** Types whose records are handed on as they are. */
const NAMED_OPAQUE_TYPES = [
  "NAPTR",
  "DNAME",
  "DS",
  "SSHFP",
  "RRSIG",
  "NSEC",
  "DNSKEY",
  "TLSA",
  "SVCB",
  "HTTPS",
  "URI",
] as const;
export type OpaqueType = (typeof NAMED_OPAQUE_TYPES)[number] | `TYPE${number}`;
const OPAQUE_TYPES: ReadonlySet<string> = new Set(NAMED_OPAQUE_TYPES);

/** Whether a type's data is only handed on. */
export function isOpaqueType(type: string): type is OpaqueType {
  return OPAQUE_TYPES.has(type) || type.startsWith("TYPE");
}

/** Response codes by number, as `dig` names them. */
export const RCODE_NAMES: Readonly<Record<number, string>> = {
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
  6: "YXDOMAIN",
  7: "YXRRSET",
  8: "NXRRSET",
  9: "NOTAUTH",
  10: "NOTZONE",
  11: "STATEFULTYPENOTIMPLEMENTED",
  16: "BADVERS",
  17: "BADKEY",
  18: "BADTIME",
  19: "BADMODE",
  20: "BADNAME",
  21: "BADALG",
  22: "BADTRUNC",
  23: "BADCOOKIE",
};

/** The number of a code's name, in any letters; `undefined` when there is none. */
export function rcodeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const found = Object.entries(RCODE_NAMES).find(([, one]) => one === upper)?.[0];
  return found === undefined ? undefined : Number(found);
}

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTZONE: 10,
  BADVERS: 16,
} as const;

export const CLASS_IN = 1;
export const CLASS_CHAOS = 3;

/** Names are absolute and written with their final dot; letters keep the case they came in. */
export type DnsQuestion = { readonly name: string; readonly type: string; readonly class: number };

/** A record; of class IN unless it says otherwise. */
export type DnsRecord = { readonly name: string; readonly ttl: number; readonly class?: number } & (
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME" | "NS" | "PTR"; readonly target: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: "MX"; readonly preference: number; readonly target: string }
  | { readonly type: "CAA"; readonly flags: number; readonly tag: string; readonly value: string }
  | { readonly type: "TXT" | "HINFO"; readonly texts: readonly string[] }
  | {
      readonly type: "SOA";
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    }
  /** The data as it is on the wire; names in it are not compressed. */
  | { readonly type: OpaqueType; readonly data: Buffer }
);

/** EDNS0: what an OPT pseudo-record carries. */
export type DnsEdns = {
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** The flags beside DO, which have no meaning yet. */
  readonly reserved?: number;
  readonly options: readonly { readonly code: number; readonly data: Buffer }[];
};

export type DnsFlags = {
  readonly response: boolean;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
};

export type DnsMessage = {
  readonly id: number;
  readonly opcode: number;
  /** Extended by EDNS: BADVERS is 16. */
  readonly rcode: number;
  readonly flags: DnsFlags;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  readonly edns?: DnsEdns;
};

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE_NUMBERS).map(([name, number]) => [number, name]),
);

/** `A` for 1, `TYPE4711` for what has no name here. */
export function typeName(number: number): string {
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** The number of a type's name; `undefined` when it is no type. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  return TYPE_NUMBERS[upper] ?? (/^TYPE\d{1,5}$/.test(upper) ? Number(upper.slice(4)) : undefined);
}

/** A question as a client sends it, recursion desired. */
export function dnsQuery(question: { readonly name: string; readonly type: string }, edns?: DnsEdns): DnsMessage {
  return {
    id: 0,
    opcode: 0,
    rcode: RCODE.NOERROR,
    flags: {
      response: false,
      authoritative: false,
      truncated: false,
      recursionDesired: true,
      recursionAvailable: false,
      authenticData: false,
      checkingDisabled: false,
    },
    questions: [{ ...question, class: CLASS_IN }],
    answers: [],
    authorities: [],
    additionals: [],
    ...(edns === undefined ? {} : { edns }),
  };
}
