import type { EndpointSlice, Service } from "../../api/index.ts";
import { createNetwork } from "../../network/index.ts";
import { FaultPlan, Loop, Random, Trace } from "../../sim/index.ts";
import { costOf, type Figure, type Measure } from "./measure.ts";

const SERVICES = 10_000;
const ENDPOINTS = 10;
const REPEAT_MS = 1500;
const MODES = ["iptables", "ipvs", "nftables"] as const;

/** Requests through the rules of 10,000 Services with ten endpoints each, and what one endpoint's change costs among them. */
export const requests: Measure = {
  name: "requests",
  run: async ({ quick }) => {
    const services = quick ? SERVICES / 10 : SERVICES;
    const repeatMs = quick ? REPEAT_MS / 5 : REPEAT_MS;
    const figures: Figure[] = [];
    for (const mode of MODES) {
      const { fabric } = groundOf(mode, services);
      const from = { cluster: "m1", address: "10.10.0.2", nodeName: "n1" };
      let count = 0;
      let lost = 0;
      const untilMs = performance.now() + repeatMs;
      const cost = await costOf(async () => {
        while (performance.now() < untilMs)
          for (let index = 0; index < 1000; index++) {
            const to = { address: serviceAddress(count++ % services), port: 80, protocol: "TCP" as const };
            if (fabric.route(from, to).verdict !== "delivered") lost++;
          }
      });
      if (lost > 0) throw new Error(`${lost} of ${count} requests were lost in mode ${mode}`);
      figures.push({
        name: `requests through ${mode} rules, ${services.toLocaleString("en-US")} Services`,
        value: count / (cost.cpuMs / 1000),
        unit: "per CPU-second",
        floor: { atLeast: 100_000 },
      });
    }
    return [...figures, await changeFigure(services, repeatMs)];
  },
};

/** A slice is replaced, and the next request sees it. */
async function changeFigure(services: number, repeatMs: number): Promise<Figure> {
  const { fabric } = groundOf("iptables", services);
  const network = fabric.cluster("m1");
  const from = { cluster: "m1", address: "10.10.0.2", nodeName: "n1" };
  let count = 0;
  const untilMs = performance.now() + repeatMs;
  const cost = await costOf(async () => {
    while (performance.now() < untilMs)
      for (let step = 0; step < 100; step++) {
        const index = count++ % services;
        network.services.putEndpointSlice(sliceOf(index, count));
        fabric.route(from, { address: serviceAddress(index), port: 80, protocol: "TCP" });
      }
  });
  return {
    name: "one endpoint change among them, and a request that sees it",
    value: (cost.cpuMs * 1000) / count,
    unit: "µs",
    floor: { atMost: 100 },
  };
}

function groundOf(proxyMode: string, services: number) {
  const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
  const clusters = [
    { name: "m1", podCIDRs: ["10.10.0.0/16"], serviceCIDRs: ["10.64.0.0/12"], dnsIP: "10.64.0.10", proxyMode },
  ];
  const { fabric } = createNetwork({ loop, faults: new FaultPlan(), clusters });
  const network = fabric.cluster("m1");
  for (let pod = 0; pod < ENDPOINTS; pod++) {
    network.bringUp(podAddress(pod));
    network.listen(podAddress(pod), "8080/TCP", { serve: () => undefined });
  }
  for (let index = 0; index < services; index++) {
    network.putService(serviceOf(index));
    network.services.putEndpointSlice(sliceOf(index, 0));
  }
  return { fabric };
}

function serviceAddress(index: number): string {
  return `10.${65 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${1 + (index % 250)}`;
}

function podAddress(pod: number): string {
  return `10.10.1.${1 + pod}`;
}

function serviceOf(index: number): Service {
  const clusterIP = serviceAddress(index);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `web-${index}`, namespace: "default" },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: "TCP" }] },
  };
}

/** Its endpoints, the first of them changed by the revision. */
function sliceOf(index: number, revision: number): EndpointSlice {
  const name = `web-${index}`;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-abcde`, namespace: "default", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: ENDPOINTS }, (_unused, pod) => ({
      addresses: [podAddress(pod)],
      conditions: { ready: pod > 0 || revision % 2 === 0 },
      nodeName: `n${pod % 3}`,
    })),
  };
}
