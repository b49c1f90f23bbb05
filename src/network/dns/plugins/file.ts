import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
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
      // A file may come later; one that is there must be right.
      if (problem !== undefined && served.text !== undefined) throw new ConfigError(problem);
      if (problem !== undefined)
        setup.surroundings.log(
          `[WARNING] plugin/file: Failed to open ${JSON.stringify(problem)}: trying again in 1m0s`,
        );
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
      if (served === undefined) return next(request);
      if (served.zone === undefined) return bareReply(RCODE.SERVFAIL);
      const { type } = request.question;
      // A zone of a file has no primary whose word would count.
      if (request.query.opcode === OPCODE_NOTIFY) return { ...ownReply({}), unsent: true };
      // Whole zones are the affair of `transfer`.
      if (type === "AXFR" || type === "IXFR") return bareReply(RCODE.REFUSED);
      const answer = served.zone.answer(request.question, (asked) =>
        setup.lookUp({ ...request.question, name: asked }, request),
      );
      request.note?.("file", `${served.path}: ${answer.kind}`);
      const falls = answer.answers.length === 0 && (answer.kind === "no such name" || answer.kind === "success");
      return falls && served.fall(request.question.name) ? next(request) : replyOf(answer);
    },
    refusesAtEnd: true,
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

const OPCODE_NOTIFY = 4;
const CODES: Readonly<Record<FileAnswer["kind"], number>> = {
  success: RCODE.NOERROR,
  "no data": RCODE.NOERROR,
  delegation: RCODE.NOERROR,
  "no such name": RCODE.NXDOMAIN,
  failure: RCODE.SERVFAIL,
};

function replyOf({ kind, answers, authorities, additionals }: FileAnswer): Reply {
  if (kind === "failure" && answers.length === 0) return bareReply(RCODE.SERVFAIL);
  const reply = ownReply({ rcode: CODES[kind], answers, authorities, additionals });
  return kind === "delegation" && answers.length === 0 ? { ...reply, authoritative: false } : reply;
}
