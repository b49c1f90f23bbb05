import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProxyMode } from "../../../src/algorithms/index.ts";
import type { Node, Service, ServiceSpec } from "../../../src/api/index.ts";
import { portKey } from "../../../src/network/fabric/cluster-network.ts";
import { Fabric } from "../../../src/network/fabric/fabric.ts";
import type { Origin } from "../../../src/network/fabric/route.ts";
import { advanceTo, FaultPlan, Loop, Random, Trace } from "../../../src/sim/index.ts";
import { service, slice } from "../objects.ts";

type Ground = { readonly fabric: Fabric; readonly loop: Loop };

function node(name: string, address: string): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "topology.kubernetes.io/zone": `zone-${name}` } },
    spec: {},
    status: { addresses: [{ type: "InternalIP", address }] },
  };
}

/** Two clusters; m1 has two nodes and a Service `web` on 10.11.0.20:80 with three pods, two on n1. */
function ground(spec: Partial<ServiceSpec> = {}, proxyMode: ProxyMode = "iptables"): Ground {
  const loop = new Loop({ startMs: 0, random: new Random(3), trace: new Trace() });
  const cluster = (name: string, index: number) => ({
    name,
    podCIDRs: [`10.${index}0.0.0/16`],
    serviceCIDRs: [`10.${index}1.0.0/16`],
    dnsIP: `10.${index}1.0.10`,
    proxyMode,
  });
  const fabric = new Fabric({ loop, faults: new FaultPlan(), clusters: [cluster("m1", 1), cluster("m2", 2)] });
  const m1 = fabric.cluster("m1");
  m1.putNode(node("n1", "172.18.0.2"));
  m1.putNode(node("n2", "172.18.0.3"));
  fabric.cluster("m2").putNode(node("other", "172.18.9.9"));
  const pods = [
    ["10.10.0.1", "n1"],
    ["10.10.0.2", "n1"],
    ["10.10.1.3", "n2"],
  ] as const;
  for (const [address] of pods) {
    m1.bringUp(address);
    m1.listen(address, portKey(8080, "TCP"), { serve: () => undefined });
  }
  m1.putService(web(spec));
  const endpoints = pods.map(([address, nodeName]) => ({ addresses: [address], nodeName }));
  m1.services.putEndpointSlice(slice({ service: "web", endpoints }));
  return { fabric, loop };
}

function web(spec: Partial<ServiceSpec>): Service {
  return service("web", {
    type: "NodePort",
    clusterIP: "10.11.0.20",
    clusterIPs: ["10.11.0.20"],
    ports: [{ port: 80, nodePort: 30_080 }],
    ...spec,
  });
}

const POD: Origin = { cluster: "m1", address: "10.10.0.9", nodeName: "n1" };
const STRANGER: Origin = { cluster: "m2", address: "10.20.0.9" };

/** The addresses `times` connections end at, or their verdicts. */
function ends(at: Ground, from: Origin, to: string, times: number = 60): readonly string[] {
  const [address = "", port = "80"] = to.split(":");
  return Array.from({ length: times }, () => {
    const route = at.fabric.route(from, { address, port: Number(port), protocol: "TCP" });
    return route.verdict === "delivered" ? route.address : route.verdict;
  });
}

const set = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

