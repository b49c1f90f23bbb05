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

  constructor(setup: Setup, zones: readonly string[]) {
    this.#setup = setup;
    this.#zones = zones.join(",");
  }

  missed(): void {
    this.#requests().value++;
    const help = "The count of cache misses. Deprecated, derive misses from cache hits/requests counters.";
    this.#counter("misses_total", help).value++;
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

  stored(stores: CacheStores): void {
    const { metrics } = this.#setup.surroundings;
    for (const side of ["success", "denial"] as const)
      metrics.gauge(
        "coredns_cache_entries",
        "The number of elements in the cache.",
        this.#labels({ type: side }),
      ).value = stores[side].size;
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
