import type { Loop } from "../sim/index.ts";
import { Bucket } from "./bucket.ts";

/** Changes kept per bucket unless told otherwise. */
const HISTORY_LIMIT = 2048;

/**
 * The truth of one cluster: buckets of immutable objects under one revision counter. Synchronous and in memory; readers
 * share what is stored by reference.
 */
export class Store {
  readonly #loop: Loop;
  readonly #historyLimit: number;
  readonly #freeze: boolean;
  readonly #buckets = new Map<string, Bucket>();
  /** As in etcd, an empty store is at revision 1: resourceVersion "0" has a meaning of its own. */
  #revision = 1;

  constructor(options: { readonly loop: Loop; readonly historyLimit?: number; readonly freeze?: boolean }) {
    this.#loop = options.loop;
    this.#historyLimit = options.historyLimit ?? HISTORY_LIMIT;
    this.#freeze = options.freeze ?? false;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** The bucket of a resource (`apps/deployments`, `/pods`), made at the first question. */
  bucket(name: string): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Bucket(name, {
        loop: this.#loop,
        historyLimit: this.#historyLimit,
        freeze: this.#freeze,
        nextRevision: () => ++this.#revision,
      });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
