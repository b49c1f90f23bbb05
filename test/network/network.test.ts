import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  CustomResourceDefinition,
  Deployment,
  EndpointSlice,
  Pod,
  Service,
  ServiceImport,
} from "../../src/api/index.ts";
import { serviceImport, slice } from "./objects.ts";
import { commandPod, serveDeployment, serveService, type TwoClusters, twoClusters } from "./two-clusters.ts";

const HELLO =
  /^'hello from cluster member1 \(Node: member1-control-plane Pod: serve-[a-z0-9]{8,10}-[a-z0-9]{5} Address: 10\.10\.0\.\d+\)'$/;
const CRD = parse(
  readFileSync(join(import.meta.dirname, "../../crds/multicluster.x-k8s.io_serviceimports.yaml"), "utf8"),
);

let world: TwoClusters;

/** member1 serves; member2 has a derived Service with member1's endpoints, and a client pod in each. */
beforeEach(() => {
  world = twoClusters();
  world.create("member1", Deployment, serveDeployment(2));
  world.create("member1", Service, serveService());
  world.create("member2", Service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "derived-serve", namespace: "default" },
    spec: { ports: [{ port: 80, protocol: "TCP" }] },
  });
  mirror();
  for (const cluster of ["member1", "member2"])
    world.create(cluster, Pod, commandPod("client", "busybox", ["sleep", "1d"]));
});

function podAddresses(): readonly string[] {
  const answer = world.send("member1", { verb: "list", kind: Pod, namespace: "default" });
  const items = (answer.ok ? answer.object.items : []) as readonly Pod[];
  return items.filter((pod) => pod.metadata.labels?.app === "serve").flatMap((pod) => pod.status?.podIP ?? []);
}

/** What the federation does: member1's endpoints as a slice in member2. */
function mirror(addresses: readonly string[] = podAddresses()): void {
  const name = "imported-member1-serve-abcde";
  world.send("member2", { verb: "delete", kind: EndpointSlice, namespace: "default", name });
  const imported = slice({ name, service: "derived-serve", endpoints: addresses });
  world.create("member2", EndpointSlice, { ...imported, addressType: "IPv4" });
}

function derivedAddress(): string {
  const answer = world.send("member2", { verb: "get", kind: Service, namespace: "default", name: "derived-serve" });
  return answer.ok ? ((answer.object as unknown as Service).spec.clusterIP ?? "") : "";
}

describe("a Service in its own cluster", () => {
  it("S4-08 S4-09 answers with the line of the seed, quotes kept and no newline at the end", () => {
    expect(world.get("member1", "client", `http://${podAddresses()[0]}:8080`)).toMatch(HELLO);
  });

  it("S4-28 is found by its name", () => {
    expect(world.get("member1", "client", "http://serve.default.svc.cluster.local")).toMatch(HELLO);
    expect(world.get("member1", "client", "http://serve")).toMatch(HELLO);
  });

  it("S4-10 gives pods their resolv.conf", () => {
    expect(world.exec("member2", "client", "cat", "/etc/resolv.conf").stdout).toBe(
      "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.13.0.10\noptions ndots:5\n",
    );
  });

  it("S3-95 answers on its ports only", () => {
    const result = world.fetch("member1", "client", "http://serve:8081");
    expect(result).toMatchObject({ ok: false, failure: { connect: { reason: "i/o timeout" } } });
  });
});

