import { DnsZone } from "../../network/index.ts";
import { costOf, type Measure } from "./measure.ts";

const SERVICES = 10_000;
const ENDPOINTS = 10;
const CHANGES = 5000;
const MIB = 2 ** 20;

/** What a zone of 10,000 Services with ten endpoints each costs to build and to change. */
export const dnsZone: Measure = {
  name: "dns zone",
  run: async ({ quick }) => {
    const services = quick ? SERVICES / 10 : SERVICES;
    const given = Array.from({ length: services }, (_, index) => ({ service: service(index), slice: slice(index, 0) }));
    const zone = new DnsZone(() => Date.now());
    const before = used();
    const built = await costOf(async () => {
      zone.putNamespace("default");
      for (const one of given) {
        zone.putService(one.service);
        zone.putEndpointSlice(one.slice);
      }
    });
    const heapMb = (used() - before) / MIB;
    const changes = Array.from({ length: CHANGES }, (_, index) => slice((index * 7919) % services, index + 1));
    const changed = await costOf(async () => {
      for (const one of changes) zone.putEndpointSlice(one);
    });
    if (zone.endpoints("default/web-0").length !== ENDPOINTS) throw new Error("the zone lost endpoints");
    return [
      {
        name: `DNS zone of ${services} Services x ${ENDPOINTS}: built`,
        value: built.wallMs,
        unit: "ms",
        floor: { atMost: 1000 },
      },
      { name: "  heap", value: heapMb, unit: "MiB", floor: { atMost: 100 } },
      { name: "  one endpoint change", value: (changed.cpuMs / CHANGES) * 1000, unit: "us", floor: { atMost: 100 } },
    ];
  },
};

function used(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function service(index: number): Parameters<DnsZone["putService"]>[0] {
  const clusterIP = `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `web-${index}`, namespace: "default" },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      type: "ClusterIP",
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
    },
  } as Parameters<DnsZone["putService"]>[0];
}

/** A slice of a Service; each version has another last endpoint. */
function slice(index: number, version: number): Parameters<DnsZone["putEndpointSlice"]>[0] {
  const base = index * ENDPOINTS;
  const address = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  const endpoints = Array.from({ length: ENDPOINTS }, (_, one) => ({
    addresses: [one === 0 && version > 0 ? `11.0.${(version >> 8) & 255}.${version & 255}` : address(base + one)],
    conditions: { ready: true },
  }));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `web-${index}-a`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": `web-${index}` },
    },
    addressType: "IPv4",
    ports: [{ name: "http", port: 80, protocol: "TCP" }],
    endpoints,
  } as Parameters<DnsZone["putEndpointSlice"]>[0];
}
