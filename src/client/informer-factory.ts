import { type Kind, type KubeObject, kindKey, type ObjectOf } from "../apimachinery/index.ts";
import type { Loop } from "../sim/index.ts";
import { Discovery } from "./discovery.ts";
import { Informer } from "./informer.ts";
import type { ClusterClient } from "./port.ts";

/** What is known of one cluster: an informer per kind and its discovery, shared, each started when first asked for. */
export class InformerFactory {
  readonly client: ClusterClient;
  readonly #loop: Loop;
  readonly #informers = new Map<string, Informer>();
  readonly #guide: InformerFactory | undefined;
  #discovery: Discovery | undefined;
  #guided: (() => void) | undefined;

  /**
   * A client that may not watch what defines kinds can be told by a `guide`, another factory on the same cluster, that a kind
   * it waits for has come to be served.
   */
  constructor(client: ClusterClient, loop: Loop, guide?: InformerFactory) {
    this.client = client;
    this.#loop = loop;
    this.#guide = guide;
  }

  of<K extends Kind<KubeObject>>(kind: K): Informer<ObjectOf<K>> {
    const key = kindKey(kind);
    let informer = this.#informers.get(key);
    if (informer === undefined) {
      informer = new Informer(this.client, kind, this.#loop);
      this.#informers.set(key, informer);
      this.#retryWhenServed(informer);
      informer.start();
    }
    return informer as Informer<ObjectOf<K>>;
  }

  /** The informer of `kind` if somebody asked for it. */
  peek(kind: Kind<KubeObject>): Informer | undefined {
    return this.#informers.get(kindKey(kind));
  }

  get discovery(): Discovery {
    if (this.#discovery === undefined) {
      const watchKind = (kind: Kind<KubeObject>, onChange: () => void) => this.of(kind).addHandler(onChange);
      this.#discovery = new Discovery(this.client, this.#loop, watchKind);
      this.#discovery.onState(() => this.#retryServed());
      this.#discovery.start();
    }
    return this.#discovery;
  }

  /** Whether every informer asked for so far has its objects. */
  get hasSynced(): boolean {
    for (const informer of this.#informers.values()) if (!informer.hasSynced) return false;
    return true;
  }

  /** Ends all watches, telling handlers that everything is gone: the cluster left. */
  forget(): void {
    this.#guided?.();
    this.#discovery?.stop();
    for (const informer of this.#informers.values()) informer.forget();
    this.#informers.clear();
  }

  /** Ends all watches, silently. */
  stop(): void {
    this.#guided?.();
    this.#discovery?.stop();
    for (const informer of this.#informers.values()) informer.stop();
    this.#informers.clear();
  }

  /** A kind that is not served may come to be: discovery tells sooner than trying again would. */
  #retryWhenServed(informer: Informer): void {
    informer.onState(() => {
      if (informer.failure?.code === 404) this.#followServed();
    });
  }

  #followServed(): void {
    if (this.#guide === undefined) void this.discovery;
    else this.#guided ??= this.#guide.discovery.onState(() => this.#retryServed());
  }

  #retryServed(): void {
    const served = new Set((this.#guide ?? this).discovery.kinds().map(kindKey));
    for (const [key, informer] of this.#informers)
      if (informer.failure?.code === 404 && served.has(key)) informer.retry();
  }
}
