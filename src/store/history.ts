import type { Change } from "./change.ts";

/** The last changes of a bucket in order of revision, at most `limit` of them; older ones are compacted away. */
export class History {
  readonly #limit: number;
  #changes: (Change | undefined)[] = [];
  #head = 0;
  #compactedRevision = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The revision of the last change forgotten: only later ones can be told. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  push(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length - this.#head > this.#limit) this.#forgetOldest();
  }

  /** The changes after `revision`; `undefined` when some of them are compacted. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#compactedRevision) return undefined;
    return this.#changes.slice(this.#firstAfter(revision)) as Change[];
  }

  #forgetOldest(): void {
    this.#compactedRevision = (this.#changes[this.#head] as Change).revision;
    this.#changes[this.#head++] = undefined;
    // Dropping the forgotten prefix once per `limit` changes keeps a push at constant cost.
    if (this.#head > this.#limit) {
      this.#changes = this.#changes.slice(this.#head);
      this.#head = 0;
    }
  }

  #firstAfter(revision: number): number {
    let low = this.#head;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle] as Change).revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
