import type { Kind, KubeObject } from "../apimachinery/index.ts";
import type { Answer, ApiRequest, RawAnswer, WatchHandle, WatchSink } from "../apiserver/index.ts";

/**
 * The door to one cluster's API, the same for an in-process cluster and a remote one. In process the answer comes before
 * `send` returns, unless the request is suspended (a webhook); from a remote cluster it comes later, as an entry of the loop.
 * A cluster that does not answer gives a `ServiceUnavailable` Status; nothing is thrown.
 */
export interface ClusterClient {
  /** The cluster's name, for traces and messages: `host`, `member1`. */
  readonly cluster: string;
  /** The server is in this process: it remembers where quiet watches were, which therefore need no bookmarks. */
  readonly inProcess?: boolean;
  send(request: ApiRequest, onAnswer: (answer: Answer) => void): void;
  /** `request.verb` is `watch`. A failure to open arrives as an ERROR event followed by `onEnd`. */
  watch(request: ApiRequest, sink: WatchSink): WatchHandle;
  /** GET of a path that is no resource: `/version`, `/readyz`, `/healthz`, `/api`, `/apis` (aggregated discovery). */
  raw(path: string, onAnswer: (answer: RawAnswer) => void): void;
}

/** A kind as discovery tells it. */
export type DiscoveredKind = Kind<KubeObject> & {
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly singular: string;
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
};
