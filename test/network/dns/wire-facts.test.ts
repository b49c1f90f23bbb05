import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

/** What CoreDNS 1.14.7 sends back, byte for byte; see the file's own words. */
const FACTS = readFileSync(new URL("wire-facts.txt", import.meta.url), "utf8");
const FACT = /^(\S.*)\n {2}< (.*)\n {2}udp (.*)\n {2}tcp (.*)$/gm;

const addresses = (name: string, network: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `    ${network}.${index + 1} ${name}.example.org\n`).join("");
const COREFILE = `example.org {
  hosts none {
    10.0.0.1 a.example.org
${addresses("big", "10.1.0", 40)}${addresses("huge", "10.2.0", 100)}  }
}
`;

describe("packets, as CoreDNS answers them", () => {
  const { respond } = testServer(COREFILE);
  const sent = (packet: string, transport: "udp" | "tcp"): string =>
    respond(Buffer.from(packet, "hex"), transport)?.toString("hex") ?? "nothing";

  it.each(
    [...FACTS.matchAll(FACT)].map(([, what = "", packet = "", udp = "", tcp = ""]) => ({ what, packet, udp, tcp })),
  )("E-01 E-03 CD-40 CD-41 CD-42 $what", ({ packet, udp, tcp }) => {
    expect(sent(packet, "udp")).toBe(udp);
    expect(sent(packet, "tcp")).toBe(tcp === "the same" ? udp : tcp);
  });
});
