import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointSlice, Service, ServiceImport } from "../../../src/api/index.ts";
import { decodeMessage } from "../../../src/network/dns/decode.ts";
import { recordData } from "../../../src/network/dns/dig-text.ts";
import { encodeMessage } from "../../../src/network/dns/encode.ts";
import type { DnsZone } from "../../../src/network/dns/kubernetes/zone.ts";
import { type DnsEdns, type DnsMessage, dnsQuery, RCODE } from "../../../src/network/dns/message.ts";
import { answerSlowly, encoded } from "../../../src/network/dns/responder.ts";
import { service, serviceImport, slice } from "../objects.ts";
import { type OracleAnswer, type OracleWorld, RecordSets } from "./record-set-oracle.ts";
import { type TestServer, testServer } from "./test-server.ts";

/** What every packet may go through, the ready ones aside. */
function slowly(server: TestServer, query: Buffer, transport: "udp" | "tcp"): Buffer | undefined {
  const asked = { query, transport, from: { address: "127.0.0.1", port: 0 } };
  return encoded(answerSlowly(server.port(), asked), asked);
}

const NAMESPACES = ["default", "prod"];
const NAMES = ["a", "b"];
const PORTS = [
  { name: "http", port: 80, protocol: "TCP" } as const,
  { name: "dns", port: 53, protocol: "UDP" } as const,
];

const anyPorts = fc.subarray(PORTS, { minLength: 1 });
/** Services of a cluster: distinct names, distinct addresses. */
const anyService = fc
  .record({
    name: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMESPACES),
    sort: fc.constantFrom("headless", "IPv4", "both"),
    ports: anyPorts,
  })
  .map(({ name, namespace, sort, ports }): Service => {
    const place = [NAMESPACES.indexOf(namespace), NAMES.indexOf(name) + 1];
    const clusterIP = sort === "headless" ? "None" : `10.96.${place.join(".")}`;
    const clusterIPs = sort === "both" ? [clusterIP, `fd00:1:2:3:4:5:${place.join(":")}`] : [clusterIP];
    return service(name, { clusterIP, clusterIPs, ports }, namespace);
  });
const anyImport = fc
  .record({
    name: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMESPACES),
    type: fc.constantFrom("ClusterSetIP" as const, "Headless" as const),
    ips: fc.subarray(["10.99.0.1", "fd00:9:9:9:9:9:9:1"]),
    ports: anyPorts,
  })
  .map(({ name, namespace, type, ips, ports }): ServiceImport => {
    const made = serviceImport(name, { type, ports, ...(type === "Headless" ? {} : { ips }) });
    return { ...made, metadata: { name, namespace } };
  });
const anySlice = fc
  .record({
    index: fc.integer({ min: 0, max: 2 }),
    cluster: fc.constantFrom(undefined, undefined, "m1", "m2"),
    owner: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMESPACES),
    ports: anyPorts,
    endpoints: fc.uniqueArray(
      fc.record({
        last: fc.integer({ min: 1, max: 4 }),
        ready: fc.constantFrom(true, false, undefined),
        hostname: fc.constantFrom("h1", "h2", undefined),
      }),
      { maxLength: 3, selector: (one) => one.last },
    ),
  })
  .map(({ index, cluster, owner, namespace, ports, endpoints }): EndpointSlice => {
    const made = endpoints.map(({ last, ready, hostname }) => ({
      addresses: [`10.1.${index}.${last}`],
      ...(ready === undefined ? {} : { conditions: { ready } }),
      ...(hostname === undefined ? {} : { hostname }),
    }));
    // As a federation does it: an imported slice is that of a derived Service, too.
    const of = cluster === undefined ? { service: owner } : { service: "c", imported: { service: owner, cluster } };
    return slice({ name: `${owner}-${index}`, namespace, ...of, ports, endpoints: made });
  });

type Change =
  | { readonly type: "service" | "no service"; readonly object: Service }
  | { readonly type: "import" | "no import"; readonly object: ServiceImport }
  | { readonly type: "slice" | "no slice"; readonly object: EndpointSlice }
  | { readonly type: "namespace" | "no namespace"; readonly name: string };
const put = <T extends string>(type: T) => fc.constantFrom(type, type, `no ${type}` as const);
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: put("service"), object: anyService }) },
  { weight: 2, arbitrary: fc.record({ type: put("import"), object: anyImport }) },
  { weight: 6, arbitrary: fc.record({ type: put("slice"), object: anySlice }) },
  { weight: 1, arbitrary: fc.record({ type: put("namespace"), name: fc.constantFrom(...NAMESPACES) }) },
);

/** So many that most of what can be there is there at one time or another, and is changed once more. */
const anyChanges = fc
  .array(anyChange, { minLength: 15, maxLength: 40, size: "max" })
  .map((changes) => [...NAMESPACES.map((name) => ({ type: "namespace" as const, name })), ...changes]);
