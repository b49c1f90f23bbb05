import { formatCidr, maskedCidr, parseCidr } from "../../../std/index.ts";
import { formatIp, ipBytes, parseIp } from "../../ip-address.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import { CLASS_IN, type DnsRecord, RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { ownReply, type Reply } from "../server/reply.ts";
import { unknownProperty } from "./settings.ts";

/** The first bytes of all addresses that are made: 4 to 12 of them. */
type Prefix = readonly number[];
type Options = { prefix: Prefix; translatesAll: boolean; allowsIPv4: boolean };

const WELL_KNOWN: Prefix = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
/** Of what has no SOA to say how long it may be believed. */
const TTL_SECONDS_MAX = 600;
/** This byte of an address is none of the IPv4 one's (RFC 6052). */
const RESERVED_BYTE = 8;

/** `dns64 [PREFIX] { prefix; translate_all; allow_ipv4 }`: who asks over IPv6 gets IPv6 addresses for names that have none. */
export function dns64Plugin(setup: Setup): PluginPart {
  const options: Options = { prefix: WELL_KNOWN, translatesAll: false, allowsIPv4: false };
  for (const directive of setup.directives) readDirective(directive, options);
  const translated = (): void => {
    const labels = { server: `dns://:${setup.port}` };
    const help = "Counter of DNS requests translated by dns64.";
    setup.surroundings.metrics.counter("coredns_dns64_requests_translated_total", help, labels).value++;
  };
  return {
    handle: (request, next) => {
      const { question, client } = request;
      const isForIt = question.type === "AAAA" && question.class === CLASS_IN;
      const reply = next(request);
      if (!isForIt) return reply;
      // Who asks over IPv4 is answered otherwise than who asks over IPv6.
      if (!options.allowsIPv4 && !client.address.includes(":")) return { ...reply, keep: undefined };
      const isKept = reply.unwritten === true || (reply.rcode === RCODE.NXDOMAIN && reply.answers.length === 0);
      const hasOwn = !options.translatesAll && reply.answers.some(({ type }) => type === "AAAA");
      if (isKept || hasOwn) return options.allowsIPv4 ? reply : { ...reply, keep: undefined };
      translated();
      return synthesized(reply, setup.lookUp({ ...question, type: "A" }, request), options.prefix);
    },
  };
}

/** What was found for A, its addresses behind the prefix. */
function synthesized(reply: Reply, found: Reply, prefix: Prefix): Reply {
  const soa = reply.authorities.findLast(({ type }) => type === "SOA");
  const ttlMax = soa?.ttl ?? TTL_SECONDS_MAX;
  const answers = found.answers.map((record): DnsRecord => {
    if (record.type !== "A") return record;
    const ttl = Math.min(record.ttl, ttlMax);
    return { name: record.name, type: "AAAA", ttl, address: embedded(record.address, prefix) };
  });
  const { authorities, additionals } = found;
  return { ...ownReply({ answers, authorities, additionals }), authoritative: false };
}

function embedded(address: string, prefix: Prefix): string {
  const ip = parseIp(address);
  const bytes = [...prefix];
  for (const byte of ip === undefined ? [] : ipBytes(ip)) {
    if (bytes.length === RESERVED_BYTE) bytes.push(0);
    bytes.push(byte);
  }
  const parts = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  return formatIp({ family: "IPv6", parts });
}

function readDirective(directive: Directive, options: Options): void {
  const [text, ...more] = directive.args;
  if (more.length > 0) throw wrongCount(directive, directive.args.at(-1) ?? "");
  if (text !== undefined) options.prefix = prefixOf(text, directive);
  for (const line of directive.body) {
    const [property, value] = line.words;
    if (property === "translate_all") options.translatesAll = true;
    else if (property === "allow_ipv4") options.allowsIPv4 = true;
    else if (property !== "prefix") throw unknownProperty(line);
    else if (value === undefined) throw wrongCount(line, property);
    else options.prefix = prefixOf(value, line);
  }
}

function prefixOf(text: string, at: Parameters<typeof parseError>[0]): Prefix {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new ConfigError(`invalid CIDR address: ${text}`);
  const { base, bits } = cidr;
  if (base.family === "IPv4")
    throw parseError(at, `invalid netmask 32 IPv6 address: ${JSON.stringify(formatCidr(maskedCidr(cidr)))}`);
  if (bits % 8 !== 0 || bits < 32 || bits > 96)
    throw parseError(at, `invalid prefix length ${JSON.stringify(formatCidr(maskedCidr(cidr)))}`);
  return ipBytes(base).slice(0, bits / 8);
}
