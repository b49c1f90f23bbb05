import { describe, expect, it } from "vitest";
import { eligibleEndpoints, type RulePath, serviceRules } from "../../src/algorithms/index.ts";
import type { Endpoint, ServiceSpec } from "../../src/api/index.ts";
import { service, slice } from "../network/objects.ts";

const CLUSTER_IP: Partial<ServiceSpec> = { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], ports: [{ port: 80 }] };
const INSIDE: RulePath = { path: "internal", family: "IPv4", nodeName: "n1", zone: "z1" };

const ready = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({ addresses: [address], ...more });
const unready = (address: string, more: Partial<Endpoint> = {}): Endpoint =>
  ready(address, { conditions: { ready: false, serving: false, terminating: false }, ...more });
const terminating = (address: string, serving: boolean, more: Partial<Endpoint> = {}): Endpoint =>
  ready(address, { conditions: { ready: false, serving, terminating: true }, ...more });
const hintsFor = (zone: string): Partial<Endpoint> => ({ hints: { forZones: [{ name: zone }] } });
const hinted = (address: string, zone: string): Endpoint => ready(address, hintsFor(zone));

function decide(endpoints: readonly Endpoint[], spec: Partial<ServiceSpec> = {}, from: Partial<RulePath> = {}): string {
  const [rule] = serviceRules(service("web", { ...CLUSTER_IP, ...spec }), [slice({ service: "web", endpoints })]);
  if (rule === undefined) return "no rule";
  const decision = eligibleEndpoints(rule, { ...INSIDE, ...from });
  return decision.action === "forward" ? decision.endpoints.map((one) => one.address).join(" ") : decision.action;
}

describe("eligibleEndpoints", () => {
  const local: Partial<ServiceSpec> = { internalTrafficPolicy: "Local" };
  const externalLocal: Partial<ServiceSpec> = { externalTrafficPolicy: "Local" };
  const rows: readonly (readonly [string, string, string])[] = [
    ["KP-12 uses ready endpoints only", decide([ready("10.1.0.1"), unready("10.1.0.2")]), "10.1.0.1"],
    [
      "KP-10 takes an endpoint without conditions for ready",
      decide([ready("10.1.0.1", { conditions: {} })]),
      "10.1.0.1",
    ],
    [
      "KP-12 leaves terminating endpoints out while others are ready",
      decide([ready("10.1.0.1"), terminating("10.1.0.2", true)]),
      "10.1.0.1",
    ],
    [
      "KP-12 falls back on endpoints that serve while terminating",
      decide([unready("10.1.0.1"), terminating("10.1.0.2", true), terminating("10.1.0.3", false)]),
      "10.1.0.2",
    ],
    ["KP-15 rejects without endpoints", decide([unready("10.1.0.1")]), "reject"],
    [
      "KP-13 keeps to the node under internalTrafficPolicy Local",
      decide([ready("10.1.0.1", { nodeName: "n1" }), ready("10.1.0.2", { nodeName: "n2" })], local),
      "10.1.0.1",
    ],
    [
      "KP-15 drops when only other nodes have endpoints under Local",
      decide([ready("10.1.0.2", { nodeName: "n2" })], local),
      "drop",
    ],
    [
      "KP-15 rejects when no node has endpoints under Local",
      decide([unready("10.1.0.2", { nodeName: "n2" })], local),
      "reject",
    ],
    [
      "KP-13 falls back on this node's terminating endpoints under Local",
      decide([terminating("10.1.0.1", true, { nodeName: "n1" }), ready("10.1.0.2", { nodeName: "n2" })], local),
      "10.1.0.1",
    ],
    [
      "KP-14 keeps internal and external policies apart",
      decide([ready("10.1.0.2", { nodeName: "n2" })], externalLocal),
      "10.1.0.2",
    ],
    [
      "KP-14 applies externalTrafficPolicy to external traffic",
      decide([ready("10.1.0.2", { nodeName: "n2" })], externalLocal, { path: "external" }),
      "drop",
    ],
    [
      "KP-11 prefers the zone when every endpoint has hints",
      decide([hinted("10.1.0.1", "z1"), hinted("10.1.0.2", "z2")]),
      "10.1.0.1",
    ],
    [
      "KP-11 ignores hints when one endpoint has none",
      decide([hinted("10.1.0.1", "z1"), ready("10.1.0.2")]),
      "10.1.0.1 10.1.0.2",
    ],
    [
      "KP-11 ignores hints when none is for the zone",
      decide([hinted("10.1.0.1", "z2"), hinted("10.1.0.2", "z3")]),
      "10.1.0.1 10.1.0.2",
    ],
    [
      "KP-04 has no rule for a headless Service",
      decide([ready("10.1.0.1")], { clusterIP: "None", clusterIPs: ["None"] }),
      "no rule",
    ],
    ["KP-04 has no rule for an ExternalName", decide([ready("10.1.0.1")], { type: "ExternalName" }), "no rule"],
    [
      "KP-11 prefers the node when every endpoint has hints for nodes",
      decide([
        ready("10.1.0.1", { hints: { forNodes: [{ name: "n1" }], forZones: [{ name: "z1" }] } }),
        ready("10.1.0.2", { hints: { forNodes: [{ name: "n2" }], forZones: [{ name: "z1" }] } }),
      ]),
      "10.1.0.1",
    ],
    [
      "KP-11 forgets hints under Local policies",
      decide(
        [
          ready("10.1.0.1", { nodeName: "n1", ...hintsFor("z2") }),
          ready("10.1.0.2", { nodeName: "n2", ...hintsFor("z1") }),
        ],
        local,
      ),
      "10.1.0.1",
    ],
    [
      "KP-12 forgets hints of endpoints that serve while terminating",
      decide([terminating("10.1.0.1", true, hintsFor("z2")), terminating("10.1.0.2", true, hintsFor("z1"))]),
      "10.1.0.1 10.1.0.2",
    ],
    ["KP-10 separates families", decide([ready("10.1.0.1")], {}, { family: "IPv6" }), "reject"],
  ];
  it.each(rows)("%s", (_, got, wanted) => expect(got).toBe(wanted));
});

