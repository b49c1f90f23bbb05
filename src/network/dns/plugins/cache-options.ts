import { goDurationError } from "../../../std/index.ts";
import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { zoneName } from "../zone-names.ts";
import { argsOf, durationMs, onlyUse, wholeNumber, zonesOrBlock } from "./settings.ts";

/** How replies of a kind are kept. */
export type CacheSide = { capacity: number; ttlMax: number; ttlMin: number; except: readonly string[] };

/** What a `cache` directive asks for. */
export type CacheOptions = {
  zones: readonly string[];
  success: CacheSide;
  denial: CacheSide;
  failureSeconds: number;
  keepTtl: boolean;
  /** How long past its end an entry may still be served; 0 for not at all. */
  staleSeconds: number;
  /** Whether a stale entry is served only when nothing better can be had. */
  verifyStale: boolean;
  /** The TTL a stale entry is served with. */
  staleTtl: number;
  /** Whether a good entry that has ended goes before a denial. */
  preferPositive: boolean;
};

const CAPACITY = 9984;
const TTL_MIN = 5;
const FAILURE_MS_MAX = 300_000;
const ANY_NUMBER = Number.POSITIVE_INFINITY;

/** Reads `cache [TTL] [ZONES…] { success|denial CAPACITY [TTL] [MINTTL]; prefetch …; serve_stale …; servfail …; disable …; keepttl }`. */
export function readCacheOptions(
  directives: readonly [Directive, ...Directive[]],
  blockZones: readonly string[],
): CacheOptions {
  const directive = onlyUse(directives);
  const [first] = directive.args;
  const hasTtl = first !== undefined && /^[+-]?\d+$/.test(first);
  const ttl = hasTtl ? positive(first) : undefined;
  const side = (ttlMax: number): CacheSide => ({
    capacity: CAPACITY,
    ttlMax: ttl ?? ttlMax,
    ttlMin: TTL_MIN,
    except: [],
  });
  const options: CacheOptions = {
    zones: zonesOrBlock(hasTtl ? directive.args.slice(1) : directive.args, blockZones),
    success: side(3600),
    denial: side(1800),
    failureSeconds: TTL_MIN,
    keepTtl: false,
    staleSeconds: 0,
    verifyStale: false,
    staleTtl: 0,
    preferPositive: false,
  };
  for (const [index, line] of directive.body.entries()) readOption(line, options, directive.body.slice(0, index));
  const uses = new Set(directive.body.map(({ words }) => words[0]));
  if (uses.has("serve_stale_policy") && !uses.has("serve_stale"))
    throw new ConfigError("serve_stale_policy requires serve_stale");
  return options;
}

function readOption(line: CorefileLine, options: CacheOptions, before: readonly CorefileLine[]): void {
  switch (line.words[0]) {
    case "success":
    case "denial":
      readSide(options[line.words[0]], argsOf(line, 1, ANY_NUMBER));
      return;
    case "servfail":
      options.failureSeconds = failureMs(argsOf(line, 1)[0] as string) / 1000;
      return;
    case "prefetch":
      // An entry fetched ahead of its end would be the same entry: nothing is far away here.
      checkPrefetch(argsOf(line, 1, 3));
      return;
    case "serve_stale":
      readStale(line, options);
      return;
    case "serve_stale_policy": {
      if (before.some(({ words }) => words[0] === "serve_stale_policy"))
        throw new ConfigError("serve_stale_policy can only be specified once");
      const [policy = ""] = argsOf(line, 1);
      if (policy.toLowerCase() !== "prefer_positive") throw new ConfigError(`invalid serve_stale_policy: ${policy}`);
      options.preferPositive = true;
      return;
    }
    case "disable": {
      const [which = "", ...zones] = argsOf(line, 1, ANY_NUMBER);
      if (which !== "success" && which !== "denial")
        throw new ConfigError(`cache type for disable must be "success" or "denial"`);
      options[which].except = zones.length === 0 ? ["."] : zones.map(zoneName);
      return;
    }
    case "keepttl":
      options.keepTtl = argsOf(line, 0).length === 0;
      return;
    default:
      throw wrongCount(line, line.words[0] ?? "");
  }
}

