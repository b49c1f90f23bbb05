import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { dnsQuery } from "../../../../src/network/dns/message.ts";
import { service, serviceImport, slice } from "../../objects.ts";
import { block, outcome, server, type TestServer, tryServer, WEB, withWeb } from "../test-server.ts";

const NOPE = "nope.default.svc.cluster.local.";
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default" },
  spec: { containers: [] },
} as const;

describe("kubernetes", () => {
  it("S4-48 CD-25 names pods by mode: insecure believes any address, verified looks for the pod", () => {
    const name = "10-12-0-5.default.pod.cluster.local.";
    const by = (mode: string) => withWeb(server(["kubernetes cluster.local {", `pods ${mode}`, "}"]));
    expect(["disabled", "insecure", "verified"].map((mode) => outcome(by(mode).ask(name, "A")))).toEqual([
      "NXDOMAIN",
      "5 A 10.12.0.5",
      "NXDOMAIN",
    ]);
    const verified = by("verified");
    verified.zone.putPod({ ...POD, status: { podIP: "10.12.0.5" } });
    expect(outcome(verified.ask(name, "A"))).toBe("5 A 10.12.0.5");
  });

  it("CD-31 shows what namespaces, labels and namespace labels select, and nothing else", () => {
    const shown = (option: string) => {
      const made = withWeb(server(["kubernetes cluster.local {", option, "}"]));
      made.zone.putNamespace("prod", { stage: "prod" });
      const labelled = service("web", { clusterIP: "10.13.0.30", clusterIPs: ["10.13.0.30"] }, "prod");
      made.zone.putService({ ...labelled, metadata: { ...labelled.metadata, labels: { tier: "front" } } });
      return [WEB, "web.prod.svc.cluster.local."].map((name) => outcome(made.ask(name, "A")));
    };
    const [DEFAULT, PROD] = ["5 A 10.13.0.20", "5 A 10.13.0.30"];
    expect(shown("namespaces prod")).toEqual(["NXDOMAIN", PROD]);
    expect(shown("namespace_labels stage=prod")).toEqual(["NXDOMAIN", PROD]);
    expect(shown("labels tier=front")).toEqual(["NXDOMAIN", PROD]);
    expect(shown("ttl 5")).toEqual([DEFAULT, PROD]);
  });

  it("forgets a pod whose labels no longer select it, an answer made before that included", () => {
    const { zone, respond } = server(["kubernetes cluster.local {", "pods verified", "labels tier=front", "}"]);
    zone.putNamespace("default");
    const query = encodeMessage(dnsQuery({ name: "10-12-0-5.default.pod.cluster.local.", type: "A" }));
    const shown = [{ tier: "front" }, { tier: "back" }, { tier: "front" }, undefined].map((labels) => {
      const metadata = { name: "p", namespace: "default", ...(labels === undefined ? {} : { labels }) };
      zone.putPod({ ...POD, metadata, status: { podIP: "10.12.0.5" } });
      return respond(query, "udp")?.readUInt16BE(6);
    });
    expect(shown).toEqual([1, 0, 1, 0]);
  });

  it("CD-17 CD-31 names endpoints by their pods with endpoint_pod_names, and not at all with noendpoints", () => {
    const named = (option: string) => {
      const made = withWeb(server(["kubernetes cluster.local {", option, "}"]));
      const pod = { addresses: ["10.12.0.7"], targetRef: { kind: "Pod", name: "web-abcde", namespace: "default" } };
      made.zone.putEndpointSlice(slice({ service: "web", endpoints: [pod] }));
      return ["web-abcde", "10-12-0-7"].map((host) => outcome(made.ask(`${host}.${WEB}`, "A")));
    };
    expect(named("endpoint_pod_names")).toEqual(["5 A 10.12.0.7", "NXDOMAIN"]);
    expect(named("ttl 5")).toEqual(["NXDOMAIN", "5 A 10.12.0.7"]);
    expect(named("noendpoints")).toEqual(["NXDOMAIN", "NXDOMAIN"]);
  });

  it("CD-31 denies a Service nobody stands behind with `ignore empty_service`, so that the search goes on", () => {
    const made = withWeb(server(["kubernetes cluster.local {", "ignore empty_service", "}"]));
    expect(outcome(made.ask(WEB, "A"))).toBe("NXDOMAIN");
    made.zone.putEndpointSlice(slice({ service: "web", endpoints: ["10.12.0.7"] }));
    expect(outcome(made.ask(WEB, "A"))).toBe("5 A 10.13.0.20");
  });

  it("CD-32 lets names fall through that it does not have, in the zones it is told", () => {
    const made = withWeb(
      server(
        [
          "kubernetes cluster.local in-addr.arpa {",
          "fallthrough in-addr.arpa",
          "}",
          "hosts {",
          "10.9.9.9 box.example",
          "192.0.2.5 nope.default.svc.cluster.local",
          "}",
        ],
        { plugins: ["kubernetes", "hosts"] },
      ),
    );
    expect(outcome(made.ask("9.9.9.10.in-addr.arpa.", "PTR"))).toBe("3600 PTR box.example.");
    expect(outcome(made.ask("nope.default.svc.cluster.local.", "A"))).toBe("NXDOMAIN");
    expect(outcome(made.ask("20.0.13.10.in-addr.arpa.", "PTR"))).toBe(`5 PTR ${WEB}`);
  });

  it("CD-13 CD-12 has a TTL of five seconds unless told otherwise; its SOA lives five minutes at most", () => {
    const ttls = ["", "ttl 0", "ttl 30", "ttl 3600"].map((option) => {
      const made = withWeb(server(["kubernetes cluster.local {", option, "}"]));
      const [soa] = made.ask(NOPE, "A").authorities;
      return [outcome(made.ask(WEB, "A")), soa?.ttl, soa?.type === "SOA" ? soa.minimum : undefined];
    });
    expect(ttls).toEqual([
      ["5 A 10.13.0.20", 5, 5],
      ["0 A 10.13.0.20", 0, 0],
      ["30 A 10.13.0.20", 30, 30],
      ["3600 A 10.13.0.20", 300, 3600],
    ]);
  });

  it("CD-17 does not take a pod's name of 64 letters for a label", () => {
    const made = withWeb(server(["kubernetes cluster.local {", "endpoint_pod_names", "}"]));
    const named = (length: number, address: string) => ({
      addresses: [address],
      targetRef: { kind: "Pod", name: "p".repeat(length), namespace: "default" },
    });
    made.zone.putEndpointSlice(slice({ service: "web", endpoints: [named(63, "10.12.0.7"), named(64, "10.12.0.8")] }));
    const targets = [`${"p".repeat(63)}.${WEB}`, `10-12-0-8.${WEB}`];
    expect(targets.map((name) => outcome(made.ask(name, "A")))).toEqual(["5 A 10.12.0.7", "5 A 10.12.0.8"]);
  });

  it("CD-30 takes every option of CoreDNS', those of the way to the API server included", () => {
    const options = [
      "endpoint https://10.96.0.1:443",
      "tls cert key ca",
      "kubeconfig /k ctx",
      "apiserver_qps 50",
      "apiserver_burst 100",
      "apiserver_max_inflight 20",
      "namespaces default",
      "labels tier in (front, back)",
      "pods verified",
      "endpoint_pod_names",
      "ttl 10",
      "fallthrough in-addr.arpa",
      "ignore empty_service",
      "multicluster clusterset.local",
      "zonal",
      "startup_timeout 10s",
    ];
    const made = server(["kubernetes cluster.local clusterset.local in-addr.arpa {", ...options, "}"], {
      version: "1.14.7",
      files: new Map([["/k", ""]]),
    });
    expect(made.loaded.parts).toMatchObject([{ startupWaitMs: 10_000 }]);
  });

  it("CD-32 lets only names fall through that do not exist, never those without data", () => {
    const made = withWeb(
      server(["kubernetes cluster.local {", "fallthrough", "}", "hosts {", `fd00::1 ${WEB}`, `fd00::2 ${NOPE}`, "}"], {
        plugins: ["kubernetes", "hosts"],
      }),
    );
    expect([WEB, NOPE].map((name) => outcome(made.ask(name, "AAAA")))).toEqual(["NODATA", "3600 AAAA fd00::2"]);
  });

  it("CD-56 names the endpoints of a topology zone: pinned to it, or preferring it", () => {
    const made = withWeb(server(["kubernetes cluster.local {", "zonal", "}"], { version: "1.14.7" }));
    made.zone.putService(service("db", { clusterIP: "None", clusterIPs: ["None"] }));
    const endpoints = ["z1", "z2"].map((zone, index) => ({ addresses: [`10.12.0.${index + 1}`], zone }));
    made.zone.putEndpointSlice(slice({ service: "db", endpoints }));
    const DB = "db.default.svc.cluster.local.";
    const rows = [`z1.pin._zone.${DB}`, `z3.pin._zone.${DB}`, `z3.prefer._zone.${DB}`, `z1.pin._zone.${WEB}`];
    expect(rows.map((name) => outcome(made.ask(name, "A")))).toEqual([
      "5 A 10.12.0.1",
      "NODATA",
      "5 A 10.12.0.1 | 5 A 10.12.0.2",
      "NXDOMAIN",
    ]);
    expect(tryServer(block("kubernetes cluster.local {", "zonal", "}"), { version: "1.14.6" })).toContain(
      "unknown property 'zonal'",
    );
  });

  it("CD-50 CD-58 serves imports itself when told, and fails for all zones while it may not list them", () => {
    const made = withWeb(server(["kubernetes cluster.local clusterset.local {", "multicluster clusterset.local", "}"]));
    made.zone.putServiceImport(serviceImport("foo", { ips: ["10.13.166.120"] }));
    expect(outcome(made.ask("foo.default.svc.clusterset.local.", "A"))).toBe("5 A 10.13.166.120");
    made.zone.setState("clusterset", "refused");
    expect(outcome(made.ask("nope.default.svc.cluster.local.", "A"))).toBe("SERVFAIL");
    expect(outcome(made.ask(WEB, "A"))).toBe("5 A 10.13.0.20");
  });
});

