import { type Amounts, amountsOf, podRequests, shortages } from "../../algorithms/index.ts";
import type { Node, Pod } from "../../api/index.ts";

/** The first resource of which a node has too little left: cpu in thousandths, all else in whole units. */
export type Lack = {
  readonly resource: string;
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
};

/** What the pods of one node hold of it, kept by adding and subtracting single pods. */
export class NodeRoom {
  readonly #held = new Map<string, Amounts>();
  readonly #used: Record<string, number> = {};

  /** Counts a pod with what it was granted, in the place of what it held before; whether it holds less of something now. */
  hold({ metadata: { uid = "" }, spec }: Pod): boolean {
    const before = this.#held.get(uid);
    const after = podRequests(spec);
    this.#held.set(uid, after);
    this.#add(after, 1);
    if (before === undefined) return false;
    this.#add(before, -1);
    return Object.keys(before).some((name) => (after[name] ?? 0) < (before[name] as number));
  }

  /** Whether the pod held anything. */
  release({ metadata: { uid = "" } }: Pod): boolean {
    const held = this.#held.get(uid);
    if (held === undefined) return false;
    this.#held.delete(uid);
    this.#add(held, -1);
    return true;
  }

  /** What `node` lacks for the pod beside all others; `undefined` when it fits. */
  lack({ metadata: { uid = "" }, spec }: Pod, node: Node): Lack | undefined {
    const allocatable = amountsOf(node.status?.allocatable);
    const own = this.#held.get(uid);
    const others = this.#held.size - (own === undefined ? 0 : 1);
    const pods = allocatable.pods ?? 0;
    if (others + 1 > pods) return { resource: "pods", requested: 1, used: others, capacity: pods };
    const requests = podRequests(spec);
    const used: Record<string, number> = { ...this.#used };
    for (const name in own) used[name] = (used[name] ?? 0) - (own[name] as number);
    const [first] = shortages(requests, used, allocatable);
    if (first === undefined) return undefined;
    const { resource } = first;
    return {
      resource,
      requested: requests[resource] ?? 0,
      used: used[resource] ?? 0,
      capacity: allocatable[resource] ?? 0,
    };
  }

  #add(amounts: Amounts, sign: 1 | -1): void {
    for (const name in amounts) this.#used[name] = (this.#used[name] ?? 0) + sign * (amounts[name] as number);
  }
}

/** `pkg/kubelet/lifecycle.InsufficientResourceError`. */
export function lackMessage({ resource, requested, used, capacity }: Lack): string {
  return `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}
