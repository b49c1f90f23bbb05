import type { ResourceDescriptor } from "../api/index.ts";
import type { KubeObject } from "../apimachinery/index.ts";
import type { ClusterState } from "./admission.ts";

/** A resource of which nothing is stored: its objects are made when they are asked for. Its verbs are `get` and `list`. */
export type VirtualResource = {
  readonly descriptor: ResourceDescriptor;
  readonly get: (state: ClusterState, name: string, namespace: string | undefined) => KubeObject | undefined;
  /** Ordered by namespace and name, as lists are. */
  readonly list: (state: ClusterState, namespace: string | undefined) => readonly KubeObject[];
};

/** What a resource reads its objects from in place of the store. */
export type ObjectReader = {
  readonly get: (name: string, namespace: string | undefined) => KubeObject | undefined;
  readonly list: (namespace: string | undefined) => readonly KubeObject[];
};
