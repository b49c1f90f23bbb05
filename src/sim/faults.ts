/** Which clusters are down and which links are cut at present; drawn from a seed or set by a scenario. */
export class FaultPlan {
  readonly #down = new Set<string>();
  readonly #cut = new Set<string>();
  readonly #observers = new Set<() => void>();

  /** Whether `cluster` answers at all. */
  isDown(cluster: string): boolean {
    return this.#down.has(cluster);
  }

  /** Whether traffic from `from` to `to` arrives; both ends must be up. */
  reachable(from: string, to: string): boolean {
    if (this.#down.has(to) || this.#down.has(from)) return false;
    // Asked for every request: the link is named only where there are cut ones.
    return this.#cut.size === 0 || !this.#cut.has(link(from, to));
  }

  setDown(cluster: string, down: boolean): void {
    if (down) this.#down.add(cluster);
    else this.#down.delete(cluster);
    this.#changed();
  }

  /** Cuts or mends the one-way link `from` -> `to`. */
  setCut(from: string, to: string, cut: boolean): void {
    if (cut) this.#cut.add(link(from, to));
    else this.#cut.delete(link(from, to));
    this.#changed();
  }

  /** Calls `observer` after every change, until the returned function is called. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  #changed(): void {
    for (const observer of this.#observers) observer();
  }
}

function link(from: string, to: string): string {
  return `${from}>${to}`;
}
