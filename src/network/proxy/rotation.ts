import type { RuleEndpoint } from "../../algorithms/index.ts";
import type { RandomStream } from "../../sim/index.ts";

type Round = { readonly endpoints: readonly RuleEndpoint[]; readonly shuffled: readonly RuleEndpoint[]; turn: number };

/** The userspace proxy's rounds: a list is shuffled when it changes, and then gone through in turn (`roundrobin.go`). */
export class Rotation {
  readonly #random: RandomStream;
  readonly #rounds = new Map<string, Round>();

  constructor(random: RandomStream) {
    this.#random = random;
  }

  next(key: string, endpoints: readonly RuleEndpoint[]): RuleEndpoint {
    let round = this.#rounds.get(key);
    if (round?.endpoints !== endpoints) {
      round = { endpoints, shuffled: this.#shuffle(endpoints), turn: 0 };
      this.#rounds.set(key, round);
    }
    return round.shuffled[round.turn++ % round.shuffled.length] as RuleEndpoint;
  }

  #shuffle(endpoints: readonly RuleEndpoint[]): readonly RuleEndpoint[] {
    const shuffled = [...endpoints];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.#random.below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as RuleEndpoint, shuffled[last] as RuleEndpoint];
    }
    return shuffled;
  }
}
