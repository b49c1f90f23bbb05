import type { ServiceRule } from "../../algorithms/index.ts";
import { type HttpResponse, pageNotFound } from "../fabric/http.ts";
import type { NodePlace } from "../fabric/node-place.ts";
import type { NodeProxy } from "./node-proxy.ts";

/** Kubernetes 1.28 tells load balancers of nodes that are about to go (KEP-3836), and 1.34 of each address family. */
const NODE_MINOR = 28;
const FAMILIES_MINOR = 34;

export type HealthSurroundings = {
  readonly proxy: NodeProxy;
  readonly node: NodePlace | undefined;
  readonly minor: number;
  readonly nowMs: number;
  readonly families: readonly ("IPv4" | "IPv6")[];
};

/** `:10256` of a node: `/healthz` fails once the node is to go, `/livez` does not (`pkg/proxy/healthcheck/proxy_health.go`). */
export function proxyHealth(path: string, at: HealthSurroundings): HttpResponse {
  const isLive = path === "/livez" && at.minor >= NODE_MINOR;
  if (path !== "/healthz" && !isLive) return pageNotFound();
  const nodeEligible = at.minor < NODE_MINOR || (at.node !== undefined && !at.node.leaving);
  const status = isLive || nodeEligible ? 200 : 503;
  at.proxy.countHealth(isLive ? "livez" : "healthz", status);
  const headers = { "content-type": "application/json", "x-content-type-options": "nosniff" };
  return { status, headers, body: healthText(at, isLive ? undefined : nodeEligible) };
}

function healthText({ minor, nowMs, families }: HealthSurroundings, nodeEligible: boolean | undefined): string {
  const now = new Date(nowMs).toISOString();
  if (minor >= FAMILIES_MINOR) {
    const status = Object.fromEntries(families.map((family) => [family, { lastUpdated: now, healthy: true }]));
    const eligible = nodeEligible === undefined ? {} : { nodeEligible };
    return JSON.stringify({ lastUpdated: now, currentTime: now, ...eligible, healthy: true, status });
  }
  // As Go prints a time.
  const text = `${now.replace("T", " ").replace(/\.?0*Z$/, "")} +0000 UTC`;
  const eligible = minor >= NODE_MINOR && nodeEligible !== undefined ? `, "nodeEligible": ${nodeEligible}` : "";
  return `{"lastUpdated": "${text}","currentTime": "${text}"${eligible}}`;
}

/** Whether this node has endpoints of the Service, as load balancers ask (`pkg/proxy/healthcheck/service_health.go`). */
export function serviceHealth(rule: ServiceRule, { proxy, minor }: HealthSurroundings): HttpResponse {
  const { namespace, service: name } = rule;
  const own = rule.endpoints.filter(({ ready, nodeName }) => ready && nodeName === proxy.place.name).length;
  const proxyHealthy = minor >= NODE_MINOR ? ',\n\t"serviceProxyHealthy": true' : "";
  return {
    status: own > 0 ? 200 : 503,
    headers: {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      ...(minor >= NODE_MINOR ? { "x-load-balancing-endpoint-weight": `${own}` } : {}),
    },
    body: `{\n\t"service": {\n\t\t"namespace": "${namespace}",\n\t\t"name": "${name}"\n\t},\n\t"localEndpoints": ${own}${proxyHealthy}\n}`,
  };
}
