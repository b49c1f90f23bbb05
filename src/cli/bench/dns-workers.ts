import type { DnsChange } from "../../network/index.ts";
import { startDnsWorkers } from "../../serving/index.ts";
import { dnsperf } from "./dns.ts";
import type { Measure } from "./measure.ts";

const SERVICES = 5000;

/** How much of one worker's answers per CPU-second each of two gives, at one port. Needs dnsperf. */
export const dnsWorkers: Measure = {
  name: "dns workers",
  run: async ({ quick }) => {
    const services = quick ? SERVICES / 10 : SERVICES;
    const one = await perCpuSecond(1, services, quick ? 1 : 5);
    const two = await perCpuSecond(2, services, quick ? 1 : 5);
    if (one === undefined || two === undefined) return [];
    return [
      { name: "DNS answers of one worker", value: one, unit: "per CPU-second", floor: { atLeast: 100_000 } },
      { name: "  each of two workers", value: (two / one) * 100, unit: "% of one", floor: { atLeast: 90 } },
    ];
  },
};

/** Answers per CPU-second of the worker that has the least; `undefined` where nobody can ask. */
async function perCpuSecond(count: number, services: number, seconds: number): Promise<number | undefined> {
  const names = Array.from({ length: services }, (_, index) => `web-${index}`);
  const workers = await startDnsWorkers({
    count,
    host: "127.0.0.1",
    port: 0,
    clusterDomain: "cluster.local",
    dnsIP: "10.96.0.10",
    nowMs: () => Date.now(),
    others: () => undefined,
    follow: (observer) => {
      for (const change of changesOf(names)) observer(change);
      return () => {};
    },
  });
  const before = await workers.report();
  const answered = await dnsperf(names, workers.port, seconds);
  const after = await workers.report();
  await workers.stop();
  if (answered === undefined) return undefined;
  const rates = after.flatMap(({ answers, cpuMs }, index) => {
    const start = before[index] ?? { answers: 0, cpuMs: 0 };
    return answers === start.answers ? [] : [(answers - start.answers) / ((cpuMs - start.cpuMs) / 1000)];
  });
  return Math.min(...rates);
}

function changesOf(names: readonly string[]): readonly DnsChange[] {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  return [
    { kind: "Namespace", object: namespace, isGone: false } as DnsChange,
    ...names.map((name, index) => {
      const clusterIP = `10.96.${(index >> 8) & 255}.${index & 255}`;
      const spec = { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] };
      const object = { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec };
      return { kind: "Service", object, isGone: false } as DnsChange;
    }),
    { part: "cluster", state: "synced" },
  ];
}
