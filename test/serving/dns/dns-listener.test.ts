import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DnsResponder, decodeMessage, digText, dnsQuery, encodeMessage } from "../../../src/network/index.ts";
import { type DnsListener, listenDns } from "../../../src/serving/index.ts";
import { testServer } from "../../network/dns/test-server.ts";
import { service, serviceImport, slice } from "../../network/objects.ts";

const DIG = "/usr/bin/dig";
const run = promisify(execFile);

function exampleServer(): DnsResponder {
  const { zone, respond } = testServer();
  zone.putNamespace("default");
  zone.putService(
    service("web", {
      clusterIP: "10.13.0.20",
      clusterIPs: ["10.13.0.20", "fd00::20"],
      ports: [{ name: "http", port: 80 }],
    }),
  );
  zone.putService(service("many", { clusterIP: "None", clusterIPs: ["None"], ports: [{ name: "http", port: 80 }] }));
  const endpoints = Array.from({ length: 200 }, (_, index) => `10.12.1.${index}`);
  zone.putEndpointSlice(slice({ service: "many", endpoints }));
  zone.putServiceImport(serviceImport("serve", { ips: ["10.13.166.120"], ports: [{ name: "http", port: 80 }] }));
  return respond;
}

const respond = exampleServer();
let listener: DnsListener;
beforeAll(async () => {
  listener = await listenDns(respond, { host: "127.0.0.1", port: 0 });
});
afterAll(() => listener.stop());

async function dig(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(DIG, ["@127.0.0.1", "-p", String(listener.port), ...args]);
  return stdout;
}

describe.skipIf(!existsSync(DIG))("dig (skipped where BIND's dig is not installed)", () => {
  it("S4-78 reads status, flags, counts, EDNS and cookie off an unknown name", async () => {
    const text = await dig("serve.default.svc.cluster.local", "A", "+bufsize=4096");
    expect(text).toMatch(/status: NXDOMAIN/);
    expect(text).toMatch(/flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1/);
    expect(text).toMatch(/WARNING: recursion requested but not available/);
    expect(text).toMatch(/EDNS: version: 0, flags:; udp: 4096\n; COOKIE: [0-9a-f]+ \(echoed\)/);
    expect(text).toContain(";serve.default.svc.cluster.local. IN\tA\n");
  });

  const short: readonly (readonly [string, string, string])[] = [
    ["serve.default.svc.clusterset.local", "A", "10.13.166.120\n"],
    ["_http._tcp.serve.default.svc.clusterset.local", "SRV", "0 100 80 serve.default.svc.clusterset.local.\n"],
    ["dns-version.clusterset.local", "TXT", '"1.1.0"\n'],
    ["20.0.13.10.in-addr.arpa", "PTR", "web.default.svc.cluster.local.\n"],
  ];
  it.each(short)("S4-58 S4-59 %s %s", async (name, type, wanted) =>
    expect(await dig(name, type, "+short")).toBe(wanted),
  );

  it("retries a truncated answer over TCP", async () => {
    const text = await dig("many.default.svc.cluster.local", "A", "+noedns");
    expect(text).toContain("Truncated, retrying in TCP mode");
    expect(text).toContain("ANSWER: 200");
  });

  it("prints what digText prints, byte for byte", async () => {
    const questions = [
      ["web.default.svc.cluster.local", "A"],
      ["web.default.svc.cluster.local", "AAAA"],
      ["_http._tcp.web.default.svc.cluster.local", "SRV"],
      ["nope.default.svc.cluster.local", "A"],
      ["svc.cluster.local", "A"],
      ["cluster.local", "SOA"],
      ["example.com", "A"],
      ["a.very.long.name.that.leaves.no.room.for.tabs.default.svc.cluster.local", "TXT"],
    ];
    for (const [name = "", type = ""] of questions) {
      const text = await dig(name, type, "+nocookie", "+qid=7");
      const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: [] };
      const query = { ...dnsQuery({ name: `${name}.`, type }, edns), id: 7 };
      const flags = { ...query.flags, authenticData: true };
      const bytes = respond(encodeMessage({ ...query, flags }), "udp") as Buffer;
      const message = decodeMessage(bytes);
      const ours = digText(message as NonNullable<typeof message>, {
        server: "127.0.0.1",
        port: listener.port,
        queryMs: 0,
        nowMs: 0,
        size: bytes.length,
      });
      expect(withoutChance(text.slice(text.indexOf(";; Got answer")))).toBe(withoutChance(ours));
    }
  });
});

function withoutChance(text: string): string {
  return text.replace(/Query time: \d+/, "Query time: 0").replace(/WHEN: .*/, "WHEN:");
}

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  return Buffer.concat([prefix, message]);
}

describe("listenDns", () => {
  it("E-02 answers pipelined TCP questions in order, however the stream is cut", async () => {
    const names = [
      "web.default.svc.cluster.local.",
      "many.default.svc.cluster.local.",
      "nope.default.svc.cluster.local.",
    ];
    const queries = names.map((name, index) =>
      frame(encodeMessage({ ...dnsQuery({ name, type: "A" }), id: index + 1 })),
    );
    const stream = Buffer.concat(queries);
    const ids = await new Promise<readonly number[]>((resolve, reject) => {
      const socket = connect(listener.port, "127.0.0.1");
      let received = Buffer.alloc(0);
      socket.on("error", reject);
      socket.on("connect", () => {
        socket.setNoDelay(true);
        const bytes = [...stream.keys()];
        const next = (): void => {
          const at = bytes.shift();
          if (at !== undefined) socket.write(stream.subarray(at, at + 1), next);
        };
        next();
      });
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const found: number[] = [];
        for (let at = 0; at + 2 <= received.length; at += 2 + received.readUInt16BE(at))
          if (at + 2 + received.readUInt16BE(at) <= received.length) found.push(received.readUInt16BE(at + 2));
        if (found.length < names.length) return;
        socket.destroy();
        resolve(found);
      });
    });
    expect(ids).toEqual([1, 2, 3]);
  });

  it("survives packets that are no DNS, and goes on answering", async () => {
    const socket = createSocket("udp4");
    const answer = new Promise<Buffer>((resolve) => socket.on("message", (packet: Buffer) => resolve(packet)));
    for (const noise of ["", "x", "short", "twelve bytes", "\u0000".repeat(40)])
      socket.send(Buffer.from(noise, "latin1"), listener.port, "127.0.0.1");
    socket.send(
      encodeMessage({ ...dnsQuery({ name: "web.default.svc.cluster.local.", type: "A" }), id: 99 }),
      listener.port,
      "127.0.0.1",
    );
    let packet = await answer;
    while (packet.readUInt16BE(0) !== 99) packet = await new Promise((resolve) => socket.once("message", resolve));
    socket.close();
    expect(decodeMessage(packet)?.answers).toMatchObject([{ address: "10.13.0.20" }]);
  });

  it("frees its port when stopped", async () => {
    const first = await listenDns(respond, { host: "127.0.0.1", port: 0 });
    await first.stop();
    const second = await listenDns(respond, { host: "127.0.0.1", port: first.port });
    expect(second.port).toBe(first.port);
    await second.stop();
  });
});
