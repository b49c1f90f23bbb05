import { describe, expect, it } from "vitest";
import { IPAddress, Service, ServiceCIDR, type ServicePort, type ServiceSpec } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/apimachinery/index.ts";
import { namespaceLifecyclePlugin, serviceAddressPlugin } from "../../../src/apiserver/index.ts";
import { Random } from "../../../src/sim/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

const services = { kind: Service, namespace: "default" } as const;

function cluster(cidr = "10.11.0.0/16"): Fixture {
  const random = new Random(1).stream("service-address");
  return fixture({ admission: [namespaceLifecyclePlugin, serviceAddressPlugin({ cidr, random })] });
}

const service = (name: string, spec: Partial<ServiceSpec> = {}): KubeObject =>
  object("v1", "Service", { name }, { spec: { ports: [{ port: 80 }], ...spec } });
const create = (made: Fixture, name: string, spec: Partial<ServiceSpec> = {}): ServiceSpec =>
  (made.good({ verb: "create", ...services, object: service(name, spec) }) as KubeObject & { spec: ServiceSpec }).spec;
const refused = (made: Fixture, spec: Partial<ServiceSpec>): string =>
  made.bad({ verb: "create", ...services, object: service("x", spec) }).message ?? "";
const addresses = (made: Fixture): readonly string[] =>
  made.listed({ verb: "list", kind: IPAddress }).items.map(({ metadata }) => metadata.name);
const range = (name: string, cidrs: readonly string[]): KubeObject =>
  object("networking.k8s.io/v1", "ServiceCIDR", { name }, { spec: { cidrs } });
const makeReady = (made: Fixture, name: string): void => {
  const present = made.good({ verb: "get", kind: ServiceCIDR, name });
  const status = { conditions: [{ type: "Ready", status: "True", reason: "", message: "" }] };
  const object: KubeObject & { status: unknown } = { ...present, status };
  made.good({ verb: "update", kind: ServiceCIDR, name, subresource: "status", object });
};

