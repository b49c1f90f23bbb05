import { expect, it } from "vitest";
import { decodeMessage } from "../../../../src/network/dns/decode.ts";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { dnsQuery } from "../../../../src/network/dns/message.ts";
import { outcome, server, WEB, withWeb } from "../test-server.ts";

it("translates for who asks over IPv6, whoever asked before", () => {
  const made = withWeb(server(["prometheus", "dns64", "kubernetes cluster.local"]));
  const packet = encodeMessage(dnsQuery({ name: WEB, type: "AAAA" }));
  const asked = (address: string): string => {
    const answer = decodeMessage(made.respond(packet, "udp", { address, port: 4000 }) ?? Buffer.alloc(0));
    return answer === undefined ? "silence" : outcome(answer);
  };
  const [four, six] = ["10.12.0.99", "fd00::99"];
  expect([four, six, six, four].map(asked)).toEqual([
    "NODATA",
    "5 AAAA 64:ff9b::a0d:14",
    "5 AAAA 64:ff9b::a0d:14",
    "NODATA",
  ]);
  expect(made.metrics.text()).toContain('coredns_dns64_requests_translated_total{server="dns://:53"} 2\n');
});
