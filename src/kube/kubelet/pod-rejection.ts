import { hostPorts, hostPortsCollide, isPodActive, matchesNodeAffinity } from "../../algorithms/index.ts";
import type { Node, Pod } from "../../api/index.ts";
import { lackMessage, type NodeRoom } from "./node-room.ts";

export type Rejection = { readonly reason: string; readonly message: string };

/** A node as a pod finds it that was given to it. */
export type Host = {
  readonly node: Node;
  readonly room: NodeRoom;
  /** The pods that are there already. */
  readonly present: Iterable<{ readonly pod: Pod }>;
};

/**
 * Why a node does not take a pod that was given to it, past the scheduler (`pkg/kubelet/lifecycle/predicate.go`): it has too
 * little left, is not what the pod asked for, or the pod's ports are taken.
 */
export function rejectionOf(pod: Pod, { node, room, present }: Host): Rejection | undefined {
  const lack = room.lack(pod, node);
  if (lack !== undefined) return { reason: `OutOf${lack.resource}`, message: lackMessage(lack) };
  if (!matchesNodeAffinity(pod.spec, node))
    return failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  return portsTaken(pod, present)
    ? failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    : undefined;
}

function portsTaken(pod: Pod, present: Host["present"]): boolean {
  const ports = hostPorts(pod.spec);
  if (ports.length === 0) return false;
  for (const { pod: other } of present) {
    if (!isPodActive(other)) continue;
    if (hostPorts(other.spec).some((taken) => ports.some((port) => hostPortsCollide(port, taken)))) return true;
  }
  return false;
}

function failed(reason: string, why: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${why}` };
}
