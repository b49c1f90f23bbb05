import {
  failure,
  type Status,
  type StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { Change, ChangeWatch } from "../../store/index.ts";
import type { Call } from "../core.ts";
import type { WatchEvent, WatchHandle, WatchSink } from "../request.ts";
import { readResourceVersion } from "../resource-version.ts";
import { readSelection, type Selection } from "../selection.ts";
import { Suspended } from "../suspension.ts";
import { watchOptions } from "./list-options.ts";

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";
/** How often the server bookmarks a quiet watch (`k8s.io/apiserver/pkg/storage/cacher`: about a minute). */
const BOOKMARK_PERIOD_MS = 60_000;

/** Objects of the initial state told at once. */
const STATE_BATCH = 500;

/** A watch that can also be told to wait while its consumer cannot take more. */
export interface PausableWatch extends WatchHandle {
  pause(): void;
  resume(): void;
}

/** A watch checked and ready to start; nothing is observed before. */
export type PreparedWatch = (sink: WatchSink) => PausableWatch;

/** Reads a watch request; throws the StatusError of a request that cannot be watched. */
export function prepareWatch(asked: Call): PreparedWatch {
  const options = watchOptions(asked.options);
  const call = { ...asked, options };
  const { resource } = call;
  if (resource.descriptor.verbs?.includes("watch") === false)
    throw statusErrors.methodNotSupported(resource.kind, "watch");
  const selection = readSelection(resource, options);
  const requested = readResourceVersion(options.resourceVersion, "watch");
  const withState = options.sendInitialEvents ?? requested === 0;
  return (sink) => new ServedWatch(call, selection, sink, { requested, withState });
}

class ServedWatch implements PausableWatch {
  readonly #call: Call;
  readonly #selection: Selection;
  readonly #sink: WatchSink;
  readonly #timers: Timer[] = [];
  readonly #spare: () => void;
  #changes: ChangeWatch | undefined;
  /** The objects a watch begins with, as long as some of them are untold. */
  #state: { readonly objects: readonly Unstructured[]; readonly revision: number; told: number } | undefined;
  #open = true;
  /** The consumer takes no more for now. */
  #isPaused = false;
  /** A webhook is being asked for other versions of objects. */
  #isWaiting = false;

  constructor(
    call: Call,
    selection: Selection,
    sink: WatchSink,
    start: { readonly requested: number; readonly withState: boolean },
  ) {
    this.#call = call;
    this.#selection = selection;
    this.#sink = sink;
    const { core, options } = call;
    // What has happened so far is told before the end: its entries are in the loop already.
    this.#spare = core.registry.onWithdrawal(call.resource.kind, () =>
      core.loop.soon("watch of what is gone", () => this.#end()),
    );
    if (start.withState) this.#whenConverted(() => this.#startWithState());
    else this.#startAfter(start.requested === 0 ? core.store.revision : start.requested);
    if (options.timeoutSeconds !== undefined)
      this.#timers.push(
        core.loop.after(options.timeoutSeconds * 1000, "watch timeout", () => this.#end(), { background: true }),
      );
    if (options.allowWatchBookmarks === true)
      this.#timers.push(core.loop.every(BOOKMARK_PERIOD_MS, "watch bookmark", () => this.#bookmark()));
  }

  stop(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#changes?.stop();
    this.#spare();
    for (const timer of this.#timers) timer.cancel();
  }

  pause(): void {
    this.#isPaused = true;
    this.#changes?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#state === undefined) this.#proceed();
    else this.#call.core.loop.soon(this.#why, () => this.#tellState());
  }

  /** Runs what shows objects in this version; later, when a webhook has to be asked for it first. */
  #whenConverted(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Suspended)) throw error;
      this.#isWaiting = true;
      this.#changes?.pause();
      error.start((failed) => {
        this.#isWaiting = false;
        if (failed !== undefined) this.#fail(failed.status);
        if (!this.#open) return;
        this.#whenConverted(run);
        this.#proceed();
      });
    }
  }

  /** Begins with the present objects as additions; changes wait until all are told. */
  #startWithState(): void {
    const { core, resource, request } = this.#call;
    const { revision } = core.store;
    this.#state = { objects: resource.list(request.namespace), revision, told: 0 };
    this.#startAfter(revision);
    this.#changes?.pause();
    core.loop.soon(this.#why, () => this.#tellState());
  }

  /** A batch to an entry of the loop, so that a consumer that takes no more is heard in between. */
  #tellState(): void {
    const state = this.#state;
    const { options, core } = this.#call;
    if (state === undefined || this.#isPaused) return;
    for (const end = state.told + STATE_BATCH; state.told < Math.min(end, state.objects.length); ) {
      if (!this.#open) return;
      const object = state.objects[state.told++] as Unstructured;
      if (this.#selection.matches(object)) this.#sink.onEvent({ type: "ADDED", object });
    }
    if (state.told < state.objects.length) {
      core.loop.soon(this.#why, () => this.#tellState());
      return;
    }
    this.#state = undefined;
    if (this.#open && options.sendInitialEvents === true && options.allowWatchBookmarks === true)
      this.#sink.onEvent({ type: "BOOKMARK", object: this.#mark(state.revision, { [INITIAL_EVENTS_END]: "true" }) });
    this.#proceed();
  }

  /** Lets changes come, unless something has to be waited for. */
  #proceed(): void {
    if (!this.#isPaused && !this.#isWaiting && this.#state === undefined) this.#changes?.resume();
  }

  get #why(): string {
    return `watch ${this.#call.resource.bucket.name}`;
  }

  #startAfter(revision: number): void {
    const { core, resource, request } = this.#call;
    const { namespace } = request;
    this.#changes = resource.bucket.watch(
      {
        afterRevision: revision,
        ...(namespace === undefined || !resource.kind.namespaced ? {} : { namespace }),
      },
      { onChange: (change) => this.#whenConverted(() => this.#tell(change)), onDropped: () => this.#end() },
    );
    if (this.#changes !== undefined) return;
    const status = failure("Expired", `too old resource version: ${revision} (${resource.bucket.compactedRevision})`);
    core.loop.soon(`watch ${resource.bucket.name}`, () => this.#fail(status));
  }

  /** What a change is to someone who sees the selected objects only: coming into view is an addition, leaving it a deletion. */
  #tell(change: Change): void {
    const { resource } = this.#call;
    const { matches, everything } = this.#selection;
    const object = resource.present(change.object);
    if (everything) {
      this.#sink.onEvent({ type: change.type, object });
      return;
    }
    const before = change.before === undefined ? undefined : resource.present(change.before);
    const wasSeen = before !== undefined && matches(before);
    const isSeen = change.type !== "DELETED" && matches(object);
    if (isSeen) this.#sink.onEvent({ type: wasSeen ? "MODIFIED" : "ADDED", object });
    else if (wasSeen)
      this.#sink.onEvent({
        type: "DELETED",
        object: change.type === "DELETED" ? object : atRevision(before, change.revision),
      });
  }

  /** A bookmark promises that all before it has been told; a watch that is behind gets its place from its next events. */
  #bookmark(): void {
    if (this.#open && this.#state === undefined && this.#changes?.caughtUp === true)
      this.#sink.onEvent({ type: "BOOKMARK", object: this.#mark(this.#call.core.store.revision) });
  }

  #mark(revision: number, annotations?: Readonly<Record<string, string>>): Unstructured {
    const { core, resource } = this.#call;
    const metadata = {
      name: "",
      resourceVersion: String(revision),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const mark = unstructured({ apiVersion: resource.apiVersion, kind: resource.kind.kind, metadata });
    return resource.typed ? (core.schemaOf(resource)?.decode(mark) ?? mark) : mark;
  }

  #fail(status: Status): void {
    if (!this.#open) return;
    this.#sink.onEvent({ type: "ERROR", status });
    this.#end();
  }

  #end(): void {
    if (!this.#open) return;
    this.stop();
    this.#sink.onEnd();
  }
}

/** A watch that could not be opened: its failure arrives as an ERROR event, then the end, in an entry of the loop. */
export function failedWatch(loop: Loop, error: StatusError, sink: WatchSink): WatchHandle {
  let open = true;
  const event: WatchEvent = { type: "ERROR", status: error.status };
  loop.soon("watch refused", () => {
    if (open) sink.onEvent(event);
    if (open) sink.onEnd();
  });
  return {
    stop: () => {
      open = false;
    },
  };
}

function atRevision(object: Unstructured, revision: number): Unstructured {
  return unstructured({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}
