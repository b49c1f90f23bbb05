import { describe, expect, it } from "vitest";
import { EndpointSlice, Node, Pod, Service } from "../../src/api/index.ts";
import { callerSeen, nodesNamed, type OneCluster, oneCluster } from "../network/proxy/one-cluster.ts";

const set = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
const counts = (values: readonly string[]): readonly number[] =>
  set(values).map((one) => values.filter((other) => other === one).length);

/** A cluster of two nodes with three web pods behind the Service `web`, and clients on both nodes. */
function served(
  options: Parameters<typeof oneCluster>[0] = {},
  spec: Parameters<OneCluster["service"]>[1] = {},
): OneCluster {
  const world = oneCluster({ nodes: nodesNamed(2), ...options });
  world.web("web", 3);
  world.service("web", { selector: { app: "web" }, clusterIP: "10.96.7.7", ...spec });
  world.client("here", { nodeName: "n1" });
  world.client("there", { nodeName: "n2" });
  return world;
}

const podAddresses = (world: OneCluster, app = "web"): readonly string[] =>
  world
    .list(Pod, "default")
    .filter(({ metadata }) => metadata.labels?.app === app)
    .map(({ status }) => status?.podIP ?? "");

describe("Q1-Q2 IPVS and iptables", () => {
  it("S1-01 the mode is that of the ConfigMap kube-system/kube-proxy, and told at :10249/proxyMode", () => {
    const world = oneCluster({ proxyMode: "ipvs", nodes: nodesNamed(1) });
    expect(world.nodeShell("n1", "curl", "-s", "localhost:10249/proxyMode")).toBe("ipvs");
    world.configureProxy((configuration) => configuration.replace("mode: ipvs", "mode: nftables"));
    expect(world.nodeShell("n1", "curl", "-s", "localhost:10249/proxyMode")).toBe("nftables");
    world.client("c");
    expect(world.ask("c", "http://172.18.0.2:10249/proxyMode").error).toContain("connection refused");
  });

  it("S1-02 ipvsadm -Ln lists a virtual server for every port, and its real servers; VIPs are bound to kube-ipvs0", () => {
    const world = served({ proxyMode: "ipvs" });
    const text = world.nodeShell("n1", "ipvsadm", "-Ln");
    expect(text.split("\n").slice(0, 3)).toEqual([
      "IP Virtual Server version 1.2.1 (size=4096)",
      "Prot LocalAddress:Port Scheduler Flags",
      "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
    ]);
    const [, block = ""] = text.split("TCP  10.96.7.7:80 rr\n");
    const servers = block.split("\n").slice(0, 3);
    expect(servers.map((line) => line.trim().split(/\s+/))).toEqual(
      [...podAddresses(world)].sort().map((address) => ["->", `${address}:80`, "Masq", "1", "0", "0"]),
    );
    expect(servers[0]).toMatch(/^ {2}-> 10\.244\.\d+\.\d+:80 +Masq {4}1 {6}0 {10}0 {9}$/);
    expect(world.nodeShell("n1", "ip", "addr", "show", "kube-ipvs0")).toContain(
      "inet 10.96.7.7/32 scope global kube-ipvs0",
    );
  });

  it("S1-03 ipset list shows KUBE-CLUSTER-IP with its members, and the other sets", () => {
    const world = served(
      { proxyMode: "ipvs" },
      { type: "LoadBalancer", loadBalancerSourceRanges: ["203.0.113.0/24"], externalIPs: ["80.11.12.10"] },
    );
    const text = world.nodeShell("n1", "ipset", "list", "KUBE-CLUSTER-IP");
    expect(text).toMatch(
      /^Name: KUBE-CLUSTER-IP\nType: hash:ip,port\nRevision: 5\nHeader: family inet hashsize 1024 maxelem 65536\n/,
    );
    expect(text.split("Members:\n")[1]?.trim().split("\n")).toContain("10.96.7.7,tcp:80");
    const all = world.nodeShell("n1", "ipset", "list");
    expect([...all.matchAll(/^Name: (\S+)$/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining([
        "KUBE-LOOP-BACK",
        "KUBE-EXTERNAL-IP",
        "KUBE-LOAD-BALANCER",
        "KUBE-LOAD-BALANCER-LOCAL",
        "KUBE-LOAD-BALANCER-FW",
        "KUBE-LOAD-BALANCER-SOURCE-CIDR",
        "KUBE-NODE-PORT-TCP",
        "KUBE-NODE-PORT-UDP",
      ]),
    );
    expect(all).toContain("80.11.12.10,tcp:80");
    expect(all).toMatch(/198\.18\.0\.\d+,tcp:80,203\.0\.113\.0\/24/);
  });

  it("S1-04 an ipset is exact: it has an address and port, and not the one beside it", () => {
    const world = served({ proxyMode: "ipvs" });
    expect(world.nodeShell("n1", "ipset", "test", "KUBE-CLUSTER-IP", "10.96.7.7,tcp:80")).toBe(
      "10.96.7.7,tcp:80 is in set KUBE-CLUSTER-IP.\n",
    );
    expect(world.nodeShell("n1", "ipset", "test", "KUBE-CLUSTER-IP", "10.96.7.7,tcp:81")).toBe(
      "10.96.7.7,tcp:81 is NOT in set KUBE-CLUSTER-IP.\n",
    );
    const types = [...world.nodeShell("n1", "ipset", "list").matchAll(/^Type: (\S+)$/gm)].map(([, type]) => type ?? "");
    expect(set(types)).toEqual(
      expect.arrayContaining(["bitmap:port", "hash:ip,port", "hash:ip,port,ip", "hash:ip,port,net"]),
    );
  });

  it("S1-05 S1-06 S3-24 ipvs needs as many iptables rules for many Services as for one; iptables needs more for each", () => {
    const ruleCount = (world: OneCluster): number =>
      (world.nodeShell("n1", "iptables-save").match(/^-A /gm) ?? []).length;
    const grown = (proxyMode: string): readonly number[] => {
      const world = oneCluster({ proxyMode, nodes: nodesNamed(1) });
      world.web("web", 2);
      world.service("first", { selector: { app: "web" } });
      const one = ruleCount(world);
      for (let index = 0; index < 30; index++) world.service(`s${index}`, { selector: { app: "web" } });
      return [one, ruleCount(world)];
    };
    const [ipvsOne, ipvsMany] = grown("ipvs");
    expect(ipvsMany).toBe(ipvsOne);
    const [one = 0, many = 0] = grown("iptables");
    // KUBE-SERVICES, KUBE-SVC and KUBE-SEP rules of each Service: one to find it, three to balance, four for two endpoints.
    expect(many - one).toBe(30 * 8);
  });

  it("S1-07 in ipvs mode iptables still masquerades and filters", () => {
    const text = served({ proxyMode: "ipvs" }).nodeShell("n1", "iptables-save");
    expect(text).toContain("-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000");
    expect(text).toContain("-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ");
    expect(text).not.toContain("KUBE-SVC-");
  });

  it("S1-08 schedulers are a matter of ipvs; iptables chooses at random", () => {
    expect(served({ proxyMode: "ipvs" }).network.proxy("c1", "n1").scheduler).toBe("rr");
    expect(served().nodeShell("n1", "iptables-save")).toContain(
      "-m statistic --mode random --probability 0.33333333349",
    );
  });

  it("S1-09 kube-proxy checks no health: unready endpoints are taken out, and those that leave keep their connections at weight 0", () => {
    const world = served({ proxyMode: "ipvs" });
    const connection = world.open("here", "http://10.96.7.7");
    const { outcome } = connection;
    const server = outcome.ok ? outcome.address : "";
    const [name = ""] = world
      .list(Pod, "default")
      .filter(({ status }) => status?.podIP === server)
      .map(({ metadata }) => metadata.name);
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).toMatch(new RegExp(`${server}:80 +Masq +1 +1 +0`));
    const rest = { metadata: { labels: { app: null } } };
    world.patch(Pod, name, rest);
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).toMatch(new RegExp(`${server}:80 +Masq +0 +1 +0`));
    expect(set(world.answerers("here", "http://10.96.7.7", 6))).not.toContain(name);
    expect(connection.request({})?.status).toBe(200);
    connection.close();
    world.advance(121);
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).not.toContain(`${server}:80`);
  });

  it("S1-10 a set gains a member while the rules that match it stay as they are, and nobody waits", () => {
    const world = served({ proxyMode: "ipvs" });
    const rules = world.nodeShell("n1", "iptables-save");
    const before = world.ask("here", "http://10.96.7.7").status;
    world.service("other", { selector: { app: "web" }, clusterIP: "10.96.7.8" });
    expect(world.nodeShell("n1", "iptables-save")).toBe(rules);
    expect(world.nodeShell("n1", "ipset", "list", "KUBE-CLUSTER-IP")).toContain("10.96.7.8,tcp:80");
    expect([before, world.ask("here", "http://10.96.7.7").status]).toEqual([200, 200]);
  });
});

