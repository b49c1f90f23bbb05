import { type DnsQuestion, RCODE } from "../message.ts";
import type { Handler, PluginPart, Request, Setup } from "../server/plugin.ts";
import { type Keep, keepUntilChange, type Reply } from "../server/reply.ts";
import { isInZone, longestZone, lowerName } from "../zone-names.ts";
import { CacheMetrics, type CacheStores, type SideName } from "./cache-metrics.ts";
import { type CacheOptions, readCacheOptions } from "./cache-options.ts";
import { type CachedReply, CacheStore, secondsLeft } from "./cache-store.ts";

/** For answers without records to take a TTL from. */
const TTL_DEFAULT = 5;
const TTL_CEILING = 3600;

/** `cache [TTL] [ZONES…] { … }`: replies are given again until their time is over. */
export function cachePlugin(setup: Setup): PluginPart {
  const options = readCacheOptions(setup.directives, setup.zones);
  const { loop } = setup.surroundings;
  const metrics = new CacheMetrics(setup, options.zones);
  const stores = { success: new CacheStore(options.success.capacity), denial: new CacheStore(options.denial.capacity) };
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      if (longestZone(options.zones, name) === undefined) return next(request);
      const storing: Storing = { stores, key: keyOf(name, request), name, nowMs: loop.nowMs(), options, metrics };
      const found = findEntry(storing);
      if (found === undefined) {
        metrics.missed();
        return store(next(request), request, storing);
      }
      const left = secondsLeft(found.entry, storing.nowMs);
      const fresh = left <= 0 ? renewed(request, next, storing) : undefined;
      if (fresh !== undefined) return fresh;
      metrics.hit(found.side);
      if (left <= 0) metrics.servedStale();
      request.note?.("cache", `answered from the cache, ${left} s left`);
      return repeated(found, storing);
    },
  };
}

/** One question, and where its answer is kept. */
type Storing = {
  readonly stores: CacheStores;
  readonly key: string;
  /** In lower case. */
  readonly name: string;
  readonly nowMs: number;
  readonly options: CacheOptions;
  readonly metrics: CacheMetrics;
};
type FoundEntry = { readonly side: SideName; readonly entry: CachedReply };

function keyOf(name: string, request: Request): string {
  const { question, query } = request;
  const flags = (query.edns?.dnssecOk === true ? 1 : 0) + (query.flags.checkingDisabled ? 2 : 0);
  return `${name} ${question.type} ${question.class} ${flags}`;
}

/** A denial goes before an answer, save that a failure must not hide a good one (CoreDNS `getIfNotStale`). */
function findEntry({ stores, key, nowMs, options }: Storing): FoundEntry | undefined {
  const usable = (side: SideName): FoundEntry | undefined => {
    const entry = stores[side].get(key);
    return entry !== undefined && secondsLeft(entry, nowMs) + options.staleSeconds > 0 ? { side, entry } : undefined;
  };
  const success = usable("success");
  if (options.preferPositive && options.staleSeconds > 0 && success !== undefined && isAnswer(success.entry.reply))
    return success;
  const denial = usable("denial");
  return denial?.entry.reply.rcode === RCODE.SERVFAIL ? (success ?? denial) : (denial ?? success);
}

function isAnswer(reply: Reply): boolean {
  return reply.rcode === RCODE.NOERROR && reply.answers.length > 0;
}

/** A stale entry: with `verify` a fresh answer goes first, if there is one; else it is fetched for the next to come. */
function renewed(request: Request, next: Handler, storing: Storing): Reply | undefined {
  const fresh = next(request);
  const usable = fresh.unwritten !== true && fresh.rcode !== RCODE.SERVFAIL;
  if (!usable) return undefined;
  const stored = store(fresh, request, storing);
  // The newest of what is known of the question.
  if (sideOf(fresh, request) === "success") storing.stores.denial.delete(storing.key);
  return storing.options.verifyStale ? stored : undefined;
}