const FIFTEEN = { minLength: 15, maxLength: 15 };

const anyName = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          ...["", "", "", "_http._tcp.", "_dns._udp.", "_dns._tcp.", "_tcp.", "m1.", "x.y.z.", "h1.m1.x."],
          ...["", "m1.", "m2."].flatMap((cluster) => ["h1.", "h2.", "10-1-0-1."].map((host) => host + cluster)),
        ),
        fc.constantFrom("a.", "a.", "a.", "b.", "c."),
        fc.constantFrom("default.", "default.", "default.", "prod.", "nons."),
        fc.constantFrom("svc.cluster.local.", "svc.cluster.local.", "svc.clusterset.local.", "pod.cluster.local."),
      )
      .map((parts) => parts.join("")),
  },
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 }))
    .map(([last, third]) => `${last}.${third}.1.10.in-addr.arpa.`),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1 }))
    .map(([last, third]) => `${last}.${third}.96.10.in-addr.arpa.`),
  fc.constantFrom("cluster.local.", "svc.cluster.local.", "default.svc.cluster.local.", "example.com."),
);
const anyType = fc.constantFrom("A", "AAAA", "SRV", "PTR", "TXT", "SOA", "CNAME", "HTTPS");
const anyEdns: fc.Arbitrary<DnsEdns | undefined> = fc.option(
  fc.record({
    udpSize: fc.constantFrom(0, 512, 1232, 4096),
    version: fc.constantFrom(0, 0, 0, 1),
    dnssecOk: fc.boolean(),
    options: fc.array(
      fc.record({
        code: fc.constantFrom(10, 3, 8),
        data: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      }),
      { maxLength: 2 },
    ),
  }),
  { nil: undefined },
);

/** The cluster as plain lists, changed as the zone is. */
class Model {
  readonly namespaces = new Set<string>();
  readonly services = new Map<string, Service>();
  readonly imports = new Map<string, ServiceImport>();
  readonly slices = new Map<string, EndpointSlice>();

  apply(change: Change, zone: DnsZone): void {
    const key = "object" in change ? `${change.object.metadata.namespace}/${change.object.metadata.name}` : "";
    switch (change.type) {
      case "service":
        this.services.set(key, change.object);
        zone.putService(change.object);
        break;
      case "no service":
        this.services.delete(key);
        zone.removeService(change.object);
        break;
      case "import":
        this.imports.set(key, change.object);
        zone.putServiceImport(change.object);
        break;
      case "no import":
        this.imports.delete(key);
        zone.removeServiceImport(change.object);
        break;
      case "slice":
        this.slices.set(key, change.object);
        zone.putEndpointSlice(change.object);
        break;
      case "no slice":
        this.slices.delete(key);
        zone.removeEndpointSlice(change.object);
        break;
      case "namespace":
        this.namespaces.add(change.name);
        zone.putNamespace(change.name);
        break;
      case "no namespace":
        this.namespaces.delete(change.name);
        zone.removeNamespace(change.name);
    }
  }

  get world(): OracleWorld {
    return {
      namespaces: [...this.namespaces],
      services: [...this.services.values()],
      imports: [...this.imports.values()],
      slices: [...this.slices.values()],
    };
  }
}

/** Answers with their order and rotation taken away. */
function canonical(bytes: Buffer | undefined): unknown {
  const message = bytes === undefined ? undefined : decodeMessage(bytes);
  if (message === undefined) return message;
  const sorted = (records: DnsMessage["answers"]): DnsMessage["answers"] =>
    [...records].sort((left, right) => (recordData(left) < recordData(right) ? -1 : 1));
  return { ...message, answers: sorted(message.answers), additionals: sorted(message.additionals) };
}

