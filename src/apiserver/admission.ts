import type { Kind, KubeObject, ObjectOf, Unstructured } from "../apimachinery/index.ts";
import type { User, Verb } from "./request.ts";

/** What admission may see of the cluster: present objects, time, chance. */
export interface ClusterState {
  readonly cluster: string;
  nowMs(): number;
  /** A fresh random UUID, from the world's seed. */
  newUid(): string;
  get<K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined;
  list<K extends Kind<KubeObject>>(kind: K, namespace?: string): readonly ObjectOf<K>[];
}

export type AdmissionRequest = {
  readonly verb: Extract<Verb, "create" | "update" | "delete">;
  readonly kind: Kind<KubeObject>;
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
  /** Absent on delete. */
  readonly object?: Unstructured;
  /** Absent on create. */
  readonly before?: Unstructured;
  readonly user: User;
  readonly dryRun: boolean;
};

/** What the server writes by itself, past admission, in the same step as the write that caused it. */
export interface OwnWrites {
  create(kind: Kind<KubeObject>, object: KubeObject): void;
  /** Removes an object if it is there, whatever its finalizers. */
  delete(kind: Kind<KubeObject>, name: string, namespace?: string): void;
}

/** A write that was stored: `before` is absent for a new object, `after` for a removed one. */
export type Committed = { readonly before: Unstructured | undefined; readonly after: Unstructured | undefined };

/**
 * One admission step, run in order after defaulting and before validation. Returns the object to go on with (the same
 * reference when unchanged; ignored on delete) or throws a StatusError.
 */
export type AdmissionPlugin = {
  readonly name: string;
  readonly handles: (kind: Kind<KubeObject>) => boolean;
  readonly admit: (request: AdmissionRequest, state: ClusterState) => Unstructured | undefined;
  /** Refuses, by throwing a StatusError, what is complete and valid. */
  readonly check?: (request: AdmissionRequest, state: ClusterState) => void;
  /** Writes what a server keeps from its start. */
  readonly started?: (state: ClusterState, own: OwnWrites) => void;
  /** Hears of every write it handles once it is stored, to keep objects that go with it. */
  readonly committed?: (write: Committed, state: ClusterState, own: OwnWrites) => void;
};
