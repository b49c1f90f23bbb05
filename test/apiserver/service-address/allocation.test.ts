import { describe, expect, it } from "vitest";
import { Service, type ServiceSpec } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/apimachinery/index.ts";
import { namespaceLifecyclePlugin, serviceAddressPlugin } from "../../../src/apiserver/index.ts";
import { Random } from "../../../src/sim/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

const services = { kind: Service, namespace: "default" } as const;

function withServices(cidr = "10.11.0.0/16", seed = 1): Fixture {
  const random = new Random(seed).stream("service-address");
  return fixture({ admission: [namespaceLifecyclePlugin, serviceAddressPlugin({ cidr, random })] });
}

function service(name: string, spec: Partial<ServiceSpec> = {}): KubeObject {
  return object("v1", "Service", { name }, { spec: { ports: [{ port: 80 }], ...spec } });
}

const specOf = (made: KubeObject): ServiceSpec => (made as KubeObject & { readonly spec: ServiceSpec }).spec;
const create = (made: Fixture, name: string, spec: Partial<ServiceSpec> = {}): ServiceSpec =>
  specOf(made.good({ verb: "create", ...services, object: service(name, spec) }));
const refused = (made: Fixture, name: string, spec: Partial<ServiceSpec>): string =>
  made.bad({ verb: "create", ...services, object: service(name, spec) }).message ?? "";

describe("ClusterIPs", () => {
  it("are drawn from the upper part of the range, the same for the same seed", () => {
    const made = withServices();
    const { clusterIP, clusterIPs } = create(made, "a");
    expect(clusterIPs).toEqual([clusterIP]);
    const [, , third, fourth] = (clusterIP as string).split(".").map(Number) as [number, number, number, number];
    expect(third * 256 + fourth).toBeGreaterThan(256);
    expect(create(withServices(), "a").clusterIP).toBe(clusterIP);
    expect(create(withServices("10.11.0.0/16", 2), "a").clusterIP).not.toBe(clusterIP);
  });

  it("are not given to headless and ExternalName Services", () => {
    const made = withServices();
    expect(create(made, "a", { clusterIP: "None" }).clusterIP).toBe("None");
    expect(create(made, "b", { type: "ExternalName", externalName: "example.com" }).clusterIP).toBeUndefined();
  });

  it("S3-35 S3-36 S3-37 S3-38 may be chosen when free, valid and in range", () => {
    const made = withServices();
    expect(create(made, "dns", { clusterIP: "10.11.0.10" }).clusterIP).toBe("10.11.0.10");
    expect(refused(made, "b", { clusterIP: "10.11.0.10" })).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.11.0.10"]: failed to allocate IP 10.11.0.10: provided IP is already allocated',
    );
    expect(refused(made, "c", { clusterIP: "10.12.0.1" })).toContain(
      "failed to allocate IP 10.12.0.1: the provided network does not match the current range",
    );
    expect(refused(made, "d", { clusterIP: "10.11.0" })).toContain(
      'spec.clusterIPs[0]: Invalid value: "10.11.0": must be a valid IP address',
    );
  });

  it("begin with that of default/kubernetes", () => {
    const made = withServices();
    expect(create(made, "kubernetes").clusterIP).toBe("10.11.0.1");
    expect(refused(made, "a", { clusterIP: "10.11.0.1" })).toContain("already allocated");
  });

  it("stay through updates and are free again after deletion, failed writes and dry runs", () => {
    const made = withServices("10.11.0.0/29");
    const chosen = { clusterIP: "10.11.0.3" };
    made.good({ verb: "create", ...services, object: service("a", chosen), options: { dryRun: true } });
    refused(made, "b", { ...chosen, sessionAffinity: "Never" as "None" });
    create(made, "c", chosen);
    const updated = made.good({
      verb: "update",
      ...services,
      name: "c",
      object: service("c", { ports: [{ port: 81 }] }),
    });
    expect(specOf(updated).clusterIP).toBe("10.11.0.3");
    made.good({ verb: "delete", ...services, name: "c" });
    expect(create(made, "d", chosen).clusterIP).toBe("10.11.0.3");
  });

  it("run out", () => {
    const made = withServices("10.11.0.0/29");
    const given = ["a", "b", "c", "d", "e", "f"].map((name) => create(made, name).clusterIP);
    expect(given.sort()).toEqual([1, 2, 3, 4, 5, 6].map((last) => `10.11.0.${last}`));
    expect(refused(made, "g", {})).toBe("Internal error occurred: failed to allocate a serviceIP: range is full");
  });

  it("come and go with the type", () => {
    const made = withServices();
    create(made, "a", { type: "ExternalName", externalName: "example.com" });
    const turned = made.good({ verb: "update", ...services, name: "a", object: service("a") });
    expect(specOf(turned).clusterIP).toMatch(/^10\.11\./);
  });
});

describe("node ports", () => {
  it("S3-56 are given in 30000-32767, one for each port", () => {
    const ports = create(withServices(), "a", {
      type: "NodePort",
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ],
    }).ports?.map((port) => port.nodePort ?? 0);
    expect(new Set(ports).size).toBe(2);
    for (const port of ports ?? []) expect(port).toSatisfy((value: number) => value >= 30_000 && value <= 32_767);
  });

  it("S3-58 may be chosen when free and in range", () => {
    const made = withServices();
    const at = (nodePort: number): Partial<ServiceSpec> => ({ type: "NodePort", ports: [{ port: 80, nodePort }] });
    expect(create(made, "a", at(30_007)).ports?.[0]?.nodePort).toBe(30_007);
    expect(refused(made, "b", at(30_007))).toContain(
      "spec.ports[0].nodePort: Invalid value: 30007: provided port is already allocated",
    );
    expect(refused(made, "b", at(80))).toContain(
      "provided port is not in the valid range. The range of valid ports is 30000-32767",
    );
  });

  it("S3-42 include one for the health of a load balancer's local endpoints", () => {
    const spec = create(withServices(), "a", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
    expect(spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
  });
});