describe("IPAddresses", () => {
  it("come and go with ClusterIPs, and say whose they are", () => {
    const made = cluster("10.11.0.0/16,fd00:11::/108");
    const { clusterIPs = [] } = create(made, "web", { ipFamilyPolicy: "RequireDualStack" });
    expect(addresses(made)).toEqual([...clusterIPs].sort());
    expect(made.good({ verb: "get", kind: IPAddress, name: clusterIPs[1] ?? "" })).toMatchObject({
      metadata: {
        labels: {
          "ipaddress.kubernetes.io/ip-family": "IPv6",
          "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        },
      },
      spec: { parentRef: { group: "", resource: "services", namespace: "default", name: "web" } },
    });
    const single = { type: "merge", body: { spec: { ipFamilyPolicy: "SingleStack" } } } as const;
    made.good({ verb: "patch", ...services, name: "web", patch: single });
    expect(addresses(made)).toEqual([clusterIPs[0]]);
    made.good({ verb: "delete", ...services, name: "web" });
    expect(addresses(made)).toEqual([]);
  });

  it("are not made by what is not written", () => {
    const made = cluster();
    const shown = made.good({ verb: "create", ...services, object: service("a"), options: { dryRun: true } });
    expect(shown).toMatchObject({ spec: { clusterIP: "10.11.0.0", clusterIPs: ["10.11.0.0"] } });
    refused(made, { clusterIP: "10.11.0.9", sessionAffinity: "Never" as "None" });
    expect(addresses(made)).toEqual([]);
    expect(create(made, "b", { clusterIP: "10.11.0.9" }).clusterIP).toBe("10.11.0.9");
  });

  it("keep an address from Services that something else has", () => {
    const made = cluster("10.11.0.0/29");
    const spec = {
      parentRef: { group: "gateway.networking.k8s.io", resource: "gateways", namespace: "default", name: "g" },
    };
    made.good({
      verb: "create",
      kind: IPAddress,
      object: object("networking.k8s.io/v1", "IPAddress", { name: "10.11.0.3" }, { spec }),
    });
    expect(refused(made, { clusterIP: "10.11.0.3" })).toContain("provided IP is already allocated");
    const drawn = ["a", "b", "c", "d", "e"].map((name) => create(made, name).clusterIP);
    expect(drawn).not.toContain("10.11.0.3");
    expect(refused(made, {})).toContain("range is full");
  });
});

describe("ServiceCIDRs", () => {
  it("begin with the configured ranges, ready", () => {
    expect(
      cluster("10.11.0.0/16,fd00:11::/108").good({ verb: "get", kind: ServiceCIDR, name: "kubernetes" }),
    ).toMatchObject({
      spec: { cidrs: ["10.11.0.0/16", "fd00:11::/108"] },
      status: { conditions: [{ type: "Ready", status: "True", message: "Kubernetes default Service CIDR is ready" }] },
    });
  });

  it("give addresses once they are ready, and none once they go", () => {
    const made = cluster("10.11.0.0/30");
    expect([create(made, "a").clusterIP, create(made, "b").clusterIP].sort()).toEqual(["10.11.0.1", "10.11.0.2"]);
    made.good({ verb: "create", kind: ServiceCIDR, object: range("more", ["10.12.0.0/24"]) });
    expect(refused(made, {})).toContain("range is full");
    expect(refused(made, { clusterIP: "10.12.0.7" })).toContain("does not match the current range");
    makeReady(made, "more");
    expect(create(made, "c", { clusterIP: "10.12.0.7" }).clusterIP).toBe("10.12.0.7");
    expect(create(made, "d").clusterIP).toMatch(/^10\.12\.0\./);
    made.good({ verb: "delete", kind: ServiceCIDR, name: "more" });
    expect(refused(made, {})).toContain("range is full");
  });

  it("may lie within each other: an address is taken once", () => {
    const made = cluster("10.11.0.0/24");
    made.good({ verb: "create", kind: ServiceCIDR, object: range("wide", ["10.11.0.0/16"]) });
    makeReady(made, "wide");
    expect(create(made, "a", { clusterIP: "10.11.0.7" }).clusterIP).toBe("10.11.0.7");
    expect(refused(made, { clusterIP: "10.11.0.7" })).toContain("provided IP is already allocated");
    expect(create(made, "b", { clusterIP: "10.11.1.7" }).clusterIP).toBe("10.11.1.7");
  });
});

/** From `TestCreateInitNodePorts` and `TestUpdatePatchAllocatedValues` of upstream's storage. */
describe("node ports of several protocols", () => {
  const port = (name: string, number: number, more: Partial<ServicePort> = {}): ServicePort => ({
    name,
    port: number,
    ...more,
  });
  const made = cluster();
  const rows: readonly (readonly [string, readonly ServicePort[], string | ((given: readonly number[]) => boolean)])[] =
    [
      [
        "the same port over two protocols shares a number",
        [port("p", 53, { protocol: "TCP" }), port("q", 53, { protocol: "UDP" })],
        ([p, q]) => p === q,
      ],
      [
        "also the one that is asked for",
        [port("p", 53, { protocol: "TCP" }), port("q", 53, { protocol: "UDP", nodePort: 30_053 })],
        ([p, q]) => p === 30_053 && q === 30_053,
      ],
      [
        "unless each asks for its own",
        [port("p", 54, { protocol: "TCP", nodePort: 30_054 }), port("q", 54, { protocol: "UDP", nodePort: 30_055 })],
        ([p, q]) => p === 30_054 && q === 30_055,
      ],
      [
        "different ports may not ask for the same number",
        [port("p", 93, { protocol: "TCP", nodePort: 30_093 }), port("q", 76, { protocol: "UDP", nodePort: 30_093 })],
        "spec.ports[1].nodePort: Invalid value: 30093: provided port is already allocated",
      ],
    ];
  it.each(rows.map((row, index) => [...row, index] as const))("S3-58 %s", (_, ports, wanted, index) => {
    const spec = { type: "NodePort", ports } as const;
    if (typeof wanted === "string") return void expect(refused(made, spec)).toContain(wanted);
    const given = create(made, `s${index}`, spec).ports?.map(({ nodePort = 0 }) => nodePort) ?? [];
    expect(given).toSatisfy(wanted);
  });

  it("S3-58 an update may not give two ports of a protocol one number", () => {
    create(made, "two", { type: "NodePort", ports: [port("p", 80), port("q", 81)] });
    const ports = [port("p", 80, { nodePort: 30_077 }), port("q", 81, { nodePort: 30_077 })];
    const status = made.bad({
      verb: "update",
      ...services,
      name: "two",
      object: service("two", { type: "NodePort", ports }),
    });
    expect(status).toMatchObject({ code: 500, message: "duplicate nodePort: {TCP 30077}" });
  });

  it("S3-42 a health check port that cannot be had is the server's error", () => {
    const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 1 } as const;
    expect(made.bad({ verb: "create", ...services, object: service("hc", spec) })).toMatchObject({
      code: 500,
      message:
        "Internal error occurred: failed to allocate requested HealthCheck NodePort 1: provided port is not in the valid range. The range of valid ports is 30000-32767",
    });
  });
});

/** From `TestUpdateIPsFromSingleStack` and `TestUpdateIPsFromDualStack`. */
describe("addresses of a Service that changes", () => {
  const both = cluster("10.11.0.0/16,fd00:11::/108");
  const rows: readonly (readonly [string, Partial<ServiceSpec>, Partial<ServiceSpec>, string | number])[] = [
    ["PreferDualStack brings a second", {}, { ipFamilyPolicy: "PreferDualStack" }, 2],
    ["SingleStack alone takes it away", { ipFamilyPolicy: "RequireDualStack" }, { ipFamilyPolicy: "SingleStack" }, 1],
    [
      "a policy of two families keeps two",
      { ipFamilyPolicy: "RequireDualStack" },
      { ipFamilies: ["IPv4"] },
      "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to release the secondary IP family",
    ],
    [
      "the first family stays",
      { ipFamilyPolicy: "RequireDualStack", clusterIP: "10.11.0.21" },
      { ipFamilies: ["IPv6", "IPv4"] },
      'spec.clusterIPs[0]: Invalid value: "10.11.0.21": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
    [
      "an update that says nothing of addresses changes none",
      { ipFamilyPolicy: "RequireDualStack" },
      { sessionAffinity: "ClientIP" },
      2,
    ],
  ];
  it.each(rows.map((row, index) => [...row, index] as const))("EPS-50 %s", (_, first, change, wanted, index) => {
    const name = `u${index}`;
    const was = create(both, name, first);
    const request = { verb: "update", ...services, name, object: service(name, change) } as const;
    if (typeof wanted === "string") return void expect(both.bad(request).message).toContain(wanted);
    const { spec } = both.good(request) as KubeObject & { spec: ServiceSpec };
    expect(spec.clusterIPs).toHaveLength(wanted);
    expect(spec.clusterIPs?.[0]).toBe(was.clusterIPs?.[0]);
  });
});
