import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeMessage, dnsQuery, encodeMessage } from "../../../src/network/index.ts";
import { type DnsListener, listenDns } from "../../../src/serving/index.ts";
import { CLUSTER_COREFILE, testServer } from "../../network/dns/test-server.ts";
import { service, slice } from "../../network/objects.ts";

const NAME = "web.default.svc.cluster.local.";
const LAST_ID = 0xfffe;

function exampleServer() {
  const { zone, respond } = testServer(CLUSTER_COREFILE.replace("loadbalance", "cache 30\n  loadbalance"));
  zone.putNamespace("default");
  zone.putService(service("web", { clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"] }));
  zone.putService(service("many", { clusterIP: "None", clusterIPs: ["None"] }));
  const endpoints = Array.from({ length: 120 }, (_, index) => `10.12.1.${index}`);
  zone.putEndpointSlice(slice({ service: "many", endpoints }));
  return respond;
}

let listener: DnsListener;
beforeAll(async () => {
  listener = await listenDns(exampleServer(), { host: "127.0.0.1", port: 0 });
});
afterAll(() => listener.stop());

const anyLabel = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const anyQuestion = fc.oneof(
  fc
    .constantFrom(
      NAME,
      "many.default.svc.cluster.local.",
      "nope.default.svc.clusterset.local.",
      "1.0.12.10.in-addr.arpa.",
    )
    .map((name) => encodeMessage(dnsQuery({ name, type: "A" })).subarray(12)),
  fc
    .tuple(fc.array(anyLabel, { maxLength: 8 }), fc.nat(0xffff), fc.constantFrom(1, 1, 3, 255))
    .map(([labels, type, recordClass]) => {
      const fixed = Buffer.alloc(4);
      fixed.writeUInt16BE(type);
      fixed.writeUInt16BE(recordClass, 2);
      return Buffer.concat([
        ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
        Buffer.from([0]),
        fixed,
      ]);
    }),
);
/** An OPT of any size, version, flags and options. */
const anyOpt = fc
  .tuple(fc.nat(0xffff), fc.constantFrom(0, 0, 0, 1), fc.nat(0xffff), fc.uint8Array({ maxLength: 24 }))
  .map(([size, version, flags, options]) => {
    const fixed = Buffer.from([0, 0, 41, 0, 0, 0, version, 0, 0, 0, options.length]);
    fixed.writeUInt16BE(size, 3);
    fixed.writeUInt16BE(flags, 7);
    return Buffer.concat([fixed, options]);
  });
const anyPacket = fc.oneof(
  fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      flags: fc.constantFrom(0x0100, 0x0000, 0x0110, 0x2100, 0x1000, 0x8000, 0x7fff),
      counts: fc.constantFrom([1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [2, 0, 0, 0], [1, 1, 1, 2], [1, 0xffff, 0, 0]),
      question: anyQuestion,
      opt: fc.option(anyOpt),
      cut: fc.constantFrom(0, 0, 0, 1, 5),
    })
    .map(({ flags, counts, question, opt, cut }) => {
      const header = Buffer.alloc(12);
      header.writeUInt16BE(flags, 2);
      for (const [index, count] of counts.entries()) header.writeUInt16BE(count, 4 + 2 * index);
      const whole = Buffer.concat([header, question, opt ?? Buffer.alloc(0)]);
      return whole.subarray(0, whole.length - cut);
    }),
);

/** What every answer must be, whatever was asked. */
function check(answer: Buffer): void {
  expect(answer.length).toBeGreaterThanOrEqual(12);
  expect(answer.readUInt8(2) & 0x80).toBe(0x80);
  expect(decodeMessage(answer)).toBeDefined();
}

const sentinel = encodeMessage({ ...dnsQuery({ name: NAME, type: "A" }), id: LAST_ID });

/** Sends packets and then a sound question; what came back before its answer. */
function overUdp(packets: readonly Buffer[]): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket: UdpSocket = createSocket("udp4");
    const answers: Buffer[] = [];
    socket.on("error", reject);
    socket.on("message", (answer: Buffer) => {
      answers.push(answer);
      if (answer.readUInt16BE(0) !== LAST_ID) return;
      socket.close();
      resolve(answers);
    });
    for (const [index, packet] of packets.entries()) {
      if (packet.length >= 2) packet.writeUInt16BE(index);
      socket.send(packet, listener.port, "127.0.0.1");
    }
    socket.send(sentinel, listener.port, "127.0.0.1");
  });
}

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  return Buffer.concat([prefix, message]);
}

/** The same in one stream, cut where it is told. */
function overTcp(packets: readonly Buffer[], cuts: readonly number[]): Promise<readonly Buffer[]> {
  const stream = Buffer.concat([...packets, sentinel].map(frame));
  const places = [...new Set(cuts.map((cut) => cut % stream.length))].sort((left, right) => left - right);
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, "127.0.0.1");
    let received = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
    socket.on("connect", () => {
      socket.setNoDelay(true);
      const pieces = [...places, stream.length].map((end, index) => stream.subarray(places[index - 1] ?? 0, end));
      const next = (): void => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, next);
      };
      next();
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answers: Buffer[] = [];
      for (let at = 0; at + 2 <= received.length; ) {
        const end = at + 2 + received.readUInt16BE(at);
        if (end > received.length) return;
        answers.push(received.subarray(at + 2, end));
        at = end;
      }
      if (answers.at(-1)?.readUInt16BE(0) !== LAST_ID) return;
      socket.removeAllListeners("close");
      socket.destroy();
      resolve(answers);
    });
  });
}

describe("any packets at all, over real sockets", () => {
  it("E-01 are answered as DNS answers or not at all, and the next question is answered right", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket, { maxLength: 25 }), async (packets) => {
        const answers = await overUdp(packets);
        for (const answer of answers) {
          check(answer);
          const asked = packets[answer.readUInt16BE(0)];
          const size = asked === undefined ? 512 : 65_535;
          expect(answer.length).toBeLessThanOrEqual(size);
        }
        expect(decodeMessage(answers.at(-1) as Buffer)?.answers).toMatchObject([{ address: "10.13.0.20" }]);
      }),
      { numRuns: 60 },
    );
  });

  it("E-02 in a TCP stream cut anywhere, each whole message has its answer in turn", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPacket, { maxLength: 15 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        async (packets, cuts) => {
          const answers = await overTcp(packets, cuts);
          for (const answer of answers) check(answer);
          expect(decodeMessage(answers.at(-1) as Buffer)?.answers).toMatchObject([{ address: "10.13.0.20" }]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("E-03 the same data comes over UDP and TCP: UDP has all of it, or the beginning and TC", async () => {
    const query = encodeMessage({ ...dnsQuery({ name: "many.default.svc.cluster.local.", type: "A" }), id: 1 });
    const [udp, tcp] = [(await overUdp([Buffer.from(query)]))[0], (await overTcp([query], []))[0]].map((packet) =>
      decodeMessage(packet as Buffer),
    );
    expect(tcp?.answers).toHaveLength(120);
    expect(udp?.flags.truncated).toBe(true);
    const addresses = new Set(tcp?.answers.map((record) => (record.type === "A" ? record.address : "")));
    for (const record of udp?.answers ?? [])
      expect(addresses.has(record.type === "A" ? record.address : "")).toBe(true);
  });
});
