import type { StatusError } from "../apimachinery/index.ts";
import type { ServerCore } from "./core.ts";

/** Goes on with a suspended request, or ends it with an error. */
export type Resume = (failure?: StatusError) => void;

/**
 * Thrown where a request needs an answer from outside the process. Nothing has been written then: the request is undone down to
 * the door, which starts what it waits for and, when the answer is there, serves it again from the start. What was drawn and
 * answered before is in its {@link Journal}, so that it comes to the same place and goes past it; what changed in the
 * meantime is seen, as upstream's optimistic writes see it.
 */
export class Suspended extends Error {
  override readonly name = "Suspended";
  readonly start: (resume: Resume) => void;

  constructor(why: string, start: (resume: Resume) => void) {
    super(why);
    this.start = start;
  }
}

/** What a suspended request remembers from one attempt to the next. */
export class Journal {
  readonly #kept = new Map<string, unknown>();
  readonly #drawn = new Map<string, unknown[]>();
  readonly #positions = new Map<string, number>();
  readonly #newUid: () => string;
  #attempts = 0;

  constructor(newUid: () => string) {
    this.#newUid = newUid;
  }

  /** How often the request has been served from the start. */
  get attempts(): number {
    return this.#attempts;
  }

  restart(): void {
    this.#attempts++;
    this.#positions.clear();
  }

  /** What was made under this key in whatever attempt came first. */
  once<T>(key: string, make: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    return this.#kept.get(key) as T;
  }

  /** A UUID of this key's own. */
  uid(key: string): string {
    return this.once(`uid of ${key}`, this.#newUid);
  }

  /** What is kept under a key, if anything is. */
  kept<T>(key: string): T | undefined {
    return this.#kept.get(key) as T | undefined;
  }

  keep(key: string, value: unknown): void {
    this.#kept.set(key, value);
  }

  /** The next draw from a named source: the same ones again in every attempt. */
  draw<T>(source: string, make: () => T): T {
    const drawn = this.#drawn.get(source) ?? [];
    this.#drawn.set(source, drawn);
    const position = this.#positions.get(source) ?? 0;
    this.#positions.set(source, position + 1);
    if (position === drawn.length) drawn.push(make());
    return drawn[position] as T;
  }
}

/** A core whose chance and time repeat themselves from one attempt to the next. */
export function repeatable(core: ServerCore, journal: Journal): ServerCore {
  const { names, state, timestamp } = core;
  return {
    ...core,
    names: { ...names, text: (length, alphabet) => journal.draw("name", () => names.text(length, alphabet)) },
    timestamp: () => journal.draw("time", timestamp),
    state: {
      cluster: state.cluster,
      nowMs: () => state.nowMs(),
      newUid: () => journal.draw("uid", () => state.newUid()),
      get: (kind, name, namespace) => state.get(kind, name, namespace),
      list: (kind, namespace) => state.list(kind, namespace),
    },
  };
}
