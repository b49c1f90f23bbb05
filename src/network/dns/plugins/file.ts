import type { Timer } from "../../../sim/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { answerFromZone, readZone, reloadOf, type ServedZone, watchZone } from "./served-zone.ts";
import { argsOf, type Fall, fallOf, filePath, goDuration, noFall, unknownProperty, zonesOrBlock } from "./settings.ts";

type Served = ServedZone & { readonly fall: Fall };

const RELOAD_MS = 60_000;

/** `file DBFILE [ZONES…] { fallthrough; reload DURATION; reload_by_mtime; upstream }`: zones out of zone files, read anew as time passes. */
export function filePlugin(setup: Setup): PluginPart {
  const zones = new Map<string, Served>();
  for (const directive of setup.directives) readDirective(directive, setup, zones);
  let timers: readonly (Timer | undefined)[] = [];
  const names = [...zones.keys()];
  return {
    handle: (request, next) => {
      const name = longestZone(names, lowerName(request.question.name));
      const served = name === undefined ? undefined : zones.get(name);
      if (served === undefined) return next(request);
      const { reply, isMissing } = answerFromZone(served, request, setup);
      return isMissing && served.fall(request.question.name) ? next(request) : reply;
    },
    refusesAtEnd: true,
    transfer: (zone) => zones.get(zone)?.zone?.transfer(),
    started: () => {
      timers = [...zones.values()].map((served) => watchZone(served, setup));
    },
    stopped: () => {
      for (const timer of timers) timer?.cancel();
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
    else if (option === "reload_by_mtime") ignoresSerial = withoutValue(line);
    else if (option === "reload") reloadMs = reloadOf(value);
    else if (option !== "upstream") throw unknownProperty(line);
  }
  const names = zonesOrBlock(words, setup.zones);
  const text = readFile(path);
  for (const name of names) {
    const zone = text === undefined ? undefined : readZone(text, name, path);
    if (typeof zone === "string") throw new ConfigError(zone);
    zones.set(name, { name, path, fall, reloadMs, ignoresSerial, zone });
  }
  if (text !== undefined) return;
  const problem = `open ${path}: no such file or directory`;
  // A file may come later if somebody looks for it.
  if (reloadMs === 0) throw new ConfigError(`plugin/file: ${problem}`);
  log(`[WARNING] plugin/file: Failed to open ${JSON.stringify(problem)}: trying again in ${goDuration(reloadMs)}`);
}

/** What follows a word that stands alone is read as a property of its own. */
function withoutValue(line: CorefileLine): true {
  const [, extra] = line.words;
  if (extra !== undefined) throw parseError(line, `unknown property '${extra}'`);
  return true;
}
