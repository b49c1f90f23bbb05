import { type DnsZone, EVERYTHING } from "../kubernetes/zone.ts";
import { type ExportedService, exportedService, type LighthouseRecord } from "./exported-service.ts";

/** What is asked about a Service: all of it, one cluster's part, or one endpoint there. */
export type Asked = { readonly key: string; readonly cluster?: string; readonly host?: string };

/** The records a name stands for; none when no cluster that has it can be reached and is healthy. */
export type Resolved = { readonly isHeadless: boolean; readonly records: readonly LighthouseRecord[] };

export type ExportedServicesOptions = {
  readonly zone: DnsZone;
  /** The id of the cluster that asks; empty when it has none. */
  readonly localCluster: string;
  /** Whether the gateway here is connected to that cluster. */
  readonly isConnected: (cluster: string) => boolean;
};

/**
 * Lighthouse's decision which addresses a name stands for (`coredns/resolver`). A Service is put together when it is first asked
 * for and again after its entry of the zone changed, which also begins its rotation anew, as upstream's does.
 */
export class ExportedServices {
  readonly #options: ExportedServicesOptions;
  readonly #known = new Map<string, ExportedService>();
  readonly #stop: () => void;

  constructor(options: ExportedServicesOptions) {
    this.#options = options;
    this.#stop = options.zone.observe((token) => {
      if (token === EVERYTHING) this.#known.clear();
      else this.#known.delete(token);
    });
  }

  /** `undefined` when there is nothing of that name. */
  resolve(asked: Asked): Resolved | undefined {
    const service = this.#service(asked.key);
    if (service === undefined) return undefined;
    const records = service.isHeadless ? this.#ofEndpoints(service, asked) : this.#ofService(service, asked);
    return records === undefined ? undefined : { isHeadless: service.isHeadless, records };
  }

  stop(): void {
    this.#stop();
  }

  #service(key: string): ExportedService | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { zone, localCluster } = this.#options;
    const imported = zone.serviceImport(key);
    if (imported === undefined) return undefined;
    const made = exportedService(imported, zone.importedSlices(key), {
      cluster: localCluster,
      slices: zone.serviceSlices(key),
    });
    this.#known.set(key, made);
    return made;
  }

  /** A cluster that is asked for by name is answered, healthy or not; it keeps its own ports. */
  #ofService(service: ExportedService, { cluster }: Asked): readonly LighthouseRecord[] | undefined {
    if (cluster !== undefined) return service.sources.get(cluster)?.records;
    if (service.clusterSet !== undefined) return [service.clusterSet];
    const { localCluster, isConnected } = this.#options;
    const isHealthy = (name: string): boolean => service.sources.get(name)?.healthy === true;
    const chosen = isHealthy(localCluster)
      ? localCluster
      : service.rotation.pick((name) => isConnected(name) && isHealthy(name));
    const records = chosen === undefined ? [] : (service.sources.get(chosen)?.records ?? []);
    return records.map((record) => ({ ...record, ports: service.ports }));
  }

  #ofEndpoints({ sources }: ExportedService, { cluster, host }: Asked): readonly LighthouseRecord[] | undefined {
    if (cluster === undefined)
      return [...sources].flatMap(([name, { records }]) => (this.#options.isConnected(name) ? records : []));
    const records = sources.get(cluster)?.records;
    if (host === undefined || records === undefined) return records;
    const named = records.filter((record) => record.host === host);
    return named.length === 0 ? undefined : named;
  }
}