describe("findRoute", () => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      "spreads a virtual address over all endpoints",
      set(ends(ground(), POD, "10.11.0.20:80")),
      ["10.10.0.1", "10.10.0.2", "10.10.1.3"],
    ],
    [
      "keeps to the node under internalTrafficPolicy Local",
      set(ends(ground({ internalTrafficPolicy: "Local" }), POD, "10.11.0.20:80")),
      ["10.10.0.1", "10.10.0.2"],
    ],
    [
      "KP-21 opens node ports on every node",
      set(ends(ground(), POD, "172.18.0.3:30080")),
      ["10.10.0.1", "10.10.0.2", "10.10.1.3"],
    ],
    [
      "KP-16 takes externalTrafficPolicy Local for Cluster on a pod's own node",
      set(ends(ground({ externalTrafficPolicy: "Local" }), POD, "172.18.0.2:30080")),
      ["10.10.0.1", "10.10.0.2", "10.10.1.3"],
    ],
    [
      "KP-16 knows no pod of another node behind that node's address",
      set(ends(ground({ externalTrafficPolicy: "Local" }), POD, "172.18.0.3:30080")),
      ["10.10.1.3"],
    ],
    [
      "KP-14 keeps to the node asked from outside under externalTrafficPolicy Local",
      set(ends(ground({ externalTrafficPolicy: "Local" }), STRANGER, "172.18.0.3:30080")),
      ["10.10.1.3"],
    ],
    [
      "KP-22 answers externalIPs",
      set(ends(ground({ externalIPs: ["80.11.12.10"] }), POD, "80.11.12.10:80")),
      ["10.10.0.1", "10.10.0.2", "10.10.1.3"],
    ],
    [
      "KP-20 drops other ports of a virtual address under iptables",
      set(ends(ground(), POD, "10.11.0.20:81")),
      ["dropped"],
    ],
    [
      "KP-20 refuses other ports of a virtual address under ipvs",
      set(ends(ground({}, "ipvs"), POD, "10.11.0.20:81")),
      ["refused"],
    ],
    ["drops unused service addresses", set(ends(ground({}, "ipvs"), POD, "10.11.0.99:80")), ["dropped"]],
    ["does not know another cluster's virtual addresses", set(ends(ground(), STRANGER, "10.11.0.20:80")), ["dropped"]],
    ["reaches pods of another cluster", set(ends(ground(), STRANGER, "10.10.0.1:8080")), ["10.10.0.1"]],
    ["refuses a port nobody listens at", set(ends(ground(), STRANGER, "10.10.0.1:81")), ["refused"]],
    ["drops what goes to an address nobody has", set(ends(ground(), POD, "10.10.0.77:8080")), ["dropped"]],
    [
      "knows loopback for the pod itself",
      set(ends(ground(), { ...POD, address: "10.10.0.1" }, "127.0.0.1:8080")),
      ["10.10.0.1"],
    ],
  ];
  it.each(rows)("%s", (_, got, wanted) => expect(got).toEqual(wanted));

  it("needs routed pod networks between clusters, but not for node ports", () => {
    const at = ground();
    at.fabric.links.setUsual({ routed: false });
    expect(set(ends(at, STRANGER, "10.10.0.1:8080"))).toEqual(["dropped"]);
    expect(set(ends(at, STRANGER, "172.18.0.2:30080"))).toEqual(["10.10.0.1", "10.10.0.2", "10.10.1.3"]);
    at.fabric.links.set("m1", "m2", { routed: true });
    expect(set(ends(at, STRANGER, "10.10.0.1:8080"))).toEqual(["10.10.0.1"]);
  });

  it("says step by step how it came to its verdict", () => {
    const at = ground();
    const route = at.fabric.route({ ...POD }, { address: "10.11.0.20", port: 80, protocol: "TCP" });
    expect(route.steps).toEqual([
      expect.stringMatching(/^Service default\/web:80 -> 10\.10\.\d\.\d:8080 \(1 of 3\)$/),
      expect.stringMatching(/^10\.10\.\d\.\d:8080 in m1$/),
    ]);
  });
});

