import { describe, expect, it } from "vitest";
import type { DnsMessage } from "../../../../src/network/dns/message.ts";
import { server, WEB, withWeb } from "../test-server.ts";

describe("EDNS", () => {
  const asked = (lines: readonly string[], udpSize: number, code = 10): DnsMessage =>
    withWeb(server([...lines, "kubernetes cluster.local"], { files: new Map([["/etc/hostname", "dns-1\n"]]) })).ask(
      WEB,
      "A",
      { edns: { udpSize, version: 0, dnssecOk: false, options: [{ code, data: Buffer.alloc(0) }] } },
    );
  it("bufsize answers no larger than it is told", () => {
    expect([4096, 600].map((size) => asked(["bufsize"], size).edns?.udpSize)).toEqual([1232, 600]);
    expect(asked(["bufsize 512"], 4096).edns).toMatchObject({ udpSize: 512, options: [{ code: 10 }] });
  });
  it("nsid tells its name to who asks for it", () => {
    const told = (lines: readonly string[], code: number): string =>
      (asked(lines, 1232, code).edns?.options ?? [])
        .map((one) => `${one.code} ${String(Buffer.from(one.data))}`)
        .join();
    expect([told(["nsid"], 3), told(["nsid here I am"], 3), told(["nsid"], 10), told([], 3)]).toEqual([
      "3 dns-1",
      "3 here I am",
      "10 ",
      "3 ",
    ]);
  });
  it("template adds an extended error", () => {
    const lines = ["template IN A elsewhere {", "rcode NXDOMAIN", 'ederror 21 "not here"', "}"];
    const { edns, rcode } = server(lines).ask("a.elsewhere.", "A");
    const data = Buffer.from("\0\x15not here", "latin1");
    expect({ edns, rcode }).toEqual({
      rcode: 3,
      edns: { udpSize: 4096, version: 0, dnssecOk: true, options: [{ code: 15, data }] },
    });
  });
});
