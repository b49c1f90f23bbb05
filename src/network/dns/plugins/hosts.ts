import { addressOfReverseName, canonicalIp } from "../../ip-address.ts";
import { parseError } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { type DnsQuestion, type DnsRecord, RCODE } from "../message.ts";
import { labelsOf, lowerLabel } from "../name.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply } from "../server/reply.ts";
import { longestZone, lowerName, zoneName } from "../zone-names.ts";
import { argsOf, type Fall, fallOf, integerOf, noFall, onlyUse, unknownProperty, zonesOrBlock } from "./settings.ts";

type Hosts = {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlyMap<string, readonly string[]>;
};

const TTL_SECONDS = 3600;
const FILE = "/etc/hosts";

/** `hosts [FILE [ZONES…]] { ADDRESS NAME…; ttl; no_reverse; fallthrough [ZONES…] }`: names of a hosts file, read anew when it changes. */
export function hostsPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const [file = FILE, ...words] = directive.args;
  const zones = zonesOrBlock(words, setup.zones);
  const options: { ttl: number; reverse: boolean; fall: Fall } = { ttl: TTL_SECONDS, reverse: true, fall: noFall };
  const inline = directive.body.flatMap((line) => readOption(line, options));
  let text: string | undefined;
  let hosts = hostsOf(inline);
  const current = (): Hosts => {
    const read = setup.surroundings.readFile(file) ?? "";
    if (read === text) return hosts;
    text = read;
    hosts = hostsOf([...inline, ...read.split("\n")]);
    return hosts;
  };
  return {
    handle: (request, next) => {
      const { question } = request;
      const name = lowerName(question.name);
      if (question.type !== "PTR" && longestZone(zones, name) === undefined) return next(request);
      const known = current();
      const answers = answersOf(known, question, options.ttl);
      if (question.type === "PTR" && (answers.length === 0 || !options.reverse)) return next(request);
      if (answers.length === 0 && !known.addresses.has(name)) {
        request.note?.("hosts", `no line of ${file} names ${name}`);
        // Without an SOA there is no NXDOMAIN to give.
        return options.fall(name) ? next(request) : bareReply(RCODE.SERVFAIL);
      }
      request.note?.("hosts", `named in ${file} or in the Corefile`);
      return ownReply({ answers });
    },
  };
}

function answersOf(hosts: Hosts, question: DnsQuestion, ttl: number): readonly DnsRecord[] {
  const { name, type } = question;
  if (type === "PTR") {
    const address = addressOfReverseName(labelsOf(name).map(lowerLabel));
    const targets = address === undefined ? [] : (hosts.names.get(address) ?? []);
    return targets.map((target) => ({ name, type, ttl, target }));
  }
  if (type !== "A" && type !== "AAAA") return [];
  const all = hosts.addresses.get(lowerName(name)) ?? [];
  return all
    .filter((address) => address.includes(":") === (type === "AAAA"))
    .map((address) => ({ name, type, ttl, address }));
}

function hostsOf(lines: readonly string[]): Hosts {
  const addresses = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const line of lines) {
    const [text = "", ...given] = line.replace(/#.*$/, "").trim().split(/\s+/);
    const address = canonicalIp(text);
    if (address === undefined) continue;
    for (const name of given.map(zoneName)) {
      addresses.set(name, [...(addresses.get(name) ?? []), address]);
      names.set(address, [...(names.get(address) ?? []), name]);
    }
  }
  return { addresses, names };
}

/** Takes an option in; any other line is one of the hosts file. */
function readOption(line: CorefileLine, options: { ttl: number; reverse: boolean; fall: Fall }): readonly string[] {
  const [word = ""] = line.words;
  switch (word) {
    case "fallthrough":
      options.fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
      return [];
    case "no_reverse":
      options.reverse = false;
      return [];
    case "ttl":
      options.ttl = integerOf(line, argsOf(line, 1)[0] as string);
      if (options.ttl <= 0 || options.ttl > 65_535) throw parseError(line, "ttl provided is invalid");
      return [];
    case "reload":
      argsOf(line, 1);
      return [];
    default:
      if (canonicalIp(word) === undefined) throw unknownProperty(line);
      return [line.words.join(" ")];
  }
}