describe("a derived Service in another cluster", () => {
  it("S4-25 S4-26 S4-27 is asked by the request image once a second, and both pods answer", () => {
    const ip = derivedAddress();
    world.create(
      "member2",
      Pod,
      commandPod("request", "jeremyot/request:0a40de8", ["--duration=3s", `--address=${ip}`]),
    );
    world.advance(5_000);
    const lines = world.logs("member2", "request").trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.length).toBeLessThanOrEqual(4);
    for (const line of lines) {
      expect(line.slice(0, 20)).toMatch(/^2023\/06\/12 \d\d:\d\d:\d\d $/);
      expect(line.slice(20)).toMatch(HELLO);
    }
    const bodies = Array.from({ length: 40 }, () => world.get("member2", "client", `http://${ip}`));
    expect(new Set(bodies).size).toBe(2);
    const request = world.send("member2", { verb: "get", kind: Pod, namespace: "default", name: "request" });
    expect(request).toMatchObject({ object: { status: { phase: "Succeeded" } } });
  });

  it.each(["derived-serve.default.svc.cluster.local", "derived-serve.default", "derived-serve"])(
    "S4-29 is found as %s",
    (name) => expect(world.get("member2", "client", `http://${name}`)).toMatch(HELLO),
  );

  it("S4-30 does not make the original name known", () => {
    expect(world.get("member2", "client", "http://serve.default.svc.cluster.local")).toBe(
      'Get "http://serve.default.svc.cluster.local": dial tcp: lookup serve.default.svc.cluster.local on 10.13.0.10:53: no such host',
    );
  });

  it("S4-31 refuses at once without endpoints", () => {
    mirror([]);
    const ip = derivedAddress();
    expect(world.get("member2", "client", `http://${ip}`)).toBe(
      `Get "http://${ip}": dial tcp ${ip}:80: connect: connection refused`,
    );
  });

  it("S4-32 times out while the pod networks are apart, and works again after", () => {
    const ip = derivedAddress();
    world.network.fabric.links.setUsual({ routed: false });
    world.create(
      "member2",
      Pod,
      commandPod("request", "jeremyot/request:0a40de8", ["--duration=3s", `--address=${ip}`]),
    );
    world.advance(40_000);
    expect(world.logs("member2", "request")).toMatch(
      /^2023\/06\/12 \d\d:\d\d:\d\d Request error: Get "http:\/\/10\.13\.\d+\.\d+": dial tcp 10\.13\.\d+\.\d+:80: i\/o timeout\n/,
    );
    world.network.fabric.links.setUsual({ routed: true });
    expect(world.get("member2", "client", `http://${ip}`)).toMatch(HELLO);
  });

  it("S4-33 fails while the exporting cluster is down or the link is cut one way", () => {
    const ip = derivedAddress();
    world.faults.setDown("member1", true);
    expect(world.get("member2", "client", `http://${ip}`)).toContain("i/o timeout");
    world.faults.setDown("member1", false);
    world.faults.setCut("member1", "member2", true);
    expect(world.get("member2", "client", `http://${ip}`)).toContain("i/o timeout");
    world.faults.setCut("member1", "member2", false);
    expect(world.get("member2", "client", `http://${ip}`)).toMatch(HELLO);
  });

  it("keeps a connection to an external address of another cluster, whose pod network is not routed", () => {
    const echo = commandPod("echo", "busybox:1.36", ["nc", "-lk", "-p", "42", "-e", "cat"]) as Pod;
    world.create("member1", Pod, { ...echo, metadata: { ...echo.metadata, labels: { app: "echo" } } });
    world.create("member1", Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "echo", namespace: "default" },
      spec: {
        selector: { app: "echo" },
        externalIPs: ["203.0.113.7"],
        ports: [{ port: 42 }],
      },
    });
    world.network.fabric.links.setUsual({ routed: false });
    const say = "(echo one; sleep 2; echo two; sleep 2) | nc 203.0.113.7 42";
    expect(world.exec("member2", "client", "sh", "-c", say)).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
  });

  it("takes as long as the link is slow: a round trip to connect, one to be answered", () => {
    world.network.fabric.links.set("member1", "member2", { latencyMs: 50 });
    const startMs = world.loop.nowMs();
    expect(world.get("member2", "client", `http://${derivedAddress()}`)).toMatch(HELLO);
    expect(world.loop.nowMs() - startMs).toBe(200);
  });

  it("refuses a pod whose port nobody listens at", () => {
    const [address = ""] = podAddresses();
    expect(world.get("member2", "client", `http://${address}:81`)).toContain("connection refused");
  });

  it("no longer answers at the address of a pod that is gone", () => {
    const [address = ""] = podAddresses();
    const name = { verb: "update" as const, kind: Deployment, namespace: "default", name: "serve" };
    const current = world.send("member1", { ...name, verb: "get" });
    if (!current.ok) throw new Error(current.status.message);
    const spec = { ...(current.object.spec as object), replicas: 0 };
    world.send("member1", { ...name, object: { ...current.object, spec } as typeof current.object });
    world.settle();
    expect(world.get("member2", "client", `http://${address}:8080`)).toContain("i/o timeout");
  });
});

