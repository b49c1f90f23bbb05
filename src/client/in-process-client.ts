import { failure, type Status } from "../apimachinery/index.ts";
import type { Answer, ApiRequest, RawAnswer, User, WatchHandle, WatchSink } from "../apiserver/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";
import type { ClusterClient } from "./port.ts";

/** What an API server in the same process offers its clients. */
export interface ServerDoor {
  readonly cluster: string;
  handle(request: ApiRequest, user: User, onAnswer: (answer: Answer) => void): void;
  watch(request: ApiRequest, user: User, sink: WatchSink): WatchHandle;
  raw(path: string, user: User, onAnswer: (answer: RawAnswer) => void): void;
}

export type InProcessOptions = {
  readonly loop: Loop;
  /** Which clusters are down and which links cut; all is well when absent. */
  readonly faults?: FaultPlan;
  /** The cluster the client's owner runs in; the server's own when absent. */
  readonly from?: string;
};

/** A client of a server in the same process, acting as `user`. Cut off by faults, it is answered `ServiceUnavailable` and its watches end. */
export function inProcessClient(server: ServerDoor, user: User, options: InProcessOptions): ClusterClient {
  const { loop, faults } = options;
  const from = options.from ?? server.cluster;
  const to = server.cluster;
  // Requests travel on connections, so both directions must be open.
  const reachable = (): boolean => faults === undefined || (faults.reachable(from, to) && faults.reachable(to, from));
  const refuse = (): Status => failure("ServiceUnavailable", `cluster ${to} cannot be reached from ${from}`);
  const watches = new OpenWatches(loop, `watch of ${to} cut off`);
  faults?.observe(() => {
    if (!reachable()) watches.cut();
  });
  return {
    cluster: to,
    inProcess: true,
    send: (request, onAnswer) => {
      if (reachable()) server.handle(request, user, onAnswer);
      else onAnswer({ ok: false, status: refuse() });
    },
    watch: (request, sink) =>
      reachable()
        ? watches.open(sink, (tracked) => server.watch(request, user, tracked))
        : watches.refused(sink, refuse()),
    raw: (path, onAnswer) => {
      if (reachable()) server.raw(path, user, onAnswer);
      else onAnswer({ ok: false, status: refuse() });
    },
  };
}

type OpenWatch = { readonly sink: WatchSink; handle: WatchHandle | undefined; over: boolean };

/** The watches a client has open, so that a cut link can end them. */
class OpenWatches {
  readonly #loop: Loop;
  readonly #why: string;
  readonly #open = new Set<OpenWatch>();

  constructor(loop: Loop, why: string) {
    this.#loop = loop;
    this.#why = why;
  }

  open(sink: WatchSink, start: (sink: WatchSink) => WatchHandle): WatchHandle {
    const watch: OpenWatch = { sink, handle: undefined, over: false };
    this.#open.add(watch);
    watch.handle = start({
      onEvent: (event) => {
        if (!watch.over) sink.onEvent(event);
      },
      onEnd: () => this.#end(watch),
    });
    return { stop: () => this.#stop(watch) };
  }

  refused(sink: WatchSink, status: Status): WatchHandle {
    const watch: OpenWatch = { sink, handle: undefined, over: false };
    this.#loop.soon(this.#why, () => {
      if (watch.over) return;
      sink.onEvent({ type: "ERROR", status });
      this.#end(watch);
    });
    return { stop: () => this.#stop(watch) };
  }

  /** Ends all watches; what was under way to them is lost with the connection. */
  cut(): void {
    for (const watch of this.#open) {
      this.#open.delete(watch);
      watch.handle?.stop();
      const sink = watch.sink;
      watch.over = true;
      this.#loop.soon(this.#why, () => {
        if (watch.handle !== undefined) sink.onEnd();
      });
    }
  }

  #end(watch: OpenWatch): void {
    if (watch.over) return;
    watch.over = true;
    this.#open.delete(watch);
    watch.sink.onEnd();
  }

  #stop(watch: OpenWatch): void {
    watch.over = true;
    this.#open.delete(watch);
    watch.handle?.stop();
    watch.handle = undefined;
  }
}
