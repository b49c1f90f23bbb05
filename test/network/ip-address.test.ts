import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressOfReverseName,
  canonicalIp,
  cidrContains,
  type IpAddress,
  parseIp,
  reverseNameOf,
} from "../../src/network/ip-address.ts";

const rows: readonly (readonly [string, string | undefined])[] = [
  ["10.0.0.1", "10.0.0.1"],
  ["010.0.0.1", undefined],
  ["10.0.0", undefined],
  ["256.0.0.1", undefined],
  ["FD00:0:0::0023", "fd00::23"],
  ["::", "::"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["1::2::3", undefined],
  ["1:2:3:4:5:6:7", undefined],
  ["", undefined],
];

describe("addresses", () => {
  it.each(rows)("canonicalIp(%s) is %s", (text, wanted) => expect(canonicalIp(text)).toBe(wanted));

  it("are what node:net calls addresses", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.stringMatching(/^[0-9a-f:.]{2,12}$/)), (text) => {
        if (!/:.*\./.test(text)) expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0);
      }),
    );
  });

  it("come back from their reverse names", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.constantFrom("fd00::1", "2001:db8::a:b")), (text) => {
        const address = parseIp(text) as IpAddress;
        expect(addressOfReverseName(reverseNameOf(address).split("."))).toBe(canonicalIp(text));
      }),
    );
  });

  it("lie in a CIDR by their leading bits", () => {
    const within = (cidr: string, text: string) => cidrContains(cidr, parseIp(text) as IpAddress);
    expect([
      within("10.10.0.0/16", "10.10.255.1"),
      within("10.10.0.0/15", "10.11.0.1"),
      within("10.10.0.0/15", "10.12.0.1"),
    ]).toEqual([true, true, false]);
    expect([within("fd00::/9", "fd7f::1"), within("fd00::/9", "fd80::1"), within("0.0.0.0/0", "fd00::1")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
