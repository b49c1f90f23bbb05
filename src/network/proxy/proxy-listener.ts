import type { Listener } from "../fabric/hosts.ts";
import { type HttpResponse, pageNotFound, textResponse } from "../fabric/http.ts";
import type { Packet } from "../fabric/packet.ts";
import type { Place } from "../fabric/walk.ts";
import { type HealthSurroundings, proxyHealth, serviceHealth } from "./proxy-health.ts";
import { proxyMetrics } from "./proxy-metrics.ts";
import { familiesOf, proxyReport } from "./proxy-report.ts";

const METRICS_PORT = 10_249;
const HEALTH_PORT = 10_256;

/** What kube-proxy itself answers at a port of its node: its mode and metrics at loopback, its health, the health of Services. */
export function proxyListener(
  { cluster, node }: Place,
  packet: Packet,
  how: { readonly loopback: boolean },
): Listener | undefined {
  const { proxies, services } = cluster;
  const proxy = proxies.of(node?.name ?? "");
  const { mode } = proxy;
  if (mode === undefined || packet.protocol !== "TCP") return undefined;
  if (packet.port === METRICS_PORT && how.loopback) {
    const print = (nowMs: number) => proxyMetrics(proxyReport(cluster, node?.name, nowMs), nowMs);
    return { serve: ({ path }) => metrics(path, mode, () => print(proxies.nowMs())) };
  }
  const surroundings = (): HealthSurroundings => ({
    proxy,
    node,
    minor: proxies.minor,
    nowMs: proxies.nowMs(),
    families: familiesOf(cluster.config),
  });
  if (packet.port === HEALTH_PORT) return { serve: ({ path }) => proxyHealth(path, surroundings()) };
  const [rule] = services.rulesOfHealthPort(packet.port);
  return rule?.healthCheckNodePort === undefined ? undefined : { serve: () => serviceHealth(rule, surroundings()) };
}

function metrics(path: string, mode: string, print: () => string): HttpResponse {
  if (path === "/proxyMode") return textResponse(mode);
  if (path === "/healthz") return textResponse("ok");
  return path === "/metrics" ? textResponse(print()) : pageNotFound();
}
