import {
  type Amounts,
  addAmounts,
  amountsOf,
  heldRequests,
  hostPorts,
  scoredRequests,
  subtractAmounts,
} from "../../algorithms/index.ts";
import type { ContainerPort, Node, Pod } from "../../api/index.ts";

/** What a pod weighs on the node it is bound to. */
export type PodWeight = {
  readonly requests: Amounts;
  readonly scored: Amounts;
  readonly ports: readonly ContainerPort[];
};

/** A node with the pods bound to it, and their sums. */
export type NodeLedger = {
  readonly name: string;
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly used: Amounts;
  readonly scored: Amounts;
  readonly ports: readonly ContainerPort[];
  /** Sizes of the images the node has, by name. */
  readonly images: ReadonlyMap<string, number>;
};

export function podWeight(pod: Pod): PodWeight {
  return { requests: heldRequests(pod), scored: scoredRequests(pod.spec), ports: hostPorts(pod.spec) };
}

/** A ledger for `node` with nothing on it. */
export function emptyLedger(node: Node): NodeLedger {
  return {
    name: node.metadata.name,
    node,
    allocatable: amountsOf(node.status?.allocatable),
    pods: new Map(),
    used: {},
    scored: {},
    ports: [],
    images: imagesOf(node),
  };
}

/** The ledger with the node's newer state and the same pods. */
export function withNode(ledger: NodeLedger, node: Node): NodeLedger {
  return { ...ledger, node, allocatable: amountsOf(node.status?.allocatable), images: imagesOf(node) };
}

/** The ledger as it would be without `gone`; used to try what preemption would gain. */
export function withoutPods(ledger: NodeLedger, gone: readonly Pod[]): NodeLedger {
  const pods = new Map(ledger.pods);
  for (const pod of gone) pods.delete(uidOf(pod));
  return withPods(ledger, pods);
}

/** The ledger with one more pod. The map of pods is shared and grows: a ledger is a view of its cache. */
export function withPod(ledger: NodeLedger, pod: Pod, weight: PodWeight): NodeLedger {
  (ledger.pods as Map<string, Pod>).set(uidOf(pod), pod);
  return {
    ...ledger,
    used: addAmounts(ledger.used, weight.requests),
    scored: addAmounts(ledger.scored, weight.scored),
    ports: weight.ports.length === 0 ? ledger.ports : [...ledger.ports, ...weight.ports],
  };
}

/** The ledger with one pod less. */
export function withoutPod(ledger: NodeLedger, pod: Pod, weight: PodWeight): NodeLedger {
  (ledger.pods as Map<string, Pod>).delete(uidOf(pod));
  return {
    ...ledger,
    used: subtractAmounts(ledger.used, weight.requests),
    scored: subtractAmounts(ledger.scored, weight.scored),
    ports: weight.ports.length === 0 ? ledger.ports : ledger.ports.filter((port) => !weight.ports.includes(port)),
  };
}

export function uidOf(pod: Pod): string {
  return pod.metadata.uid ?? `${pod.metadata.namespace}/${pod.metadata.name}`;
}

function withPods(ledger: NodeLedger, pods: ReadonlyMap<string, Pod>): NodeLedger {
  let result: NodeLedger = { ...emptyLedger(ledger.node), images: ledger.images };
  for (const pod of pods.values()) result = withPod(result, pod, podWeight(pod));
  return result;
}

function imagesOf(node: Node): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const image of node.status?.images ?? [])
    for (const name of image.names ?? []) sizes.set(name, image.sizeBytes ?? 0);
  return sizes;
}
