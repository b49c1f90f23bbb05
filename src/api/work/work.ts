import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Condition } from "../shared.ts";

/** What `interpretHealth` says of a member object. */
export type ResourceHealth = "Healthy" | "Unhealthy" | "Unknown";

export type ResourceIdentifier = {
  readonly ordinal: number;
  readonly group?: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
};
export type ManifestStatus = {
  readonly identifier: ResourceIdentifier;
  readonly status?: unknown;
  readonly health?: ResourceHealth;
};
export type WorkSpec = {
  /** The member objects, complete but for what only the member fills in. */
  readonly workload?: { readonly manifests?: readonly KubeObject[] };
  readonly suspendDispatching?: boolean;
  readonly preserveResourcesOnDeletion?: boolean;
};
export type WorkStatus = {
  readonly conditions?: readonly Condition[];
  readonly manifestStatuses?: readonly ManifestStatus[];
};
/** What one member is to hold; lives in that member's execution space. */
export type Work = KubeObject & { readonly spec: WorkSpec; readonly status?: WorkStatus };
export const Work: Kind<Work> = defineKind<Work>({
  group: "work.karmada.io",
  version: "v1alpha1",
  kind: "Work",
  plural: "works",
  namespaced: true,
});

/** Condition types of a Work. */
export const workConditions = { applied: "Applied", dispatching: "Dispatching" } as const;
