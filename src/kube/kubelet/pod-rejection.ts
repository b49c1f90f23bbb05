import { hostPorts, hostPortsCollide, isPodActive } from "../../algorithms/index.ts";
import type { Pod } from "../../api/index.ts";

export type Rejection = { readonly reason: string; readonly message: string };

/**
 * Why a node does not take a pod that was given to it, past the scheduler (`pkg/kubelet/lifecycle/predicate.go`): its ports are
 * taken by pods that are `present` on that node.
 */
export function rejectionOf(pod: Pod, present: Iterable<{ readonly pod: Pod }>): Rejection | undefined {
  const ports = hostPorts(pod.spec);
  if (ports.length === 0) return undefined;
  for (const { pod: other } of present) {
    if (!isPodActive(other)) continue;
    if (!hostPorts(other.spec).some((taken) => ports.some((port) => hostPortsCollide(port, taken)))) continue;
    const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    return { reason: "NodePorts", message };
  }
  return undefined;
}
