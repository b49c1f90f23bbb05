import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import type { DnsRecord } from "../message.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { ownReply, type Reply } from "../server/reply.ts";
import { isInZone, longestZone, lowerName } from "../zone-names.ts";
import { parseZoneFile } from "../zone-text.ts";
import { type FileAnswer, FileZone } from "./file-zone.ts";
import { argsOf, type Fall, fallOf, noFall, unknownProperty, zonesOrBlock } from "./settings.ts";

type Served = { readonly path: string; readonly fall: Fall; text: string | undefined; zone: FileZone | undefined };

/** `file DBFILE [ZONES…] { fallthrough; reload; upstream }`: zones out of zone files, read anew when they change. */
export function filePlugin(setup: Setup): PluginPart {
  const zones = new Map<string, Served>();
  for (const directive of setup.directives) {
    const [path, ...words] = directive.args;
    if (path === undefined) throw wrongCount(directive, directive.name);
    let fall = noFall;
    for (const line of directive.body) {
      const [option] = line.words;
      if (option === "fallthrough") fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
      else if (option === "reload" || option === "upstream") argsOf(line, 0, Number.POSITIVE_INFINITY);
      else throw unknownProperty(line);
    }
    for (const name of zonesOrBlock(words, setup.zones)) {
      const served: Served = { path, fall, text: undefined, zone: undefined };
      const problem = refresh(served, name, setup);
      if (problem !== undefined) throw new ConfigError(problem);
      zones.set(name, served);
    }
  }
  const names = [...zones.keys()];
  const current = (name: string): Served | undefined => {
    const served = zones.get(name);
    const problem = served === undefined ? undefined : refresh(served, name, setup);
    if (problem !== undefined) setup.surroundings.log(`[ERROR] plugin/file: ${problem}`);
    return served;
  };
  return {
    handle: (request, next) => {
      const name = longestZone(names, lowerName(request.question.name));
      const served = name === undefined ? undefined : current(name);
      if (served?.zone === undefined) return next(request);
      const answer = served.zone.answer(request.question);
      request.note?.("file", `${served.path}: ${answer.kind}`);
      if (answer.kind === "no such name" && served.fall(request.question.name)) return next(request);
      return replyOf(answer, request, setup);
    },
    transfer: (zone) => current(zone)?.zone?.transfer(),
  };
}

/** Reads the file if it is another than before; a file that cannot be read leaves the zone as it was. */
function refresh(served: Served, name: string, { surroundings }: Setup): string | undefined {
  const text = surroundings.readFile(served.path);
  if (text === served.text && served.zone !== undefined) return undefined;
  if (text === undefined) return `open ${served.path}: no such file or directory`;
  served.text = text;
  const records = parseZoneFile(text, name);
  if (typeof records === "string") return `failed to parse file ${served.path}: ${records}`;
  const own = records.filter((record) => isInZone(lowerName(record.name), name));
  if (!own.some((record) => record.type === "SOA" && lowerName(record.name) === name))
    return `file ${JSON.stringify(served.path)} has no SOA record for origin ${name}`;
  served.zone = new FileZone(name, own);
  return undefined;
}

function replyOf(answer: FileAnswer, request: Request, setup: Setup): Reply {
  const records: DnsRecord[] = [...answer.answers];
  if (answer.leadsTo !== undefined)
    records.push(...setup.lookUp({ ...request.question, name: answer.leadsTo }, request).answers);
  const reply = ownReply({
    rcode: answer.kind === "no such name" ? RCODE.NXDOMAIN : RCODE.NOERROR,
    answers: records,
    authorities: answer.authorities,
    additionals: answer.additionals,
  });
  return answer.kind === "delegation" ? { ...reply, authoritative: false } : reply;
}
