/** Something a key may wait for. */
export interface Source {
  /** Calls `observer` when what the source offers changes; until the returned function is called. */
  onState(observer: () => void): () => void;
}

/** Keys whose reconcile missed something (a cache not synced, a kind or a member not there): looked at again when it changes. */
export class WaitingKeys<T> {
  readonly #add: (id: string, item: T) => void;
  readonly #bySource = new Map<Source, { readonly keys: Map<string, T>; readonly leave: () => void }>();

  constructor(add: (id: string, item: T) => void) {
    this.#add = add;
  }

  wait(source: Source, id: string, item: T): void {
    let waiting = this.#bySource.get(source);
    if (waiting === undefined) {
      waiting = { keys: new Map(), leave: source.onState(() => this.#flush(source)) };
      this.#bySource.set(source, waiting);
    }
    waiting.keys.set(id, item);
  }

  stop(): void {
    for (const { leave } of this.#bySource.values()) leave();
    this.#bySource.clear();
  }

  #flush(source: Source): void {
    const waiting = this.#bySource.get(source);
    if (waiting === undefined) return;
    this.#bySource.delete(source);
    waiting.leave();
    for (const [id, item] of waiting.keys) this.#add(id, item);
  }
}
