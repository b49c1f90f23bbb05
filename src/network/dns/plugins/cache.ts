import { ConfigError, type Place, parseError } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { RCODE } from "../message.ts";
import type { Sample } from "../server/metrics.ts";
import type { Handler, PluginPart, Request, Setup } from "../server/plugin.ts";
import { type Keep, keepUntilChange, type Reply } from "../server/reply.ts";
import { isInZone, longestZone, lowerName, zoneName } from "../zone-names.ts";
import { type CachedReply, CacheStore, secondsLeft } from "./cache-store.ts";
import { argsOf, durationOf, integerOf, onlyUse, unknownProperty, zonesOrBlock } from "./settings.ts";

type Side = { capacity: number; ttlMax: number; ttlMin: number; except: readonly string[] };
type Options = {
  zones: readonly string[];
  success: Side;
  denial: Side;
  failureSeconds: number;
  keepTtl: boolean;
  /** How long past its end an entry may still be served; 0 for not at all. */
  staleSeconds: number;
  /** Whether a stale entry is served only when nothing better can be had. */
  verifyStale: boolean;
};

const CAPACITY = 9984;
const TTL_MIN = 5;
const FAILURE_SECONDS_MAX = 300;
/** For answers without records to take a TTL from. */
const TTL_DEFAULT = 5;
const TTL_CEILING = 3600;

/** `cache [TTL] [ZONES…] { success|denial CAPACITY [TTL] [MINTTL]; servfail DURATION; serve_stale …; disable …; keepttl }`. */
export function cachePlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const options = readOptions(directive, setup.zones);
  const { loop, metrics } = setup.surroundings;
  const labels = { server: `dns://:${setup.port}`, view: "", zones: options.zones.join(",") };
  const count = (name: string, help: string, more: Readonly<Record<string, string>> = {}) =>
    metrics.counter(`coredns_cache_${name}`, help, { ...labels, ...more });
  const requests = count("requests_total", "The count of cache requests.");
  const misses = count("misses_total", "The count of cache misses.");
  const hits = (type: string): Sample => count("hits_total", "The count of cache hits.", { type });
  const counters = { success: [requests, hits("success")], denial: [requests, hits("denial")] };
  const stores = { success: new CacheStore(options.success.capacity), denial: new CacheStore(options.denial.capacity) };
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      if (longestZone(options.zones, name) === undefined) return next(request);
      const storing: Storing = { stores, key: keyOf(name, request), name, nowMs: loop.nowMs(), options, counters };
      const found = findEntry(storing);
      if (found === undefined) {
        requests.value++;
        misses.value++;
        return store(next(request), storing);
      }
      const left = secondsLeft(found.entry, storing.nowMs);
      const fresh = left <= 0 ? renewed(request, next, storing) : undefined;
      if (fresh !== undefined) return fresh;
      for (const counter of counters[found.side]) counter.value++;
      request.note?.("cache", `answered from the cache, ${left} s left`);
      return repeated(found, request, storing);
    },
  };
}

type SideName = "success" | "denial";
/** One question, and where its answer is kept. */
type Storing = {
  readonly stores: Readonly<Record<SideName, CacheStore>>;
  readonly key: string;
  /** In lower case. */
  readonly name: string;
  readonly nowMs: number;
  readonly options: Options;
  readonly counters: Readonly<Record<SideName, readonly Sample[]>>;
};
type FoundEntry = { readonly side: SideName; readonly entry: CachedReply };

function keyOf(name: string, request: Request): string {
  const { question, query } = request;
  const flags = (query.edns?.dnssecOk === true ? 1 : 0) + (query.flags.checkingDisabled ? 2 : 0);
  return `${name} ${question.type} ${question.class} ${flags}`;
}

function findEntry({ stores, key, nowMs, options }: Storing): FoundEntry | undefined {
  for (const side of ["denial", "success"] as const) {
    const entry = stores[side].get(key);
    if (entry !== undefined && secondsLeft(entry, nowMs) + options.staleSeconds > 0) return { side, entry };
  }
  return undefined;
}

/** A stale entry: with `verify` a fresh answer goes first, if there is one; else it is fetched for the next to come. */
function renewed(request: Request, next: Handler, storing: Storing): Reply | undefined {
  const fresh = next(request);
  const usable = fresh.unwritten !== true && fresh.rcode !== RCODE.SERVFAIL;
  const stored = usable ? store(fresh, storing) : undefined;
  return storing.options.verifyStale ? stored : undefined;
}

function store(reply: Reply, storing: Storing): Reply {
  const { stores, key, name, nowMs, options } = storing;
  const side = sideOf(reply);
  if (reply.unwritten === true || side === undefined) return reply;
  const rules = options[side];
  const seconds =
    reply.rcode === RCODE.SERVFAIL
      ? options.failureSeconds
      : Math.min(Math.max(smallestTtl(reply), rules.ttlMin), rules.ttlMax);
  const excepted = rules.except.some((zone) => isInZone(name, zone));
  if (seconds <= 0 || excepted) return withTtl(reply, seconds);
  const entry: CachedReply = { reply, storedMs: nowMs, seconds, name };
  stores[side].set(key, entry);
  if (side === "success") stores.denial.delete(key);
  return { ...withTtl(reply, seconds), keep: agingKeep({ side, entry }, storing, reply.keep?.onRepeat ?? []) };
}

