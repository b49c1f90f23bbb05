import { describe, expect, it } from "vitest";
import { Node, Service } from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, type OneClusterOptions, oneCluster } from "./one-cluster.ts";

const outside = { outside: "203.0.113.9" };
const TAINT = { key: "ToBeDeletedByClusterAutoscaler", value: "1", effect: "NoSchedule" };

function behind(options: OneClusterOptions = {}): OneCluster {
  const world = oneCluster({ nodes: nodesNamed(2), ...options });
  world.web("web", 2, { nodeName: "n1" });
  world.service("web", { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { app: "web" } });
  return world;
}

describe("what kube-proxy tells of itself", () => {
  it("KP-24 of a Service's health at its port, in a body and a header", () => {
    const world = behind();
    const port = world.get(Service, "web").spec.healthCheckNodePort;
    const told = world.nodeShell("n1", "curl", "-si", `172.18.0.2:${port}/`).replaceAll("\r", "");
    expect(told).toContain("200 OK");
    expect(told).toMatch(/x-content-type-options: nosniff/i);
    expect(told).toMatch(/x-load-balancing-endpoint-weight: 2/i);
    expect(told).toContain(
      '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
    );
    expect(world.ask(outside, `http://172.18.0.3:${port}/`)).toMatchObject({
      status: 503,
      body: expect.stringContaining('"localEndpoints": 0'),
    });
    world.patch(Service, "web", { spec: { externalTrafficPolicy: "Cluster" } });
    expect(world.ask(outside, `http://172.18.0.2:${port}/`).error).toContain("connection refused");
  });

  it("KP-24 of its own health: /healthz fails once the node is to go, /livez does not", () => {
    const world = behind();
    const ask = (path: string) => world.ask(outside, `http://172.18.0.2:10256${path}`);
    expect(JSON.parse(ask("/healthz").body)).toEqual({
      lastUpdated: expect.stringMatching(/^2026-/),
      currentTime: expect.stringMatching(/^2026-/),
      nodeEligible: true,
      healthy: true,
      status: { IPv4: { lastUpdated: expect.any(String), healthy: true } },
    });
    world.patch(Node, "n1", { spec: { taints: [TAINT] } });
    expect(ask("/healthz")).toMatchObject({ status: 503, body: expect.stringContaining('"nodeEligible":false') });
    expect(ask("/livez").status).toBe(200);
    expect(world.ask(outside, "http://172.18.0.3:10256/healthz").status).toBe(200);
    expect(ask("/metrics").status).toBe(404);
  });

  it.each([
    ["v1.33.0", 503, /^\{"lastUpdated": "2026-01-01 .* \+0000 UTC","currentTime": ".*", "nodeEligible": false\}$/, 200],
    ["v1.27.0", 200, /^\{"lastUpdated": "2026-01-01 .* \+0000 UTC","currentTime": "[^"]*"\}$/, 404],
  ])("KP-24 as %s does", (version, status, body, live) => {
    const world = behind({ version });
    world.patch(Node, "n1", { spec: { taints: [TAINT] } });
    const told = world.ask(outside, "http://172.18.0.2:10256/healthz");
    expect(told.status).toBe(status);
    expect(told.body).toMatch(body);
    expect(world.ask(outside, "http://172.18.0.2:10256/livez").status).toBe(live);
  });

  it("KP-25 in metrics at loopback: rules, Services without endpoints here, answers about health", () => {
    const world = behind();
    world.ask(outside, "http://172.18.0.3:10256/healthz");
    const metrics = world.nodeShell("n2", "curl", "-s", "localhost:10249/metrics");
    expect(metrics).toContain(
      'kubeproxy_sync_proxy_rules_no_local_endpoints_total{ip_family="IPv4",traffic_policy="external"} 1',
    );
    expect(metrics).toContain('kubeproxy_proxy_healthz_total{code="200"} 1');
    const nat = world.nodeShell("n2", "iptables-save", "-t", "nat").match(/^-A /gm)?.length;
    expect(metrics).toContain(`kubeproxy_sync_proxy_rules_iptables_total{ip_family="IPv4",table="nat"} ${nat}`);
    expect(world.ask(outside, "http://172.18.0.3:10249/metrics").error).toContain("connection refused");
  });
});