function readSide(side: CacheSide, [capacity = "", ttl, ttlMin]: readonly string[]): void {
  side.capacity = wholeNumber(capacity);
  if (ttl !== undefined) side.ttlMax = positive(ttl);
  if (ttlMin === undefined) return;
  side.ttlMin = wholeNumber(ttlMin);
  if (side.ttlMin < 0) throw new ConfigError(`cache min TTL can not be negative: ${side.ttlMin}`);
}

function failureMs(text: string): number {
  const ms = durationMs(text);
  if (ms < 0) throw new ConfigError("invalid negative ttl for servfail");
  if (ms > FAILURE_MS_MAX) throw new ConfigError("caching SERVFAIL responses over 5 minutes is not permitted");
  return ms;
}

function checkPrefetch([amount = "", duration, percentage]: readonly string[]): void {
  const times = wholeNumber(amount);
  if (times < 0) throw new ConfigError(`prefetch amount should be positive: ${times}`);
  if (duration !== undefined) durationMs(duration);
  if (percentage === undefined) return;
  if (!percentage.endsWith("%"))
    throw new ConfigError(`last character of percentage should be \`%\`, but is: '${percentage.slice(-1)}'`);
  const share = wholeNumber(percentage.slice(0, -1));
  if (share < 10 || share > 90) throw new ConfigError(`percentage should fall in range [10, 90]: ${share}`);
}

/** `serve_stale [DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]`. */
function readStale(line: CorefileLine, options: CacheOptions): void {
  const [duration = "1h", mode = "immediate", ...rest] = argsOf(line, 0, 5);
  const staleMs = durationMs(duration);
  if (staleMs < 0) throw new ConfigError("invalid negative duration for serve_stale");
  options.staleSeconds = staleMs / 1000;
  const lower = mode.toLowerCase();
  if (lower !== "immediate" && lower !== "verify")
    throw new ConfigError(`invalid value for serve_stale refresh mode: ${lower}`);
  options.verifyStale = lower === "verify";
  options.staleTtl = 0;
  if (!options.verifyStale && rest.length > 2) throw wrongCount(line, line.words.at(-1) ?? "");
  const [timeout, ttl, recheck] = options.verifyStale ? rest : [undefined, ...rest];
  if (timeout !== undefined && explained("invalid serve_stale verify timeout", timeout) < 0)
    throw new ConfigError("invalid negative timeout for serve_stale verify");
  if (ttl !== undefined) options.staleTtl = staleTtl(ttl);
  if (recheck === undefined) return;
  const recheckMs = explained("invalid serve_stale failure recheck", recheck);
  if (recheckMs < 0) throw new ConfigError("invalid negative failure recheck for serve_stale");
  if (recheckMs > FAILURE_MS_MAX) throw new ConfigError("serve_stale failure recheck cannot exceed 5 minutes");
}

function staleTtl(text: string): number {
  const ms = explained("invalid serve_stale response TTL", text);
  if (ms < 0) throw new ConfigError("invalid negative response TTL for serve_stale");
  if (ms % 1000 !== 0) throw new ConfigError("serve_stale response TTL must be a whole number of seconds");
  if (ms / 1000 > 0xffff_ffff) throw new ConfigError("serve_stale response TTL exceeds the DNS TTL range");
  return ms / 1000;
}

function explained(what: string, text: string): number {
  const problem = goDurationError(text);
  if (problem !== undefined) throw new ConfigError(`${what}: ${problem}`);
  return durationMs(text);
}

function positive(text: string): number {
  const seconds = wholeNumber(text);
  if (seconds <= 0) throw new ConfigError(`cache TTL can not be zero or negative: ${seconds}`);
  return seconds;
}
