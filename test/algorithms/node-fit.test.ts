import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addAmounts,
  balancedAllocationScore,
  hostPorts,
  hostPortsCollide,
  leastAllocatedScore,
  podRequests,
  scoredRequests,
  shortages,
  subtractAmounts,
} from "../../src/algorithms/index.ts";
import type { Container, ContainerPort } from "../../src/api/index.ts";

const container = (requests: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name: "c",
  resources: { requests },
  ...more,
});

describe("podRequests", () => {
  it("adds up containers, cpu in thousandths", () => {
    const spec = { containers: [container({ cpu: "100m", memory: "1Ki" }), container({ cpu: "1" })] };
    expect(podRequests(spec)).toEqual({ cpu: 1100, memory: 1024 });
  });

  it("takes the largest init container where it needs more", () => {
    const spec = {
      containers: [container({ cpu: "1", memory: "10" })],
      initContainers: [container({ cpu: "3" }), container({ memory: "5" })],
    };
    expect(podRequests(spec)).toEqual({ cpu: 3000, memory: 10 });
  });

  it("counts sidecars with the containers, and with the init containers after them", () => {
    const sidecar = container({ cpu: "1" }, { restartPolicy: "Always" });
    const spec = { containers: [container({ cpu: "1" })], initContainers: [sidecar, container({ cpu: "2" })] };
    expect(podRequests(spec)).toEqual({ cpu: 3000 });
  });

  it("takes a limit for a request that is not named", () => {
    const limited: Container = {
      name: "c",
      resources: { limits: { cpu: "2", memory: "8" }, requests: { memory: "4" } },
    };
    expect(podRequests({ containers: [limited] })).toEqual({ cpu: 2000, memory: 4 });
  });
});

describe("shortages", () => {
  it("names what is lacking, cpu and memory first, and what could never fit", () => {
    const requests = { "example.com/gpu": 1, memory: 60, cpu: 900 };
    expect(shortages(requests, { cpu: 200, memory: 50 }, { cpu: 1000, memory: 100 })).toEqual([
      { resource: "cpu", hopeless: false },
      { resource: "memory", hopeless: false },
      { resource: "example.com/gpu", hopeless: true },
    ]);
  });

  it("asks nothing for nothing", () => {
    expect(shortages({ cpu: 0 }, { cpu: 5 }, {})).toEqual([]);
  });
});

describe("scores", () => {
  const amount = fc.integer({ min: 0, max: 1000 });
  const amounts = fc.record({ cpu: amount, memory: amount });

  it("lie between 0 and 100, and never rise as a node fills", () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, (requests, used, more) => {
        const allocatable = { cpu: 1000, memory: 1000 };
        const score = leastAllocatedScore(requests, used, allocatable);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(leastAllocatedScore(requests, addAmounts(used, more), allocatable)).toBeLessThanOrEqual(score);
        const balance = balancedAllocationScore(requests, used, allocatable);
        expect(balance).toBeGreaterThanOrEqual(50);
        expect(balance).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("takes away what it added", () => {
    fc.assert(
      fc.property(amounts, amounts, (left, right) => {
        expect(subtractAmounts(addAmounts(left, right), right)).toEqual(left);
      }),
    );
  });

  it("takes a container without requests for a small one", () => {
    expect(scoredRequests({ containers: [{ name: "c" }] })).toEqual({ cpu: 100, memory: 200 * 1024 * 1024 });
  });
});

describe("host ports", () => {
  it("are those named, and with hostNetwork all", () => {
    const ports = [{ containerPort: 80 }, { containerPort: 90, hostPort: 9100 }];
    expect(hostPorts({ containers: [{ name: "c", ports }] }).map(({ hostPort }) => hostPort)).toEqual([9100]);
    expect(
      hostPorts({ hostNetwork: true, containers: [{ name: "c", ports }] }).map(({ hostPort }) => hostPort),
    ).toEqual([80, 9100]);
  });

  it.each<[string, Partial<ContainerPort>, Partial<ContainerPort>, boolean]>([
    ["the same port collides", {}, {}, true],
    ["protocols keep apart", {}, { protocol: "UDP" }, false],
    ["addresses keep apart", { hostIP: "10.0.0.1" }, { hostIP: "10.0.0.2" }, false],
    ["any address meets every address", { hostIP: "0.0.0.0" }, { hostIP: "10.0.0.2" }, true],
  ])("%s", (_name, left, right, expected) => {
    const port = { containerPort: 1, hostPort: 1 };
    expect(hostPortsCollide({ ...port, ...left }, { ...port, ...right })).toBe(expected);
  });
});
