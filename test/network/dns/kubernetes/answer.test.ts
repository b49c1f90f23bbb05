import { describe, expect, it } from "vitest";
import { recordData } from "../../../../src/network/dns/dig-text.ts";
import type { DnsZone } from "../../../../src/network/dns/kubernetes/zone.ts";
import { type DnsMessage, dnsQuery, RCODE_NAMES } from "../../../../src/network/dns/message.ts";
import { service, serviceImport, slice } from "../../objects.ts";
import { CLUSTER_COREFILE, outcome, type TestServer, testServer } from "../test-server.ts";

/** The cluster all rows below ask, in zone order: Services, then imports. */
function world(...args: Parameters<typeof testServer>): TestServer {
  const server = testServer(...args);
  fill(server.zone);
  return server;
}

function fill(zone: DnsZone): void {
  for (const namespace of ["default", "kube-system", "prod"]) zone.putNamespace(namespace);
  const ip = (address: string) => ({ clusterIP: address, clusterIPs: [address] });
  zone.putService(
    service("kube-dns", { ...ip("10.13.0.10"), ports: [{ name: "dns", port: 53, protocol: "UDP" }] }, "kube-system"),
  );
  zone.putService(service("web", { ...ip("10.13.0.20"), ports: [{ name: "http", port: 80, protocol: "TCP" }] }));
  zone.putEndpointSlice(slice({ service: "web", ports: [{ name: "http", port: 8080 }], endpoints: ["10.12.0.7"] }));
  zone.putService(service("bare", ip("10.13.0.21")));
  zone.putService(service("portless", { ...ip("10.13.0.22"), ports: [] }));
  zone.putService(
    service("dual", {
      clusterIP: "10.13.0.23",
      clusterIPs: ["10.13.0.23", "FD00::0023"],
      ports: [{ name: "http", port: 80 }],
    }),
  );
  zone.putService(service("db", { clusterIP: "None", clusterIPs: ["None"], ports: [{ name: "pg", port: 5432 }] }));
  zone.putEndpointSlice(
    slice({
      service: "db",
      ports: [{ name: "pg", port: 5432, protocol: "TCP" }],
      endpoints: [
        { addresses: ["10.12.0.1"], hostname: "db-0" },
        { addresses: ["10.12.0.2"], hostname: "db-1", conditions: { ready: true } },
        { addresses: ["10.12.0.3"], hostname: "db-2", conditions: { ready: false, serving: true } },
        "10.12.0.4",
      ],
    }),
  );
  zone.putService(service("empty", { clusterIP: "None", clusterIPs: ["None"] }));
  zone.putService(service("twins", { clusterIP: "None", clusterIPs: ["None"], ports: [] }));
  const twins = ["10.12.1.1", "10.12.1.2"].map((address) => ({ addresses: [address], hostname: "twin" }));
  zone.putEndpointSlice(slice({ service: "twins", ports: [], endpoints: twins }));
  zone.putService(service("six", { clusterIP: "None", clusterIPs: ["None"] }));
  zone.putEndpointSlice(slice({ service: "six", endpoints: ["5678:abcd::1", "5678:abcd::"] }));
  for (const name of ["1234", "x".repeat(63)]) zone.putService(service(name, ip("10.13.0.40")));
  zone.putService(service("ext", { type: "ExternalName", externalName: "my.database.example.com" }, "prod"));
  zone.putService(service("alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }, "prod"));
  zone.putService(service("lost", { type: "ExternalName", externalName: "nope.default.svc.cluster.local" }, "prod"));
  zone.putService(service("self", { type: "ExternalName", externalName: "self.prod.svc.cluster.local" }, "prod"));
  zone.putService(service("numeric", { type: "ExternalName", externalName: "1.2.3.4" }, "prod"));
  zone.putServiceImport(
    serviceImport("foo", { ips: ["10.13.166.120"], ports: [{ name: "http", port: 80, protocol: "TCP" }] }),
  );
  zone.putServiceImport(serviceImport("noips", {}));
  zone.putServiceImport(serviceImport("noports", { ips: ["10.13.166.121"], ports: [] }));
  zone.putEndpointSlice(
    slice({
      name: "foo-1",
      imported: { service: "foo", cluster: "member1" },
      ports: [{ name: "http", port: 8080 }],
      endpoints: ["10.10.0.5"],
    }),
  );
  // As a federation that feeds kube-proxy labels them: the derived Service's, and the import's.
  zone.putService(service("derived-foo", ip("10.13.166.120")));
  zone.putEndpointSlice(
    slice({
      name: "foo-2",
      service: "derived-foo",
      imported: { service: "foo", cluster: "member2" },
      endpoints: ["10.20.0.9"],
    }),
  );
  zone.putServiceImport(serviceImport("dual", { ips: ["10.13.166.122", "fd00::122"] }));
  zone.putServiceImport(serviceImport("gone", { type: "Headless" }));
  zone.putServiceImport(
    serviceImport("db", { type: "Headless", ports: [{ name: "pg", port: 5432, protocol: "TCP" }] }),
  );
  const pg = [{ name: "pg", port: 5432, protocol: "TCP" }] as const;
  zone.putEndpointSlice(
    slice({
      name: "db-m1",
      imported: { service: "db", cluster: "member1" },
      ports: pg,
      endpoints: [
        { addresses: ["10.1.0.1"], hostname: "db-0" },
        { addresses: ["10.1.0.2"], hostname: "db-1" },
      ],
    }),
  );
  zone.putEndpointSlice(
    slice({
      name: "db-m2",
      imported: { service: "db", cluster: "member2" },
      ports: pg,
      endpoints: [{ addresses: ["10.2.0.1"], hostname: "db-0" }],
    }),
  );
}

function ask(server: TestServer, name: string, type: string, change: Partial<DnsMessage> = {}): DnsMessage {
  return server.ask(name, type, change);
}

/** What the row of the specification (DNS) or of CoreDNS (CD) with that number says. */
type Row = readonly [id: string, name: string, type: string, outcome: string];

const CLUSTER_ROWS: readonly Row[] = [
  ["DNS-01", "dns-version.cluster.local.", "TXT", '28800 TXT "1.1.0"'],
  ["DNS-02", "web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["E-06", "web.default.svc.cluster.local.", "AAAA", "NODATA"],
  ["CD-08", "web.default.svc.cluster.local.", "CNAME", "NODATA"],
  ["CD-07", "web.default.svc.cluster.local.", "MX", "NODATA"],
  ["CD-07", "web.default.svc.cluster.local.", "HTTPS", "NODATA"],
  ["CD-04", "web.default.svc.cluster.local.", "TXT", "NODATA"],
  ["DNS-02", "dual.default.svc.cluster.local.", "AAAA", "30 AAAA fd00::23"],
  ["CD-19", "portless.default.svc.cluster.local.", "A", "30 A 10.13.0.22"],
  ["CD-15", "portless.default.svc.cluster.local.", "SRV", "NODATA"],
  ["DNS-03", "_http._tcp.web.default.svc.cluster.local.", "SRV", "30 SRV 0 100 80 web.default.svc.cluster.local."],
  ["CD-14", "_http._tcp.web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["CD-14", "http.tcp.web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["CD-14", "_http._udp.web.default.svc.cluster.local.", "SRV", "NXDOMAIN"],
  ["CD-02", "_tcp.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-16", "web.default.svc.cluster.local.", "SRV", "30 SRV 0 100 80 web.default.svc.cluster.local."],
  ["CD-15", "dual.default.svc.cluster.local.", "SRV", "30 SRV 0 50 80 dual.default.svc.cluster.local."],
  ["CD-18", "10-12-0-7.web.default.svc.cluster.local.", "A", "30 A 10.12.0.7"],
  ["CD-18", "10-12-0-8.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["DNS-05", "db.default.svc.cluster.local.", "A", "30 A 10.12.0.1 | 30 A 10.12.0.2 | 30 A 10.12.0.4"],
  ["E-06", "db.default.svc.cluster.local.", "AAAA", "NODATA"],
  ["DNS-06", "db-0.db.default.svc.cluster.local.", "A", "30 A 10.12.0.1"],
  ["CD-17", "10-12-0-4.db.default.svc.cluster.local.", "A", "30 A 10.12.0.4"],
  ["DNS-05", "db-2.db.default.svc.cluster.local.", "A", "NXDOMAIN"],
  [
    "DNS-07",
    "_pg._tcp.db.default.svc.cluster.local.",
    "SRV",
    "30 SRV 0 33 5432 db-0.db.default.svc.cluster.local. | 30 SRV 0 33 5432 db-1.db.default.svc.cluster.local. | 30 SRV 0 33 5432 10-12-0-4.db.default.svc.cluster.local.",
  ],
  ["CD-20", "empty.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-12", "nope.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-01", "web.nons.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-03", "foo.cluster.local.", "A", "NXDOMAIN"],
  ["CD-03", "a.b.c.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-01", "cluster.local.", "A", "NODATA"],
  ["CD-01", "svc.cluster.local.", "A", "NODATA"],
  ["CD-01", "pod.cluster.local.", "A", "NODATA"],
  ["CD-01", "default.svc.cluster.local.", "A", "NODATA"],
  ["CD-01", "nons.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-04", "cluster.local.", "TXT", "NXDOMAIN"],
  ["CD-04", "default.svc.cluster.local.", "TXT", "NXDOMAIN"],
  ["CD-05", "nope.default.svc.cluster.local.", "SOA", "NODATA"],
  ["CD-06", "cluster.local.", "NS", "30 NS kube-dns.kube-system.svc.cluster.local."],
  ["CD-06", "ns.dns.cluster.local.", "A", "30 A 10.13.0.10"],
  ["DNS-10", "ext.prod.svc.cluster.local.", "A", "30 CNAME my.database.example.com."],
  ["CD-08", "ext.prod.svc.cluster.local.", "CNAME", "30 CNAME my.database.example.com."],
  ["CD-16", "ext.prod.svc.cluster.local.", "SRV", "NODATA"],
  ["CD-21", "x.ext.prod.svc.cluster.local.", "A", "NXDOMAIN"],
  ["CD-21", "alias.prod.svc.cluster.local.", "A", "30 CNAME web.default.svc.cluster.local. | 30 A 10.13.0.20"],
  ["CD-21", "lost.prod.svc.cluster.local.", "A", "NODATA"],
  ["CD-21", "self.prod.svc.cluster.local.", "A", "NODATA"],
  ["CD-21", "numeric.prod.svc.cluster.local.", "A", "NXDOMAIN"],
  ["DNS-11", "10-12-0-5.default.pod.cluster.local.", "A", "30 A 10.12.0.5"],
  ["CD-25", "10-12-0-5.default.pod.cluster.local.", "AAAA", "NODATA"],
  ["DNS-11", "fd00--23.default.pod.cluster.local.", "AAAA", "30 AAAA fd00::23"],
  ["CD-25", "10-12-0-5.nons.pod.cluster.local.", "A", "NXDOMAIN"],
  ["CD-25", "nonsense.default.pod.cluster.local.", "A", "NXDOMAIN"],
  ["DNS-04", "20.0.13.10.in-addr.arpa.", "PTR", "30 PTR web.default.svc.cluster.local."],
  ["DNS-08", "1.0.12.10.in-addr.arpa.", "PTR", "30 PTR db-0.db.default.svc.cluster.local."],
  ["CD-22", "3.0.12.10.in-addr.arpa.", "PTR", "NXDOMAIN"],
  ["CD-22", "0.12.10.in-addr.arpa.", "PTR", "NXDOMAIN"],
  ["DNS-04", `3.2.0.0.${"0.".repeat(24)}0.0.d.f.ip6.arpa.`, "PTR", "30 PTR dual.default.svc.cluster.local."],
  ["CD-44", "foo.default.svc.", "A", "SERVFAIL"],
  ["CD-44", "example.com.", "A", "SERVFAIL"],
  ["CD-07", "cluster.local.", "AXFR", "REFUSED"],
  ["CD-07", "cluster.local.", "IXFR", "REFUSED"],
  ["CD-07", "web.default.svc.cluster.local.", "ANY", "NODATA"],
  ["CD-07", "web.default.svc.cluster.local.", "CAA", "NODATA"],
  ["CD-07", "nope.default.svc.cluster.local.", "SVCB", "NXDOMAIN"],
  ["CD-04", "svc.cluster.local.", "TXT", "NXDOMAIN"],
  [
    "CD-05",
    "cluster.local.",
    "SOA",
    "30 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1686538683 7200 1800 86400 30",
  ],
  ["CD-06", "web.default.svc.cluster.local.", "NS", "NODATA"],
  ["CD-06", "ns.dns.cluster.local.", "PTR", "NXDOMAIN"],
  ["CD-06", "nope.default.svc.cluster.local.", "NS", "NXDOMAIN"],
  ["CD-22", "9.0.20.10.in-addr.arpa.", "PTR", "30 PTR 10-20-0-9.derived-foo.default.svc.cluster.local."],
  ["CD-57", "120.166.13.10.in-addr.arpa.", "PTR", "30 PTR derived-foo.default.svc.cluster.local."],
  ["CD-57", "122.166.13.10.in-addr.arpa.", "PTR", "NXDOMAIN"],
  ["DNS-06", "twin.twins.default.svc.cluster.local.", "A", "30 A 10.12.1.1 | 30 A 10.12.1.2"],
  ["CD-19", "twins.default.svc.cluster.local.", "A", "30 A 10.12.1.1 | 30 A 10.12.1.2"],
  ["CD-19", "twins.default.svc.cluster.local.", "SRV", "NODATA"],
  ["CD-17", "5678-abcd--1.six.default.svc.cluster.local.", "AAAA", "30 AAAA 5678:abcd::1"],
  ["CD-17", "5678-abcd--0.six.default.svc.cluster.local.", "AAAA", "30 AAAA 5678:abcd::"],
  ["E-06", "six.default.svc.cluster.local.", "A", "NODATA"],
  ["E-05", "1234.default.svc.cluster.local.", "A", "30 A 10.13.0.40"],
  ["E-05", `${"x".repeat(63)}.default.svc.cluster.local.`, "A", "30 A 10.13.0.40"],
  ["E-05", "w\\000b.default.svc.cluster.local.", "A", "NXDOMAIN"],
];

const CLUSTERSET_ROWS: readonly Row[] = [
  ["CD-52", "foo.default.svc.clusterset.local.", "A", "5 A 10.13.166.120"],
  ["E-06", "foo.default.svc.clusterset.local.", "AAAA", "NODATA"],
  ["CD-52", "noips.default.svc.clusterset.local.", "A", "NODATA"],
  ["CD-52", "noports.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-52", "_http._tcp.foo.default.svc.clusterset.local.", "SRV", "5 SRV 0 100 80 foo.default.svc.clusterset.local."],
  ["CD-16", "foo.default.svc.clusterset.local.", "SRV", "5 SRV 0 100 80 foo.default.svc.clusterset.local."],
  ["CD-14", "_x._tcp.foo.default.svc.clusterset.local.", "SRV", "NXDOMAIN"],
  ["CD-54", "member1.foo.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-54", "10-10-0-5.member1.foo.default.svc.clusterset.local.", "A", "5 A 10.10.0.5"],
  ["CD-54", "10-10-0-5.member2.foo.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-54", "10-10-0-5.member1.eu.foo.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-51", "10-20-0-9.member2.foo.default.svc.clusterset.local.", "A", "5 A 10.20.0.9"],
  ["CD-51", "web.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-52", "dual.default.svc.clusterset.local.", "AAAA", "5 AAAA fd00::122"],
  ["CD-53", "gone.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-60", "10-12-0-5.default.pod.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-60", "ns.dns.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-60", "clusterset.local.", "NS", "NODATA"],
  ["DNS-01", "dns-version.clusterset.local.", "TXT", '28800 TXT "1.1.0"'],
  ["CD-12", "nope.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-55", "foo.nons.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["CD-01", "default.svc.clusterset.local.", "A", "NODATA"],
  ["CD-01", "clusterset.local.", "A", "NODATA"],
  ["CD-04", "clusterset.local.", "TXT", "NXDOMAIN"],
  ["CD-07", "foo.default.svc.clusterset.local.", "HTTPS", "NODATA"],
  ["CD-53", "db.default.svc.clusterset.local.", "A", "5 A 10.1.0.1 | 5 A 10.1.0.2 | 5 A 10.2.0.1"],
  ["CD-53", "db-0.member2.db.default.svc.clusterset.local.", "A", "5 A 10.2.0.1"],
  ["CD-54", "db-0.db.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  [
    "CD-53",
    "_pg._tcp.db.default.svc.clusterset.local.",
    "SRV",
    "5 SRV 0 33 5432 db-0.member1.db.default.svc.clusterset.local. | 5 SRV 0 33 5432 db-1.member1.db.default.svc.clusterset.local. | 5 SRV 0 33 5432 db-0.member2.db.default.svc.clusterset.local.",
  ],
];

describe("kubernetes and multicluster", () => {
  const zone = world(CLUSTER_COREFILE.replace("  loadbalance\n", ""));

  it.each(CLUSTER_ROWS)("S4-48 %s cluster zone: %s %s -> %s", (_, name, type, wanted) =>
    expect(outcome(ask(zone, name, type))).toBe(wanted),
  );

  it.each(CLUSTERSET_ROWS)("S4-58 S4-59 S4-60 %s clusterset zone: %s %s -> %s", (_, name, type, wanted) =>
    expect(outcome(ask(zone, name, type))).toBe(wanted),
  );

  it("S4-58 CD-11 CD-12 puts the zone's SOA into negative answers, and answers with authority and without recursion", () => {
    for (const name of ["nope.default.svc.clusterset.local.", "noips.default.svc.clusterset.local."]) {
      const message = ask(zone, name, "A");
      expect(message.authorities.map((record) => `${record.name} ${record.ttl} ${recordData(record)}`)).toEqual([
        "clusterset.local. 5 ns.dns.clusterset.local. hostmaster.clusterset.local. 1686538683 7200 1800 86400 5",
      ]);
      expect(message.flags).toMatchObject({ authoritative: true, recursionAvailable: false, recursionDesired: true });
    }
  });

  it("DNS-07 CD-15 gives SRV targets their addresses", () => {
    const message = ask(zone, "_pg._tcp.db.default.svc.clusterset.local.", "SRV");
    expect(message.additionals.map((record) => `${record.name} ${recordData(record)}`)).toEqual([
      "db-0.member1.db.default.svc.clusterset.local. 10.1.0.1",
      "db-1.member1.db.default.svc.clusterset.local. 10.1.0.2",
      "db-0.member2.db.default.svc.clusterset.local. 10.2.0.1",
    ]);
  });

  it("DNS-14 CD-10 keeps the letters of the question in owner names and zone", () => {
    expect(ask(zone, "FOO.Default.svc.ClusterSet.local.", "A").answers[0]?.name).toBe(
      "FOO.Default.svc.ClusterSet.local.",
    );
    expect(ask(zone, "NOPE.default.svc.ClusterSet.LOCAL.", "A").authorities[0]?.name).toBe("ClusterSet.LOCAL.");
    const [record] = ask(zone, "_HTTP._tcp.foo.default.svc.ClusterSet.local.", "SRV").answers;
    expect(record).toMatchObject({ target: "foo.default.svc.ClusterSet.local." });
  });

  it("S4-61 CD-23 says SERVFAIL for unknown names until it has synced, and never a wrong answer", () => {
    const early = world();
    early.zone.setState("clusterset", "pending");
    expect(outcome(ask(early, "nope.default.svc.clusterset.local.", "A"))).toBe("SERVFAIL");
    expect(outcome(ask(early, "foo.default.svc.clusterset.local.", "A"))).toBe("5 A 10.13.166.120");
    expect(outcome(ask(early, "nope.default.svc.cluster.local.", "A"))).toBe("NXDOMAIN");
  });

  it("CD-15 shares a hundred among all targets before duplicates go, and leaves each one at least", () => {
    const weights = [1, 2, 3, 6, 7, 99, 100, 101, 120].map((count) => {
      const { zone: own, ask: asked } = testServer();
      own.putNamespace("default");
      own.putService(service("many", { clusterIP: "None", clusterIPs: ["None"] }));
      const addresses = Array.from({ length: count }, (_, index) => `10.9.0.${index + 1}`);
      // Every endpoint twice: 10.9.0.1 in one slice is the one in the other.
      for (const name of ["many-1", "many-2"])
        own.putEndpointSlice(slice({ name, service: "many", endpoints: addresses }));
      const { answers } = asked("many.default.svc.cluster.local.", "SRV");
      expect(answers).toHaveLength(count);
      const [weight, ...others] = new Set(answers.map((record) => (record.type === "SRV" ? record.weight : -1)));
      expect(others).toEqual([]);
      return weight;
    });
    expect(weights).toEqual([50, 25, 16, 8, 7, 1, 1, 1, 1]);
  });

  it("CD-06 names itself ns.dns where no Service has it for an endpoint", () => {
    const alone = world(CLUSTER_COREFILE, { addresses: ["10.99.9.9"] });
    expect(outcome(ask(alone, "cluster.local.", "NS"))).toBe("30 NS ns.dns.cluster.local.");
    expect(ask(alone, "cluster.local.", "NS").additionals).toMatchObject([
      { name: "ns.dns.cluster.local.", type: "A", address: "10.99.9.9" },
    ]);
  });

  it.each([
    ["1.12.1", 11],
    ["1.12.0", 8],
  ])(
    "CD-21 CoreDNS %s follows %i aliases within its zone, and answers with nothing where there are more",
    (version, most) => {
      const chained = world(CLUSTER_COREFILE, { version });
      for (let index = 1; index <= most + 1; index++) {
        const externalName = `${index === 1 ? "web" : `c${index - 1}`}.default.svc.cluster.local`;
        chained.zone.putService(service(`c${index}`, { type: "ExternalName", externalName }));
      }
      const lengths = [1, most, most + 1].map(
        (index) => ask(chained, `c${index}.default.svc.cluster.local.`, "A").answers.length,
      );
      expect(lengths).toEqual([2, most + 1, 0]);
    },
  );

  it("CD-57 cannot name an address of a slice that tells of no Service here, and so says nothing", () =>
    expect(ask(zone, "5.0.10.10.in-addr.arpa.", "PTR")).toBeUndefined());

  it("DNS-10 CD-21 CD-44 asks upstream for foreign names, and follows an ExternalName there", () => {
    const connected = world(CLUSTER_COREFILE.replace("loadbalance", "forward . 192.0.2.53"), {
      ask: (_, query) => {
        const [question] = query.questions;
        const flags = { ...query.flags, response: true, recursionAvailable: true };
        if (question?.name !== "my.database.example.com.") return { ...query, flags, rcode: 3 };
        const { name } = question;
        return { ...query, flags, answers: [{ name, type: "A", ttl: 60, address: "192.0.2.1" }] };
      },
    });
    expect(outcome(ask(connected, "ext.prod.svc.cluster.local.", "A"))).toBe(
      "30 CNAME my.database.example.com. | 60 A 192.0.2.1",
    );
    expect(outcome(ask(connected, "serve.default.svc.", "A"))).toBe("NXDOMAIN");
    expect(ask(connected, "my.database.example.com.", "A").flags).toMatchObject({
      authoritative: false,
      recursionAvailable: true,
    });
  });

  it("CD-50 has no clusterset zone when the plugin is off", () => {
    const off = world(CLUSTER_COREFILE.replace(/^.*multicluster.*$/m, ""));
    expect(outcome(ask(off, "foo.default.svc.clusterset.local.", "A"))).toBe("SERVFAIL");
  });

  const rejections: readonly (readonly [string, Partial<DnsMessage>, string])[] = [
    [
      "an answer instead of a question",
      { flags: { ...dnsQuery({ name: ".", type: "A" }).flags, response: true } },
      "silence",
    ],
    ["an opcode other than query", { opcode: 2 }, "NOTIMP"],
    ["two questions", { questions: [1, 2].map(() => ({ name: "a.", type: "A", class: 1 })) }, "FORMERR"],
    ["a header and nothing more", { questions: [] }, "SERVFAIL"],
    ["class CHAOS", { questions: [{ name: "version.bind.", type: "TXT", class: 3 }] }, "REFUSED"],
    ["a later EDNS version", { edns: { udpSize: 1232, version: 1, dnssecOk: false, options: [] } }, "BADVERS"],
  ];
  it.each(rejections)("CD-40 CD-41 turns away %s", (_, change, wanted) => {
    const message = zone.ask("web.default.svc.cluster.local.", "A", change) as DnsMessage | undefined;
    expect(message === undefined ? "silence" : RCODE_NAMES[message.rcode]).toBe(wanted);
  });
});

describe("DnsZone", () => {
  it("E-04 shows a change in the next answer, and its removal in the one after", () => {
    const zone = world();
    const name = "late.default.svc.cluster.local.";
    const late = service("late", { clusterIP: "10.13.0.99", clusterIPs: ["10.13.0.99"] });
    expect(outcome(ask(zone, name, "A"))).toBe("NXDOMAIN");
    zone.zone.putService(late);
    expect(outcome(ask(zone, name, "A"))).toBe("30 A 10.13.0.99");
    expect(outcome(ask(zone, "99.0.13.10.in-addr.arpa.", "PTR"))).toBe(`30 PTR ${name}`);
    zone.zone.removeService(late);
    expect(outcome(ask(zone, name, "A"))).toBe("NXDOMAIN");
    expect(outcome(ask(zone, "99.0.13.10.in-addr.arpa.", "PTR"))).toBe("NXDOMAIN");
  });

  it("follows a slice whose label moves it to another Service", () => {
    const zone = world();
    const endpoints = ["10.12.0.50"];
    zone.zone.putService(service("empty2", { clusterIP: "None", clusterIPs: ["None"] }));
    zone.zone.putEndpointSlice(slice({ name: "moving", service: "empty", endpoints }));
    expect(outcome(ask(zone, "empty.default.svc.cluster.local.", "A"))).toBe("30 A 10.12.0.50");
    zone.zone.putEndpointSlice(slice({ name: "moving", service: "empty2", endpoints }));
    expect(outcome(ask(zone, "empty.default.svc.cluster.local.", "A"))).toBe("NXDOMAIN");
    expect(outcome(ask(zone, "50.0.12.10.in-addr.arpa.", "PTR"))).toBe(
      "30 PTR 10-12-0-50.empty2.default.svc.cluster.local.",
    );
  });
});