/** What CoreDNS' `response.Typify` makes of a reply; `undefined` for what is not cached. */
function sideOf(reply: Reply): "success" | "denial" | undefined {
  const hasSoa = reply.authorities.some(({ type }) => type === "SOA");
  if (reply.rcode === RCODE.SERVFAIL) return "denial";
  if (reply.rcode === RCODE.NXDOMAIN) return hasSoa ? "denial" : undefined;
  if (reply.rcode !== RCODE.NOERROR) return undefined;
  return reply.answers.length === 0 && hasSoa ? "denial" : "success";
}

function smallestTtl(reply: Reply): number {
  const records = [...reply.answers, ...reply.authorities, ...reply.additionals];
  return records.length === 0 ? TTL_DEFAULT : records.reduce((least, { ttl }) => Math.min(least, ttl), TTL_CEILING);
}

/** An entry as an answer: every record with the time that is left, the letters of names as they were asked this time. */
function repeated(found: FoundEntry, request: Request, storing: Storing): Reply {
  const { nowMs, options } = storing;
  const { entry } = found;
  const left = options.keepTtl ? entry.seconds : Math.max(0, secondsLeft(entry, nowMs));
  const reply = withTtl(inCaseOf(entry.reply, request.question.name), left);
  // CoreDNS sets aa on all it repeats: some resolvers want it.
  return { ...reply, authoritative: true, keep: agingKeep(found, storing, []) };
}

/**
 * Good until the TTL it shows would be another. From the cache on an answer is as old as its entry: changes behind it show when
 * that ends.
 */
function agingKeep(
  { side, entry }: FoundEntry,
  { nowMs, options, counters }: Storing,
  onRepeat: Keep["onRepeat"],
): Keep | undefined {
  const age = Math.floor((nowMs - entry.storedMs) / 1000);
  if (age >= entry.seconds) return undefined;
  const count = (): void => {
    for (const counter of counters[side]) counter.value++;
  };
  const untilMs = entry.storedMs + (options.keepTtl ? entry.seconds : age + 1) * 1000;
  return { ...keepUntilChange([]), liveSerial: false, untilMs, onRepeat: [...onRepeat, count] };
}

function withTtl(reply: Reply, ttl: number): Reply {
  const aged = <T extends { readonly ttl: number }>(records: readonly T[]): readonly T[] =>
    records.every((record) => record.ttl === ttl) ? records : records.map((record) => ({ ...record, ttl }));
  return {
    ...reply,
    answers: aged(reply.answers),
    authorities: aged(reply.authorities),
    additionals: aged(reply.additionals),
  };
}

function inCaseOf(reply: Reply, asked: string): Reply {
  const recased = <T extends { readonly name: string }>(records: readonly T[]): readonly T[] =>
    records.map((record) => {
      const tail = asked.slice(-record.name.length);
      return tail !== record.name && lowerName(tail) === lowerName(record.name) ? { ...record, name: tail } : record;
    });
  return { ...reply, answers: recased(reply.answers), authorities: recased(reply.authorities) };
}

function readOptions(directive: Directive, blockZones: readonly string[]): Options {
  const [first] = directive.args;
  const hasTtl = first !== undefined && /^-?\d+$/.test(first);
  const ttl = hasTtl ? positive(directive, first) : undefined;
  const side = (ttlMax: number): Side => ({ capacity: CAPACITY, ttlMax: ttl ?? ttlMax, ttlMin: TTL_MIN, except: [] });
  const options: Options = {
    zones: zonesOrBlock(hasTtl ? directive.args.slice(1) : directive.args, blockZones),
    success: side(3600),
    denial: side(1800),
    failureSeconds: TTL_MIN,
    keepTtl: false,
    staleSeconds: 0,
    verifyStale: false,
  };
  for (const line of directive.body) readOption(line, options);
  return options;
}

function readOption(line: CorefileLine, options: Options): void {
  switch (line.words[0]) {
    case "success":
    case "denial": {
      const [capacity = "", ttl, ttlMin] = argsOf(line, 1, 3);
      const side = options[line.words[0]];
      side.capacity = integerOf(line, capacity);
      if (ttl !== undefined) side.ttlMax = positive(line, ttl);
      if (ttlMin !== undefined) side.ttlMin = integerOf(line, ttlMin);
      return;
    }
    case "servfail":
      options.failureSeconds = durationOf(line, argsOf(line, 1)[0] as string) / 1000;
      if (options.failureSeconds > FAILURE_SECONDS_MAX)
        throw new ConfigError("caching SERVFAIL responses over 5 minutes is not permitted");
      return;
    case "serve_stale": {
      const [duration = "1h", mode = "immediate"] = argsOf(line, 0, 5);
      if (mode !== "immediate" && mode !== "verify")
        throw new ConfigError(`invalid value for serve_stale refresh mode: ${mode}`);
      options.staleSeconds = durationOf(line, duration) / 1000;
      options.verifyStale = mode === "verify";
      return;
    }
    case "disable": {
      const [which = "", ...zones] = argsOf(line, 1, Number.POSITIVE_INFINITY);
      if (which !== "success" && which !== "denial")
        throw new ConfigError(`cache type for disable must be "success" or "denial"`);
      options[which].except = zones.length === 0 ? ["."] : zones.map(zoneName);
      return;
    }
    case "keepttl":
      options.keepTtl = argsOf(line, 0).length === 0;
      return;
    case "prefetch":
      // An entry fetched ahead of its end would be the same entry: nothing is far away here.
      argsOf(line, 1, 3);
      return;
    default:
      throw unknownProperty(line);
  }
}

function positive(at: Place, text: string): number {
  const seconds = integerOf(at, text);
  if (seconds <= 0) throw parseError(at, `cache TTL can not be zero or negative: ${seconds}`);
  return seconds;
}
