import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Service, type ServiceSpec } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/apimachinery/index.ts";
import { namespaceLifecyclePlugin, serviceAddressPlugin } from "../../../src/apiserver/index.ts";
import { addressRange } from "../../../src/apiserver/service-address/address-range.ts";
import { Random } from "../../../src/sim/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

const services = { kind: Service, namespace: "default" } as const;
const BOTH = "10.11.0.0/16,fd00:11::/108";

function cluster(cidr: string): Fixture {
  const random = new Random(1).stream("service-address");
  return fixture({ admission: [namespaceLifecyclePlugin, serviceAddressPlugin({ cidr, random })] });
}

const service = (name: string, spec: Partial<ServiceSpec>): KubeObject =>
  object("v1", "Service", { name }, { spec: { ports: [{ port: 80 }], ...spec } });
const create = (made: Fixture, name: string, spec: Partial<ServiceSpec>): ServiceSpec =>
  (made.good({ verb: "create", ...services, object: service(name, spec) }) as KubeObject & { spec: ServiceSpec }).spec;
const update = (made: Fixture, name: string, spec: Partial<ServiceSpec>): ServiceSpec =>
  (made.good({ verb: "update", ...services, name, object: service(name, spec) }) as KubeObject & { spec: ServiceSpec })
    .spec;
const refused = (made: Fixture, spec: Partial<ServiceSpec>): string =>
  made.bad({ verb: "create", ...services, object: service("x", spec) }).message ?? "";

