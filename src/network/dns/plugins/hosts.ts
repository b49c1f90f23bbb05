import { goDurationError } from "../../../std/index.ts";
import { addressOfReverseName, canonicalIp } from "../../ip-address.ts";
import { parseError } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { type DnsQuestion, type DnsRecord, RCODE } from "../message.ts";
import { labelsOf } from "../name.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply } from "../server/reply.ts";
import { longestZone, lowerName, zoneName } from "../zone-names.ts";
import { argsOf, durationMs, type Fall, fallOf, filePath, onlyUse, unknownProperty, zonesOrBlock } from "./settings.ts";

type Hosts = {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlyMap<string, readonly string[]>;
};

type Options = {
  ttl: number;
  reverse: boolean;
  fall: Fall | undefined;
  /** Whether a name of the file goes on for types a hosts file has not. */
  fallsUnsupported: boolean;
};

const TTL_SECONDS = 3600;
const FILE = "/etc/hosts";

/** `hosts [FILE [ZONES…]] { ADDRESS NAME…; ttl; no_reverse; fallthrough [ZONES…] }`: names of a hosts file, read anew when it changes. */
export function hostsPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const [given = FILE, ...words] = directive.args;
  const file = filePath(given, setup);
  const zones = zonesOrBlock(words, setup.zones);
  const options: Options = { ttl: TTL_SECONDS, reverse: true, fall: undefined, fallsUnsupported: false };
  const inline = directive.body.flatMap((line) => readOption(line, options));
  if (options.fallsUnsupported && options.fall === undefined)
    throw parseError(directive.end, "fallthrough_unsupported requires fallthrough");
  if (directive.args.length > 0 && setup.surroundings.readFile(file) === undefined)
    setup.surroundings.log(`[WARNING] plugin/hosts: File does not exist: ${file}`);
  const rules = { zones, reverse: options.reverse };
  const ownLines = hostsOf(inline, rules);
  let text: string | undefined;
  let fromFile = hostsOf([], rules);
  const current = (): readonly Hosts[] => {
    const read = setup.surroundings.readFile(file) ?? "";
    if (read !== text) {
      text = read;
      fromFile = hostsOf(read.split("\n"), rules);
    }
    return [fromFile, ownLines];
  };
  return {
    handle: (request, next) => {
      const { question } = request;
      // Names come back in lower case, however they were asked.
      const name = lowerName(question.name);
      const isPointer = question.type === "PTR";
      if (!isPointer && longestZone(zones, name) === undefined) return next(request);
      const known = current();
      const answers = answersOf(known, { ...question, name }, options.ttl);
      if (isPointer && answers.length === 0) return next(request);
      const isOther = question.type !== "A" && question.type !== "AAAA" && !isPointer;
      if (isOther && options.fallsUnsupported && options.fall?.(name) === true) return next(request);
      if (answers.length === 0 && known.every((hosts) => addressesOf(hosts, name).length === 0)) {
        request.note?.("hosts", `no line of ${file} names ${name}`);
        // Without an SOA there is no NXDOMAIN to give.
        return options.fall?.(name) === true ? next(request) : bareReply(RCODE.SERVFAIL);
      }
      request.note?.("hosts", `named in ${file} or in the Corefile`);
      return ownReply({ answers });
    },
  };
}

function answersOf(known: readonly Hosts[], { name, type }: DnsQuestion, ttl: number): readonly DnsRecord[] {
  if (type === "PTR") {
    const address = addressOfReverseName(labelsOf(name));
    const targets = address === undefined ? [] : known.flatMap(({ names }) => names.get(address) ?? []);
    return targets.map((target) => ({ name, type, ttl, target }));
  }
  if (type !== "A" && type !== "AAAA") return [];
  const isIPv6 = type === "AAAA";
  return known.flatMap((hosts) => addressesOf(hosts, name, isIPv6)).map((address) => ({ name, type, ttl, address }));
}

/** A name's own addresses; where it has none of a family, those of `*` in the place of its first label. */
function addressesOf({ addresses }: Hosts, name: string, isIPv6?: boolean): readonly string[] {
  const families = isIPv6 === undefined ? [false, true] : [isIPv6];
  const wild = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
  return families.flatMap((family) => {
    const of = (one: string) => addresses.get(one)?.filter((address) => address.includes(":") === family) ?? [];
    const own = of(name);
    return own.length > 0 ? own : of(wild);
  });
}

/** The lines of a hosts file, as far as their names are in the plugin's zones. */
function hostsOf(
  lines: readonly string[],
  rules: { readonly zones: readonly string[]; readonly reverse: boolean },
): Hosts {
  const addresses = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const line of lines) {
    const [text = "", ...given] = line.replace(/#.*$/, "").trim().split(/\s+/);
    const address = canonicalIp(text.replace(/%.*$/, ""));
    if (address === undefined) continue;
    for (const name of given.map(zoneName)) {
      if (longestZone(rules.zones, name) === undefined) continue;
      addresses.set(name, [...(addresses.get(name) ?? []), address]);
      if (rules.reverse && !name.startsWith("*.")) names.set(address, [...(names.get(address) ?? []), name]);
    }
  }
  return { addresses, names };
}

/** Takes an option in; before a `fallthrough`, any other line is one of the hosts file. */
function readOption(line: CorefileLine, options: Options): readonly string[] {
  const [word = "", first, second] = line.words;
  switch (word) {
    case "fallthrough":
      options.fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
      return [];
    case "fallthrough_unsupported":
      argsOf(line, 0);
      options.fallsUnsupported = true;
      return [];
    case "no_reverse":
      options.reverse = false;
      return [];
    case "ttl": {
      if (first === undefined) throw parseError(line, "ttl needs a time in second");
      if (!/^[+-]?\d+$/.test(first)) throw parseError(line, "ttl needs a number of second");
      options.ttl = Number(first);
      if (options.ttl <= 0 || options.ttl > 65_535) throw parseError(line, "ttl provided is invalid");
      return [];
    }
    case "reload":
      if (first === undefined || second !== undefined)
        throw parseError(line, "reload needs a duration (zero seconds to disable)");
      if (goDurationError(first) !== undefined) throw parseError(line, `invalid duration for reload '${first}'`);
      if (durationMs(first) < 0) throw parseError(line, `invalid negative duration for reload '${first}'`);
      return [];
    default:
      if (options.fall !== undefined) throw unknownProperty(line);
      return [line.words.join(" ")];
  }
}
