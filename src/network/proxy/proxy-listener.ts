import type { ServiceRule } from "../../algorithms/index.ts";
import type { Listener } from "../fabric/hosts.ts";
import { type HttpResponse, textResponse } from "../fabric/http.ts";
import type { Packet } from "../fabric/packet.ts";
import type { Place } from "../fabric/walk.ts";
import type { NodeProxy } from "./node-proxy.ts";

const METRICS_PORT = 10_249;
const HEALTH_PORT = 10_256;

/** What kube-proxy itself answers at a port of its node: its mode and metrics at loopback, its health, the health of Services. */
export function proxyListener(
  { cluster, node }: Place,
  packet: Packet,
  how: { readonly loopback: boolean },
): Listener | undefined {
  const proxy = cluster.proxies.of(node?.name ?? "");
  const { mode } = proxy;
  if (mode === undefined || packet.protocol !== "TCP") return undefined;
  if (packet.port === METRICS_PORT && how.loopback)
    return { serve: ({ path }) => metrics(path, mode, { proxy, rules: () => cluster.services.rules() }) };
  if (packet.port === HEALTH_PORT) return { serve: ({ path }) => proxyHealth(path) };
  const [rule] = cluster.services.rulesOfHealthPort(packet.port);
  return rule === undefined ? undefined : { serve: () => serviceHealth(rule, proxy) };
}

function metrics(
  path: string,
  mode: string,
  { proxy, rules }: { readonly proxy: NodeProxy; readonly rules: () => readonly ServiceRule[] },
): HttpResponse {
  if (path === "/proxyMode") return textResponse(mode);
  if (path === "/healthz") return textResponse("ok");
  if (path !== "/metrics") return { ...textResponse("404 page not found\n"), status: 404 };
  const without = (path: "internal" | "external"): number =>
    rules().filter((rule) => proxy.decide(rule, path, "IPv4").action === "drop").length;
  return textResponse(
    [
      "# HELP kubeproxy_sync_proxy_rules_no_local_endpoints_total [ALPHA] Number of services with a Local traffic policy and no endpoints",
      "# TYPE kubeproxy_sync_proxy_rules_no_local_endpoints_total gauge",
      `kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="external"} ${without("external")}`,
      `kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="internal"} ${without("internal")}`,
      "",
    ].join("\n"),
  );
}

function proxyHealth(path: string): HttpResponse {
  if (path !== "/healthz" && path !== "/livez") return { ...textResponse("404 page not found\n"), status: 404 };
  return {
    status: 200,
    headers: { "content-type": "application/json", "x-content-type-options": "nosniff" },
    body: '{"status":"ok"}',
  };
}

/** Whether this node has endpoints of the Service, as load balancers ask (`pkg/proxy/healthcheck/service_health.go`). */
function serviceHealth(rule: ServiceRule, proxy: NodeProxy): HttpResponse {
  const { namespace, service: name } = rule;
  const localEndpoints = rule.endpoints.filter(({ ready, nodeName }) => ready && nodeName === proxy.place.name).length;
  return {
    status: localEndpoints > 0 ? 200 : 503,
    headers: {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "x-load-balancing-endpoint-weight": `${localEndpoints}`,
    },
    body: JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }),
  };
}
