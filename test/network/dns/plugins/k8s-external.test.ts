import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../../src/network/dns/decode.ts";
import { recordData } from "../../../../src/network/dns/dig-text.ts";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { dnsQuery } from "../../../../src/network/dns/message.ts";
import { service, slice } from "../../objects.ts";
import { block, outcome, server, type TestServer, tryServer } from "../test-server.ts";

const ports = [
  { name: "http", port: 80 },
  { name: "dns", port: 53, protocol: "UDP" as const },
];

/** A cluster with a Service of two addresses outside, one of a load balancer, a headless one, and one nobody reaches. */
function outside(...lines: readonly string[]): TestServer {
  const made = server([...lines, "kubernetes cluster.local out.org {", "ttl 30", "}"], { addresses: ["10.12.0.9"] });
  made.zone.putNamespace("ext");
  const put = (name: string, spec: object, status: object = {}): void => {
    const made1 = service(name, { clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"], ports, ...spec });
    made.zone.putService({ ...made1, metadata: { ...made1.metadata, namespace: "ext" }, status });
  };
  put("two", { externalIPs: ["192.0.2.7", "fd00:7::1"] });
  put("lb", {}, { loadBalancer: { ingress: [{ hostname: "two.ext.out.org" }, { ip: "192.0.2.9" }] } });
  put("none", {});
  put("head", { clusterIP: "None", clusterIPs: ["None"] });
  const endpoints = slice({ service: "head", endpoints: ["10.12.0.7"], ports: [{ name: "pg", port: 5432 }] });
  made.zone.putEndpointSlice({ ...endpoints, metadata: { ...endpoints.metadata, namespace: "ext" } });
  return made;
}

describe("k8s_external, as CoreDNS 1.14.7 answered over the same objects", () => {
  const rows: readonly (readonly [name: string, type: string, wanted: string])[] = [
    ["two.ext.out.org.", "A", "5 A 192.0.2.7"],
    ["two.ext.out.org.", "AAAA", "5 AAAA fd00:7::1"],
    ["two.ext.out.org.", "TXT", "NODATA"],
    ["_http._tcp.two.ext.out.org.", "SRV", "30 SRV 0 50 80 two.ext.out.org."],
    ["dns.udp.two.ext.out.org.", "SRV", "30 SRV 0 50 53 two.ext.out.org."],
    ["_x._tcp.two.ext.out.org.", "SRV", "NXDOMAIN"],
    ["x.two.ext.out.org.", "A", "5 A 192.0.2.7"],
    ["a.b.c.two.ext.out.org.", "A", "NXDOMAIN"],
    [
      "lb.ext.out.org.",
      "AAAA",
      "30 CNAME two.ext.out.org. | 5 AAAA fd00:7::1 | 30 CNAME two.ext.out.org. | 5 AAAA fd00:7::1",
    ],
    ["none.ext.out.org.", "A", "NXDOMAIN"],
    ["head.ext.out.org.", "A", "NXDOMAIN"],
    ["ext.out.org.", "A", "NODATA"],
    ["nope.out.org.", "A", "NXDOMAIN"],
    ["out.org.", "NS", "5 NS ns1.dns.out.org."],
    ["ns1.dns.out.org.", "A", "5 A 10.12.0.9"],
    ["dns.out.org.", "A", "NODATA"],
    ["ns2.dns.out.org.", "A", "NXDOMAIN"],
    ["two.ext.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ];
  it.each(rows)("%s %s", (name, type, wanted) => {
    expect(outcome(outside("k8s_external out.org").ask(name, type))).toBe(wanted);
  });

  it("names endpoints of headless Services, and addresses backwards, when it is told to", () => {
    const made = outside("k8s_external out.org in-addr.arpa {", "headless", "ttl 60", "apex ns", "}");
    const ask = (name: string, type: string): string => outcome(made.ask(name, type));
    expect(ask("head.ext.out.org.", "A")).toBe("60 A 10.12.0.7");
    expect(ask("_pg._tcp.head.ext.out.org.", "SRV")).toBe("30 SRV 0 100 5432 10-12-0-7.head.ext.out.org.");
    expect(ask("10-12-0-7.head.ext.out.org.", "A")).toBe("60 A 10.12.0.7");
    expect(ask("7.2.0.192.in-addr.arpa.", "PTR")).toBe("60 PTR two.ext.out.org.");
    expect(ask("8.2.0.192.in-addr.arpa.", "PTR")).toBe("NXDOMAIN");
    const [soa] = made.ask("out.org.", "SOA").answers;
    expect(soa && recordData(soa)).toBe("ns1.ns.out.org. hostmaster.ns.out.org. 0 7200 1800 86400 60");
  });

  it("tells of a Service that changed outside", () => {
    const made = outside("k8s_external out.org");
    const spec = { externalIPs: ["192.0.2.8"], clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"], ports };
    const changed = service("two", spec);
    made.zone.putService({ ...changed, metadata: { ...changed.metadata, namespace: "ext" } });
    expect(outcome(made.ask("two.ext.out.org.", "A"))).toBe("5 A 192.0.2.8");
    const [soa] = made.ask("out.org.", "SOA").answers;
    expect(soa?.type === "SOA" && soa.serial).toBe(made.zone.serial);
    const serials = [1, 2, 3].map(() => {
      made.advance(1000);
      made.zone.putService(service(`other-${made.loop.nowMs()}`, {}));
      const packet = made.respond(encodeMessage(dnsQuery({ name: "nope.ext.out.org.", type: "A" })), "udp");
      const [record] = decodeMessage(packet ?? Buffer.alloc(0))?.authorities ?? [];
      return record?.type === "SOA" ? record.serial : undefined;
    });
    expect(new Set(serials)).toEqual(new Set([soa?.type === "SOA" && soa.serial]));
  });

  it("passes on what it does not have when told to, and needs kubernetes", () => {
    const made = outside("k8s_external out.org {", "fallthrough", "}");
    expect(outcome(made.ask("two.ext.svc.out.org.", "A"))).toBe("30 A 10.13.0.20");
    expect(tryServer(block("k8s_external out.org"))).toBe("plugin/k8s_external: kubernetes plugin not loaded");
    expect(tryServer(block("k8s_external out.org {", "apex", "}", "kubernetes cluster.local"))).toBe(
      "plugin/k8s_external: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'apex'",
    );
  });
});
