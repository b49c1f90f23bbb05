import {
  addQuantities,
  defineKind,
  formatQuantity,
  type Kind,
  type KubeObject,
  parseQuantity,
} from "../../apimachinery/index.ts";
import { text } from "../columns.ts";
import type { ResourceList } from "../core/pod.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";

/** What a node used in the `window` that ends at `timestamp`. */
export type NodeMetrics = KubeObject & {
  readonly timestamp: string;
  readonly window: string;
  readonly usage: ResourceList;
};

/** What the containers of a pod used in the `window` that ends at `timestamp`. */
export type PodMetrics = KubeObject & {
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: ResourceList }[];
};

const group = { group: "metrics.k8s.io", version: "v1beta1" } as const;

export const NodeMetrics: Kind<NodeMetrics> = defineKind<NodeMetrics>({
  ...group,
  kind: "NodeMetrics",
  plural: "nodes",
  namespaced: false,
});

export const PodMetrics: Kind<PodMetrics> = defineKind<PodMetrics>({
  ...group,
  kind: "PodMetrics",
  plural: "pods",
  namespaced: true,
});

/** The kinds metrics-server serves, with its columns; nothing of them is ever stored. */
export const metricsDescriptors: { readonly nodes: ResourceDescriptor; readonly pods: ResourceDescriptor } = {
  nodes: defineResource({
    kind: NodeMetrics,
    singular: "",
    listKind: "NodeMetricsList",
    verbs: ["get", "list"],
    columns: [
      text<NodeMetrics>("cpu", ({ usage }) => usage.cpu),
      text<NodeMetrics>("memory", ({ usage }) => usage.memory),
      text<NodeMetrics>("Window", ({ window }) => window),
    ],
  }),
  pods: defineResource({
    kind: PodMetrics,
    singular: "",
    listKind: "PodMetricsList",
    verbs: ["get", "list"],
    columns: [
      text<PodMetrics>("cpu", (metrics) => total(metrics, "cpu")),
      text<PodMetrics>("memory", (metrics) => total(metrics, "memory")),
      text<PodMetrics>("Window", ({ window }) => window),
    ],
  }),
};

function total({ containers }: PodMetrics, resource: "cpu" | "memory"): string {
  const used = containers.map(({ usage }) => parseQuantity(usage[resource] ?? "0"));
  const [first, ...rest] = used;
  return first === undefined ? "" : formatQuantity(rest.reduce(addQuantities, first));
}

/** Annotations of a pod that state what each of its containers uses, as quantities; read by simulated clusters. */
export const usageAnnotations = { cpu: "atoll.dev/usage-cpu", memory: "atoll.dev/usage-memory" } as const;
