import { must } from "../../../std/index.ts";
import { ipBytes, ofSameFamily, parseIp } from "../../ip-address.ts";
import { ConfigError } from "../corefile/config-error.ts";
import { integerOf } from "../go-template/number.ts";
import { type DnsEdns, typeNumber } from "../message.ts";
import type { Request } from "../server/plugin.ts";

/** A rule for one option of a query's EDNS. */
export type EdnsRule = {
  readonly code: number;
  readonly action: "set" | "replace" | "append" | "unset";
  /** What the option is to hold; `undefined` leaves the query alone. */
  readonly data: (request: Request) => Buffer | undefined;
  /** Whether it is a `local` rule, whose code the server answers with from then on. */
  readonly isLocal: boolean;
  /** Whether one that is there is given a second one by `append`. */
  readonly appendsAgain: boolean;
  /** Whether answers show what the client sent. */
  readonly reverts: boolean;
};

/** A query's EDNS after a rule; whether that counts as a rewrite; and what leads the EDNS of the answer back. */
export type EdnsDone = {
  readonly edns: DnsEdns;
  readonly isDone: boolean;
  readonly back?: (edns: DnsEdns) => DnsEdns;
};

const NSID = 3;
const SUBNET = 8;
/** What a query without EDNS gets before a rule looks at its options. */
const NEW_EDNS: DnsEdns = { udpSize: 4096, version: 0, dnssecOk: false, options: [] };
/** Options miekg/dns reads into a form of their own, in which `local` rules do not find them. */
const TYPED_OPTIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 19]);
const ACTIONS = ["set", "replace", "append", "unset"] as const;

/** The server a rule is of, as its options can tell of it. */
type Server = { readonly port: number; readonly addresses: readonly string[] };

/** Applies a rule to a request as the rules before it have left that; `undefined` when it leaves it alone. */
export function applyEdns(rule: EdnsRule, request: Request): EdnsDone | undefined {
  const { code, action } = rule;
  const data = rule.data(request);
  if (data === undefined) return undefined;
  const edns = request.query.edns ?? NEW_EDNS;
  const { options } = edns;
  if (action === "unset")
    return { edns: { ...edns, options: options.filter((one) => one.code !== code) }, isDone: true };
  const isFound = !rule.isLocal || !TYPED_OPTIONS.has(code);
  const at = isFound ? options.findIndex((one) => one.code === code) : -1;
  const before = options[at];
  const made = { code, data };
  if (before !== undefined && action !== "append") {
    const back = (told: DnsEdns): DnsEdns => withOption(told, code, [before]);
    return { edns: { ...edns, options: options.with(at, made) }, isDone: true, ...(rule.reverts ? { back } : {}) };
  }
  const adds = before === undefined ? action !== "replace" : rule.appendsAgain;
  if (!adds) return { edns, isDone: false };
  const back = (told: DnsEdns): DnsEdns => withOption(told, code, []);
  return { edns: { ...edns, options: [...options, made] }, isDone: true, ...(rule.reverts ? { back } : {}) };
}

/** Puts others in the place of the first option of a code. */
function withOption(edns: DnsEdns, code: number, others: DnsEdns["options"]): DnsEdns {
  const at = edns.options.findIndex((one) => one.code === code);
  return at < 0 ? edns : { ...edns, options: edns.options.toSpliced(at, 1, ...others) };
}

/** Reads `local|nsid|subnet ACTION … [revert]`; throws a ConfigError. */
export function ednsRule(args: readonly string[], server: Server): EdnsRule {
  if (args.length < 2) throw new ConfigError("too few arguments for an EDNS0 rule");
  const [type = "", word = ""] = args.map((arg) => arg.toLowerCase());
  const action = ACTIONS.find((one) => one === word);
  if (action === undefined) throw new ConfigError(`invalid action: ${JSON.stringify(word)}`);
  if (action === "unset") return unsetRule(type, args);
  const reverts = args.at(-1) === "revert";
  const words = reverts ? args.slice(0, -1) : args;
  const head = { action, reverts, isLocal: false };
  switch (type) {
    case "local": {
      if (words.length !== 4) throw new ConfigError("EDNS0 local rules require three or four args");
      const [, , number = "", value = ""] = words;
      const code = goUint16(number);
      const isVariable = value.startsWith("{") && value.endsWith("}");
      const data = isVariable ? variableOf(value, server) : constantly(bytesOf(value));
      return { ...head, code, data, isLocal: true, appendsAgain: !isVariable };
    }
    case "nsid":
      if (words.length !== 2) throw new ConfigError("EDNS0 NSID rules can accept no more than one arg");
      return { ...head, code: NSID, data: constantly(Buffer.alloc(0)), appendsAgain: true };
    case "subnet":
      if (words.length !== 4) throw new ConfigError("EDNS0 subnet rules require three or four args");
      return { ...head, code: SUBNET, data: subnetOf(words[2] ?? "", words[3] ?? ""), appendsAgain: false };
    default:
      throw new ConfigError(`invalid rule type ${JSON.stringify(type)}`);
  }
}

