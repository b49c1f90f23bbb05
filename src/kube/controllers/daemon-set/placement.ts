import { matchesNodeAffinity, namedNodes, untoleratedTaint } from "../../../algorithms/index.ts";
import type { Affinity, DaemonSet, Node, Pod, PodSpec, Toleration } from "../../../api/index.ts";

/** Whether a node should get a daemon pod, and whether one that is there may stay. */
export type Eligibility = { readonly shouldRun: boolean; readonly shouldContinue: boolean };

const NEITHER: Eligibility = { shouldRun: false, shouldContinue: false };
const BOTH: Eligibility = { shouldRun: true, shouldContinue: true };

/** `NodeShouldRunDaemonPod`: name, affinity and taints; a taint that forbids scheduling only does not drive pods out. */
export function eligibility(daemonSet: DaemonSet, node: Node): Eligibility {
  const { spec } = daemonSet.spec.template;
  if (spec.nodeName !== undefined && spec.nodeName !== "" && spec.nodeName !== node.metadata.name) return NEITHER;
  if (!matchesNodeAffinity(spec, node)) return NEITHER;
  const tolerations = daemonTolerations(spec);
  if (untoleratedTaint(node.spec?.taints, tolerations, ["NoExecute", "NoSchedule"]) === undefined) return BOTH;
  const stays = untoleratedTaint(node.spec?.taints, tolerations, ["NoExecute"]) === undefined;
  return { shouldRun: false, shouldContinue: stays };
}

/** The spec of the daemon pod of one node: bound to it by affinity, and patient with the node's troubles. */
export function daemonPodSpec(daemonSet: DaemonSet, node: string): PodSpec {
  const { spec } = daemonSet.spec.template;
  return { ...spec, affinity: boundTo(spec.affinity, node), tolerations: daemonTolerations(spec) };
}

/** The node a daemon pod is on or is meant for. */
export function targetNode(pod: Pod): string | undefined {
  return pod.spec.nodeName ?? namedNodes(pod.spec)?.[0];
}

/** The required terms give way to the node's name (`ReplaceDaemonSetPodNodeNameNodeAffinity`). */
function boundTo(affinity: Affinity | undefined, node: string): Affinity {
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }],
      },
    },
  };
}

const ON_EVERY_NODE: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const ON_HOST_NETWORK: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const added = spec.hostNetwork === true ? [...ON_EVERY_NODE, ON_HOST_NETWORK] : ON_EVERY_NODE;
  const own = (spec.tolerations ?? []).filter(
    (toleration) => !added.some(({ key, effect }) => key === toleration.key && effect === toleration.effect),
  );
  return [...own, ...added];
}