describe("proxy modes", () => {
  it("S3-16 KP-04 every node has its kube-proxy, and none knows ExternalName Services", () => {
    const world = served();
    world.service("far", { type: "ExternalName", externalName: "example.com" });
    for (const node of ["n1", "n2"]) {
      expect(world.network.proxy("c1", node).mode).toBe("iptables");
      expect(world.network.proxy("c1", node).rules.map(({ service }) => service)).not.toContain("far");
    }
  });

  it("S3-17 clients of a virtual address outlive the pods behind it, a client that remembers a pod does not", () => {
    const world = served();
    const [remembered = ""] = podAddresses(world);
    for (const { metadata } of world.list(Pod, "default"))
      if (metadata.labels?.app === "web") world.remove(Pod, metadata.name);
    expect(world.ask("here", "http://10.96.7.7").status).toBe(200);
    expect(world.ask("here", `http://${remembered}`, { timeoutMs: 2000 }).error).not.toBe("");
  });

  it("S3-18 KP-32 userspace goes round, tries another when one refuses, and hides the client; it ended with 1.25", () => {
    const world = served({ proxyMode: "userspace", version: "v1.25.0" });
    world.create(EndpointSlice, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "broken", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      ports: [{ name: "", port: 81 }],
      endpoints: [{ addresses: [podAddresses(world)[0]] }],
    });
    expect(world.network.proxy("c1", "n1").mode).toBe("userspace");
    const answered = world.answerers("here", "http://10.96.7.7", 12);
    expect(set(answered)).toHaveLength(3);
    expect(callerSeen(world.ask("here", "http://10.96.7.7/info.php"))).toBe("172.18.0.2");
    const gone = served({ proxyMode: "userspace", version: "v1.26.0" });
    expect(gone.network.proxy("c1", "n1")).toMatchObject({
      mode: undefined,
      error: expect.stringContaining("must be iptables, ipvs or blank"),
    });
    expect(gone.ask("here", "http://10.96.7.7").error).toContain("i/o timeout");
  });

  it("S3-19 KP-30 iptables chooses each endpoint equally often, and a dead one fails the client", () => {
    const world = served();
    const answered = world.answerers("here", "http://10.96.7.7", 1500);
    const expected = 1500 / 3;
    const chiSquared = counts(answered).reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 13.8 is passed once in a thousand times with two degrees of freedom.
    expect(chiSquared).toBeLessThan(13.8);
    world.create(EndpointSlice, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "dead", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      ports: [{ name: "", port: 80 }],
      endpoints: [{ addresses: ["10.244.0.99"] }],
    });
    const failed = world.answerers("here", "http://10.96.7.7", 100).filter((one) => one.includes("timeout"));
    expect(failed.length).toBeGreaterThan(5);
  });

  it("S3-20 a readiness probe keeps a failing pod out of the choice", () => {
    const world = oneCluster({ nodes: nodesNamed(1) });
    const probe = { httpGet: { path: "/info.php", port: 80 }, periodSeconds: 1 };
    world.web("web", 1, {
      containers: [{ name: "web", image: "myos:httpd", ports: [{ containerPort: 80 }], readinessProbe: probe }],
    });
    world.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "failing", namespace: "default", labels: { app: "web" } },
      spec: {
        containers: [{ name: "web", image: "myos:httpd", readinessProbe: { httpGet: { path: "/missing", port: 80 } } }],
      },
    });
    world.service("web", { selector: { app: "web" }, clusterIP: "10.96.7.7" });
    world.client("c");
    world.advance(30);
    expect(set(world.answerers("c", "http://10.96.7.7", 20))).not.toContain("failing");
    expect(podAddresses(world)).toHaveLength(2);
  });

  it("S3-21 pods see the client in the cluster, and the node for what comes by a node port", () => {
    const world = served({}, { type: "NodePort", ports: [{ port: 80, nodePort: 30_007 }] });
    const own = world.get(Pod, "here").status?.podIP;
    expect(callerSeen(world.ask("here", "http://10.96.7.7/info.php"))).toBe(own);
    expect(callerSeen(world.ask({ outside: "203.0.113.9" }, "http://172.18.0.3:30007/info.php"))).toBe("172.18.0.3");
  });

  it("S3-22 ipvs follows changes at once, and what was tampered with is mended within 30 seconds", () => {
    const world = served({ proxyMode: "ipvs" });
    const [victim = ""] = [...podAddresses(world)].sort();
    world.nodeShell("n1", "ipvsadm", "-d", "-t", "10.96.7.7:80", "-r", `${victim}:80`);
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).not.toContain(`${victim}:80 `);
    expect(set(world.answerers("here", "http://10.96.7.7", 6))).toHaveLength(2);
    world.advance(30);
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).toContain(`${victim}:80 `);
    expect(set(world.answerers("here", "http://10.96.7.7", 6))).toHaveLength(3);
  });

  it("S3-23 KP-01 without its kernel modules ipvs falls back to iptables up to 1.25, and kube-proxy exits from 1.26 on", () => {
    const modules = { "atoll.dev/kernel-modules": "ip_vs,ip_vs_wrr,ip_vs_sh,nf_conntrack" };
    const bare = (version: string): OneCluster => {
      const world = served({ proxyMode: "ipvs", version });
      world.patch(Node, "n1", { metadata: { annotations: modules } });
      return world;
    };
    const old = bare("v1.25.3");
    expect(old.network.proxy("c1", "n1").mode).toBe("iptables");
    expect(old.network.proxy("c1", "n1").log[0]).toContain("required kernel modules are not loaded: [ip_vs_rr]");
    expect(old.network.proxy("c1", "n2").mode).toBe("ipvs");
    const recent = bare("v1.26.0");
    expect(recent.network.proxy("c1", "n1").error).toContain("can't use the IPVS proxier");
    expect(recent.ask("here", "http://10.96.7.7").error).toContain("i/o timeout");
    expect(recent.ask("there", "http://10.96.7.7").status).toBe(200);
  });

  const scheduled = (scheduler: string): OneCluster => {
    const world = served({ proxyMode: "ipvs" });
    world.configureProxy((configuration) => configuration.replace('scheduler: ""', `scheduler: ${scheduler}`));
    return world;
  };

  it("S3-25 S1-49 KP-33 rr is an exact cycle; iptables is not", () => {
    const answered = served({ proxyMode: "ipvs" }).answerers("here", "http://10.96.7.7", 9);
    expect(answered.slice(3, 6)).toEqual(answered.slice(0, 3));
    expect(answered.slice(6, 9)).toEqual(answered.slice(0, 3));
    expect(set(answered)).toHaveLength(3);
    const random = served().answerers("here", "http://10.96.7.7", 30);
    expect(random.slice(3).every((one, index) => one === random[index])).toBe(false);
  });

  it("S3-26 KP-34 lc goes where the fewest connections are open", () => {
    const world = scheduled("lc");
    const opened = [1, 2, 3].map(() => world.open("here", "http://10.96.7.7"));
    const places = opened.map(({ outcome }) => (outcome.ok ? outcome.address : ""));
    expect(set(places)).toHaveLength(3);
    opened[1]?.close();
    const next = world.open("here", "http://10.96.7.7").outcome;
    expect(next.ok ? next.address : "").toBe(places[1]);
  });

  it("S3-27 KP-35 dh goes by the destination: one address, one backend", () => {
    const world = scheduled("dh");
    expect(
      set([...world.answerers("here", "http://10.96.7.7", 8), ...world.answerers("there", "http://10.96.7.7", 8)]),
    ).toHaveLength(1);
  });

  it("S3-28 KP-35 sh sends the same source to the same backend, and others elsewhere", () => {
    const world = scheduled("sh");
    for (let index = 0; index < 12; index++) world.client(`more${index}`, { nodeName: "n1" });
    const seen = ["here", ...Array.from({ length: 12 }, (_unused, index) => `more${index}`)].map((name) =>
      set(world.answerers(name, "http://10.96.7.7", 4)),
    );
    expect(seen.every((one) => one.length === 1)).toBe(true);
    expect(set(seen.flat()).length).toBeGreaterThan(1);
  });

  it("S3-29 S3-30 KP-34 sed has the least delay to expect, nq an idle server first", () => {
    for (const scheduler of ["sed", "nq"]) {
      const world = scheduled(scheduler);
      const opened = Array.from({ length: 4 }, () => world.open("here", "http://10.96.7.7").outcome);
      const places = opened.map((outcome) => (outcome.ok ? outcome.address : ""));
      expect(set(places.slice(0, 3))).toHaveLength(3);
      expect(places[3]).toBe(places[0]);
    }
  });

  it("S3-31 KP-03 an unknown scheduler is an error of kube-proxy's configuration", () => {
    const world = scheduled("fastest");
    expect(world.network.proxy("c1", "n1")).toMatchObject({
      mode: undefined,
      error: expect.stringContaining('unknown IPVS scheduler "fastest"'),
    });
    world.configureProxy((configuration) => configuration.replace("scheduler: fastest", "scheduler: wlc"));
    expect(world.network.proxy("c1", "n1")).toMatchObject({ mode: "ipvs", scheduler: "wlc" });
    expect(world.nodeShell("n1", "ipvsadm", "-Ln")).toContain("TCP  10.96.7.7:80 wlc");
  });

  it.each(["iptables", "ipvs", "nftables"])(
    "S3-32 S1-50 KP-31 KP-36 sessionAffinity ClientIP keeps a client with its pod until the time is up (%s)",
    (proxyMode) => {
      const sessionAffinityConfig = { clientIP: { timeoutSeconds: 100 } };
      const world = served({ proxyMode }, { sessionAffinity: "ClientIP", sessionAffinityConfig });
      const [first = ""] = world.answerers("here", "http://10.96.7.7", 1);
      for (let round = 0; round < 5; round++) {
        world.advance(90);
        expect(world.answerers("here", "http://10.96.7.7", 1)).toEqual([first]);
      }
      for (let index = 0; index < 12; index++) world.client(`more${index}`, { nodeName: "n1" });
      const others = Array.from({ length: 12 }, (_unused, index) =>
        world.answerers(`more${index}`, "http://10.96.7.7", 3),
      );
      expect(others.every((answered) => set(answered).length === 1)).toBe(true);
      expect(set(others.flat()).length).toBeGreaterThan(1);
      const later = Array.from({ length: 12 }, () => {
        world.advance(101);
        return world.answerers("here", "http://10.96.7.7", 1);
      });
      expect(set(later.flat()).length).toBeGreaterThan(1);
    },
  );

  it("S3-32 affinity lasts three hours unless told otherwise, at most a day, and has no time when it is None", () => {
    const world = oneCluster();
    expect(world.service("a", { sessionAffinity: "ClientIP" }).spec.sessionAffinityConfig).toEqual({
      clientIP: { timeoutSeconds: 10_800 },
    });
    const refusal = (spec: object): string =>
      world.refusal(Service, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "b", namespace: "default" },
        spec: { ports: [{ port: 80 }], ...spec },
      });
    expect(
      refusal({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }),
    ).toContain(
      '422 Service "b" is invalid: spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    );
    // What is said of affinity where there is none is dropped before anybody looks at it (SetDefaults_Service).
    const idle = { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } };
    expect(world.service("c", idle).spec.sessionAffinityConfig).toBeUndefined();
    expect(world.patch(Service, "a", { spec: { sessionAffinity: "None" } }).spec.sessionAffinityConfig).toBeUndefined();
  });

  it("KP-20 other ports of a virtual address time out under iptables and are refused under ipvs and nftables; ping answers under ipvs only", () => {
    const told = (proxyMode: string): string => served({ proxyMode }).ask("here", "http://10.96.7.7:81").error;
    expect(told("iptables")).toContain("i/o timeout");
    expect(told("ipvs")).toContain("connection refused");
    expect(told("nftables")).toContain("connection refused");
  });

  it("KP-38 trafficDistribution acts through hints: the zone's own endpoints while it has some", () => {
    const world = oneCluster({ nodes: nodesNamed(2) });
    world.web("west", 2, { nodeName: "n1" });
    world.web("east", 2, { nodeName: "n2" });
    for (const { metadata } of world.list(Pod, "default"))
      world.patch(Pod, metadata.name, { metadata: { labels: { tier: "web" } } });
    world.service("web", { selector: { tier: "web" }, clusterIP: "10.96.7.7", trafficDistribution: "PreferClose" });
    world.client("here", { nodeName: "n1" });
    expect(set(world.answerers("here", "http://10.96.7.7", 20)).every((name) => name.startsWith("west"))).toBe(true);
    world.patch(Service, "web", { spec: { trafficDistribution: null } });
    expect(set(world.answerers("here", "http://10.96.7.7", 30)).some((name) => name.startsWith("east"))).toBe(true);
  });
});

