import { isHeadless } from "../../../algorithms/index.ts";
import { objectKey } from "../../../apimachinery/index.ts";
import type { KubernetesView } from "../kubernetes/view.ts";
import type { ListedKind, ServerSurroundings } from "../server/plugin.ts";

const TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time";
/** From one millisecond to about 17 minutes. */
const BOUNDS: readonly number[] = Array.from({ length: 20 }, (_, index) => 0.001 * 2 ** index);

/** Counts the lists a server begins its watches with, one for each kind. */
export function countLists({ metrics, variable }: ServerSurroundings, kinds: readonly ListedKind[]): void {
  const [host, port] = [variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")];
  if (host === undefined || port === undefined) return;
  const labels = { code: "200", method: "GET", host: `${host.includes(":") ? `[${host}]` : host}:${port}` };
  const help = "Number of HTTP requests, partitioned by status code, method, and host.";
  metrics.counter("coredns_kubernetes_rest_client_requests_total", help, labels).value += kinds.length;
}

/**
 * Measures how long after a pod or Service changed the slices of a headless Service were known here; upstream measures no others.
 * Returns what ends it.
 */
export function watchProgramming({ zone }: KubernetesView, { metrics, loop }: ServerSurroundings): () => void {
  const seen = new Map<string, string>();
  const stop = zone.observe((token) => {
    const service = zone.service(token);
    if (service === undefined || !isHeadless(service)) return;
    for (const { metadata } of zone.serviceSlices(token)) {
      const trigger = metadata.annotations?.[TRIGGER];
      const key = objectKey(metadata);
      if (trigger === undefined || seen.get(key) === trigger) continue;
      seen.set(key, trigger);
      const seconds = (loop.nowMs() - Date.parse(trigger)) / 1000;
      // Anybody can write an annotation.
      if (Number.isNaN(seconds)) continue;
      metrics
        .histogram(
          "coredns_kubernetes_dns_programming_duration_seconds",
          "Histogram of the time (in seconds) it took to program a dns instance.",
          { labels: { service_kind: "headless_with_selector" }, bounds: BOUNDS },
        )
        .observe(seconds, 1);
    }
  });
  return stop;
}
