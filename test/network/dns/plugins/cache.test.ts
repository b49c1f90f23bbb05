import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../../src/network/dns/decode.ts";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { type DnsMessage, dnsQuery } from "../../../../src/network/dns/message.ts";
import { service } from "../../objects.ts";
import { outcome, type TestServer, testServer } from "../test-server.ts";

const COREFILE = (cache: string): string => `.:53 {
  errors
  prometheus :9153
  multicluster clusterset.local
  kubernetes cluster.local in-addr.arpa {
    pods insecure
    ttl 30
  }
  ${cache}
  loadbalance
}
`;

const web = (address: string) => service("web", { clusterIP: address, clusterIPs: [address] });

function world(cache = "cache 30"): TestServer {
  const server = testServer(COREFILE(cache));
  server.zone.putNamespace("default");
  server.zone.putService(web("10.13.0.20"));
  return server;
}

const NAME = "web.default.svc.cluster.local.";
const NOPE = "nope.default.svc.cluster.local.";

/** Asks over the wire, through the ready packets. */
function ask(server: TestServer, name: string, type = "A"): DnsMessage {
  const query = encodeMessage({ ...dnsQuery({ name, type }), id: 7 });
  return decodeMessage(server.respond(query, "udp") as Buffer) as DnsMessage;
}