describe("kubernetes with multicluster", () => {
  const made = (options: readonly string[] = []): TestServer =>
    withWeb(
      server(["kubernetes cluster.local clusterset.local {", "multicluster clusterset.local", ...options, "}"], {
        version: "1.14.7",
      }),
    );
  const FOO = "foo.default.svc.clusterset.local.";

  it("CD-55 needs the namespace here, and names pods of it as in the cluster's own zone", () => {
    const here = made(["pods insecure"]);
    here.zone.putServiceImport(serviceImport("foo", { ips: ["10.13.166.120"] }));
    expect(outcome(here.ask(FOO, "A"))).toBe("5 A 10.13.166.120");
    expect(outcome(here.ask("10-12-0-5.default.pod.clusterset.local.", "A"))).toBe("5 A 10.12.0.5");
    here.zone.removeNamespace("default");
    expect(outcome(here.ask(FOO, "A"))).toBe("NXDOMAIN");
  });

  it("CD-56 knows no topology zones of imports", () => {
    const here = made(["zonal"]);
    here.zone.putServiceImport(serviceImport("foo", { type: "Headless" }));
    const endpoints = [{ addresses: ["10.1.0.1"], zone: "z1" }];
    here.zone.putEndpointSlice(slice({ imported: { service: "foo", cluster: "m1" }, endpoints }));
    expect(outcome(here.ask(FOO, "A"))).toBe("5 A 10.1.0.1");
    expect(outcome(here.ask(`z1.pin._zone.${FOO}`, "A"))).toBe("NXDOMAIN");
  });

  // Upstream lists imports by the selector meant for namespaces, and forgets to count their coming and going: not imitated.
  it("CD-59 shows imports by the labels of their namespaces, and their changes in the serial", () => {
    const here = made(["namespace_labels stage=prod"]);
    const serial = (): number => {
      const [soa] = here.ask("clusterset.local.", "SOA").answers;
      return soa?.type === "SOA" ? soa.serial : 0;
    };
    here.advance(5_000);
    here.zone.putServiceImport(serviceImport("foo", { ips: ["10.13.166.120"] }));
    const before = serial();
    expect(outcome(here.ask(FOO, "A"))).toBe("NXDOMAIN");
    here.zone.putNamespace("default", { stage: "prod" });
    expect(outcome(here.ask(FOO, "A"))).toBe("5 A 10.13.166.120");
    here.advance(5_000);
    here.zone.removeServiceImport(serviceImport("foo", {}));
    expect(serial()).toBe(before + 5);
  });
});

