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

/** What pods may set of their node's kernel (`pkg/kubelet/sysctl/safe_sysctls.go`). */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/**
 * Why a node does not take a pod that was given to it, past the scheduler (`pkg/kubelet/lifecycle/predicate.go`): it has too
 * little left, is not what the pod asked for, or the pod's ports are taken.
 */
export function rejectionOf(pod: Pod, { node, room, present }: Host): Rejection | undefined {
  const forbidden = forbiddenSysctl(pod);
  if (forbidden !== undefined) return { reason: "SysctlForbidden", message: forbidden };
  const lack = room.lack(pod, node);
  if (lack !== undefined) return { reason: `OutOf${lack.resource}`, message: lackMessage(lack) };
  if (!matchesNodeAffinity(pod.spec, node))
    return failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  return portsTaken(pod, present)
    ? failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    : undefined;
}

function forbiddenSysctl({ spec }: Pod): string | undefined {
  const { sysctls = [] } = (spec.securityContext ?? {}) as { readonly sysctls?: readonly { readonly name: string }[] };
  for (const { name } of sysctls) {
    const dotted = name.replaceAll("/", ".");
    if (!SAFE_SYSCTLS.has(dotted)) return `forbidden sysctl: "${dotted}" not allowlisted`;
    if (spec.hostNetwork === true && dotted.startsWith("net."))
      return `forbidden sysctl: "${dotted}" not allowed with host net enabled`;
    if (spec.hostIPC === true && dotted.startsWith("kernel.shm"))
      return `forbidden sysctl: "${dotted}" not allowed with host ipc enabled`;
  }
  return undefined;
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