describe("cache", () => {
  it("S4-47 counts TTLs down, and shows a change when they are over and not before", () => {
    const server = world();
    expect(outcome(ask(server, NAME))).toBe("30 A 10.13.0.20");
    server.zone.putService(web("10.13.0.21"));
    server.advance(12_500);
    expect(outcome(ask(server, NAME))).toBe("18 A 10.13.0.20");
    server.advance(17_400);
    expect(outcome(ask(server, NAME))).toBe("1 A 10.13.0.20");
    server.advance(100);
    expect(outcome(ask(server, NAME))).toBe("30 A 10.13.0.21");
  });

  it("CD-20 keeps denials as long: a Service that comes shows when they are over", () => {
    const server = world();
    expect(outcome(ask(server, NOPE))).toBe("NXDOMAIN");
    server.zone.putService(service("nope", { clusterIP: "10.13.0.30", clusterIPs: ["10.13.0.30"] }));
    server.advance(29_000);
    expect(outcome(ask(server, NOPE))).toBe("NXDOMAIN");
    server.advance(1_000);
    expect(outcome(ask(server, NOPE))).toBe("30 A 10.13.0.30");
  });

  it("E-04 shows a change at once where the Corefile has no cache", () => {
    const server = world("");
    expect(outcome(ask(server, NOPE))).toBe("NXDOMAIN");
    server.zone.putService(service("nope", { clusterIP: "10.13.0.30", clusterIPs: ["10.13.0.30"] }));
    expect(outcome(ask(server, NOPE))).toBe("30 A 10.13.0.30");
  });

  it("CD-20 takes the plugin's own TTL where it is shorter, and five seconds at least", () => {
    const server = world();
    expect(outcome(ask(server, "dns-version.clusterset.local.", "TXT"))).toBe('30 TXT "1.1.0"');
    expect(ask(server, "nope.default.svc.clusterset.local.").authorities[0]?.ttl).toBe(5);
    server.zone.setState("clusterset", "refused");
    expect(outcome(ask(server, "late.default.svc.clusterset.local."))).toBe("SERVFAIL");
    server.zone.setState("clusterset", "synced");
    server.advance(4_000);
    expect(outcome(ask(server, "late.default.svc.clusterset.local."))).toBe("SERVFAIL");
    server.advance(1_000);
    expect(outcome(ask(server, "late.default.svc.clusterset.local."))).toBe("NXDOMAIN");
  });

  it("repeats names in the letters of who asked first", () => {
    const server = world();
    ask(server, NAME);
    expect(ask(server, "Web.DEFAULT.svc.cluster.LOCAL.").answers[0]?.name).toBe(NAME);
    expect(ask(server, "NOPE.default.svc.Cluster.local.").authorities[0]?.name).toBe("Cluster.local.");
    expect(ask(server, NOPE).authorities[0]?.name).toBe("Cluster.local.");
  });

  it("leaves alone what `disable` names", () => {
    const server = world("cache 30 {\n disable denial cluster.local\n}");
    expect(outcome(ask(server, NOPE))).toBe("NXDOMAIN");
    server.zone.putService(service("nope", { clusterIP: "10.13.0.30", clusterIPs: ["10.13.0.30"] }));
    expect(outcome(ask(server, NOPE))).toBe("30 A 10.13.0.30");
  });

  it("serves what is stale at once and fresh the next time, or only for want of better with `verify`", () => {
    const immediate = world("cache 30 {\n serve_stale 1h\n}");
    const verifying = world("cache 30 {\n serve_stale 1h verify\n}");
    const seen = [immediate, verifying].map((server) => {
      ask(server, NAME);
      server.zone.putService(web("10.13.0.21"));
      server.advance(60_000);
      return [outcome(ask(server, NAME)), outcome(ask(server, NAME))];
    });
    expect(seen).toEqual([
      ["0 A 10.13.0.20", "30 A 10.13.0.21"],
      ["30 A 10.13.0.21", "30 A 10.13.0.21"],
    ]);
  });

  it("tells sizes, who is asked first, and which plugins there are, as the real one words it", () => {
    const server = world();
    for (const part of server.loaded.parts) part.started?.();
    for (let turn = 0; turn < 3; turn++) ask(server, NAME);
    ask(server, NOPE);
    const lines = server.metrics.text().split("\n");
    for (const line of [
      'coredns_dns_responses_total{plugin="errors",rcode="NOERROR",server="dns://:53",view="",zone="."} 3',
      'coredns_dns_requests_total{family="1",proto="udp",server="dns://:53",type="A",view="",zone="."} 4',
      'coredns_dns_request_size_bytes_bucket{proto="udp",server="dns://:53",view="",zone=".",le="0"} 0',
      'coredns_dns_request_size_bytes_bucket{proto="udp",server="dns://:53",view="",zone=".",le="100"} 4',
      'coredns_dns_request_size_bytes_count{proto="udp",server="dns://:53",view="",zone="."} 4',
      'coredns_dns_response_size_bytes_bucket{proto="udp",server="dns://:53",view="",zone=".",le="100"} 3',
      'coredns_dns_response_size_bytes_bucket{proto="udp",server="dns://:53",view="",zone=".",le="200"} 4',
      'coredns_cache_hits_total{server="dns://:53",type="success",view="",zones="."} 2',
      'coredns_plugin_enabled{name="loadbalance",server="dns://:53",view="",zone="."} 1',
    ])
      expect(lines).toContain(line);
  });

  it("counts requests, hits and misses, those answered from ready packets among them", () => {
    const server = world();
    for (let turn = 0; turn < 5; turn++) ask(server, NAME);
    server.advance(1_000);
    for (let turn = 0; turn < 5; turn++) ask(server, NAME);
    const text = server.metrics.text();
    const value = (name: string): number => Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, "m").exec(text)?.[1]);
    expect(value("coredns_cache_requests_total")).toBe(10);
    expect(value("coredns_cache_misses_total")).toBe(1);
    expect(value("coredns_cache_hits_total")).toBe(9);
    expect(value("coredns_dns_requests_total")).toBe(10);
    expect(value("coredns_dns_responses_total")).toBe(10);
  });

  it("E-04 is never more than its time behind", () => {
    const step = fc.oneof(
      fc.record({ put: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ wait: fc.integer({ min: 0, max: 20_000 }) }),
      fc.constant({ ask: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const server = world();
        const history = [{ atMs: server.loop.nowMs(), address: "10.13.0.20" }];
        for (const one of steps) {
          if ("put" in one) {
            const address = `10.13.0.${one.put}`;
            server.zone.putService(web(address));
            history.push({ atMs: server.loop.nowMs(), address });
          } else if ("wait" in one) server.advance(one.wait);
          else {
            const [record] = ask(server, NAME).answers;
            const since = server.loop.nowMs() - 30_000;
            const allowed = history.filter(
              ({ atMs }, index) => atMs > since || (history[index + 1]?.atMs ?? since + 1) > since,
            );
            expect(allowed.map(({ address }) => address)).toContain(record?.type === "A" ? record.address : "");
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
