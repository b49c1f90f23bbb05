import { type Node, type Pod, PodMetrics } from "../../api/index.ts";
import { parseQuantity, quantityToNumber } from "../../apimachinery/index.ts";
import { type ClusterState, metric } from "../../apiserver/index.ts";

/** `/metrics` of a kubelet: what a simulated one can honestly say of itself. */
export function kubeletMetrics(node: Node, pods: readonly Pod[]): string {
  const running = pods.filter(({ status }) => status?.phase === "Running");
  const states = new Map<string, number>();
  for (const { status } of pods)
    for (const { state } of status?.containerStatuses ?? []) {
      const [name] = Object.keys(state ?? {});
      const shown = { running: "running", terminated: "exited", waiting: "created" }[name ?? ""];
      if (shown !== undefined) count(states, `container_state="${shown}"`);
    }
  return (
    metric(
      ["kubelet_node_name", "gauge"],
      "The node's name. The count is always 1.",
      new Map([[label("node", node.metadata.name), 1]]),
    ) +
    metric(["kubelet_running_containers", "gauge"], "Number of containers currently running", states) +
    metric(
      ["kubelet_running_pods", "gauge"],
      "Number of pods that have a running pod sandbox",
      new Map([["", running.length]]),
    )
  );
}

/** `/metrics/resource` of a kubelet: when containers started, and the memory metrics-server would tell of them. */
export function resourceMetrics(state: ClusterState, pods: readonly Pod[]): string {
  const started = new Map<string, number>();
  const memory = new Map<string, number>();
  for (const { metadata, status } of pods) {
    const { namespace = "", name } = metadata;
    const of = (container: string): string =>
      `${label("container", container)},${label("namespace", namespace)},${label("pod", name)}`;
    for (const { name: container, state: now } of status?.containerStatuses ?? [])
      if (now?.running?.startedAt !== undefined) started.set(of(container), Date.parse(now.running.startedAt) / 1000);
    for (const { name: container, usage } of state.get(PodMetrics, name, namespace)?.containers ?? [])
      if (usage.memory !== undefined) memory.set(of(container), quantityToNumber(parseQuantity(usage.memory)));
  }
  return (
    metric(
      ["container_memory_working_set_bytes", "gauge"],
      "[STABLE] Current working set of the container in bytes",
      memory,
    ) +
    metric(
      ["container_start_time_seconds", "gauge"],
      "[STABLE] Start time of the container since unix epoch in seconds",
      started,
    ) +
    metric(
      ["resource_scrape_error", "gauge"],
      "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
      new Map([["", 0]]),
    )
  );
}

function count(series: Map<string, number>, labels: string): void {
  series.set(labels, (series.get(labels) ?? 0) + 1);
}

function label(name: string, value: string): string {
  return `${name}=${JSON.stringify(value)}`;
}
