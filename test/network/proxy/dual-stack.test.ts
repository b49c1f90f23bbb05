import { describe, expect, it } from "vitest";
import { EndpointSlice, Endpoints, Node, Pod, Service } from "../../../src/api/index.ts";
import {
  addressesIn,
  callerSeen,
  nodesNamed,
  type OneCluster,
  type OneClusterOptions,
  oneCluster,
} from "./one-cluster.ts";

const BOTH = {
  podCIDR: "10.244.0.0/16,fd00:10:244::/56",
  serviceCIDR: "10.96.0.0/16,fd00:10:96::/112",
  nodeCIDR: "172.18.0.0/16,fc00:f853:ccd:e793::/64",
};
const outside = { outside: "2001:db8::9" };

function dualStack(options: OneClusterOptions = {}): OneCluster {
  const world = oneCluster({ ...BOTH, nodes: nodesNamed(2), ...options });
  world.web("web", 2, { nodeName: "n1" });
  world.service("web", {
    type: "NodePort",
    selector: { app: "web" },
    ipFamilyPolicy: "RequireDualStack",
    clusterIP: "10.96.7.7",
    clusterIPs: ["10.96.7.7", "fd00:10:96::77"],
    ports: [{ port: 80, nodePort: 30_007 }],
  });
  world.client("here", { nodeName: "n2" });
  return world;
}

