import type { Process } from "./program.ts";

/** Whom the processes of a container run as. */
export type User = { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };

type Context = {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly supplementalGroups?: readonly number[];
};

/** What pod and container ask for; root otherwise. */
export function userOf({ pod, container }: Pick<Process, "pod" | "container">): User {
  const { runAsUser = 0, runAsGroup = 0 } = { ...pod.spec.securityContext, ...container.securityContext } as Context;
  const { fsGroup, supplementalGroups = [] } = (pod.spec.securityContext ?? {}) as Context;
  const more = [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups];
  return { uid: runAsUser, gid: runAsGroup, groups: [...new Set([runAsGroup, ...more])] };
}

/** The name of a user or group, where it has one. */
export function nameOfId(id: number): string | undefined {
  return id === 0 ? "root" : undefined;
}