describe("names of the clusterset", () => {
  beforeEach(() => {
    world.create("member2", CustomResourceDefinition, CRD);
    world.create("member2", ServiceImport, serviceImport("serve", { ips: [podAddresses()[0] ?? ""] }));
  });
  const clusterset = { dnsConfig: { searches: ["clusterset.local"] } };
  const shell = (line: string) => world.exec("member2", "client", "sh", "-c", line);

  it("S4-55 lead to the pod itself: its own port answers, the Service's does not", () => {
    expect(shell("curl -s serve.default.svc.clusterset.local:8080").stdout).toMatch(HELLO);
    expect(shell("curl serve.default.svc.clusterset.local:80")).toMatchObject({
      code: 7,
      stderr: "curl: (7) Failed to connect to serve.default.svc.clusterset.local port 80: Connection refused\n",
    });
  });

  it("S4-56 lead to the derived Service when its address is the import's", () => {
    const name = { kind: ServiceImport, namespace: "default", name: "serve" };
    const current = world.send("member2", { verb: "get", ...name });
    if (!current.ok) throw new Error(current.status.message);
    const spec = { ...(current.object.spec as object), ips: [derivedAddress()] };
    world.send("member2", { verb: "update", ...name, object: { ...current.object, spec } as typeof current.object });
    world.settle();
    const bodies = Array.from({ length: 20 }, () => shell("curl -s serve.default.svc.clusterset.local").stdout);
    expect(new Set(bodies).size).toBe(2);
  });

  it("S4-54 S4-62 S4-63 are found by a search list written into resolv.conf, at once", () => {
    expect(shell("curl -s serve.default.svc:8080").code).toBe(6);
    shell(
      "echo 'search default.svc.cluster.local svc.cluster.local cluster.local clusterset.local' > /tmp/r; grep -v search /etc/resolv.conf >> /tmp/r; cat /tmp/r > /etc/resolv.conf",
    );
    expect(shell("cat /etc/resolv.conf").stdout).toBe(
      "search default.svc.cluster.local svc.cluster.local cluster.local clusterset.local\nnameserver 10.13.0.10\noptions ndots:5\n",
    );
    expect(shell("curl -s serve.default.svc:8080").stdout).toMatch(HELLO);
    const walk = world.network.resolve(
      { cluster: "member2", namespace: "default", pod: "client" },
      "serve.default.svc",
    );
    expect(walk?.steps.filter((step) => step.type === "A").map((step) => `${step.name} ${step.outcome}`)).toEqual([
      "serve.default.svc.default.svc.cluster.local. NXDOMAIN",
      "serve.default.svc.svc.cluster.local. NXDOMAIN",
      "serve.default.svc.cluster.local. NXDOMAIN",
      "serve.default.svc.clusterset.local. NOERROR",
    ]);
  });

  it("S4-54 S4-66 are found through dnsConfig, but not by the short name", () => {
    world.create("member2", Pod, commandPod("search", "busybox", ["sleep", "1d"], clusterset));
    expect(world.get("member2", "search", "http://serve.default.svc:8080")).toMatch(HELLO);
    expect(world.get("member2", "search", "http://serve:8080")).toContain("no such host");
  });

  it("S4-64 S4-65 give way to a local Service of the name, even one without endpoints; the full name does not", () => {
    world.create("member2", Pod, commandPod("search", "busybox", ["sleep", "1d"], clusterset));
    world.create("member2", Service, serveService());
    expect(world.get("member2", "search", "http://serve.default.svc:80")).toContain("connection refused");
    expect(world.get("member2", "search", "http://serve.default.svc.clusterset.local:8080")).toMatch(HELLO);
  });

  it("S4-61 give SERVFAIL in a cluster without the CRD", () => {
    expect(world.exec("member1", "client", "dig", "serve.default.svc.clusterset.local").stdout).toContain(
      "status: SERVFAIL",
    );
    expect(world.exec("member1", "client", "dig", "nope.default.svc.cluster.local").stdout).toContain(
      "status: NXDOMAIN",
    );
  });
});

describe("CoreDNS in the cluster", () => {
  it("is what answers at the DNS address: without its pods, names are not found", () => {
    const scale = { verb: "update" as const, kind: Deployment, namespace: "kube-system", name: "coredns" };
    const current = world.send("member2", { ...scale, verb: "get" });
    if (!current.ok) throw new Error(current.status.message);
    const spec = { ...(current.object.spec as object), replicas: 0 };
    world.send("member2", { ...scale, object: { ...current.object, spec } as typeof current.object });
    world.settle();
    expect(world.exec("member2", "client", "nslookup", "derived-serve").stdout).toBe(
      ";; connection timed out; no servers could be reached\n",
    );
  });
});
