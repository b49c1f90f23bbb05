import { describe, expect, it } from "vitest";
import type { Node } from "../../../src/api/index.ts";
import { Fabric } from "../../../src/network/fabric/fabric.ts";
import { portKey } from "../../../src/network/fabric/hosts.ts";
import type { Origin, Route } from "../../../src/network/fabric/route.ts";
import { FaultPlan, Loop, Random, Trace } from "../../../src/sim/index.ts";
import { service, slice } from "../objects.ts";

function node(name: string, address: string): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: {},
    status: { addresses: [{ type: "InternalIP", address }] },
  };
}

/** Three clusters m1, m2, m3 with a node and a pod each; m2 has a Service whose endpoint is the pod of m1. */
function ground(): { readonly fabric: Fabric; readonly faults: FaultPlan } {
  const faults = new FaultPlan();
  const loop = new Loop({ startMs: 0, random: new Random(3), trace: new Trace() });
  const clusters = [1, 2, 3].map((index) => ({
    name: `m${index}`,
    podCIDRs: [`10.${index}0.0.0/16`],
    serviceCIDRs: [`10.${index}1.0.0/16`],
    dnsIP: `10.${index}1.0.10`,
  }));
  const fabric = new Fabric({ loop, faults, clusters });
  for (const index of [1, 2, 3]) {
    const network = fabric.cluster(`m${index}`);
    network.putNode(node(`n${index}`, `172.18.${index}.2`));
    network.bringUp(pod(index));
    network.listen(pod(index), portKey(80, "TCP"), { serve: () => undefined });
  }
  fabric.cluster("m2").putService(service("derived", { clusterIP: "10.21.0.20", clusterIPs: ["10.21.0.20"] }));
  fabric
    .cluster("m2")
    .services.putEndpointSlice(slice({ service: "derived", ports: [{ name: "", port: 80 }], endpoints: [pod(1)] }));
  return { fabric, faults };
}

const pod = (index: number): string => `10.${index}0.0.1`;
const from = (index: number): Origin => ({ cluster: `m${index}`, address: `10.${index}0.0.9`, nodeName: `n${index}` });
const told = (route: Route): string =>
  route.verdict === "delivered" ? `${route.cluster} from ${route.source}` : route.verdict;
const go = (at: Fabric, origin: Origin, address: string, port = 80): string =>
  told(at.route(origin, { address, port, protocol: "TCP" }));

describe("networks of several clusters", () => {
  it("show a pod its caller over a flat link, and a gateway in the caller's place over another", () => {
    const { fabric } = ground();
    expect(go(fabric, from(2), pod(1))).toBe("m1 from 10.20.0.9");
    expect(go(fabric, from(2), "10.21.0.20")).toBe("m1 from 10.20.0.9");
    fabric.links.set("m1", "m2", { gateway: true });
    expect(go(fabric, from(2), "10.21.0.20")).toBe("m1 from 172.18.2.2");
    expect(go(fabric, from(3), pod(1))).toBe("m1 from 10.30.0.9");
    fabric.links.set("m1", "m2", { routed: false });
    expect(go(fabric, from(2), "10.21.0.20")).toBe("dropped");
  });

  it("let clusters reach each other's node ports, as their nodes", () => {
    const { fabric, faults } = ground();
    const m1 = fabric.cluster("m1");
    m1.putService(
      service("web", {
        type: "NodePort",
        externalTrafficPolicy: "Local",
        clusterIP: "10.11.0.20",
        clusterIPs: ["10.11.0.20"],
        ports: [{ port: 80, nodePort: 30_080 }],
      }),
    );
    m1.services.putEndpointSlice(
      slice({ service: "web", ports: [{ name: "", port: 80 }], endpoints: [{ addresses: [pod(1)], nodeName: "n1" }] }),
    );
    fabric.links.setUsual({ routed: false });
    expect(go(fabric, from(2), "172.18.1.2", 30_080)).toBe("m1 from 172.18.2.2");
    expect(go(fabric, { cluster: "outside", address: "203.0.113.9" }, "172.18.1.2", 30_080)).toBe(
      "m1 from 203.0.113.9",
    );
    const route = fabric.route(from(2), { address: "172.18.1.2", port: 30_080, protocol: "TCP" });
    const carries = (): boolean => route.verdict === "delivered" && fabric.carries(from(2), route);
    expect(carries()).toBe(true);
    faults.setCut("m1", "m2", true);
    expect(carries()).toBe(false);
  });

  it("add up the latency and loss of links, and stop at the first that is cut", () => {
    const { fabric, faults } = ground();
    fabric.links.set("m1", "m2", { latencyMs: 40, loss: 0.1 });
    const route = fabric.route(from(2), { address: "10.21.0.20", port: 80, protocol: "TCP" });
    expect(route).toMatchObject({ latencyMs: 40 });
    expect(route.verdict === "delivered" ? route.loss : 0).toBeCloseTo(0.1);
    faults.setCut("m1", "m2", true);
    expect(go(fabric, from(2), "10.21.0.20")).toBe("dropped");
    expect(go(fabric, from(3), pod(1))).toBe("m1 from 10.30.0.9");
    faults.setCut("m1", "m2", false);
    faults.setDown("m1", true);
    expect(go(fabric, from(3), pod(1))).toBe("dropped");
    expect(go(fabric, { cluster: "outside", address: "203.0.113.9" }, "172.18.1.2", 10_256)).toBe("dropped");
  });

  it("lose what a machine that is down sends or is sent", () => {
    const { fabric } = ground();
    fabric.cluster("m2").setNodeDown("n2", true);
    expect(go(fabric, from(2), pod(1))).toBe("dropped");
    expect(go(fabric, from(1), "172.18.2.2", 10_256)).toBe("dropped");
    fabric.cluster("m2").setNodeDown("n2", false);
    expect(go(fabric, from(1), "172.18.2.2", 10_256)).toBe("m2 from 172.18.1.2");
  });

  it("reach servers outside as their node, and are answered at their own addresses only", () => {
    const { fabric } = ground();
    const down = fabric.serveOutside("192.0.2.80", 80, () => undefined);
    expect(go(fabric, from(1), "192.0.2.80")).toBe("outside from 172.18.1.2");
    expect(go(fabric, from(1), "192.0.2.80", 81)).toBe("refused");
    expect(go(fabric, from(1), "192.0.2.81")).toBe("dropped");
    down();
    expect(go(fabric, from(1), "192.0.2.80")).toBe("dropped");
  });

  it("tell every rule a request meets", () => {
    const { fabric } = ground();
    fabric.links.set("m1", "m2", { gateway: true });
    const { steps } = fabric.route(from(2), { address: "10.21.0.20", port: 80, protocol: "TCP" }, { detail: true });
    expect(steps).toEqual([
      expect.stringMatching(
        /^iptables KUBE-SERVICES -> KUBE-SVC-[A-Z2-7]{16} 10\.21\.0\.20:80\/TCP \(default\/derived cluster IP\)$/,
      ),
      "Service default/derived:80 -> 10.10.0.1:80 (1 of 1)",
      "gateway 172.18.2.2 of m2",
      "10.10.0.1:80 in m1",
    ]);
  });
});
