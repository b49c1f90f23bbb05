import { type Kind, type KubeObject, kindKey, type ObjectOf } from "../apimachinery/index.ts";
import type { Loop } from "../sim/index.ts";
import { Informer } from "./informer.ts";
import type { ClusterClient } from "./port.ts";

/** The informers of one cluster: one per kind, shared, started when first asked for. */
export class InformerFactory {
  readonly client: ClusterClient;
  readonly #loop: Loop;
  readonly #informers = new Map<string, Informer>();

  constructor(client: ClusterClient, loop: Loop) {
    this.client = client;
    this.#loop = loop;
  }

  of<K extends Kind<KubeObject>>(kind: K): Informer<ObjectOf<K>> {
    const key = kindKey(kind);
    let informer = this.#informers.get(key);
    if (informer === undefined) {
      informer = new Informer(this.client, kind, this.#loop);
      this.#informers.set(key, informer);
      informer.start();
    }
    return informer as Informer<ObjectOf<K>>;
  }

  /** The informer of `kind` if somebody asked for it. */
  peek(kind: Kind<KubeObject>): Informer | undefined {
    return this.#informers.get(kindKey(kind));
  }

  /** Kinds watched at present. */
  kinds(): readonly Kind<KubeObject>[] {
    return [...this.#informers.values()].map((informer) => informer.kind);
  }

  /** Whether every informer asked for so far has its objects. */
  get hasSynced(): boolean {
    for (const informer of this.#informers.values()) if (!informer.hasSynced) return false;
    return true;
  }

  /** Drops the informer of a kind that is no longer served; its handlers hear that everything is gone. */
  forget(kind: Kind<KubeObject>): void {
    const informer = this.#informers.get(kindKey(kind));
    this.#informers.delete(kindKey(kind));
    informer?.forget();
  }

  /** Drops all informers, telling their handlers: the cluster left. */
  forgetAll(): void {
    for (const kind of this.kinds()) this.forget(kind);
  }

  /** Ends all watches, silently. */
  stop(): void {
    for (const informer of this.#informers.values()) informer.stop();
    this.#informers.clear();
  }
}
