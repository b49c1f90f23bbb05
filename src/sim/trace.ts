import { fnv1a32 } from "../std/index.ts";

/** One state change of the world: when, in which cluster, by whom, what. */
export type TraceLine = {
  readonly atMs: number;
  readonly cluster: string;
  readonly actor: string;
  readonly verb: string;
  readonly subject: string;
  readonly detail: string;
};

/** The record of a run. Its hash covers every line in order: the same seed gives the same hash. */
export class Trace {
  #hash = 0x811c9dc5;
  #count = 0;
  readonly #observers = new Set<(line: TraceLine) => void>();

  add(line: TraceLine): void {
    this.#count++;
    let hash = fnv1a32(line.cluster, this.#hash ^ Math.trunc(line.atMs));
    hash = fnv1a32(line.actor, hash);
    hash = fnv1a32(line.verb, hash);
    hash = fnv1a32(line.subject, hash);
    this.#hash = fnv1a32(line.detail, hash);
    for (const observer of this.#observers) observer(line);
  }

  /** Shows every further line to `observer`, until the returned function is called. */
  observe(observer: (line: TraceLine) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Eight hex digits over all lines so far. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  get count(): number {
    return this.#count;
  }
}

/** A trace line in fixed columns: `00:05.000 host    binding   web-deployment   Scheduled   m1=3 m2=2`. */
export function formatTraceLine(line: TraceLine, startMs: number): string {
  const elapsedMs = line.atMs - startMs;
  const minutes = Math.floor(elapsedMs / 60_000);
  const seconds = ((elapsedMs % 60_000) / 1000).toFixed(3).padStart(6, "0");
  const columns = [line.cluster.padEnd(9), line.actor.padEnd(28), line.verb.padEnd(8), line.subject, line.detail];
  return `${String(minutes).padStart(2, "0")}:${seconds} ${columns.join(" ").trimEnd()}`;
}