describe("createResponder", () => {
  it("answers from ready-made packets what it would answer afresh, whatever changed in between", () => {
    const anyQuestion = fc.record({
      name: anyName,
      type: anyType,
      edns: anyEdns,
      upper: fc.boolean(),
      transport: fc.constantFrom("udp" as const, "tcp" as const),
      id: fc.integer({ min: 0, max: 65_535 }),
    });
    fc.assert(
      fc.property(anyChanges, fc.array(anyQuestion, FIFTEEN), (changes, questions) => {
        const server = testServer();
        const { zone, respond } = server;
        const model = new Model();
        // The same questions after every change: a packet made ready before it must not outlive it.
        for (const change of changes) {
          model.apply(change, zone);
          for (const { name, type, edns, upper, transport, id } of questions) {
            const asked = upper ? name.toUpperCase() : name;
            const query = encodeMessage({ ...dnsQuery({ name: asked, type }, edns), id });
            const [fast, slow] = [respond(query, transport), slowly(server, query, transport)];
            expect(canonical(fast)).toEqual(canonical(slow));
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("forgets what it had ready when a part of the cluster turns out not to be known", () => {
    const { zone, respond } = testServer();
    const query = encodeMessage(dnsQuery({ name: "nope.default.svc.cluster.local.", type: "A" }));
    const codes = (["synced", "refused", "synced"] as const).map((state) => {
      zone.setState("cluster", state);
      return (respond(query, "udp")?.[3] ?? 0) & 0xf;
    });
    expect(codes).toEqual([RCODE.NXDOMAIN, RCODE.SERVFAIL, RCODE.NXDOMAIN]);
  });

  it("D-03 says what the specification says, read literally, of every name there is or was and of others", () => {
    fc.assert(
      fc.property(anyChanges, fc.array(anyName, FIFTEEN), (changes, others) => {
        const { zone, respond } = testServer();
        const model = new Model();
        const names = new Set(others);
        const compare = (types: readonly string[]): void => {
          const records = new RecordSets(model.world);
          for (const name of records.names()) names.add(name);
          for (const name of names)
            for (const type of types) {
              if (isReverse(name) ? type !== "PTR" || !hasCleanReverse(model) : name === "example.com.") continue;
              const query = encodeMessage(dnsQuery({ name, type }));
              const answer = decodeMessage(respond(query, "tcp") as Buffer) as DnsMessage;
              expect([name, type, told(answer)]).toEqual([name, type, records.answer(name, type)]);
            }
        };
        for (const change of changes) {
          model.apply(change, zone);
          compare(["SRV", "PTR"]);
        }
        compare(["A", "AAAA", "SRV", "PTR", "MX"]);
      }),
      { numRuns: 25 },
    );
  });
});

const isReverse = (name: string): boolean => name.endsWith(".arpa.");

/** CoreDNS names reverse addresses even of namespaces and Services that are gone; the specification has no word on those. */
function hasCleanReverse(model: Model): boolean {
  const owners = [...model.slices.values()].map(
    (one) => `${one.metadata.namespace}/${one.metadata.labels?.["kubernetes.io/service-name"]}`,
  );
  return model.namespaces.size === NAMESPACES.length && owners.every((owner) => model.services.has(owner));
}

function told({ rcode, answers }: DnsMessage): OracleAnswer {
  if (rcode === RCODE.NXDOMAIN) return "NXDOMAIN";
  return answers.length === 0 ? "NODATA" : answers.map(recordData).sort();
}

describe("encodeMessage", () => {
  function headless(count: number): TestServer["respond"] {
    const { zone, respond } = testServer();
    zone.putNamespace("default");
    zone.putService(service("many", { clusterIP: "None", clusterIPs: ["None"] }));
    const endpoints = Array.from({ length: count }, (_, index) => `10.9.${index >> 8}.${index & 255}`);
    zone.putEndpointSlice(slice({ service: "many", endpoints }));
    return respond;
  }
  const query = (size?: number): Buffer =>
    encodeMessage(
      dnsQuery(
        { name: "many.default.svc.cluster.local.", type: "A" },
        size === undefined ? undefined : { udpSize: size, version: 0, dnssecOk: false, options: [] },
      ),
    );

  it("CD-42 E-03 fits 29 addresses of a name of 30 letters into 512 bytes by compression, and truncates 30", () => {
    const ask = (count: number) => decodeMessage(headless(count)(query(), "udp") as Buffer) as DnsMessage;
    expect(ask(29)).toMatchObject({ flags: { truncated: false } });
    expect(ask(29).answers).toHaveLength(29);
    expect(ask(30)).toMatchObject({ flags: { truncated: true } });
    expect(ask(30).answers).toHaveLength(29);
  });

  it("CD-42 E-03 never sends more than the client takes, and everything over TCP", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(undefined, 512, 1232, 4096), (count, size) => {
        const responder = headless(count);
        const udp = responder(query(size), "udp") as Buffer;
        expect(udp.length).toBeLessThanOrEqual(size ?? 512);
        const message = decodeMessage(udp) as DnsMessage;
        expect(message.flags.truncated).toBe(message.answers.length < count);
        expect((decodeMessage(responder(query(size), "tcp") as Buffer) as DnsMessage).answers).toHaveLength(count);
      }),
      { numRuns: 60 },
    );
  });

  it("DNS-15 CD-34 rotates addresses from answer to answer", () => {
    const responder = headless(3);
    const first = Array.from({ length: 4 }, () => {
      const message = decodeMessage(responder(query(4096), "udp") as Buffer) as DnsMessage;
      expect(new Set(message.answers.map(recordData)).size).toBe(3);
      return recordData(message.answers[0] as DnsMessage["answers"][number]);
    });
    expect(first).toEqual(["10.9.0.0", "10.9.0.1", "10.9.0.2", "10.9.0.0"]);
  });
});
