import { type Amounts, isResizing } from "../../algorithms/index.ts";
import type { Node, Pod } from "../../api/index.ts";
import type { Change } from "../../controller/index.ts";
import { compareText, deepEqual } from "../../std/index.ts";
import {
  emptyLedger,
  type NodeLedger,
  type PodWeight,
  podWeight,
  uidOf,
  withNode,
  withoutPod,
  withPod,
} from "./node-ledger.ts";

import type { Affine } from "./pod-affinity.ts";

type Placed = { readonly nodeName: string; readonly pod: Pod; readonly weight: PodWeight };

/**
 * The scheduler's memory: a ledger per node, kept by adding and subtracting single pods, and which pods wait. A pod whose
 * binding was accepted counts at once, before its watch event arrives (upstream's assumed pods). Lost with the controller,
 * and built again from the first lists.
 */
export class SchedulerCache {
  readonly #ledgers = new Map<string, NodeLedger>();
  readonly #placed = new Map<string, Placed>();
  /** Pods bound to a node not seen yet, by node. */
  readonly #homeless = new Map<string, Map<string, Placed>>();
  /** Placed pods with (anti-)affinity terms: the only ones that can repel or attract newcomers. */
  readonly #affine = new Map<string, Placed>();
  readonly #pending = new Map<string, Pod>();
  #names: readonly string[] | undefined;

  /** All nodes' ledgers by name. */
  ledgers(): readonly NodeLedger[] {
    this.#names ??= [...this.#ledgers.keys()].sort(compareText);
    return this.#names.map((name) => this.#ledgers.get(name) as NodeLedger);
  }

  ledger(nodeName: string): NodeLedger | undefined {
    return this.#ledgers.get(nodeName);
  }

  isPlaced(pod: Pod): boolean {
    return this.#placed.has(uidOf(pod));
  }

  /** Placed pods with affinity or anti-affinity, and their node. */
  *affinePods(): Iterable<Affine> {
    for (const placed of this.#affine.values()) {
      const ledger = this.#ledgers.get(placed.nodeName);
      if (ledger !== undefined) yield { pod: placed.pod, ledger };
    }
  }

  /** The pods found unschedulable, the most important first. */
  pending(): readonly Pod[] {
    if (this.#pending.size === 0) return [];
    return [...this.#pending.values()].sort(
      (left, right) => (right.spec.priority ?? 0) - (left.spec.priority ?? 0) || compareText(uidOf(left), uidOf(right)),
    );
  }

  setPending(pod: Pod): void {
    this.#pending.set(uidOf(pod), pod);
  }

  /** Counts `pod` on `nodeName` although its change has not been seen yet; whether it holds less there than before. */
  assume(pod: Pod, nodeName: string): boolean {
    this.#pending.delete(uidOf(pod));
    return this.#place(pod, nodeName);
  }

  /** Takes in a pod's change; whether a node has become roomier. */
  observePod(change: Change<Pod>): boolean {
    const { after } = change;
    if (after === undefined) {
      this.#pending.delete(uidOf(change.object));
      return this.#unplace(uidOf(change.object));
    }
    if (isOver(after)) {
      this.#pending.delete(uidOf(after));
      return this.#unplace(uidOf(after));
    }
    return after.spec.nodeName !== undefined && this.assume(after, after.spec.nodeName);
  }

  /** Takes in a node's change; whether it may suit pods it did not suit before. */
  observeNode(change: Change<Node>): boolean {
    const { after } = change;
    if (after === undefined) {
      this.#forgetNode(change.object.metadata.name);
      return false;
    }
    const name = after.metadata.name;
    const known = this.#ledgers.get(name);
    if (known === undefined) {
      this.#ledgers.set(name, emptyLedger(after));
      this.#names = undefined;
      const waiting = this.#homeless.get(name);
      this.#homeless.delete(name);
      for (const placed of waiting?.values() ?? []) this.#count(placed);
      return true;
    }
    if (!matters(known.node, after)) return false;
    this.#ledgers.set(name, withNode(known, after));
    return true;
  }

  #forgetNode(name: string): void {
    const ledger = this.#ledgers.get(name);
    if (ledger === undefined) return;
    const homeless = new Map<string, Placed>();
    for (const uid of ledger.pods.keys()) homeless.set(uid, this.#placed.get(uid) as Placed);
    this.#ledgers.delete(name);
    this.#homeless.set(name, homeless);
    this.#names = undefined;
  }

  #place(pod: Pod, nodeName: string): boolean {
    const uid = uidOf(pod);
    const known = this.#placed.get(uid);
    if (known !== undefined && known.nodeName === nodeName) {
      if (!mayWeighOtherwise(known.pod, pod)) {
        this.#refresh(known, pod);
        return false;
      }
      this.#unplace(uid);
    }
    const placed: Placed = { nodeName, pod, weight: podWeight(pod) };
    this.#placed.set(uid, placed);
    if (hasPodAffinity(pod)) this.#affine.set(uid, placed);
    this.#count(placed);
    return known !== undefined && isLess(placed.weight.requests, known.weight.requests);
  }

  #refresh(known: Placed, pod: Pod): void {
    const uid = uidOf(pod);
    const placed: Placed = { ...known, pod };
    this.#placed.set(uid, placed);
    if (this.#affine.has(uid)) this.#affine.set(uid, placed);
    const pods = this.#ledgers.get(known.nodeName)?.pods as Map<string, Pod> | undefined;
    pods?.set(uid, pod);
  }

  #count(placed: Placed): void {
    const ledger = this.#ledgers.get(placed.nodeName);
    if (ledger !== undefined) {
      this.#ledgers.set(placed.nodeName, withPod(ledger, placed.pod, placed.weight));
      return;
    }
    const homeless = this.#homeless.get(placed.nodeName) ?? new Map<string, Placed>();
    homeless.set(uidOf(placed.pod), placed);
    this.#homeless.set(placed.nodeName, homeless);
  }

  #unplace(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return false;
    this.#placed.delete(uid);
    this.#affine.delete(uid);
    this.#homeless.get(placed.nodeName)?.delete(uid);
    const ledger = this.#ledgers.get(placed.nodeName);
    if (ledger !== undefined) this.#ledgers.set(placed.nodeName, withoutPod(ledger, placed.pod, placed.weight));
    return true;
  }
}

export function hasPodAffinity(pod: Pod): boolean {
  return pod.spec.affinity?.podAffinity !== undefined || pod.spec.affinity?.podAntiAffinity !== undefined;
}

/** Whether a newer version of a placed pod may ask for more or less: only resizes do that. */
function mayWeighOtherwise(before: Pod, after: Pod): boolean {
  return (
    before.metadata.generation !== after.metadata.generation || isResizing(before.status) || isResizing(after.status)
  );
}

function isLess(after: Amounts, before: Amounts): boolean {
  return Object.keys(before).some((name) => (after[name] ?? 0) < (before[name] as number));
}

/** Whether a pod has run its course and holds nothing of its node any more. */
function isOver(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Heartbeats change a node all the time; only these parts bear on scheduling. */
function matters(before: Node, after: Node): boolean {
  return !(
    deepEqual(before.metadata.labels, after.metadata.labels) &&
    deepEqual(before.spec, after.spec) &&
    deepEqual(before.status?.allocatable, after.status?.allocatable) &&
    deepEqual(before.status?.images, after.status?.images)
  );
}