describe("multicluster", () => {
  it("S4-61 CD-60 takes kubeconfig, noendpoints and fallthrough", () => {
    const lines = ["multicluster clusterset.local {", "kubeconfig /k ctx", "noendpoints", "fallthrough", "}"];
    const made = withWeb(server([...lines, "whoami"]));
    made.zone.putServiceImport(serviceImport("db", { type: "Headless" }));
    made.zone.putEndpointSlice(slice({ imported: { service: "db", cluster: "m1" }, endpoints: ["10.1.0.1"] }));
    // Without endpoints a headless import has nothing, so that whoami is asked, who answers aside.
    expect(made.ask("db.default.svc.clusterset.local.", "A").additionals).toHaveLength(2);
  });

  it("S4-81 says what Kubernetes before 1.21 lacks, and answers nothing wrong", () => {
    const made = withWeb(
      server(["multicluster clusterset.local", "kubernetes cluster.local"], { kubernetesVersion: "v1.20.15" }),
    );
    expect(made.logged).toEqual([
      "[ERROR] plugin/multicluster: Kubernetes v1.20.15 does not serve discovery.k8s.io/v1 EndpointSlice: v1.21.0 or later is required; names in clusterset.local. fail",
    ]);
    expect(outcome(made.ask("foo.default.svc.clusterset.local.", "A"))).toBe("SERVFAIL");
    expect(outcome(made.ask(WEB, "A"))).toBe("5 A 10.13.0.20");
  });

  it("CD-62 says it is ready whatever it has seen, and knows imports whose endpoints nobody could list", () => {
    const made = withWeb(server(["multicluster clusterset.local"]));
    made.zone.setState("clusterset", "refused");
    expect(made.loaded.parts[0]?.ready?.()).toBe(true);
    expect(outcome(made.ask("*.default.svc.clusterset.local.", "A"))).toBe("SERVFAIL");
    made.zone.setState("clusterset", "synced");
    made.zone.putServiceImport(serviceImport("foo", { ips: ["10.13.166.120"] }));
    expect(outcome(made.ask("*.default.svc.clusterset.local.", "A"))).toBe("NXDOMAIN");
    expect(outcome(made.ask("foo.default.svc.clusterset.local.", "A"))).toBe("5 A 10.13.166.120");
  });
});
