/** Record and query types by name, as miekg/dns knows them; every other is written `TYPE<n>`. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = numbersOf(`
  A 1 NS 2 MD 3 MF 4 CNAME 5 SOA 6 MB 7 MG 8 MR 9 NULL 10 PTR 12 HINFO 13 MINFO 14 MX 15 TXT 16 RP 17 AFSDB 18 X25 19 ISDN 20 RT 21
  SIG 24 KEY 25 PX 26 GPOS 27 AAAA 28 LOC 29 NXT 30 EID 31 NIMLOC 32 SRV 33 ATMA 34 NAPTR 35 KX 36 CERT 37 DNAME 39 OPT 41 APL 42 DS 43
  SSHFP 44 IPSECKEY 45 RRSIG 46 NSEC 47 DNSKEY 48 DHCID 49 NSEC3 50 NSEC3PARAM 51 TLSA 52 SMIMEA 53 HIP 55 NINFO 56 RKEY 57 TALINK 58
  CDS 59 CDNSKEY 60 OPENPGPKEY 61 CSYNC 62 ZONEMD 63 SVCB 64 HTTPS 65 SPF 99 UINFO 100 UID 101 GID 102 UNSPEC 103 NID 104 L32 105
  L64 106 LP 107 EUI48 108 EUI64 109 NXNAME 128 TKEY 249 TSIG 250 IXFR 251 AXFR 252 MAILB 253 MAILA 254 ANY 255 URI 256 CAA 257
  AVC 258 AMTRELAY 260 RESINFO 261 TA 32768 DLV 32769`);

function numbersOf(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries([...text.matchAll(/(\S+) (\d+)/g)].map(([, name, number]) => [name, Number(number)]));
}

/** Types whose records are understood; any other's data is handed on as it is. */
const UNDERSTOOD: ReadonlySet<string> = new Set("A AAAA CNAME NS PTR SRV MX CAA TXT HINFO SOA OPT".split(" "));
/** The types of those others, of which some can be written in zone files. */
export type OpaqueType =
  | "NAPTR"
  | "DNAME"
  | "DS"
  | "SSHFP"
  | "DNSKEY"
  | "TLSA"
  | "SVCB"
  | "HTTPS"
  | "URI"
  | `TYPE${number}`;

/** Whether a type's data is only handed on. */
export function isOpaqueType(type: string): type is OpaqueType {
  return !UNDERSTOOD.has(type);
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

/** Whether a word in capital letters names a type, which `TYPE65` does not. */
export function isNamedType(word: string): boolean {
  return Object.hasOwn(TYPE_NUMBERS, word);
}

/** The number of a type's name; `undefined` when it is no type. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const number = TYPE_NUMBERS[upper] ?? (/^TYPE\d{1,5}$/.test(upper) ? Number(upper.slice(4)) : undefined);
  return number === undefined || number > 0xffff ? undefined : number;
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
