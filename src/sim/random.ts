import { fnv1a32 } from "../std/index.ts";

/** One named stream of chance: the same seed and name give the same draws, whatever other streams do. */
export interface RandomStream {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** `length` characters drawn from `alphabet`. */
  text(length: number, alphabet: string): string;
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T;
}

/** The alphabet of Kubernetes' generated name suffixes (`k8s.io/apimachinery/pkg/util/rand`). */
export const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** All chance of a world: streams by name, drawn from one seed. */
export class Random {
  readonly seed: number;
  readonly #streams = new Map<string, RandomStream>();

  constructor(seed: number) {
    this.seed = seed >>> 0;
  }

  stream(name: string): RandomStream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = sfc32Stream(this.seed, fnv1a32(name));
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** sfc32 (Chris Doty-Humphrey's small fast counter), warmed up over the seed and the name's hash. */
function sfc32Stream(seed: number, nameHash: number): RandomStream {
  let a = seed | 0;
  let b = nameHash | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) draw();
  const next = (): number => draw() / 0x1_0000_0000;
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    text: (length, alphabet) => {
      let text = "";
      for (let index = 0; index < length; index++) text += alphabet[below(alphabet.length)];
      return text;
    },
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}
