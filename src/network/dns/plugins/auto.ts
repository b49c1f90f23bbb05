import { GoPattern, parseGoPattern } from "../../../apimachinery/index.ts";
import type { Timer } from "../../../sim/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply } from "../server/reply.ts";
import { longestZone, lowerName, zoneName } from "../zone-names.ts";
import { answerFromZone, readZone, reloadOf, type ServedZone, watchZone } from "./served-zone.ts";
import { filePath, unknownProperty, zonesOrBlock } from "./settings.ts";

type Options = {
  origins: readonly string[];
  directory: string;
  pattern: GoPattern;
  /** What makes a zone's name of what the pattern found: `{1}`. */
  template: string;
  reloadMs: number;
};

type Watched = { readonly served: ServedZone; readonly timer: Timer | undefined };

const RELOAD_MS = 60_000;
const PATTERN_LENGTH_MAX = 10_000;

/** `auto [ZONES…] { directory DIR [REGEXP TEMPLATE]; reload DURATION }`: a zone of each file whose name says so, as files come and go. */
export function autoPlugin(setup: Setup): PluginPart {
  const options = readOptions(setup);
  const zones = new Map<string, Watched>();
  const walk = (): void => walkFiles(setup, options, zones);
  let timer: Timer | undefined;
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      if (longestZone(options.origins, name) === undefined) return next(request);
      const zone = zones.get(longestZone([...zones.keys()], name) ?? "");
      if (zone === undefined) return setup.chain().at(-1) === "auto" ? bareReply(RCODE.REFUSED) : next(request);
      return answerFromZone(zone.served, request, setup).reply;
    },
    transfer: (zone) => zones.get(zone)?.served.zone?.transfer(),
    started: () => {
      walk();
      const { reloadMs } = options;
      if (reloadMs > 0) timer = setup.surroundings.loop.every(reloadMs, "files of zones", walk);
    },
    stopped: () => {
      timer?.cancel();
      for (const watched of zones.values()) watched.timer?.cancel();
    },
  };
}

/** Takes new files in, and lets go of zones whose files are gone; of files of one zone the first by its path counts. */
function walkFiles(setup: Setup, options: Options, zones: Map<string, Watched>): void {
  const { log, listFiles, readFile } = setup.surroundings;
  const seen = new Map<string, string>();
  for (const path of [...listFiles(options.directory)].sort()) {
    const name = originOf(path.slice(path.lastIndexOf("/") + 1), options);
    if (name === undefined) continue;
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      const [quoted, used, left] = [name, earlier, path].map((text) => JSON.stringify(text));
      log(`[WARNING] plugin/auto: Multiple zone files match origin ${quoted}: using ${used} instead of ${left}`);
      continue;
    }
    seen.set(name, path);
    if (zones.has(name)) continue;
    const zone = readZone(readFile(path) ?? "", name, path);
    if (typeof zone === "string") {
      log(`[WARNING] plugin/auto: Parse zone \`${name}': ${zone}`);
      continue;
    }
    const served: ServedZone = { name, path, reloadMs: options.reloadMs, ignoresSerial: false, zone };
    zones.set(name, { served, timer: watchZone(served, setup) });
    log(`[INFO] plugin/auto: Inserting zone \`${name}' from: ${path}`);
  }
  for (const [name, { timer }] of zones) {
    if (seen.has(name)) continue;
    timer?.cancel();
    zones.delete(name);
    log(`[INFO] plugin/auto: Deleting zone \`${name}'`);
  }
}

function originOf(file: string, { pattern, template }: Options): string | undefined {
  const match = pattern.exec(file);
  if (match === undefined) return undefined;
  return zoneName(
    template.replace(/\{(\w+)\}/g, (_, group: string) => match.parts[Number(group)] ?? match.named[group] ?? ""),
  );
}

function readOptions(setup: Setup): Options {
  const options: Options = {
    origins: [],
    directory: ".",
    pattern: new GoPattern("db\\.(.*)"),
    template: "{1}",
    reloadMs: RELOAD_MS,
  };
  for (const { args, body } of setup.directives) {
    options.origins = zonesOrBlock(args, setup.zones);
    for (const line of body)
      if (line.words[0] === "directory") readDirectory(line, options, setup);
      else if (line.words[0] === "reload") options.reloadMs = autoReloadOf(line.words[1]);
      else if (line.words[0] !== "upstream") throw unknownProperty(line);
  }
  return options;
}

function readDirectory(line: CorefileLine, options: Options, setup: Setup): void {
  const [, directory, text, template, extra] = line.words;
  if (directory === undefined) throw wrongCount(line, "directory");
  options.directory = filePath(directory, setup);
  if (setup.surroundings.listFiles(options.directory).length === 0)
    setup.surroundings.log(`[WARNING] plugin/auto: Directory does not exist: ${options.directory}`);
  if (text === undefined) return;
  if (text.length > PATTERN_LENGTH_MAX) throw parseError(line, "regexp too large");
  const pattern = parseGoPattern(text);
  if (typeof pattern === "string") throw new ConfigError(pattern);
  if (pattern.groups === 0) throw parseError(line, "Need at least one sub expression");
  if (template === undefined) throw wrongCount(line, text);
  if (extra !== undefined) throw wrongCount(line, extra);
  options.pattern = pattern;
  options.template = template;
}

function autoReloadOf(text: string | undefined): number {
  const reloadMs = reloadOf(text);
  if (reloadMs < 0) throw new ConfigError("plugin/file: invalid duration");
  return reloadMs;
}
