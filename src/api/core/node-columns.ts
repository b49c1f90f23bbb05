import { AGE, text, wide } from "../columns.ts";
import type { PrinterColumn } from "../descriptor.ts";
import type { Node, NodeAddress } from "./node.ts";

/** The columns of `kubectl get nodes`. */
export const nodeColumns: readonly PrinterColumn<Node>[] = [
  text<Node>("Status", status),
  text<Node>("Roles", (node) => roles(node).join(",") || "<none>"),
  AGE,
  text<Node>("Version", (node) => node.status?.nodeInfo?.kubeletVersion),
  wide<Node>("Internal-IP", (node) => address(node, "InternalIP")),
  wide<Node>("External-IP", (node) => address(node, "ExternalIP")),
  wide<Node>("OS-Image", (node) => node.status?.nodeInfo?.osImage || "<unknown>"),
  wide<Node>("Kernel-Version", (node) => node.status?.nodeInfo?.kernelVersion || "<unknown>"),
  wide<Node>("Container-Runtime", (node) => node.status?.nodeInfo?.containerRuntimeVersion || "<unknown>"),
];

function status(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const first = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${first},SchedulingDisabled` : first;
}

function roles(node: Node): readonly string[] {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith("node-role.kubernetes.io/")) found.add(key.slice("node-role.kubernetes.io/".length));
    else if (key === "kubernetes.io/role") found.add(value);
  }
  found.delete("");
  return [...found].sort();
}

function address(node: Node, type: NodeAddress["type"]): string {
  return node.status?.addresses?.find((candidate) => candidate.type === type)?.address ?? "<none>";
}
