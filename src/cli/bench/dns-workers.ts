import type { DnsChange } from "../../network/index.ts";
import { startDnsWorkers } from "../../serving/index.ts";
import { dnsperf, hasDnsperf } from "./dns-clients.ts";
import type { Measure } from "./measure.ts";

const SERVICES = 5000;
/** Asked of each worker, one or two: few enough for two of them and their client to share two cores. */
const PER_SECOND_EACH = 8000;

/** How much of one worker's answers per CPU-second each of two gives, at one port and under as many questions each. Needs dnsperf. */
export const dnsWorkers: Measure = {
  name: "dns workers",
  run: async ({ quick }) => {
    const services = quick ? SERVICES / 10 : SERVICES;
    const load = { services, seconds: quick ? 1 : 5 };
    if (!hasDnsperf()) return [];
    const most = await perCpuSecond(1, load);
    const one = await perCpuSecond(1, { ...load, perSecond: PER_SECOND_EACH });
    const two = await perCpuSecond(2, { ...load, perSecond: 2 * PER_SECOND_EACH });
    return [
      { name: "DNS answers of one worker", value: most, unit: "per CPU-second", floor: { atLeast: 100_000 } },
      {
        name: `  each of two workers, ${PER_SECOND_EACH} questions/s each`,
        value: (two / one) * 100,
        unit: "% of one",
        floor: { atLeast: 90 },
      },
    ];
  },
};

type Load = { readonly services: number; readonly seconds: number; readonly perSecond?: number };

/** Answers of `count` workers, for each CPU-second of theirs. */
async function perCpuSecond(count: number, { services, ...pace }: Load): Promise<number> {
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
  const before = sum(await workers.report());
  await dnsperf({ names, port: workers.port, ...pace });
  const after = sum(await workers.report());
  await workers.stop();
  return (after.answers - before.answers) / ((after.cpuMs - before.cpuMs) / 1000);
}

type Done = { readonly answers: number; readonly cpuMs: number };

function sum(done: readonly Done[]): Done {
  return done.reduce((left, right) => ({ answers: left.answers + right.answers, cpuMs: left.cpuMs + right.cpuMs }));
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