describe("balancing", () => {
  it("KP-33 rotates strictly under ipvs", () => {
    expect(ends(ground({}, "ipvs"), POD, "10.11.0.20:80", 6)).toEqual([
      "10.10.0.1",
      "10.10.0.2",
      "10.10.1.3",
      "10.10.0.1",
      "10.10.0.2",
      "10.10.1.3",
    ]);
  });

  it("KP-30 KP-39 is even under iptables", () => {
    const counts = new Map<string, number>();
    for (const end of ends(ground(), POD, "10.11.0.20:80", 3000)) counts.set(end, (counts.get(end) ?? 0) + 1);
    // chi-squared with two degrees of freedom; the seed is fixed.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(9.21);
  });

  it("KP-31 KP-36 keeps a client with affinity on one endpoint, until the time is over or the endpoint gone", () => {
    const sticky: Partial<ServiceSpec> = {
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
    };
    const at = ground(sticky, "ipvs");
    const clients = ["10.10.0.8", "10.10.0.9"].map((address) => set(ends(at, { ...POD, address }, "10.11.0.20:80", 5)));
    expect(clients).toEqual([["10.10.0.1"], ["10.10.0.2"]]);
    advanceTo(at.loop, 9_999);
    expect(ends(at, { ...POD, address: "10.10.0.8" }, "10.11.0.20:80", 1)).toEqual(["10.10.0.1"]);
    advanceTo(at.loop, 19_999);
    expect(ends(at, { ...POD, address: "10.10.0.8" }, "10.11.0.20:80", 1)).toEqual(["10.10.1.3"]);
    at.fabric.cluster("m1").services.putEndpointSlice(slice({ service: "web", endpoints: ["10.10.0.2"] }));
    expect(set(ends(at, { ...POD, address: "10.10.0.8" }, "10.11.0.20:80", 3))).toEqual(["10.10.0.2"]);
  });
});

describe("ServiceTable", () => {
  it("ends where its last objects say, in whatever order changes came", () => {
    const anyChange = fc.record({
      spec: fc.constantFrom("a", "b", "none"),
      endpoints: fc.subarray(["10.10.0.1", "10.10.0.2", "10.10.1.3"]),
      slices: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 10 }), (changes) => {
        const at = ground({}, "ipvs");
        const { services } = at.fabric.cluster("m1");
        for (const { spec, endpoints, slices } of changes) {
          const address = spec === "a" ? "10.11.0.20" : "10.11.0.21";
          if (spec === "none") services.removeService(web({}));
          else services.putService(web({ clusterIP: address, clusterIPs: [address] }));
          const cut = slices === 1 ? endpoints.length : 1;
          services.putEndpointSlice(slice({ service: "web", endpoints: endpoints.slice(0, cut) }));
          services.putEndpointSlice(slice({ name: "second", service: "web", endpoints: endpoints.slice(cut) }));
        }
        const last = changes.at(-1) as (typeof changes)[number];
        const wanted = last.endpoints.length === 0 ? ["refused"] : last.endpoints;
        expect(set(ends(at, POD, "10.11.0.20:80"))).toEqual(last.spec === "a" ? [...wanted].sort() : ["dropped"]);
        expect(set(ends(at, POD, "10.11.0.21:80"))).toEqual(last.spec === "b" ? [...wanted].sort() : ["dropped"]);
      }),
    );
  });
});

describe("connect", () => {
  const caller = { origin: STRANGER, flavor: "go" as const, readFile: () => undefined };
  function connect(at: Ground, timeoutMs?: number): string {
    let told = "";
    at.fabric.connect(caller, { host: "10.10.0.1", port: 8080, timeoutMs }, (outcome) => {
      told = `${outcome.ok ? "connected" : outcome.failure.reason} at ${at.loop.nowMs()}`;
    });
    advanceTo(at.loop, 100_000);
    return told;
  }

  it("takes a round trip", () => {
    const at = ground();
    at.fabric.links.setUsual({ latencyMs: 40 });
    expect(connect(at)).toBe("connected at 80");
  });

  it("times out when the link is slower than the caller's patience, or loses everything", () => {
    const slow = ground();
    slow.fabric.links.setUsual({ latencyMs: 40 });
    expect(connect(slow, 50)).toBe("i/o timeout at 50");
    const lossy = ground();
    lossy.fabric.links.setUsual({ loss: 1 });
    expect(connect(lossy)).toBe("i/o timeout at 30000");
  });

  it("pays for lost handshakes in doubling seconds", () => {
    const at = ground();
    at.fabric.links.setUsual({ loss: 0.7 });
    const seconds = /^connected at (\d+)000$|^connected at 0$/.exec(connect(at));
    expect([0, 1, 3, 7, 15]).toContain(Number(seconds?.[1] ?? 0));
  });
});
