import type { Kind, KubeObject, Status } from "../apimachinery/index.ts";
import type { WatchEvent, WatchHandle } from "../apiserver/index.ts";
import type { Loop, Timer } from "../sim/index.ts";
import { Backoff } from "./backoff.ts";
import type { ClusterClient } from "./port.ts";

/** Receives what a reflector learns, in the order the cluster tells it. Revisions are resourceVersions as numbers. */
export interface ReflectorSink {
  /** All objects as of `revision`; again whenever the watch could not be resumed. */
  onList(items: readonly KubeObject[], revision: number): void;
  onChange(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject, revision: number): void;
  /** Nothing happened up to `revision`. */
  onBookmark(revision: number): void;
  /** A list failed; it is tried again. */
  onUnavailable(status: Status): void;
}

/** A watch that lived this long was no failure to open. */
const LIVED_MS = 1000;
/** Answers that say nothing about the revision: the watch is tried again where it was. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * Lists a kind and watches it from there, for as long as it runs: a watch that ends is resumed where it was, one whose
 * revision is gone (410) lists again, and what fails is tried again in the background (client-go's Reflector).
 */
export class Reflector {
  readonly #client: ClusterClient;
  readonly #kind: Kind<KubeObject>;
  readonly #loop: Loop;
  readonly #sink: ReflectorSink;
  readonly #backoff: Backoff;
  readonly #why: string;
  #revision = "";
  #handle: WatchHandle | undefined;
  #timer: Timer | undefined;
  #waiting: (() => void) | undefined;
  #stopped = false;
  /** A list was made since the last sign of life of a watch; a second one waits. */
  #relisted = false;

  constructor(client: ClusterClient, kind: Kind<KubeObject>, loop: Loop, sink: ReflectorSink) {
    this.#client = client;
    this.#kind = kind;
    this.#loop = loop;
    this.#sink = sink;
    this.#why = `reflector ${client.cluster} ${kind.plural}`;
    this.#backoff = new Backoff(loop, loop.random.stream("reflector-backoff"));
  }

  start(): void {
    this.#list();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#handle?.stop();
    this.#handle = undefined;
  }

  /** Makes the attempt that waits for its time now. */
  retry(): void {
    const attempt = this.#waiting;
    if (attempt === undefined || this.#stopped) return;
    this.#timer?.cancel();
    this.#waiting = undefined;
    this.#loop.soon(this.#why, () => {
      if (!this.#stopped) attempt();
    });
  }

  #list(): void {
    this.#client.send({ verb: "list", kind: this.#kind }, (answer) => {
      if (this.#stopped) return;
      if (!answer.ok) {
        this.#sink.onUnavailable(answer.status);
        this.#later(() => this.#list());
        return;
      }
      this.#revision = answer.object.metadata.resourceVersion ?? "";
      this.#sink.onList(answer.object.items as readonly KubeObject[], Number(this.#revision));
      if (!this.#stopped) this.#watch();
    });
  }

  #watch(): void {
    const openedMs = this.#loop.nowMs();
    let alive = false;
    let failure: Status | undefined;
    const options = { resourceVersion: this.#revision, allowWatchBookmarks: this.#client.inProcess !== true };
    this.#handle = this.#client.watch(
      { verb: "watch", kind: this.#kind, options },
      {
        onEvent: (event) => {
          if (this.#stopped) return;
          if (event.type === "ERROR") failure = event.status;
          else {
            alive = true;
            this.#relisted = false;
            this.#deliver(event);
          }
        },
        onEnd: () => {
          if (this.#stopped) return;
          this.#handle = undefined;
          const lived = alive || this.#loop.nowMs() - openedMs >= LIVED_MS;
          this.#continue(failure, lived);
        },
      },
    );
  }

  #deliver(event: Exclude<WatchEvent, { type: "ERROR" }>): void {
    this.#revision = event.object.metadata.resourceVersion ?? this.#revision;
    const revision = Number(this.#revision);
    if (event.type === "BOOKMARK") this.#sink.onBookmark(revision);
    else this.#sink.onChange(event.type, event.object, revision);
  }

  /** After a watch: resumed where it was, unless its revision is gone or the server refused for good. */
  #continue(failure: Status | undefined, lived: boolean): void {
    if (failure?.code === 410) this.#relist();
    else if (failure !== undefined && !PASSING.has(failure.code)) this.#later(() => this.#list());
    else if (failure !== undefined || !lived) this.#later(() => this.#watch());
    else
      this.#loop.soon(this.#why, () => {
        if (!this.#stopped) this.#watch();
      });
  }

  #relist(): void {
    if (this.#relisted) {
      this.#later(() => this.#list());
      return;
    }
    this.#relisted = true;
    this.#loop.soon(this.#why, () => {
      if (!this.#stopped) this.#list();
    });
  }

  #later(attempt: () => void): void {
    this.#waiting = attempt;
    const run = (): void => {
      this.#waiting = undefined;
      attempt();
    };
    this.#timer = this.#loop.after(this.#backoff.nextMs(), this.#why, run, { background: true });
  }
}
