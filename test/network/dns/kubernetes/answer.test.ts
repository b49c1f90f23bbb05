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

type Row = readonly [name: string, type: string, outcome: string];

const CLUSTER_ROWS: readonly Row[] = [
  ["dns-version.cluster.local.", "TXT", '28800 TXT "1.1.0"'],
  ["web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["web.default.svc.cluster.local.", "AAAA", "NODATA"],
  ["web.default.svc.cluster.local.", "CNAME", "NODATA"],
  ["web.default.svc.cluster.local.", "MX", "NODATA"],
  ["web.default.svc.cluster.local.", "HTTPS", "NODATA"],
  ["web.default.svc.cluster.local.", "TXT", "NODATA"],
  ["dual.default.svc.cluster.local.", "AAAA", "30 AAAA fd00::23"],
  ["portless.default.svc.cluster.local.", "A", "30 A 10.13.0.22"],
  ["portless.default.svc.cluster.local.", "SRV", "NODATA"],
  ["_http._tcp.web.default.svc.cluster.local.", "SRV", "30 SRV 0 100 80 web.default.svc.cluster.local."],
  ["_http._tcp.web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["http.tcp.web.default.svc.cluster.local.", "A", "30 A 10.13.0.20"],
  ["_http._udp.web.default.svc.cluster.local.", "SRV", "NXDOMAIN"],
  ["_tcp.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["web.default.svc.cluster.local.", "SRV", "30 SRV 0 100 80 web.default.svc.cluster.local."],
  ["dual.default.svc.cluster.local.", "SRV", "30 SRV 0 50 80 dual.default.svc.cluster.local."],
  ["10-12-0-7.web.default.svc.cluster.local.", "A", "30 A 10.12.0.7"],
  ["10-12-0-8.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["db.default.svc.cluster.local.", "A", "30 A 10.12.0.1 | 30 A 10.12.0.2 | 30 A 10.12.0.4"],
  ["db.default.svc.cluster.local.", "AAAA", "NODATA"],
  ["db-0.db.default.svc.cluster.local.", "A", "30 A 10.12.0.1"],
  ["10-12-0-4.db.default.svc.cluster.local.", "A", "30 A 10.12.0.4"],
  ["db-2.db.default.svc.cluster.local.", "A", "NXDOMAIN"],
  [
    "_pg._tcp.db.default.svc.cluster.local.",
    "SRV",
    "30 SRV 0 33 5432 db-0.db.default.svc.cluster.local. | 30 SRV 0 33 5432 db-1.db.default.svc.cluster.local. | 30 SRV 0 33 5432 10-12-0-4.db.default.svc.cluster.local.",
  ],
  ["empty.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["nope.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["web.nons.svc.cluster.local.", "A", "NXDOMAIN"],
  ["foo.cluster.local.", "A", "NXDOMAIN"],
  ["a.b.c.web.default.svc.cluster.local.", "A", "NXDOMAIN"],
  ["cluster.local.", "A", "NODATA"],
  ["svc.cluster.local.", "A", "NODATA"],
  ["pod.cluster.local.", "A", "NODATA"],
  ["default.svc.cluster.local.", "A", "NODATA"],
  ["nons.svc.cluster.local.", "A", "NXDOMAIN"],
  ["cluster.local.", "TXT", "NXDOMAIN"],
  ["default.svc.cluster.local.", "TXT", "NXDOMAIN"],
  ["nope.default.svc.cluster.local.", "SOA", "NODATA"],
  ["cluster.local.", "NS", "30 NS kube-dns.kube-system.svc.cluster.local."],
  ["ns.dns.cluster.local.", "A", "30 A 10.13.0.10"],
  ["ext.prod.svc.cluster.local.", "A", "30 CNAME my.database.example.com."],
  ["ext.prod.svc.cluster.local.", "CNAME", "30 CNAME my.database.example.com."],
  ["ext.prod.svc.cluster.local.", "SRV", "NODATA"],
  ["x.ext.prod.svc.cluster.local.", "A", "NXDOMAIN"],
  ["alias.prod.svc.cluster.local.", "A", "30 CNAME web.default.svc.cluster.local. | 30 A 10.13.0.20"],
  ["lost.prod.svc.cluster.local.", "A", "NODATA"],
  ["self.prod.svc.cluster.local.", "A", "NODATA"],
  ["numeric.prod.svc.cluster.local.", "A", "NXDOMAIN"],
  ["10-12-0-5.default.pod.cluster.local.", "A", "30 A 10.12.0.5"],
  ["10-12-0-5.default.pod.cluster.local.", "AAAA", "NODATA"],
  ["fd00--23.default.pod.cluster.local.", "AAAA", "30 AAAA fd00::23"],
  ["10-12-0-5.nons.pod.cluster.local.", "A", "NXDOMAIN"],
  ["nonsense.default.pod.cluster.local.", "A", "NXDOMAIN"],
  ["20.0.13.10.in-addr.arpa.", "PTR", "30 PTR web.default.svc.cluster.local."],
  ["1.0.12.10.in-addr.arpa.", "PTR", "30 PTR db-0.db.default.svc.cluster.local."],
  ["3.0.12.10.in-addr.arpa.", "PTR", "NXDOMAIN"],
  ["0.12.10.in-addr.arpa.", "PTR", "NXDOMAIN"],
  [`3.2.0.0.${"0.".repeat(24)}0.0.d.f.ip6.arpa.`, "PTR", "30 PTR dual.default.svc.cluster.local."],
  ["foo.default.svc.", "A", "SERVFAIL"],
  ["example.com.", "A", "SERVFAIL"],
  ["cluster.local.", "AXFR", "REFUSED"],
];

const CLUSTERSET_ROWS: readonly Row[] = [
  ["foo.default.svc.clusterset.local.", "A", "5 A 10.13.166.120"],
  ["foo.default.svc.clusterset.local.", "AAAA", "NODATA"],
  ["noips.default.svc.clusterset.local.", "A", "NODATA"],
  ["noports.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["_http._tcp.foo.default.svc.clusterset.local.", "SRV", "5 SRV 0 100 80 foo.default.svc.clusterset.local."],
  ["foo.default.svc.clusterset.local.", "SRV", "5 SRV 0 100 80 foo.default.svc.clusterset.local."],
  ["_x._tcp.foo.default.svc.clusterset.local.", "SRV", "NXDOMAIN"],
  ["member1.foo.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["10-10-0-5.member1.foo.default.svc.clusterset.local.", "A", "5 A 10.10.0.5"],
  ["10-10-0-5.member2.foo.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["dns-version.clusterset.local.", "TXT", '28800 TXT "1.1.0"'],
  ["nope.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["foo.nons.svc.clusterset.local.", "A", "NXDOMAIN"],
  ["default.svc.clusterset.local.", "A", "NODATA"],
  ["clusterset.local.", "A", "NODATA"],
  ["clusterset.local.", "TXT", "NXDOMAIN"],
  ["foo.default.svc.clusterset.local.", "HTTPS", "NODATA"],
  ["db.default.svc.clusterset.local.", "A", "5 A 10.1.0.1 | 5 A 10.1.0.2 | 5 A 10.2.0.1"],
  ["db-0.member2.db.default.svc.clusterset.local.", "A", "5 A 10.2.0.1"],
  ["db-0.db.default.svc.clusterset.local.", "A", "NXDOMAIN"],
  [
    "_pg._tcp.db.default.svc.clusterset.local.",
    "SRV",
    "5 SRV 0 33 5432 db-0.member1.db.default.svc.clusterset.local. | 5 SRV 0 33 5432 db-1.member1.db.default.svc.clusterset.local. | 5 SRV 0 33 5432 db-0.member2.db.default.svc.clusterset.local.",
  ],
];

describe("kubernetes and multicluster", () => {
  const zone = world();

  it.each(CLUSTER_ROWS)("S4-48 cluster zone: %s %s -> %s", (name, type, wanted) =>
    expect(outcome(ask(zone, name, type))).toBe(wanted),
  );

  it.each(CLUSTERSET_ROWS)("S4-58 S4-59 S4-60 clusterset zone: %s %s -> %s", (name, type, wanted) =>
    expect(outcome(ask(zone, name, type))).toBe(wanted),
  );

  it("S4-58 puts the zone's SOA into negative answers, and answers with authority and without recursion", () => {
    for (const name of ["nope.default.svc.clusterset.local.", "noips.default.svc.clusterset.local."]) {
      const message = ask(zone, name, "A");
      expect(message.authorities.map((record) => `${record.name} ${record.ttl} ${recordData(record)}`)).toEqual([
        "clusterset.local. 5 ns.dns.clusterset.local. hostmaster.clusterset.local. 1686538683 7200 1800 86400 5",
      ]);
      expect(message.flags).toMatchObject({ authoritative: true, recursionAvailable: false, recursionDesired: true });
    }
  });

  it("gives SRV targets their addresses", () => {
    const message = ask(zone, "_pg._tcp.db.default.svc.clusterset.local.", "SRV");
    expect(message.additionals.map((record) => `${record.name} ${recordData(record)}`)).toEqual([
      "db-0.member1.db.default.svc.clusterset.local. 10.1.0.1",
      "db-1.member1.db.default.svc.clusterset.local. 10.1.0.2",
      "db-0.member2.db.default.svc.clusterset.local. 10.2.0.1",
    ]);
  });

  it("keeps the letters of the question in owner names and zone", () => {
    expect(ask(zone, "FOO.Default.svc.ClusterSet.local.", "A").answers[0]?.name).toBe(
      "FOO.Default.svc.ClusterSet.local.",
    );
    expect(ask(zone, "NOPE.default.svc.ClusterSet.LOCAL.", "A").authorities[0]?.name).toBe("ClusterSet.LOCAL.");
    const [record] = ask(zone, "_HTTP._tcp.foo.default.svc.ClusterSet.local.", "SRV").answers;
    expect(record).toMatchObject({ target: "foo.default.svc.ClusterSet.local." });
  });

  it("S4-61 says SERVFAIL for unknown names until it has synced, and never a wrong answer", () => {
    const early = world();
    early.zone.setState("clusterset", "pending");
    expect(outcome(ask(early, "nope.default.svc.clusterset.local.", "A"))).toBe("SERVFAIL");
    expect(outcome(ask(early, "foo.default.svc.clusterset.local.", "A"))).toBe("5 A 10.13.166.120");
    expect(outcome(ask(early, "nope.default.svc.cluster.local.", "A"))).toBe("NXDOMAIN");
  });

  it("asks upstream for foreign names, and follows an ExternalName there", () => {
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

  it("has no clusterset zone when the plugin is off", () => {
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
  it.each(rejections)("turns away %s", (_, change, wanted) => {
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
