import type { Kind, KubeObject, ObjectList, Status, Unstructured } from "../apimachinery/index.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** JSON patch, JSON merge patch, strategic merge patch, server-side apply. */
export type PatchType = "json" | "merge" | "strategic" | "apply";

/** user.Info: who asks. Every client carries one, in-process ones too. */
export type User = {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
};

/** Query parameters and DeleteOptions, parsed. */
export type RequestOptions = {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  /** `Exact` or `NotOlderThan`. */
  readonly resourceVersionMatch?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** What the client calls itself: its field manager where it names none. */
  readonly userAgent?: string;
  /** What to do with unknown and duplicate fields. Absent: the object comes from typed code and is taken as it is. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  /** The same when the client said it, and not the door for it. */
  readonly statedValidation?: "Strict" | "Warn" | "Ignore";
  /** Server-side apply: take fields over from other managers. */
  readonly force?: boolean;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  /** The old way to say Orphan or Background. */
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
};

/** One request to a cluster's API, addressed by kind. */
export type ApiRequest = {
  readonly verb: Verb;
  readonly kind: Kind<KubeObject>;
  /** Absent for cluster-scoped kinds, and for lists over all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The body of create and update; of a subresource's create (`Binding`, `Eviction`, `Scale`). */
  readonly object?: KubeObject;
  readonly patch?: { readonly type: PatchType; readonly body: unknown };
  /** What `fieldValidation` is to hear of the body beside unknown fields: those stated more than once. */
  readonly strictErrors?: readonly string[];
  readonly options?: RequestOptions;
};

/** What a request comes to. `object` is the object, the list, or the Status of a deletion. */
export type Answer<T = Unstructured> =
  | { readonly ok: true; readonly code: number; readonly object: T; readonly warnings?: readonly string[] }
  | { readonly ok: false; readonly status: Status; readonly warnings?: readonly string[] };

/** An answer with what the client is to be told beside it, refused or not. */
export function withWarnings<T>(answer: Answer<T>, warnings: readonly string[]): Answer<T> {
  return warnings.length === 0 ? answer : { ...answer, warnings };
}

export type WatchEvent<T = Unstructured> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T }
  | { readonly type: "ERROR"; readonly status: Status };

/** Receives a watch's events, in order, each in an entry of the loop. After ERROR nothing but `onEnd` follows. */
export interface WatchSink {
  onEvent(event: WatchEvent): void;
  /** The watch is over (timeout, stop of the server, lost connection); not called after `stop()`. */
  onEnd(): void;
}

export interface WatchHandle {
  stop(): void;
}

/** An answer to a request for a path that is no resource: `/version`, `/readyz`, discovery. */
export type RawAnswer =
  | { readonly ok: true; readonly code: number; readonly contentType: string; readonly body: unknown }
  | { readonly ok: false; readonly status: Status };

export type ListAnswer<T extends KubeObject = Unstructured> = Answer<ObjectList<T>>;
