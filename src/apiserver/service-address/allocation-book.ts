import type { RandomStream } from "../../sim/index.ts";

/**
 * Which numbers of `[low, high]` are held, and by whom. Free ones are drawn from above the static band first, so that
 * numbers people choose by hand rarely collide with drawn ones.
 */
export class AllocationBook {
  readonly #low: number;
  readonly #high: number;
  readonly #drawFrom: number;
  readonly #random: RandomStream;
  readonly #holders = new Map<number, string>();

  constructor(range: {
    readonly low: number;
    readonly high: number;
    readonly staticBand: number;
    readonly random: RandomStream;
  }) {
    this.#low = range.low;
    this.#high = range.high;
    this.#drawFrom = range.low + range.staticBand;
    this.#random = range.random;
  }

  holderOf(number: number): string | undefined {
    return this.#holders.get(number);
  }

  /** Takes `number`, unless somebody else holds it: of two claims the first stands. */
  hold(number: number, holder: string): void {
    if (!this.#holders.has(number)) this.#holders.set(number, holder);
  }

  /** Frees `number` if it is `holder` who has it. */
  release(number: number, holder: string): void {
    if (this.#holders.get(number) === holder) this.#holders.delete(number);
  }

  /** Takes a free number that will do; `undefined` when there is none. */
  draw(holder: string, willDo: (number: number) => boolean = () => true): number | undefined {
    const number =
      this.#drawBetween(this.#drawFrom, this.#high, willDo) ?? this.#drawBetween(this.#low, this.#drawFrom - 1, willDo);
    if (number !== undefined) this.hold(number, holder);
    return number;
  }

  /** The first free number from a random place on, around the band. */
  #drawBetween(low: number, high: number, willDo: (number: number) => boolean): number | undefined {
    const size = high - low + 1;
    if (size <= 0) return undefined;
    const start = this.#random.below(size);
    for (let step = 0; step < size; step++) {
      const number = low + ((start + step) % size);
      if (!this.#holders.has(number) && willDo(number)) return number;
    }
    return undefined;
  }
}
