import { describe, expect, it } from "vitest";
import { type Cluster, type ClusterSpec, karmadaDescriptors } from "../../../src/api/index.ts";

const descriptor = karmadaDescriptors[0]!;

function cluster(spec: Partial<ClusterSpec> & Readonly<Record<string, unknown>>): Cluster {
  return {
    apiVersion: "cluster.karmada.io/v1alpha1",
    kind: "Cluster",
    metadata: { name: "member1", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { syncMode: "Push", ...spec },
  };
}

function errorsOf(spec: Partial<ClusterSpec> & Readonly<Record<string, unknown>>): string[] {
  return (descriptor.strategy?.validate?.(cluster(spec)) ?? []).map((error) => `${error.field}: ${error.detail}`);
}

describe("a Cluster", () => {
  it("S4-01 prints VERSION MODE READY AGE, and more when asked to", () => {
    const nowMs = Date.parse("2026-01-01T00:05:00Z");
    const member = {
      ...cluster({ region: "eu", zones: ["a", "b"] }),
      status: { kubernetesVersion: "v1.34.0", conditions: [{ type: "Ready", status: "True" as const }] },
    };
    const rows = (descriptor.columns ?? []).map((column) => [
      column.name,
      column.value(member, nowMs),
      column.priority,
    ]);
    expect(rows).toEqual([
      ["Version", "v1.34.0", undefined],
      ["Mode", "Push", undefined],
      ["Ready", "True", undefined],
      ["Age", "5m", undefined],
      ["Zones", "a,b", 1],
      ["Region", "eu", 1],
      ["Provider", "<none>", 1],
      ["API-Endpoint", "<none>", 1],
      ["Proxy-URL", "<none>", 1],
    ]);
  });

  it("gets nine resource models when created without any, and loses a status it came with", () => {
    const created = descriptor.strategy?.prepareForCreate?.({
      ...cluster({}),
      status: { kubernetesVersion: "v9" },
    } as Cluster);
    const { spec, status } = created as Cluster;
    expect(status).toBeUndefined();
    expect(spec.resourceModels).toHaveLength(9);
    expect(spec.resourceModels?.[8]?.ranges).toEqual([
      { name: "cpu", min: "128", max: "9223372036854775807" },
      { name: "memory", min: "1Ti", max: "9223372036854775807" },
    ]);
    expect(errorsOf({ resourceModels: spec.resourceModels ?? [] })).toEqual([]);
  });

  it("spells one zone as zones", () => {
    const defaulted = descriptor.strategy?.applyDefaults?.(cluster({ zone: "a" }));
    expect(defaulted).toMatchObject({ spec: { zones: ["a"] } });
  });

  it.each<[string, Partial<ClusterSpec> & Readonly<Record<string, unknown>>, string[]]>([
    ["no sync mode", { syncMode: "" as "Push" }, ["spec.syncMode: "]],
    ["an endpoint without a scheme", { apiEndpoint: "10.0.0.1:6443" }, []],
    [
      "an endpoint with user and query",
      { apiEndpoint: "https://me@host?x=1" },
      [
        "spec.apiEndpoint: user information is not permitted in the URL",
        "spec.apiEndpoint: query parameters are not permitted in the URL",
      ],
    ],
    ["half a secret", { secretRef: { namespace: "", name: "x" } }, ["spec.secretRef.namespace: "]],
    [
      "an ftp proxy",
      { proxyURL: "ftp://x" },
      ['spec.proxyURL: unsupported scheme "ftp", must be http, https, or socks5'],
    ],
    ["zone and zones", { zone: "a", zones: ["b"] }, ["spec.zone: Zone and Zones cannot co-exist"]],
    [
      "the same taint twice",
      {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "a", effect: "NoSchedule" },
        ],
      },
      ["spec.taints[1]: "],
    ],
    [
      "models with a gap",
      {
        resourceModels: [
          { grade: 0, ranges: [{ name: "cpu", min: "0", max: "1" }] },
          { grade: 1, ranges: [{ name: "cpu", min: "2", max: "9223372036854775807" }] },
        ],
      },
      ["spec.resourceModels: Model intervals for resources must be contiguous and non-overlapping"],
    ],
  ])("with %s is judged as upstream judges it", (_case, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  it.each([
    ["", ["must be not empty"]],
    ["a".repeat(49), ["must be no more than 48 characters"]],
    ["member1", []],
  ])("may be called %j or not", (name, expected) => {
    expect(descriptor.strategy?.validateName?.(name)).toEqual(expected);
  });
});
