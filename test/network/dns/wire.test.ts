import packet from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../src/network/dns/decode.ts";
import { encodeMessage } from "../../../src/network/dns/encode.ts";
import { type DnsMessage, type DnsRecord, dnsQuery } from "../../../src/network/dns/message.ts";
import { messageLength } from "../../../src/network/dns/message-length.ts";
import { labelsOf, nameOf } from "../../../src/network/dns/name.ts";
import { testServer } from "./test-server.ts";

const anyLabel = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
const anyName = fc.array(anyLabel, { minLength: 1, maxLength: 5 }).map((labels) => `${labels.join(".")}.`);
const anyTtl = fc.integer({ min: 0, max: 0x7fff_ffff });
const port = fc.integer({ min: 0, max: 65_535 });
const anyRecord: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ name: anyName, ttl: anyTtl, type: fc.constant("A" as const), address: fc.ipV4() }),
  fc.record({
    name: anyName,
    ttl: anyTtl,
    type: fc.constant("AAAA" as const),
    address: fc.constantFrom("fd00::1", "::1", "2001:db8::", "1:2:3:4:5:6:7:8"),
  }),
  fc.record({
    name: anyName,
    ttl: anyTtl,
    type: fc.constantFrom("CNAME" as const, "NS" as const, "PTR" as const),
    target: anyName,
  }),
  fc.record({
    name: anyName,
    ttl: anyTtl,
    type: fc.constant("SRV" as const),
    priority: port,
    weight: port,
    port,
    target: anyName,
  }),
  fc.record({
    name: anyName,
    ttl: anyTtl,
    type: fc.constant("TXT" as const),
    texts: fc.array(anyLabel, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    name: anyName,
    ttl: anyTtl,
    type: fc.constant("SOA" as const),
    primary: anyName,
    mailbox: anyName,
    serial: anyTtl,
    refresh: anyTtl,
    retry: anyTtl,
    expire: anyTtl,
    minimum: anyTtl,
  }),
);
const anyMessage: fc.Arbitrary<DnsMessage> = fc
  .record({
    question: fc.record({ name: anyName, type: fc.constantFrom("A", "SRV", "TYPE4711") }),
    answers: fc.array(anyRecord, { maxLength: 5 }),
    authorities: fc.array(anyRecord, { maxLength: 2 }),
    additionals: fc.array(anyRecord, { maxLength: 3 }),
    edns: fc.option(
      fc.record({
        udpSize: port,
        version: fc.constant(0),
        dnssecOk: fc.boolean(),
        options: fc.array(
          fc.record({
            code: fc.integer({ min: 20, max: 0xffff }),
            data: fc.uint8Array({ maxLength: 9 }).map((data) => Buffer.from(data)),
          }),
          { maxLength: 2 },
        ),
      }),
      { nil: undefined },
    ),
    rcode: fc.constantFrom(0, 2, 3, 5),
  })
  .map(({ question, edns, ...rest }) => ({ ...dnsQuery(question, edns), ...rest, id: 4711 }));

describe("wire format", () => {
  it("reads back what it wrote, compressed or not", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const whole = encodeMessage(message);
        expect(messageLength(message)).toBe(whole.length);
        expect(decodeMessage(whole)).toEqual(message);
        // A limit just under the plain length makes it compress.
        const compressed = decodeMessage(encodeMessage(message, Math.max(512, whole.length - 1))) as DnsMessage;
        if (!compressed.flags.truncated) expect(compressed).toEqual(message);
      }),
    );
  });

  it("writes what dns-packet reads, compressed or not", () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 6 }), fc.boolean(), (answers, small) => {
        const message = { ...dnsQuery({ name: "a.b.", type: "A" }), answers };
        const read = packet.decode(encodeMessage(message, small ? 700 : undefined));
        const decoded = read.answers as readonly {
          readonly name: string;
          readonly type: string;
          readonly data: unknown;
        }[];
        for (const [index, record] of decoded.entries()) {
          const wanted = answers[index] as DnsRecord;
          expect(`${record.name}.`).toBe(wanted.name);
          expect(record.type).toBe(wanted.type);
          if (wanted.type === "A") expect(record.data).toBe(wanted.address);
          if (wanted.type === "SRV")
            expect(record.data).toMatchObject({ port: wanted.port, target: wanted.target.slice(0, -1) });
          if (wanted.type === "PTR") expect(`${record.data}.`).toBe(wanted.target);
        }
      }),
    );
  });

  it("reads what dns-packet wrote", () => {
    const bytes = packet.encode({
      id: 7,
      type: "response",
      questions: [{ name: "web.default", type: "SRV" }],
      answers: [
        {
          name: "web.default",
          type: "SRV",
          ttl: 5,
          data: { port: 80, target: "a.web.default", weight: 1, priority: 2 },
        },
      ],
      additionals: [{ name: "a.web.default", type: "AAAA", ttl: 5, data: "fd00::1" }],
    });
    expect(decodeMessage(bytes)).toMatchObject({
      questions: [{ name: "web.default.", type: "SRV" }],
      answers: [{ type: "SRV", port: 80, target: "a.web.default.", weight: 1, priority: 2 }],
      additionals: [{ type: "AAAA", address: "fd00::1" }],
    });
  });

  it("E-05 keeps labels of any bytes through text and back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { minLength: 1, maxLength: 3 }),
        (arrays) => {
          const labels = arrays.map((bytes) => Buffer.from(bytes).toString("latin1"));
          expect(labelsOf(nameOf(labels))).toEqual(labels);
        },
      ),
    );
  });
});

describe("malformed packets", () => {
  const responder = testServer().respond;
  const good = encodeMessage(
    dnsQuery(
      { name: "web.default.svc.cluster.local.", type: "A" },
      { udpSize: 1232, version: 0, dnssecOk: false, options: [] },
    ),
  );

  it("E-01 never crash the server and never hang it", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
        (noise, flips) => {
          responder(Buffer.from(noise), "udp");
          const bent = Buffer.from(good);
          for (const [at, value] of flips) bent[at] = value;
          responder(bent, "udp");
          responder(bent.subarray(0, flips[0]?.[0] ?? 0), "tcp");
        },
      ),
      { numRuns: 2000 },
    );
  });

  const rows: readonly (readonly [string, Buffer, string])[] = [
    ["nothing to less than a header", good.subarray(0, 11), "silence"],
    ["nothing to an answer", withByte(2, 0x80), "silence"],
    ["FORMERR to a name that is cut off", good.subarray(0, 20), "1"],
    [
      "FORMERR to a compression loop",
      Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1]), good.subarray(-11)]),
      "1",
    ],
    ["FORMERR to no question", withByte(5, 0), "1"],
    ["NOTIMP to a status query", withByte(2, 0x10), "4"],
  ];
  function withByte(at: number, value: number): Buffer {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return bytes;
  }
  it.each(rows)("E-01 gets %s", (_, bytes, wanted) => {
    const answer = responder(bytes, "udp");
    expect(answer === undefined ? "silence" : String((answer[3] as number) & 0xf)).toBe(wanted);
    if (answer !== undefined) expect(answer).toHaveLength(12);
  });
});