describe("a cluster of both families", () => {
  it("EPS-50 gives nodes, pods and their hosts file an address of each", () => {
    const world = dualStack();
    expect(world.get(Node, "n2")).toMatchObject({
      spec: { podCIDR: "10.244.1.0/24", podCIDRs: ["10.244.1.0/24", "fd00:10:244:1::/64"] },
      status: {
        addresses: [
          { type: "InternalIP", address: "172.18.0.3" },
          { type: "InternalIP", address: "fc00:f853:ccd:e793::3" },
          { type: "Hostname", address: "n2" },
        ],
      },
    });
    expect(world.get(Pod, "here").status).toMatchObject({
      podIP: "10.244.1.3",
      podIPs: [{ ip: "10.244.1.3" }, { ip: "fd00:10:244:1::3" }],
      hostIPs: [{ ip: "172.18.0.3" }, { ip: "fc00:f853:ccd:e793::3" }],
    });
    expect(world.exec("here", "cat", "/etc/hosts")).toContain("10.244.1.3\there\nfd00:10:244:1::3\there\n");
    world.client("host", { nodeName: "n1", hostNetwork: true });
    expect(world.get(Pod, "host").status?.podIPs).toEqual([{ ip: "172.18.0.2" }, { ip: "fc00:f853:ccd:e793::2" }]);
  });

  it("EPS-50 has slices for each family, and Endpoints of the first", () => {
    const world = dualStack();
    expect(addressesIn(world.list(EndpointSlice, "default"), "web")).toEqual([
      "10.244.0.3",
      "10.244.0.4",
      "fd00:10:244::3",
      "fd00:10:244::4",
    ]);
    expect(world.get(Endpoints, "web").subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual([
      "10.244.0.3",
      "10.244.0.4",
    ]);
    world.patch(Service, "web", { spec: { ipFamilyPolicy: "SingleStack" } });
    expect(addressesIn(world.list(EndpointSlice, "default"), "web")).toEqual(["10.244.0.3", "10.244.0.4"]);
  });

  it.each(["iptables", "ipvs", "nftables"])("KP-20 KP-21 serves both, inside and at node ports (%s)", (proxyMode) => {
    const world = dualStack({ proxyMode });
    const seen = (url: string, from: Parameters<OneCluster["ask"]>[0] = "here"): string =>
      callerSeen(world.ask(from, `${url}/info.php`));
    expect(seen("http://10.96.7.7")).toBe("10.244.1.3");
    expect(seen("http://[fd00:10:96::77]")).toBe("fd00:10:244:1::3");
    expect(seen("http://[fd00:10:244::3]")).toBe("fd00:10:244:1::3");
    expect(seen("http://[fc00:f853:ccd:e793::3]:30007", outside)).toBe("fc00:f853:ccd:e793::3");
    expect(seen("http://172.18.0.3:30007", { outside: "203.0.113.9" })).toBe("172.18.0.3");
  });

  it("KP-10 keeps families apart: what has no address of one cannot use it", () => {
    const world = dualStack();
    world.service("four", { selector: { app: "web" }, clusterIP: "10.96.7.8" });
    const only = oneCluster();
    only.client("here");
    expect(only.ask("here", "http://[fd00::1]").error).toContain("connection refused");
    expect(
      world.network.explain({ cluster: "c1", namespace: "default", pod: "here" }, "http://four").join("\n"),
    ).toContain("resolve four: 10.96.7.8");
  });

  // Karmada gives imports no conditions, so that IPFamilyNotSupported is nobody's word.
  it("EPS-51 leads nowhere from a cluster that lacks the family of what is behind a Service", () => {
    const only = oneCluster();
    only.service("derived", { clusterIP: "10.96.7.9" });
    only.create(EndpointSlice, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "imported", namespace: "default", labels: { "kubernetes.io/service-name": "derived" } },
      addressType: "IPv6",
      ports: [{ name: "", port: 80 }],
      endpoints: [{ addresses: ["fd00:10:244::3"] }],
    });
    only.client("here");
    expect(only.ask("here", "http://10.96.7.9").error).toContain("connection refused");
  });

  it("answers A and AAAA for a Service of both, and uses IPv4 before unique local IPv6", () => {
    const world = dualStack();
    const resolution = world.network.resolve({ cluster: "c1", namespace: "default", pod: "here" }, "web");
    expect(resolution).toMatchObject({ ok: true, addresses: ["10.96.7.7", "fd00:10:96::77"] });
    expect(callerSeen(world.ask("here", "http://web/info.php"))).toBe("10.244.1.3");
  });

  it("S1-02 S1-03 shows the rules of both on a node", () => {
    const ipvs = dualStack({ proxyMode: "ipvs" });
    const listed = ipvs.nodeShell("n1", "ipvsadm", "-Ln");
    expect(listed).toContain("TCP  10.96.7.7:80 rr\n  -> 10.244.0.3:80");
    expect(listed).toContain("TCP  [fd00:10:96::77]:80 rr\n  -> [fd00:10:244::3]:80");
    expect(ipvs.nodeShell("n1", "ipset", "list", "KUBE-6-CLUSTER-IP")).toContain("fd00:10:96::77,tcp:80");
    expect(ipvs.nodeShell("n1", "ip", "addr", "show", "kube-ipvs0")).toContain("inet6 fd00:10:96::77/128");
    const iptables = dualStack();
    expect(iptables.nodeShell("n1", "iptables-save")).not.toContain("fd00:10:96::77");
    expect(iptables.nodeShell("n1", "ip6tables-save", "-t", "nat")).toContain(
      '-d fd00:10:96::77/128 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-',
    );
    const nft = dualStack({ proxyMode: "nftables" }).nodeShell("n1", "nft", "list", "ruleset");
    expect(nft.match(/^table .*$/gm)).toEqual(["table ip kube-proxy {", "table ip6 kube-proxy {"]);
    expect(nft).toContain("fd00:10:96::77 . tcp . 80 : goto service-");
  });

  it("KP-21 opens node ports by family: networks of one leave the other open", () => {
    const world = dualStack();
    world.configureProxy((text) => text.replace("nodePortAddresses: null", 'nodePortAddresses: ["10.0.0.0/8"]'));
    expect(world.ask({ outside: "203.0.113.9" }, "http://172.18.0.3:30007").error).toContain("connection refused");
    expect(world.ask(outside, "http://[fc00:f853:ccd:e793::3]:30007").status).toBe(200);
  });
});
