import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressAt,
  formatCidr,
  formatIp,
  networkContains,
  networksIn,
  type parseCidr,
  subnetAt,
} from "../../src/std/index.ts";

const network = (text: string) => networksIn(text)[0] as NonNullable<ReturnType<typeof parseCidr>>;

describe("networks", () => {
  it.each([
    ["10.244.0.0/16", 2, "10.244.0.2"],
    ["10.244.3.7/16", 258, "10.244.1.2"],
    ["fd00:10:244::/56", 70_000, "fd00:10:244::1:1170"],
    ["fc00:f853:ccd:e793::/64", 3, "fc00:f853:ccd:e793::3"],
  ])("%s has at %i %s", (cidr, offset, address) => expect(formatIp(addressAt(network(cidr), offset))).toBe(address));

  it.each([
    ["10.244.0.0/16", 24, 3, "10.244.3.0/24"],
    ["10.0.0.0/8", 12, 15, "10.240.0.0/12"],
    ["10.0.0.64/26", 28, 1, "10.0.0.80/28"],
    ["fd00:10:244::/56", 64, 255, "fd00:10:244:ff::/64"],
    ["fd00::/48", 60, 17, "fd00:0:0:110::/60"],
  ])("%s has of /%i the %i-th: %s", (cidr, bits, index, subnet) =>
    expect(formatCidr(subnetAt(network(cidr), bits, index))).toBe(subnet),
  );

  it("have their subnets and addresses within them, each once", () => {
    const wide = fc.constantFrom("10.0.0.0/8", "192.168.16.0/20", "fd00:10:244::/56", "2001:db8::/32");
    fc.assert(
      fc.property(wide, fc.integer({ min: 1, max: 8 }), fc.nat(), fc.nat(), (cidr, more, one, other) => {
        const whole = network(cidr);
        const [left, right] = [one, other].map((seed) => subnetAt(whole, whole.bits + more, seed % 2 ** more));
        if (left === undefined || right === undefined) throw new Error("two subnets");
        expect(networkContains(whole, left.base)).toBe(true);
        expect(networkContains(left, right.base)).toBe(formatCidr(left) === formatCidr(right));
        expect(networkContains(left, addressAt(left, one % 2))).toBe(true);
      }),
    );
  });
});