const UNSET_ARGUMENTS = new Map([
  ["local", [3, "local unset action requires exactly two arguments"]],
  ["nsid", [2, "nsid unset action requires exactly one argument"]],
  ["subnet", [2, "subnet unset action requires exactly one argument"]],
] as const);

function unsetRule(type: string, args: readonly string[]): EdnsRule {
  const [count, problem] = UNSET_ARGUMENTS.get(type as "local") ?? [];
  if (problem === undefined) throw new ConfigError(`invalid rule type ${JSON.stringify(type)}`);
  if (args.length !== count) throw new ConfigError(problem);
  const code = type === "local" ? goUint16(args[2] ?? "") : type === "nsid" ? NSID : SUBNET;
  const data = constantly(Buffer.alloc(0));
  return { action: "unset", code, data, isLocal: type === "local", appendsAgain: false, reverts: false };
}

const constantly =
  (data: Buffer): EdnsRule["data"] =>
  () =>
    data;

/** `0x…` in hexadecimal digits, anything else as it is written. */
function bytesOf(text: string): Buffer {
  if (!text.startsWith("0x")) return Buffer.from(text);
  const digits = text.slice(2);
  const wrong = /[^\da-f]/i.exec(digits)?.[0];
  if (wrong !== undefined) throw new ConfigError(`encoding/hex: invalid byte: ${goCharacter(wrong)}`);
  if (digits.length % 2 === 1) throw new ConfigError("encoding/hex: odd length hex string");
  return Buffer.from(digits, "hex");
}

/** `U+007A 'z'`. */
function goCharacter(text: string): string {
  const code = must(text.codePointAt(0), "a character").toString(16).toUpperCase().padStart(4, "0");
  return `U+${code} '${text}'`;
}

function variableOf(name: string, { port, addresses }: Server): EdnsRule["data"] {
  switch (name) {
    case "{qname}":
      return ({ question }) => Buffer.from(question.name);
    case "{qtype}":
      return ({ question }) => short(typeNumber(question.type) ?? 0);
    case "{client_ip}":
      return ({ client }) => addressOf(client.address);
    case "{client_port}":
      return ({ client }) => short(client.port);
    case "{protocol}":
      return ({ client }) => Buffer.from(client.transport);
    case "{server_port}":
      return () => short(port);
    case "{server_ip}":
      return ({ client }) => localAddress(client, addresses);
    default:
      if (!/^\{[^/]+\/.+\}$/.test(name)) throw new ConfigError(`unsupported variable name ${JSON.stringify(name)}`);
      return ({ labels }) => bytesOfLabel(labels?.get(name.slice(1, -1)));
  }
}

/** Without a value there is nothing to send. */
function bytesOfLabel(value = ""): Buffer | undefined {
  return value === "" ? undefined : Buffer.from(value);
}

/** A socket for datagrams is bound to `::`, which has no form of four bytes. */
function localAddress({ address, transport }: Request["client"], own: readonly string[]): Buffer | undefined {
  if (transport === "udp") return address.includes(":") ? addressOf("::") : undefined;
  const local = ofSameFamily(own, address);
  return local === undefined ? undefined : addressOf(local);
}

/** The client's network: so many bits of its address. */
function subnetOf(bitsIPv4: string, bitsIPv6: string): EdnsRule["data"] {
  const [four, six] = [maskLength(bitsIPv4, "IPv4", 32), maskLength(bitsIPv6, "IPv6", 128)];
  return ({ client }) => {
    const [family, bits] = client.address.includes(":") ? [2, six] : [1, four];
    const network = addressOf(client.address).subarray(0, Math.ceil(bits / 8));
    const last = network.length - 1;
    if (bits % 8 !== 0) network[last] = (network[last] as number) & (0xff00 >> (bits % 8));
    return Buffer.concat([short(family), Buffer.from([bits, 0]), network]);
  };
}

function maskLength(text: string, family: string, most: number): number {
  const bits = goUint16(text);
  if (bits > most) throw new ConfigError(`invalid ${family} bit mask length ${bits}`);
  return bits;
}

function addressOf(address: string): Buffer {
  return Buffer.from(ipBytes(must(parseIp(address), `address ${address}`)));
}

function short(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

/** A whole number of 16 bits in any of Go's notations. */
function goUint16(text: string): number {
  const value = /^\d/.test(text) ? integerOf(text) : undefined;
  const problem = value === undefined ? "invalid syntax" : value > 0xffffn ? "value out of range" : undefined;
  if (problem !== undefined) throw new ConfigError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${problem}`);
  return Number(value);
}
