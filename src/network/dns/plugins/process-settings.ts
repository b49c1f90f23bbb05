import { goDurationError } from "../../../std/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import type { PluginPart, ServerSurroundings, Setup } from "../server/plugin.ts";
import { argsOf, checkArgs, durationMs, goDuration, noBlock, onlyUse, wholeNumber } from "./settings.ts";

const SOCKETS_MAX = 1024;
const TIMEOUT_MS_MIN = 1000;
const TIMEOUT_MS_MAX = 24 * 3_600_000;
const TIMEOUTS: ReadonlySet<string> = new Set(["read", "write", "idle"]);

/** `multisocket [NUM_SOCKETS]`: checked only, since a port here is one whatever the sockets. */
export function multisocketPlugin({ directives: [first, second] }: Setup): PluginPart {
  if (first.args.length > 1) throw wrongCount(first, first.args.at(-1) ?? "");
  noBlock(first);
  if (second !== undefined) throw wrongCount(second, second.name);
  const [text] = first.args;
  if (text === undefined) return {};
  const sockets = inWords("invalid num sockets", () => wholeNumber(text));
  if (sockets < 1) throw new ConfigError(`num sockets can not be zero or negative: ${sockets}`);
  if (sockets > SOCKETS_MAX) throw new ConfigError(`num sockets exceeds maximum (${SOCKETS_MAX}): ${sockets}`);
  return {};
}

/** `root PATH`: where paths of files begin that do not begin at the top. */
export function rootPlugin({ directives, surroundings }: Setup): PluginPart {
  let filesAt = "";
  for (const directive of directives) {
    const [path] = directive.args;
    if (path === undefined || directive.args.length !== 1)
      throw wrongCount(directive, directive.args.at(-1) ?? directive.name);
    filesAt = path;
  }
  if (!isThere(filesAt, surroundings)) surroundings.log(`[WARNING] plugin/root: Root path does not exist: ${filesAt}`);
  return { filesAt };
}

/** Whether there is a directory: the one the process works in, or one with files. */
function isThere(path: string, { listFiles }: ServerSurroundings): boolean {
  return /^(?:\.?\/?)$/.test(path) || listFiles(path).length > 0;
}

/** `shed`: checked only, since no query here waits behind others. */
export function shedPlugin({ directives }: Setup): PluginPart {
  const directive = onlyUse(directives);
  checkArgs(directive, 0);
  const [option] = directive.body;
  if (option !== undefined) throw parseError(option, "shed takes no options");
  return {};
}

/** `timeouts { read; write; idle DURATION }`: checked only, since no connection here is slow. */
export function timeoutsPlugin({ directives }: Setup): PluginPart {
  for (const directive of directives) checkTimeouts(directive);
  return {};
}

function checkTimeouts(directive: Directive): void {
  const [arg] = directive.args;
  if (arg !== undefined) throw twicePrefixed(wrongCount(directive, directive.args.at(-1) ?? ""));
  for (const line of directive.body) {
    const [duration = ""] = argsOf(line, 1);
    const text = /^\d+$/.test(duration) ? `${duration}s` : duration;
    if (goDurationError(text) !== undefined) throw parseError(line, `failed to parse duration '${duration}'`);
    const ms = durationMs(text);
    if (ms < TIMEOUT_MS_MIN || ms > TIMEOUT_MS_MAX)
      throw parseError(line, `timeout provided '${goDuration(ms)}' needs to be between 1 second and 24 hours`);
    if (!TIMEOUTS.has(line.words[0] ?? "")) throw parseError(line, `unknown option: '${line.words[0]}'`);
  }
  if (directive.body.length === 0)
    throw twicePrefixed(parseError(directive.end, "timeouts block with no timeouts specified"));
}

/** CoreDNS puts the plugin's name before these itself, and once more where it reports them. */
function twicePrefixed({ message }: ConfigError): ConfigError {
  return new ConfigError(`plugin/timeouts: ${message}`);
}

function inWords<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${prefix}: ${error.message}`) : error;
  }
}
