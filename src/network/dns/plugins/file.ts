import type { Timer } from "../../../sim/index.ts";
import { goDurationError } from "../../../std/index.ts";
import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { isInZone, longestZone, lowerName } from "../zone-names.ts";
import { parseZoneFile } from "../zone-text.ts";
import { type FileAnswer, FileZone } from "./file-zone.ts";
import {
  argsOf,
  durationMs,
  type Fall,
  fallOf,
  filePath,
  goDuration,
  noFall,
  unknownProperty,
  zonesOrBlock,
} from "./settings.ts";

/** A zone of a file as last read, and how that is looked at again. */
type Served = {
  readonly name: string;
  readonly path: string;
  readonly fall: Fall;
  readonly reloadMs: number;
  /** Whether the file is read whatever the serial of its SOA. */
  readonly ignoresSerial: boolean;
  zone: FileZone | undefined;
};

const RELOAD_MS = 60_000;

/** `file DBFILE [ZONES…] { fallthrough; reload DURATION; reload_by_mtime; upstream }`: zones out of zone files, read anew as time passes. */
export function filePlugin(setup: Setup): PluginPart {
  const zones = new Map<string, Served>();
  for (const directive of setup.directives) readDirective(directive, setup, zones);
  let timers: readonly Timer[] = [];
  const names = [...zones.keys()];
  return {
    handle: (request, next) => {
      const name = longestZone(names, lowerName(request.question.name));
      const served = name === undefined ? undefined : zones.get(name);
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
    transfer: (zone) => zones.get(zone)?.zone?.transfer(),
    started: () => {
      timers = [...zones.values()].flatMap((served) => reloader(served, setup));
    },
    stopped: () => {
      for (const timer of timers) timer.cancel();
    },
  };
}

function readDirective(directive: Directive, setup: Setup, zones: Map<string, Served>): void {
  const { log, readFile } = setup.surroundings;
  const [given, ...words] = directive.args;
  if (given === undefined) throw wrongCount(directive, directive.name);
  const path = filePath(given, setup);
  let fall = noFall;
  let reloadMs = RELOAD_MS;
  let ignoresSerial = false;
  for (const line of directive.body) {
    const [option, value] = line.words;
    if (option === "fallthrough") fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
    else if (option === "reload_by_mtime") ignoresSerial = true;
    else if (option === "reload") reloadMs = reloadOf(value);
    else if (option !== "upstream") throw unknownProperty(line);
  }
  const names = zonesOrBlock(words, setup.zones);
  const text = readFile(path);
  for (const name of names) {
    const zone = text === undefined ? undefined : zoneOf(text, name, path);
    if (typeof zone === "string") throw new ConfigError(zone);
    zones.set(name, { name, path, fall, reloadMs, ignoresSerial, zone });
  }
  if (text !== undefined) return;
  const problem = `open ${path}: no such file or directory`;
  // A file may come later if somebody looks for it.
  if (reloadMs === 0) throw new ConfigError(`plugin/file: ${problem}`);
  log(`[WARNING] plugin/file: Failed to open ${JSON.stringify(problem)}: trying again in ${goDuration(reloadMs)}`);
}

function reloadOf(text: string | undefined): number {
  if (text === undefined) throw new ConfigError("reload duration value is expected");
  const problem = goDurationError(text);
  if (problem !== undefined) throw new ConfigError(`plugin/file: ${problem}`);
  return durationMs(text);
}

/** The zone in a text; another text says what is wrong. */
function zoneOf(text: string, name: string, path: string): FileZone | string {
  const records = parseZoneFile(text, name);
  const file = JSON.stringify(path);
  if (typeof records === "string")
    return `failed to parse file ${file} for origin ${name} with error ${path}: ${records}`;
  const own = records.filter((record) => isInZone(lowerName(record.name), name));
  if (!own.some((record) => record.type === "SOA" && lowerName(record.name) === name))
    return `file ${file} has no SOA record for origin ${name}`;
  return new FileZone(name, own);
}

/** Reads the file now and then: another serial makes another zone, one that is wrong leaves the zone as it is. */
function reloader(served: Served, { surroundings }: Setup): readonly Timer[] {
  const { name, path, reloadMs } = served;
  if (reloadMs <= 0) return [];
  const log = (level: string, text: string): void => surroundings.log(`[${level}] plugin/file: ${text}`);
  const reload = (): void => {
    const what = `zone ${JSON.stringify(name)} in ${JSON.stringify(path)}`;
    const text = surroundings.readFile(path);
    if (text === undefined) {
      log("ERROR", `Failed to open ${what}: open ${path}: no such file or directory`);
      return;
    }
    const zone = zoneOf(text, name, path);
    if (typeof zone === "string") log("ERROR", `Parsing zone ${JSON.stringify(name)}: ${zone}`);
    else if (served.ignoresSerial || zone.serial !== served.zone?.serial) {
      served.zone = zone;
      log("INFO", `Successfully reloaded ${what} with ${zone.serial} SOA serial`);
    }
  };
  return [surroundings.loop.every(reloadMs, `zone file of ${name}`, reload)];
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
