import type { Loop } from "../sim/index.ts";
import type { Change } from "./change.ts";

/** Receives the changes of a watch in order, from entries of the loop. */
export interface ChangeSink {
  onChange(change: Change): void;
  /** The consumer stayed paused for too long; nothing follows. */
  onDropped(): void;
}

/** Controls a watch. A paused watch keeps its place for a bounded number of changes, then is dropped. */
export interface ChangeWatch {
  /** Whether every change so far has been delivered. */
  readonly caughtUp: boolean;
  stop(): void;
  pause(): void;
  resume(): void;
}

/** One watch of a bucket: changes wait here until the loop's next entry for this watcher delivers them in one batch. */
export class Watcher implements ChangeWatch {
  readonly namespace: string | undefined;
  readonly #loop: Loop;
  readonly #why: string;
  readonly #sink: ChangeSink;
  readonly #backlogLimit: number;
  readonly #leave: (watcher: Watcher) => void;
  #pending: Change[] = [];
  #state: "idle" | "scheduled" | "paused" | "stopped" = "idle";

  constructor(options: {
    readonly namespace: string | undefined;
    readonly loop: Loop;
    readonly why: string;
    readonly sink: ChangeSink;
    readonly backlogLimit: number;
    readonly leave: (watcher: Watcher) => void;
  }) {
    this.namespace = options.namespace;
    this.#loop = options.loop;
    this.#why = options.why;
    this.#sink = options.sink;
    this.#backlogLimit = options.backlogLimit;
    this.#leave = options.leave;
  }

  get caughtUp(): boolean {
    return this.#pending.length === 0;
  }

  offer(change: Change): void {
    this.#pending.push(change);
    if (this.#state === "idle") this.#schedule();
    else if (this.#state === "paused" && this.#pending.length > this.#backlogLimit) this.#drop();
  }

  stop(): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#pending = [];
    this.#leave(this);
  }

  pause(): void {
    if (this.#state !== "stopped") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "idle";
    if (this.#pending.length > 0) this.#schedule();
  }

  #schedule(): void {
    this.#state = "scheduled";
    this.#loop.soon(this.#why, () => this.#deliver());
  }

  #deliver(): void {
    // Paused or stopped since it was scheduled; a resume schedules anew, and one entry then finds nothing left.
    if (this.#state !== "scheduled") return;
    this.#state = "idle";
    const batch = this.#pending;
    this.#pending = [];
    for (let index = 0; index < batch.length; index++) {
      this.#sink.onChange(batch[index] as Change);
      if (this.#isStopped()) return;
      if (this.#isPaused()) {
        this.#pending = [...batch.slice(index + 1), ...this.#pending];
        return;
      }
    }
  }

  #drop(): void {
    this.stop();
    this.#loop.soon(this.#why, () => this.#sink.onDropped());
  }

  #isStopped(): boolean {
    return this.#state === "stopped";
  }

  #isPaused(): boolean {
    return this.#state === "paused";
  }
}