describe("address families", () => {
  const both = cluster(BOTH);
  const rows: readonly (readonly [string, Partial<ServiceSpec>, readonly RegExp[], Partial<ServiceSpec>])[] = [
    ["one by default", {}, [/^10\.11\./], { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] }],
    [
      "two when preferred",
      { ipFamilyPolicy: "PreferDualStack" },
      [/^10\.11\./, /^fd00:11::/],
      { ipFamilies: ["IPv4", "IPv6"] },
    ],
    [
      "two when required",
      { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
      [/^fd00:11::/, /^10\.11\./],
      { ipFamilies: ["IPv6", "IPv4"] },
    ],
    ["those named", { ipFamilies: ["IPv6"] }, [/^fd00:11::/], { ipFamilyPolicy: "SingleStack" }],
    [
      "in the order they are named in",
      { ipFamilies: ["IPv6", "IPv4"], ipFamilyPolicy: "PreferDualStack" },
      [/^fd00:11::/, /^10\.11\./],
      { ipFamilyPolicy: "PreferDualStack" },
    ],
    [
      "that of the address",
      { clusterIP: "fd00:11::77" },
      [/^fd00:11::77$/],
      { ipFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" },
    ],
    [
      "those of both addresses",
      { clusterIP: "10.11.9.9", clusterIPs: ["10.11.9.9", "fd00:11::99"], ipFamilyPolicy: "RequireDualStack" },
      [/^10\.11\.9\.9$/, /^fd00:11::99$/],
      { ipFamilyPolicy: "RequireDualStack" },
    ],
    [
      "any for a headless Service without selector",
      { clusterIP: "None" },
      [/^None$/],
      { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] },
    ],
    [
      "one for a headless Service with selector",
      { clusterIP: "None", selector: { a: "b" } },
      [/^None$/],
      { ipFamilyPolicy: "SingleStack" },
    ],
  ];
  it.each(rows.map((row, index) => [...row, index] as const))("EPS-50 are %s", (_, spec, addresses, wanted, index) => {
    const made = create(both, `s${index}`, spec);
    expect(made).toMatchObject(wanted);
    expect(made.clusterIPs).toHaveLength(addresses.length);
    for (const [at, pattern] of addresses.entries()) expect(made.clusterIPs?.[at]).toMatch(pattern);
    expect(made.clusterIP).toBe(made.clusterIPs?.[0]);
  });

  it("EPS-50 come to one where the cluster has one: preferred is fine, required is not", () => {
    const one = cluster("10.11.0.0/16");
    expect(create(one, "a", { ipFamilyPolicy: "PreferDualStack" }).ipFamilies).toEqual(["IPv4"]);
    expect(refused(one, { ipFamilyPolicy: "RequireDualStack" })).toContain(
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    expect(refused(one, { ipFamilies: ["IPv6"] })).toContain(
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    );
    expect(refused(both, { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] })).toContain(
      "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    );
    expect(refused(both, { ipFamilies: ["IPv4", "IPv6"] })).toBe(
      "Service \"x\" is invalid: spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    );
  });

  it("EPS-50 let a second address come and go, never the first", () => {
    const made = cluster(BOTH);
    const first = create(made, "a", {}).clusterIP as string;
    const second = update(made, "a", { ipFamilyPolicy: "PreferDualStack" });
    expect(second.clusterIPs?.[0]).toBe(first);
    expect(second.clusterIPs).toHaveLength(2);
    const single = update(made, "a", {
      ipFamilyPolicy: "SingleStack",
      ipFamilies: ["IPv4"],
      clusterIPs: [first],
      clusterIP: first,
    });
    expect(single.clusterIPs).toEqual([first]);
    const status = made.bad({
      verb: "update",
      ...services,
      name: "a",
      object: service("a", { clusterIP: "10.11.9.1" }),
    });
    expect(status).toMatchObject({ code: 422, reason: "Invalid" });
    expect(status.message).toContain('spec.clusterIPs[0]: Invalid value: ["10.11.9.1"]: may not change once set');
  });
});

describe("a server that starts anew", () => {
  it("S3-94 knows from its store what is held, and what nobody holds is free", () => {
    const random = new Random(5).stream("service-address");
    const plugin = () => serviceAddressPlugin({ cidr: "10.11.0.0/28", random });
    const before = plugin();
    const slot = { current: before };
    const made = fixture({
      admission: [
        { name: "slot", handles: before.handles, admit: (request, state) => slot.current.admit(request, state) },
      ],
    });
    create(made, "a", { clusterIP: "10.11.0.5", type: "NodePort", ports: [{ port: 80, nodePort: 30_005 }] });
    create(made, "gone", { clusterIP: "10.11.0.6" });
    made.good({ verb: "delete", ...services, name: "gone" });
    slot.current = plugin();
    expect(refused(made, { clusterIP: "10.11.0.5" })).toContain("provided IP is already allocated");
    expect(refused(made, { type: "NodePort", ports: [{ port: 80, nodePort: 30_005 }] })).toContain(
      "provided port is already allocated",
    );
    expect(create(made, "b", { clusterIP: "10.11.0.6" }).clusterIP).toBe("10.11.0.6");
    const drawn = Array.from({ length: 11 }, (_unused, index) => create(made, `d${index}`, {}).clusterIP);
    expect(new Set([...drawn, "10.11.0.5", "10.11.0.6"]).size).toBe(13);
  });
});

describe("addressRange", () => {
  const anyRange = fc.constantFrom(
    "10.11.0.0/16",
    "10.96.0.0/12",
    "192.168.7.128/26",
    "10.0.0.0/8",
    "fd00:11::/108",
    "fd00::/64",
    "2001:db8:0:8000::/113",
  );

  it("reads back the addresses it writes, and none of other ranges", () => {
    fc.assert(
      fc.property(anyRange, fc.nat(), (cidr, seed) => {
        const range = addressRange(cidr);
        const offset = 1 + (seed % range.last);
        expect(range.offsetOf(range.textAt(offset))).toBe(offset);
        for (const other of ["10.97.0.1", "11.0.0.1", "fd00:12::1", "::1", "192.168.7.127"])
          if (range.offsetOf(other) !== undefined) expect(range.textAt(range.offsetOf(other) as number)).toBe(other);
      }),
    );
  });

  it("keeps network and broadcast address to itself", () => {
    const range = addressRange("192.168.7.128/26");
    expect(
      ["192.168.7.128", "192.168.7.129", "192.168.7.190", "192.168.7.191"].map((one) => range.offsetOf(one)),
    ).toEqual([undefined, 1, 62, undefined]);
  });
});
