import { goDurationError, parseDurationMs } from "../../../std/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import type { Setup } from "../server/plugin.ts";
import { isInZone, lowerName, zoneName, zonesOf } from "../zone-names.ts";

/** The only use of a directive that may stand once in a block. */
export function onlyUse(directives: readonly [Directive, ...Directive[]]): Directive {
  const [first, second] = directives;
  if (second !== undefined) throw new ConfigError("this plugin can only be used once per Server Block");
  return first;
}

/** The words of a line after its first, when there are as many as there should be. */
export function argsOf(line: CorefileLine, least: number, most: number = least): readonly string[] {
  const [, ...args] = line.words;
  if (args.length < least || args.length > most) throw wrongCount(line, line.words.at(-1) ?? "");
  return args;
}

/** A directive that takes no arguments, or so many. */
export function checkArgs(directive: Directive, least: number, most: number = least): readonly string[] {
  const { args } = directive;
  if (args.length < least || args.length > most) throw wrongCount(directive, args.at(-1) ?? directive.name);
  return args;
}

/** A directive that opens no block. */
export function noBlock(directive: Directive): void {
  if (directive.body.length > 0) throw parseError(directive, "Unexpected token '{', expecting argument");
}

export function unknownProperty(line: CorefileLine): Error {
  return parseError(line, `unknown property '${line.words[0] ?? ""}'`);
}

/** The zones a directive names; the block's own when it names none. */
export function zonesOrBlock(words: readonly string[], blockZones: readonly string[]): readonly string[] {
  return words.length === 0 ? blockZones : words.flatMap(zonesOf);
}

/** Whether a missing name of these zones goes on to the next plugin: `fallthrough [ZONES…]`. */
export type Fall = (name: string) => boolean;

export const noFall: Fall = () => false;

export function fallOf(zones: readonly string[]): Fall {
  if (zones.length === 0) return () => true;
  const wanted = zones.flatMap(zonesOf);
  return (name) => wanted.some((zone) => isInZone(lowerName(name), zone));
}

/** A whole number; the error in Go's words, without a place. */
export function wholeNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new ConfigError(`strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  const value = Number(text);
  if (Math.abs(value) > GO_INT_MAX) throw new ConfigError(`strconv.Atoi: parsing ${quoted(text)}: value out of range`);
  return value;
}

/** A whole number that is not negative and fits 32 bits. */
export function unsignedNumber(text: string): number {
  const problem = !/^\d+$/.test(text)
    ? "invalid syntax"
    : Number(text) > 0xffff_ffff
      ? "value out of range"
      : undefined;
  if (problem !== undefined) throw new ConfigError(`strconv.ParseUint: parsing ${quoted(text)}: ${problem}`);
  return Number(text);
}

/** `ttl SECONDS`: at most an hour. */
export function ttlOf(line: CorefileLine): number {
  const ttl = wholeNumber(argsOf(line, 1, Number.POSITIVE_INFINITY)[0] as string);
  if (ttl < 0 || ttl > TTL_SECONDS_MAX) throw parseError(line, `ttl must be in range [0, ${TTL_SECONDS_MAX}]: ${ttl}`);
  return ttl;
}

/** A duration in milliseconds; the error in Go's words, without a place. */
export function durationMs(text: string): number {
  const problem = goDurationError(text);
  if (problem !== undefined) throw new ConfigError(problem);
  if (text === "0" || text === "+0" || text === "-0") return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  return sign * (parseDurationMs(text.replace(/^[+-]/, "")) ?? 0);
}

/** A duration as Go prints it: `1m30s`, `500ms`. */
export function goDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 0) return `-${goDuration(-ms)}`;
  if (ms < 1000) return `${ms}ms`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1000];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** A path as a plugin reads it: below that of `root`, where one is set, unless it begins at the top. */
export function filePath(path: string, setup: Setup): string {
  const root = setup.part("root")?.filesAt ?? "";
  return root === "" || path.startsWith("/") ? path : joinPath(root, path);
}

/** Two paths as one, `.` and `..` and doubled slashes taken out. */
function joinPath(first: string, second: string): string {
  const parts: string[] = [];
  for (const part of `${first}/${second}`.split("/"))
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  return `${first.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

/** The domains a resolv.conf searches, as zoneName writes them. */
export function searchList(resolvConf: string): readonly string[] {
  const line = resolvConf.split("\n").findLast((one) => /^\s*search\s/.test(one));
  return (line?.trim().split(/\s+/).slice(1) ?? []).map(zoneName);
}

/** The port of a listening address: `:9153`, `localhost:8080`. */
export function portOf(address: string): number {
  const port = /:(\d+)$/.exec(address)?.[1];
  if (port === undefined) throw new ConfigError(`address ${address}: missing port in address`);
  return Number(port);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

const TTL_SECONDS_MAX = 3600;
const GO_INT_MAX = 2 ** 63;
