import type { Reply } from "../server/reply.ts";

/** A reply as it was when it was stored. */
export type CachedReply = {
  readonly reply: Reply;
  readonly storedMs: number;
  readonly seconds: number;
  /** The name it answered, in lower case. */
  readonly name: string;
};

/** The least capacity CoreDNS' cache has, whatever is asked for. */
const CAPACITY_LEAST = 1024;

/** Replies by question, bounded: the oldest goes first. */
export class CacheStore {
  readonly #entries = new Map<string, CachedReply>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = Math.max(CAPACITY_LEAST, capacity);
  }

  get(key: string): CachedReply | undefined {
    return this.#entries.get(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps an entry; whether another had to go for it. */
  set(key: string, entry: CachedReply): boolean {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#capacity) return false;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
    return true;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/** Whole seconds an entry still has; negative once it has ended. */
export function secondsLeft(entry: CachedReply, nowMs: number): number {
  return entry.seconds - Math.floor((nowMs - entry.storedMs) / 1000);
}
