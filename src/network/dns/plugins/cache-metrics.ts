import type { Sample } from "../server/metrics.ts";
import type { Setup } from "../server/plugin.ts";
import type { CacheStore } from "./cache-store.ts";

export type SideName = "success" | "denial";
export type CacheStores = Readonly<Record<SideName, CacheStore>>;

/** What a cache counts; a number with a label appears when it is first counted (CoreDNS' `plugin/cache`). */
export class CacheMetrics {
  readonly #setup: Setup;
  readonly #zones: string;
  readonly #hits: Partial<Record<SideName, readonly Sample[]>> = {};
  #misses: readonly Sample[] | undefined;
  #showsEntries = false;

  constructor(setup: Setup, zones: readonly string[]) {
    this.#setup = setup;
    this.#zones = zones.join(",");
  }

  missed(): void {
    const help = "The count of cache misses. Deprecated, derive misses from cache hits/requests counters.";
    this.#misses ??= [this.#requests(), this.#counter("misses_total", help)];
    for (const sample of this.#misses) sample.value++;
  }

  hit(side: SideName): void {
    const samples = this.#hits[side] ?? [
      this.#requests(),
      this.#counter("hits_total", "The count of cache hits.", { type: side }),
    ];
    this.#hits[side] = samples;
    for (const sample of samples) sample.value++;
  }

  servedStale(): void {
    this.#counter("served_stale_total", "The number of requests served from stale cache entries.").value++;
  }

  evicted(side: SideName): void {
    this.#counter("evictions_total", "The count of cache evictions.", { type: side }).value++;
  }

  /** The sizes of the stores are told from the first time on that something was stored. */
  stored(stores: CacheStores): void {
    if (this.#showsEntries) return;
    this.#showsEntries = true;
    const { metrics } = this.#setup.surroundings;
    const help = "The number of elements in the cache.";
    metrics.beforeReading(`cache ${this.#setup.port} ${this.#zones}`, () => {
      for (const side of ["success", "denial"] as const)
        metrics.gauge("coredns_cache_entries", help, this.#labels({ type: side })).value = stores[side].size;
    });
  }

  #requests(): Sample {
    return this.#counter("requests_total", "The count of cache requests.");
  }

  #counter(name: string, help: string, more: Readonly<Record<string, string>> = {}): Sample {
    return this.#setup.surroundings.metrics.counter(`coredns_cache_${name}`, help, this.#labels(more));
  }

  #labels(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { server: `dns://:${this.#setup.port}`, view: "", zones: this.#zones, ...more };
  }
}
