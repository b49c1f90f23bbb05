import { createSocket } from "node:dgram";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DnsChange, decodeMessage, dnsQuery, encodeMessage, recordData } from "../../../src/network/index.ts";
import { type DnsWorkers, startDnsWorkers } from "../../../src/serving/index.ts";

let workers: DnsWorkers;
let tell: (change: DnsChange) => void = () => {};

beforeAll(async () => {
  workers = await startDnsWorkers({
    count: 2,
    host: "127.0.0.1",
    port: 0,
    clusterDomain: "cluster.local",
    dnsIP: "10.96.0.10",
    nowMs: () => 1_700_000_000_000,
    others: (packet) => Buffer.concat([packet.subarray(0, 2), Buffer.from("8185", "hex"), packet.subarray(4)]),
    follow: (observer) => {
      tell = observer;
      observer({
        kind: "Namespace",
        isGone: false,
        object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } },
      } as DnsChange);
      observer({ part: "cluster", state: "synced" });
      return () => {
        tell = () => {};
      };
    },
  });
});
afterAll(() => workers.stop());

function web(clusterIP: string, isGone = false): DnsChange {
  const spec = { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] };
  const metadata = { name: "web", namespace: "default" };
  return { kind: "Service", isGone, object: { apiVersion: "v1", kind: "Service", metadata, spec } } as DnsChange;
}

/** Asks from a socket of its own, so that the system may choose another worker each time. */
async function ask(name: string): Promise<string> {
  const socket = createSocket("udp4");
  const answer = new Promise<Buffer>((resolve) => void socket.once("message", resolve));
  socket.send(encodeMessage(dnsQuery({ name, type: "A" })), workers.port, "127.0.0.1");
  const message = decodeMessage(await answer);
  socket.close();
  return `${message?.rcode} ${message?.answers.map(recordData).join(" ")}`.trim();
}

const askMany = (name: string): Promise<readonly string[]> => Promise.all(Array.from({ length: 20 }, () => ask(name)));

it("answers alike from every worker, follows changes, and asks the main thread for names of others", async () => {
  const name = "web.default.svc.cluster.local.";
  expect(new Set(await askMany(name))).toEqual(new Set(["3"]));
  for (const address of ["10.96.0.20", "10.96.0.21"]) {
    tell(web(address));
    // A report is given after all that was said before it.
    await workers.report();
    expect(new Set(await askMany(name))).toEqual(new Set([`0 ${address}`]));
  }
  tell(web("10.96.0.21", true));
  await workers.report();
  expect(new Set(await askMany(name))).toEqual(new Set(["3"]));
  expect(await ask("www.example.org.")).toBe("5");
  const done = await workers.report();
  expect(done.reduce((sum, { answers }) => sum + answers, 0)).toBe(80);
});