describe("serviceRules", () => {
  it("S4-19 KP-10 EPS-61 takes the target port from the slice whose port name matches, not from the Service", () => {
    const ports = [
      { name: "http", port: 80, targetPort: 80 },
      { name: "metrics", port: 9090 },
    ];
    const rules = serviceRules(service("web", { ...CLUSTER_IP, ports }), [
      slice({ service: "web", ports: [{ name: "http", port: 8080 }], endpoints: ["10.1.0.1"] }),
      slice({ name: "b", service: "web", ports: [{ name: "metrics", port: 9100 }], endpoints: ["10.1.0.2"] }),
    ]);
    const targets = rules.map((rule) => rule.endpoints.map((one) => `${rule.port}->${one.address}:${one.port}`));
    expect(targets).toEqual([["80->10.1.0.1:8080"], ["9090->10.1.0.2:9100"]]);
  });

  it("merges an endpoint that two slices carry, a ready sighting winning", () => {
    const [rule] = serviceRules(service("web", CLUSTER_IP), [
      slice({ name: "a", service: "web", endpoints: [unready("10.1.0.1")] }),
      slice({ name: "b", service: "web", endpoints: [ready("10.1.0.1")] }),
    ]);
    expect(rule?.endpoints).toMatchObject([{ address: "10.1.0.1", ready: true }]);
  });

  it("KP-04 leaves Services of another proxy alone, and slices of headless ones", () => {
    const made = service("web", CLUSTER_IP);
    const labelled = (labels: Record<string, string>) => ({ metadata: { ...made.metadata, labels } });
    expect(serviceRules({ ...made, ...labelled({ "service.kubernetes.io/service-proxy-name": "mine" }) }, [])).toEqual(
      [],
    );
    const all = slice({ service: "web", endpoints: ["10.1.0.1"] });
    const headless = { ...all.metadata.labels, "service.kubernetes.io/headless": "" };
    const [rule] = serviceRules(made, [{ ...all, metadata: { ...all.metadata, labels: headless } }]);
    expect(rule?.endpoints).toEqual([]);
  });

  it("KP-23 takes a load balancer's address for the cluster's own, but not one that is a proxy's", () => {
    const ingress = [{ ip: "198.18.0.1", ipMode: "VIP" }, { ip: "198.18.0.2", ipMode: "Proxy" }, { ip: "198.18.0.3" }];
    const [rule] = serviceRules({ ...service("web", CLUSTER_IP), status: { loadBalancer: { ingress } } }, []);
    expect(rule?.loadBalancerIPs).toEqual(["198.18.0.1", "198.18.0.3"]);
  });

  it("KP-31 keeps ClientIP affinity for three hours unless told otherwise", () => {
    const affinity = (spec: Partial<ServiceSpec>) =>
      serviceRules(service("web", { ...CLUSTER_IP, ...spec }), [])[0]?.affinityTimeoutMs;
    expect(affinity({})).toBeUndefined();
    expect(affinity({ sessionAffinity: "ClientIP" })).toBe(10_800_000);
    expect(affinity({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } })).toBe(
      10_000,
    );
  });
});
