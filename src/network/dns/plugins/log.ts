import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import { type DnsMessage, RCODE, RCODE_NAMES } from "../message.ts";
import { messageLength } from "../message-length.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { isAtLeast } from "../server/plugin-order.ts";
import { type Reply, replyMessage } from "../server/reply.ts";
import { isInZone, lowerName, zoneName } from "../zone-names.ts";
import { unknownProperty } from "./settings.ts";

type Class = "all" | "success" | "denial" | "error";
type Rule = { readonly zone: string; readonly format: string; readonly classes: ReadonlySet<Class> };

const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const CLASSES: readonly Class[] = ["all", "success", "denial", "error"];
const CLASS_NAMES: Readonly<Record<number, string>> = { 1: "IN", 3: "CH", 4: "HS", 255: "ANY" };
const UDP_SIZE = 512;
/** Before, a code that a plugin left to the server to write had no place in the log. */
const TELLS_UNWRITTEN_SINCE = [1, 14, 5] as const;

/** `log [NAMES…] [FORMAT] { class … }`: a line per query, in CoreDNS' common format. */
export function logPlugin(setup: Setup): PluginPart {
  const rules = setup.directives.flatMap((directive): readonly Rule[] => {
    const last = directive.args.at(-1) ?? "";
    const hasFormat = last.includes("{");
    const names = hasFormat ? directive.args.slice(0, -1) : directive.args;
    const format = hasFormat
      ? last.replaceAll("{common}", COMMON).replaceAll("{combined}", `${COMMON} "{>opcode}"`)
      : COMMON;
    const classes = new Set<Class>();
    for (const line of directive.body) {
      if (line.words[0] !== "class") throw unknownProperty(line);
      if (line.words.length === 1) throw wrongCount(line, "class");
      for (const word of line.words.slice(1)) classes.add(classOf(word));
    }
    if (classes.size === 0) classes.add("all");
    return (names.length === 0 ? ["."] : names).map((name) => ({ zone: zoneName(name), format, classes }));
  });
  const { addresses, version } = setup.surroundings;
  const place = { address: addresses[0] ?? "", tellsUnwritten: isAtLeast(version, TELLS_UNWRITTEN_SINCE) };
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      const rule = rules.find(({ zone }) => isInZone(name, zone));
      const reply = next(request);
      if (rule === undefined) return reply;
      if (rule.classes.has("all") || rule.classes.has(classOfReply(reply)))
        setup.surroundings.log(`[INFO] ${lineOf(rule.format, request, reply, place)}`);
      // Every query has its line: none may be answered from a ready packet.
      return { ...reply, keep: undefined };
    },
  };
}

function classOf(word: string): Class {
  const found = CLASSES.find((one) => one === word.toLowerCase());
  if (found === undefined) throw new ConfigError(`invalid Class: ${word}`);
  return found;
}

function classOfReply(reply: Reply): Class {
  if (reply.rcode === RCODE.NXDOMAIN) return "denial";
  if (reply.rcode !== RCODE.NOERROR) return "error";
  return reply.answers.length === 0 && reply.authorities.some(({ type }) => type === "SOA") ? "denial" : "success";
}

type Place = { readonly address: string; readonly tellsUnwritten: boolean };

function lineOf(format: string, request: Request, reply: Reply, place: Place): string {
  const { query, question, client } = request;
  const fields: Readonly<Record<string, string>> = {
    remote: bracketed(client.address),
    port: String(client.port),
    // A socket for datagrams is bound to no address in particular.
    local: client.transport === "udp" ? "[::]" : bracketed(place.address),
    type: question.type,
    class: CLASS_NAMES[question.class] ?? `CLASS${question.class}`,
    name: lowerName(question.name),
    proto: client.transport,
    size: String(request.size),
    duration: "0.000000000s",
    ">id": String(query.id),
    ">opcode": String(query.opcode),
    ">do": String(query.edns?.dnssecOk ?? false),
    ">bufsize": String(Math.max(UDP_SIZE, query.edns?.udpSize ?? (client.transport === "tcp" ? 65_535 : 0))),
    ...answerFields(query, reply, place),
  };
  return format.replace(
    /\{([^{}]+)\}/g,
    (whole, field: string) =>
      fields[field] ?? (field.startsWith("/") ? (request.labels?.get(field.slice(1)) ?? "-") : whole),
  );
}

/** Of the answer with the OPT a plugin gave it, but not yet the server's; of one that only the server writes, nothing but the code. */
function answerFields(query: DnsMessage, reply: Reply, place: Place): Readonly<Record<string, string>> {
  if (reply.unsent === true || (reply.unwritten === true && !place.tellsUnwritten))
    return { rcode: "-", ">rflags": "-", rsize: "0" };
  const { edns } = reply;
  const answer = { ...replyMessage(query, reply), ...(edns === undefined ? {} : { edns }) };
  return {
    rcode: RCODE_NAMES[reply.rcode] ?? String(reply.rcode),
    ">rflags": flagsOf(answer),
    rsize: String(messageLength(answer)),
  };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function flagsOf({ flags }: DnsMessage): string {
  const names = [
    ["qr", flags.response],
    ["aa", flags.authoritative],
    ["tc", flags.truncated],
    ["rd", flags.recursionDesired],
    ["ra", flags.recursionAvailable],
    ["ad", flags.authenticData],
    ["cd", flags.checkingDisabled],
  ] as const;
  return names.flatMap(([name, isSet]) => (isSet ? [name] : [])).join(",");
}
