import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { type DnsMessage, dnsQuery } from "../../../../src/network/dns/message.ts";
import { block, outcome, server, type TestServer, tryServer, WEB, withWeb } from "../test-server.ts";

describe("acl", () => {
  const made = (...lines: readonly string[]): TestServer => withWeb(server([...lines, "kubernetes cluster.local"]));
  it("decides by the first line that fits address and type: to let through, refuse, hide or leave unanswered", () => {
    const lines = ["allow net 10.12.0.7", "filter type AAAA", "drop type MX", "block net 10.12.0.0/16 type A SRV"];
    const { ask } = made("acl cluster.local {", ...lines, "}");
    const told = (type: string, address: string, name = WEB): string => {
      const message = ask(name, type, {}, { address }) as DnsMessage | undefined;
      const [error] = message?.edns?.options ?? [];
      return message === undefined ? "silence" : `${outcome(message)} ${error === undefined ? "" : error.data[1]}`;
    };
    expect(["A", "AAAA", "MX", "SRV", "TXT"].map((type) => told(type, "10.12.0.8"))).toEqual([
      "REFUSED 15",
      "NODATA 17",
      "silence",
      "REFUSED 15",
      "NODATA ",
    ]);
    expect(["A", "AAAA", "MX"].map((type) => told(type, "10.12.0.7"))).toEqual([
      "5 A 10.13.0.20 ",
      "NODATA ",
      "NODATA ",
    ]);
    expect(told("A", "10.13.0.1")).toBe("5 A 10.13.0.20 ");
    expect(told("A", "10.12.0.8", "elsewhere.")).toBe("SERVFAIL ");
  });
  it("asks each client anew, though the answer is ready", () => {
    const { respond } = made("acl {", "block net 10.12.0.8", "}");
    const query = encodeMessage(dnsQuery({ name: WEB, type: "A" }));
    const codes = ["10.12.0.7", "10.12.0.8", "10.12.0.7"].map(
      (address) => (respond(query, "udp", { address, port: 1 })?.[3] ?? 0) & 0xf,
    );
    expect(codes).toEqual([0, 5, 0]);
  });
  it.each([
    ["bogus", "unexpected token \"bogus\"; expect 'allow', 'block', 'filter' or 'drop'"],
    ["block foo", "unexpected token \"foo\"; expect 'type | net'"],
    ["block type", 'no token specified in "type" section'],
    ["block type BOGUS", 'unexpected token "BOGUS"; expect legal QTYPE'],
    ["block net 300.0.0.0/8", 'illegal CIDR notation "300.0.0.0/8"'],
  ])("says what is wrong with %s", (line, said) =>
    expect(tryServer(block("acl {", line, "}"))).toBe(`plugin/acl: Corefile:3 - Error during parsing: ${said}`),
  );
});
