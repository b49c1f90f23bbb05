import { availableAtMs } from "../../../algorithms/index.ts";
import type { DaemonSet, Node, Pod } from "../../../api/index.ts";
import { resolveIntOrPercent } from "../../../apimachinery/index.ts";
import { compareText } from "../../../std/index.ts";
import { type Eligibility, eligibility, targetNode } from "./placement.ts";

/** On a daemon pod: the hash of the revision it was made from. */
export const POD_HASH = "controller-revision-hash";

/** One node, what it may run, and the daemon pods it has, oldest first. */
export type Daemon = { readonly node: string; readonly pods: readonly Pod[] } & Eligibility;

/** A DaemonSet over all nodes. */
export type Daemons = {
  readonly daemonSet: DaemonSet;
  /** The hash of the present template. */
  readonly hash: string;
  readonly nodes: readonly Daemon[];
  /** Pods meant for nodes that are gone. */
  readonly stray: readonly Pod[];
  readonly nowMs: number;
};

/** Sorts a set's pods onto the nodes they are on or meant for. */
export function daemonsOf(
  daemonSet: DaemonSet,
  given: {
    readonly hash: string;
    readonly nodes: readonly Node[];
    readonly pods: readonly Pod[];
    readonly nowMs: number;
  },
): Daemons {
  const byNode = new Map<string, Pod[]>();
  for (const pod of given.pods) {
    const node = targetNode(pod) ?? "";
    const there = byNode.get(node);
    if (there === undefined) byNode.set(node, [pod]);
    else there.push(pod);
  }
  const nodes = given.nodes.map((node) => {
    const { name } = node.metadata;
    const pods = byNode.get(name) ?? [];
    byNode.delete(name);
    return { node: name, pods: pods.length < 2 ? pods : pods.sort(byAge), ...eligibility(daemonSet, node) };
  });
  return { daemonSet, hash: given.hash, nodes, stray: [...byNode.values()].flat(), nowMs: given.nowMs };
}

/** What to create, by node, and what to delete. */
export type DaemonChanges = { readonly create: readonly string[]; readonly remove: readonly Pod[] };

/** One daemon per eligible node (`manage`), then the update (`rollingUpdate`). */
export function daemonChanges(daemons: Daemons): DaemonChanges {
  const create: string[] = [];
  const remove: Pod[] = [...daemons.stray.filter(isStaying)];
  for (const daemon of daemons.nodes) {
    if (daemon.shouldRun && daemon.pods.length === 0) create.push(daemon.node);
    else if (!daemon.shouldContinue) remove.push(...daemon.pods.filter(isStaying));
    else remove.push(...surplus(daemons, daemon));
  }
  if (create.length > 0 || remove.length > 0) return { create, remove };
  if (daemons.daemonSet.spec.updateStrategy?.type === "OnDelete") return { create, remove };
  return rollDaemons(daemons);
}

/** Failed pods, to be made anew, and all but the oldest; while surging one of each revision may stay. */
function surplus(daemons: Daemons, daemon: Daemon): readonly Pod[] {
  const failed = daemon.pods.filter((pod) => isFinished(pod) && isStaying(pod));
  if (failed.length > 0) return failed;
  const running = daemon.pods.filter(isStaying);
  if (!daemon.shouldRun || running.length < 2) return [];
  if (boundsOf(daemons).maxSurge === 0) return running.slice(1);
  const updated = running.filter((pod) => isUpdated(daemons, pod));
  const old = running.filter((pod) => !isUpdated(daemons, pod));
  return [...updated.slice(1), ...old.slice(1)];
}

function rollDaemons(daemons: Daemons): DaemonChanges {
  return boundsOf(daemons).maxSurge > 0 ? surgeDaemons(daemons) : replaceDaemons(daemons);
}

/** Old pods that are unavailable go at once, others as far as unavailability is allowed. */
function replaceDaemons(daemons: Daemons): DaemonChanges {
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const { pods, shouldRun } of daemons.nodes) {
    const [pod] = pods;
    if (pod === undefined || !shouldRun) continue;
    const up = isAvailable(daemons, pod) && isStaying(pod);
    if (!up) unavailable++;
    if (isUpdated(daemons, pod) || !isStaying(pod)) continue;
    (up ? candidates : broken).push(pod);
  }
  const allowed = Math.max(0, boundsOf(daemons).maxUnavailable - unavailable);
  return { create: [], remove: [...broken, ...candidates.slice(0, allowed)] };
}

/** New pods come beside old ones, as far as the surge allows; an old one goes when the new one is available. */
function surgeDaemons(daemons: Daemons): DaemonChanges {
  const create: string[] = [];
  const candidates: string[] = [];
  const remove: Pod[] = [];
  let surging = 0;
  for (const { node, pods, shouldRun } of daemons.nodes) {
    if (!shouldRun) continue;
    const updated = pods.find((pod) => isUpdated(daemons, pod));
    const old = pods.find((pod) => !isUpdated(daemons, pod));
    if (old === undefined) continue;
    if (updated === undefined) (isAvailable(daemons, old) ? candidates : create).push(node);
    else if (isAvailable(daemons, updated)) remove.push(...[old].filter(isStaying));
    else surging++;
  }
  const allowed = Math.max(0, boundsOf(daemons).maxSurge - surging);
  return { create: [...create, ...candidates.slice(0, allowed)], remove };
}

function boundsOf({ daemonSet, nodes }: Daemons): { readonly maxUnavailable: number; readonly maxSurge: number } {
  const { type, rollingUpdate } = daemonSet.spec.updateStrategy ?? {};
  if (type === "OnDelete") return { maxUnavailable: 0, maxSurge: 0 };
  const desired = nodes.filter((daemon) => daemon.shouldRun).length;
  return {
    maxUnavailable: resolveIntOrPercent(rollingUpdate?.maxUnavailable ?? 1, desired, { up: true }),
    maxSurge: resolveIntOrPercent(rollingUpdate?.maxSurge ?? 0, desired, { up: true }),
  };
}

/** Whether a pod is of the present template. */
export function isUpdated({ hash }: Pick<Daemons, "hash">, pod: Pod): boolean {
  return pod.metadata.labels?.[POD_HASH] === hash;
}

/** Whether a pod has been ready for long enough. */
export function isAvailable({ daemonSet, nowMs }: Pick<Daemons, "daemonSet" | "nowMs">, pod: Pod): boolean {
  return (availableAtMs(pod, daemonSet.spec.minReadySeconds ?? 0) ?? Infinity) <= nowMs;
}

function isStaying(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined;
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

/** Bound pods before unbound ones, then oldest first. */
function byAge(left: Pod, right: Pod): number {
  const bound = Number(right.spec.nodeName !== undefined) - Number(left.spec.nodeName !== undefined);
  return (
    bound ||
    compareText(left.metadata.creationTimestamp ?? "", right.metadata.creationTimestamp ?? "") ||
    compareText(left.metadata.name, right.metadata.name)
  );
}
