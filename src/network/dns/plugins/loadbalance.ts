import { goDurationError } from "../../../std/index.ts";
import { cidrContains, parseIp } from "../../ip-address.ts";
import { ConfigError, parseError } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import { type DnsRecord, RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import type { Reply } from "../server/reply.ts";
import { argsOf, durationMs, filePath, unknownProperty } from "./settings.ts";
import { WeightFile } from "./weights.ts";

const RELOAD_MS = 30_000;

/**
 * `loadbalance [round_robin | weighted FILE] { reload DURATION; prefer CIDR… }`: other addresses first each time. They are rotated
 * where CoreDNS shuffles, so that an answer stays a ready one; by weights they are drawn.
 */
export function loadbalancePlugin(setup: Setup): PluginPart {
  const preferred: string[] = [];
  let weights: WeightFile | undefined;
  for (const directive of setup.directives) {
    const [policy = "round_robin"] = directive.args;
    if (policy === "weighted") {
      weights = weightsOf(directive, setup);
      continue;
    }
    if (policy !== "round_robin") throw new ConfigError(`unknown policy: ${policy}`);
    if (directive.args.length > 1) throw parseError(directive, `unknown property for ${policy}`);
    weights = undefined;
    for (const line of directive.body) {
      if (line.words[0] !== "prefer") throw unknownProperty(line);
      for (const cidr of argsOf(line, 0, Number.POSITIVE_INFINITY)) {
        const ip = parseIp(cidr.split("/")[0] ?? "");
        const bits = Number(/\/(\d+)$/.exec(cidr)?.[1] ?? Number.NaN);
        if (ip === undefined || !(bits <= (ip.family === "IPv4" ? 32 : 128)))
          throw parseError(line, `invalid CIDR ${JSON.stringify(cidr)}: invalid CIDR address: ${cidr}`);
        preferred.push(cidr);
      }
    }
  }
  let turn = 0;
  return {
    handle: (request, next) => {
      const reply = next(request);
      if (reply.rcode !== RCODE.NOERROR || reply.unwritten === true) return reply;
      if (weights !== undefined) return weighed(weights, request.question.type, reply);
      const answers = preferring(rotated(reply.answers, turn), preferred);
      if (answers.length > 1) turn++;
      const changed: Reply = { ...reply, answers, additionals: rotated(reply.additionals, turn) };
      if (reply.keep === undefined) return changed;
      return { ...changed, keep: { ...reply.keep, rotates: preferred.length === 0 && isOfOneType(answers) } };
    },
  };
}

/** Upstream reads a block of `weighted` to its end, so there is no `prefer` in it. */
function weightsOf(directive: Directive, setup: Setup): WeightFile {
  const [, file, extra] = directive.args;
  if (file === undefined) throw parseError(directive, "missing weight file argument");
  if (extra !== undefined) throw parseError(directive, "unexpected argument(s)");
  let reloadMs = RELOAD_MS;
  for (const line of directive.body) {
    const [property, duration, more] = line.words;
    if (property !== "reload") throw unknownProperty(line);
    if (duration === undefined) throw parseError(line, "reload duration value is missing");
    if (more !== undefined) throw parseError(line, "unexpected argument");
    if (goDurationError(duration) !== undefined) throw parseError(line, `invalid reload duration '${duration}'`);
    reloadMs = durationMs(duration);
  }
  return new WeightFile(filePath(file, setup), reloadMs, setup.surroundings);
}

/** Addresses are drawn anew for every answer: none is a ready one. */
function weighed(weights: WeightFile, type: string, reply: Reply): Reply {
  if (type !== "A" && type !== "AAAA" && type !== "SRV") return reply;
  const arranged = { answers: weights.arranged(reply.answers), additionals: weights.arranged(reply.additionals) };
  return { ...reply, ...arranged, keep: undefined };
}

/** CNAMEs stay ahead, then what is no address, then the addresses by turns. */
function rotated(records: readonly DnsRecord[], turn: number): readonly DnsRecord[] {
  if (records.length < 2) return records;
  const of = (wanted: (type: DnsRecord["type"]) => boolean) => records.filter(({ type }) => wanted(type));
  const addresses = of((type) => type === "A" || type === "AAAA");
  const mail = of((type) => type === "MX");
  const rest = of((type) => type !== "CNAME" && type !== "A" && type !== "AAAA" && type !== "MX");
  return [...of((type) => type === "CNAME"), ...rest, ...turned(addresses, turn), ...turned(mail, turn)];
}

function turned<T>(items: readonly T[], turn: number): readonly T[] {
  if (items.length < 2) return items;
  const shift = turn % items.length;
  return shift === 0 ? items : [...items.slice(shift), ...items.slice(0, shift)];
}

function preferring(records: readonly DnsRecord[], cidrs: readonly string[]): readonly DnsRecord[] {
  if (cidrs.length === 0) return records;
  const isPreferred = (record: DnsRecord): boolean => {
    const ip = record.type === "A" || record.type === "AAAA" ? parseIp(record.address) : undefined;
    return ip !== undefined && cidrs.some((cidr) => cidrContains(cidr, ip));
  };
  const addresses = records.filter(({ type }) => type === "A" || type === "AAAA");
  const rest = records.filter(({ type }) => type !== "A" && type !== "AAAA");
  return [...rest, ...addresses.filter(isPreferred), ...addresses.filter((record) => !isPreferred(record))];
}

function isOfOneType(records: readonly DnsRecord[]): boolean {
  const [first] = records;
  return (
    first !== undefined &&
    (first.type === "A" || first.type === "AAAA") &&
    records.every(({ type }) => type === first.type)
  );
}
