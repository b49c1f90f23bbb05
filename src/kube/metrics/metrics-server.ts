import { metricsDescriptors, Node, type NodeMetrics, Pod, type PodMetrics } from "../../api/index.ts";
import { timestamp } from "../../apimachinery/index.ts";
import type { ClusterState, VirtualResource } from "../../apiserver/index.ts";
import { type CpuReader, containerUsage, METRIC_WINDOW_MS, nodeUsage, type Usage, usageList } from "./usage.ts";

export { METRIC_WINDOW_MS } from "./usage.ts";

/** metrics.k8s.io as metrics-server serves it: what nodes and running pods use at present. */
export function metricsResources(cpuOf: CpuReader): readonly VirtualResource[] {
  const at = (state: ClusterState): Present => ({ nowMs: state.nowMs(), cpuOf });
  return [
    {
      descriptor: metricsDescriptors.nodes,
      get: (state, name) => {
        const node = state.get(Node, name);
        return node === undefined ? undefined : nodeMetrics(state, node, at(state));
      },
      list: (state) => state.list(Node).map((node) => nodeMetrics(state, node, at(state))),
    },
    {
      descriptor: metricsDescriptors.pods,
      get: (state, name, namespace) => {
        const pod = state.get(Pod, name, namespace);
        return pod === undefined ? undefined : podMetrics(pod, at(state));
      },
      list: (state, namespace) => state.list(Pod, namespace).flatMap((pod) => podMetrics(pod, at(state)) ?? []),
    },
  ];
}

type Present = { readonly nowMs: number; readonly cpuOf: CpuReader };

function nodeMetrics(state: ClusterState, { metadata }: Node, present: Present): NodeMetrics {
  const { nowMs } = present;
  const pods = state.list(Pod).filter(({ spec }) => spec.nodeName === metadata.name);
  const used = nodeUsage(pods.flatMap((pod) => usages(pod, present).map(([, usage]) => usage)));
  return {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "NodeMetrics",
    metadata: { name: metadata.name, ...measured(metadata, nowMs) },
    ...windowAt(nowMs),
    usage: usageList(used),
  };
}

/** A pod without a running container is not measured. */
function podMetrics(pod: Pod, present: Present): PodMetrics | undefined {
  const { nowMs } = present;
  const used = usages(pod, present);
  if (used.length === 0) return undefined;
  const { name, namespace } = pod.metadata;
  return {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...measured(pod.metadata, nowMs) },
    ...windowAt(nowMs),
    containers: used.map(([container, usage]) => ({ name: container, usage: usageList(usage) })),
  };
}

function usages(pod: Pod, present: Present): readonly (readonly [name: string, usage: Usage])[] {
  const running = new Set(
    (pod.status?.containerStatuses ?? []).flatMap(({ name, state }) => (state?.running === undefined ? [] : [name])),
  );
  return pod.spec.containers
    .filter(({ name }) => running.has(name))
    .map((container) => [container.name, containerUsage(pod, container, present)] as const);
}

/** Metrics are made when they are asked for, and carry the labels of what they tell of. */
function measured(
  { labels }: Pod["metadata"],
  nowMs: number,
): { readonly creationTimestamp: string; readonly labels?: Readonly<Record<string, string>> } {
  return { creationTimestamp: timestamp(nowMs), ...(labels === undefined ? {} : { labels }) };
}

function windowAt(nowMs: number): { readonly timestamp: string; readonly window: string } {
  return { timestamp: timestamp(nowMs - (nowMs % METRIC_WINDOW_MS)), window: `${METRIC_WINDOW_MS / 1000}s` };
}