function store(reply: Reply, request: Request, storing: Storing): Reply {
  const { stores, key, name, nowMs, options, metrics } = storing;
  const side = sideOf(reply, request);
  if (reply.unwritten === true) return reply;
  if (side === undefined) return withTtl(reply, uncachedSeconds(reply, options));
  const rules = options[side];
  const seconds =
    reply.rcode === RCODE.SERVFAIL || reply.rcode === RCODE.NOTIMP
      ? options.failureSeconds
      : Math.min(Math.max(smallestTtl(reply), rules.ttlMin), rules.ttlMax);
  const excepted = rules.except.some((zone) => isInZone(name, zone));
  if (seconds <= 0 || excepted) return withTtl(reply, seconds);
  const entry: CachedReply = { reply, storedMs: nowMs, seconds, name };
  if (stores[side].set(key, entry)) metrics.evicted(side);
  metrics.stored(stores);
  return { ...withTtl(reply, seconds), keep: agingKeep({ side, entry }, storing, reply.keep?.onRepeat ?? []) };
}

/** What CoreDNS' `response.Typify` makes of a reply; `undefined` for what is not cached. */
function sideOf(reply: Reply, { query, question }: Request): SideName | undefined {
  if (query.opcode !== 0 || question.type === "AXFR" || question.type === "IXFR") return undefined;
  const hasSoa = reply.authorities.some(({ type }) => type === "SOA");
  const { rcode, answers } = reply;
  if (rcode === RCODE.SERVFAIL || rcode === RCODE.NOTIMP) return "denial";
  if (rcode === RCODE.NXDOMAIN) return hasSoa && answers.length === 0 ? "denial" : undefined;
  if (rcode !== RCODE.NOERROR) return undefined;
  if (answers.length === 0) return hasSoa ? "denial" : "success";
  if (answersQuestion(reply, question)) return "success";
  // An alias that leads nowhere is a denial, if there is a SOA to bound it.
  return hasSoa ? "denial" : undefined;
}

/** Whether the question's type stands at the end of the aliases that begin with its name. */
function answersQuestion({ answers }: Reply, { name, type }: DnsQuestion): boolean {
  let at = lowerName(name);
  if (type === "ANY") return answers.some((record) => lowerName(record.name) === at);
  for (const seen = new Set<string>(); !seen.has(at); ) {
    seen.add(at);
    if (answers.some((record) => record.type === type && lowerName(record.name) === at)) return true;
    const alias = answers.find((record) => record.type === "CNAME" && lowerName(record.name) === at);
    if (alias?.type !== "CNAME") return false;
    at = lowerName(alias.target);
  }
  return false;
}

/** The TTL is cut to what the cache allows even where nothing is kept. */
function uncachedSeconds(reply: Reply, options: CacheOptions): number {
  const rules = reply.rcode === RCODE.NXDOMAIN ? options.denial : options.success;
  return Math.min(Math.max(smallestTtl(reply), rules.ttlMin), rules.ttlMax);
}

function smallestTtl(reply: Reply): number {
  const records = [...reply.answers, ...reply.authorities, ...reply.additionals];
  return records.length === 0 ? TTL_DEFAULT : records.reduce((least, { ttl }) => Math.min(least, ttl), TTL_CEILING);
}

/** An entry as an answer: every record with the time that is left, names in the letters of who asked first. */
function repeated(found: FoundEntry, storing: Storing): Reply {
  const { nowMs, options } = storing;
  const { entry } = found;
  const left = secondsLeft(entry, nowMs);
  const shown = options.keepTtl ? entry.seconds : left > 0 ? left : options.staleTtl;
  // CoreDNS sets aa on all it repeats: some resolvers want it.
  return { ...withTtl(entry.reply, shown), authoritative: true, keep: agingKeep(found, storing, []) };
}

/**
 * Good until the TTL it shows would be another. From the cache on an answer is as old as its entry: changes behind it show when
 * that ends.
 */
function agingKeep(
  { side, entry }: FoundEntry,
  { nowMs, options, metrics }: Storing,
  onRepeat: Keep["onRepeat"],
): Keep | undefined {
  const age = Math.floor((nowMs - entry.storedMs) / 1000);
  if (age >= entry.seconds) return undefined;
  const count = (): void => metrics.hit(side);
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
