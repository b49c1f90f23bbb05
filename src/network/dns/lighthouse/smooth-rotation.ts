const WEIGHT = 1;

type Item = { readonly name: string; current: number; effective: number };

/**
 * Lighthouse's smooth weighted round robin (`coredns/loadbalancer`) over clusters, whose weights all are 1: strictly one after
 * the other, and one that was skipped stands back until a round is over.
 */
export class SmoothRotation {
  readonly #items: readonly Item[];

  constructor(names: readonly string[]) {
    this.#items = names.map((name) => ({ name, current: 0, effective: WEIGHT }));
  }

  /** The next of them that will do; `undefined` when none of a round does. */
  pick(willDo: (name: string) => boolean): string | undefined {
    for (let tries = this.#items.length; tries > 0; tries--) {
      const item = this.#next();
      if (willDo(item.name)) return item.name;
      item.effective = Math.max(0, item.effective - WEIGHT);
    }
    return undefined;
  }

  #next(): Item {
    let best = this.#items[0] as Item;
    if (this.#items.length === 1) return best;
    let total = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (const item of this.#items) {
      item.current += item.effective;
      if (item.effective < WEIGHT) item.effective++;
      total += item.effective;
      if (item.current > highest) {
        highest = item.current;
        best = item;
      }
    }
    best.current -= total;
    return best;
  }
}
