import type { Source } from "./waiting-keys.ts";

/** Something read that was not there yet: `pending` when it is about to come, so that deciding without it would be rash. */
export type Missing = { readonly source: Source; readonly pending: boolean };

/** What the reconcile under way read in vain. Reads of enqueue functions, which may run in between, do not count. */
export class ReadLog {
  #missing: Missing[] = [];
  #paused = 0;

  note(source: Source, pending: boolean): void {
    if (this.#paused === 0) this.#missing.push({ source, pending });
  }

  take(): readonly Missing[] {
    const missing = this.#missing;
    if (missing.length > 0) this.#missing = [];
    return missing;
  }

  /** Runs `run` with nothing noted. */
  unnoted<T>(run: () => T): T {
    this.#paused++;
    try {
      return run();
    } finally {
      this.#paused--;
    }
  }
}