describe("traffic policies", () => {
  /** One pod on n1, none on n2. */
  function lopsided(spec: Parameters<OneCluster["service"]>[1]): OneCluster {
    const world = oneCluster({ nodes: nodesNamed(2) });
    world.web("web", 1, { nodeName: "n1" });
    world.service("web", {
      selector: { app: "web" },
      clusterIP: "10.96.7.7",
      ports: [{ port: 80, nodePort: 30_007 }],
      type: "NodePort",
      ...spec,
    });
    world.client("here", { nodeName: "n1" });
    world.client("there", { nodeName: "n2" });
    return world;
  }
  const outside = { outside: "203.0.113.9" };

  it("S3-40 KP-16 externalTrafficPolicy Cluster uses all ready endpoints from every node", () => {
    const world = lopsided({});
    for (const node of ["172.18.0.2", "172.18.0.3"])
      expect(world.ask(outside, `http://${node}:30007`).status).toBe(200);
    expect(callerSeen(world.ask(outside, "http://172.18.0.3:30007/info.php"))).toBe("172.18.0.3");
  });

  it("S3-41 KP-14 KP-16 Local keeps to the node's own endpoints and shows the client; a node without drops; a plain ClusterIP Service may not have it", () => {
    const world = lopsided({ externalTrafficPolicy: "Local" });
    expect(callerSeen(world.ask(outside, "http://172.18.0.2:30007/info.php"))).toBe("203.0.113.9");
    expect(callerSeen(world.ask({ cluster: "c1", node: "n2" }, "http://172.18.0.2:30007/info.php"))).toBe("172.18.0.3");
    expect(world.ask(outside, "http://172.18.0.3:30007").error).toContain("i/o timeout");
    expect(world.ask("there", "http://172.18.0.3:30007").status).toBe(200);
    expect(
      world.refusal(Service, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "x", namespace: "default" },
        spec: { ports: [{ port: 1 }], externalTrafficPolicy: "Local" },
      }),
    ).toContain(
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    );
  });

  it("S3-42 Local load balancers have a port at which nodes tell whether they have endpoints", () => {
    const world = lopsided({ type: "LoadBalancer", externalTrafficPolicy: "Local" });
    const port = world.get(Service, "web").spec.healthCheckNodePort;
    const healthy = world.ask(outside, `http://172.18.0.2:${port}/healthz`);
    expect(healthy.status).toBe(200);
    expect(JSON.parse(healthy.body)).toEqual({
      service: { namespace: "default", name: "web" },
      localEndpoints: 1,
      serviceProxyHealthy: true,
    });
    expect(world.ask(outside, `http://172.18.0.3:${port}/healthz`).status).toBe(503);
  });

  it("S3-43 KP-13 behind Local, endpoints that still serve while they terminate get new connections, and no other node's do", () => {
    const world = lopsided({ externalTrafficPolicy: "Local" });
    const [pod = ""] = world
      .list(Pod, "default")
      .filter(({ metadata }) => metadata.labels?.app === "web")
      .map(({ status }) => status?.podIP ?? "");
    const draining = {
      addresses: [pod],
      nodeName: "n1",
      conditions: { ready: false, serving: true, terminating: true },
    };
    const elsewhere = { addresses: ["10.244.1.77"], nodeName: "n2" };
    const slice = (endpoints: readonly object[]) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "by-hand", namespace: "default", labels: { "kubernetes.io/service-name": "manual" } },
      addressType: "IPv4",
      ports: [{ name: "", port: 80 }],
      endpoints,
    });
    world.service("manual", {
      type: "NodePort",
      externalTrafficPolicy: "Local",
      ports: [{ port: 80, nodePort: 30_008 }],
    });
    world.create(EndpointSlice, slice([draining, elsewhere]));
    for (let round = 0; round < 5; round++) expect(world.ask(outside, "http://172.18.0.2:30008").status).toBe(200);
  });

  it("S3-44 KP-13 KP-15 internalTrafficPolicy Local keeps to the node, and drops where the node has none", () => {
    const world = lopsided({ internalTrafficPolicy: "Local" });
    expect(world.ask("here", "http://10.96.7.7").status).toBe(200);
    expect(world.ask("there", "http://10.96.7.7").error).toContain("i/o timeout");
  });

  it("KP-15 KP-17 a Service without endpoints refuses at once; a pod that reaches itself is seen as its node", () => {
    const world = lopsided({});
    world.service("empty", { selector: { app: "nobody" }, clusterIP: "10.96.7.9" });
    expect(world.ask("here", "http://10.96.7.9").error).toContain("connection refused");
    const [self = ""] = world
      .list(Pod, "default")
      .filter(({ metadata }) => metadata.labels?.app === "web")
      .map(({ metadata }) => metadata.name);
    expect(callerSeen(world.ask(self, "http://10.96.7.7/info.php"))).toBe("172.18.0.2");
  });
});
