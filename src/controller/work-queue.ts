import { assert } from "../std/index.ts";

/**
 * Keys to work on, each at most once, in order of arrival (client-go's workqueue). A key added while it is worked on comes
 * back when it is done: never two at once for a key, never a lost add.
 */
export class WorkQueue<T> {
  /** What waits to be popped, in order. Every entry is in `#dirty` and not in `#processing`. */
  #queue: string[] = [];
  #head = 0;
  /** All that needs work, whether it waits in the queue or for the end of the work under way. */
  readonly #dirty = new Map<string, T>();
  /** What is worked on. May be dirty too, and then is not in the queue. */
  readonly #processing = new Set<string>();

  /** Keys waiting to be popped. */
  get length(): number {
    return this.#queue.length - this.#head;
  }

  add(id: string, item: T): void {
    if (this.#dirty.has(id)) return;
    this.#dirty.set(id, item);
    if (!this.#processing.has(id)) this.#queue.push(id);
  }

  /** Takes the next key to work on; `done` must follow. */
  pop(): { readonly id: string; readonly item: T } | undefined {
    if (this.#head === this.#queue.length) return undefined;
    const id = this.#queue[this.#head++] as string;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    assert(!this.#processing.has(id), `key ${id} must not be worked on twice at once`);
    const item = this.#dirty.get(id) as T;
    this.#processing.add(id);
    this.#dirty.delete(id);
    return { id, item };
  }

  done(id: string): void {
    assert(this.#processing.delete(id), `key ${id} must have been popped`);
    if (this.#dirty.has(id)) this.#queue.push(id);
  }
}
