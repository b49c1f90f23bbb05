import type { Loop, Timer } from "../sim/index.ts";

/** Keys to be added later, at most one timer each: a key's last word on when to look again is the one that counts. */
export class DelayedKeys<T> {
  readonly #loop: Loop;
  readonly #why: string;
  readonly #add: (id: string, item: T) => void;
  readonly #timers = new Map<string, Timer>();

  constructor(loop: Loop, why: string, add: (id: string, item: T) => void) {
    this.#loop = loop;
    this.#why = why;
    this.#add = add;
  }

  addAfter(id: string, item: T, delay: { readonly ms: number; readonly background: boolean }): void {
    this.cancel(id);
    const due = (): void => {
      this.#timers.delete(id);
      this.#add(id, item);
    };
    this.#timers.set(id, this.#loop.after(delay.ms, this.#why, due, { background: delay.background }));
  }

  cancel(id: string): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    timer.cancel();
    this.#timers.delete(id);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
