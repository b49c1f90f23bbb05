import { describe, expect, it } from "vitest";
import { type TestServer, testServer, tryServer } from "../test-server.ts";

const ZONE = `$ORIGIN example.org.
@ 3600 IN SOA ns mail 1 2 3 4 5
www 60 IN A 10.0.0.1
www 60 IN A 10.0.0.2
www 60 IN A 10.0.0.3
`;
const COREFILE = (policy: string): string => `.:53 {
  errors
  file /zone example.org
  loadbalance ${policy}
}
`;
const files = (weights?: string): Map<string, string> =>
  new Map([["/zone", ZONE], ...(weights === undefined ? [] : [["/weights", weights] as const])]);

/** How often each address came first in a thousand answers. */
function firsts(server: TestServer): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < 1000; turn++) {
    const [first] = server.ask("www.example.org.", "A").answers;
    if (first?.type === "A") counts[first.address] = (counts[first.address] ?? 0) + 1;
  }
  return counts;
}

describe("loadbalance weighted", () => {
  it("CD-34 draws the first address by the weights of its file, and reads the file anew", () => {
    const held = files("# ours\nwww.example.org\n10.0.0.1 8\n10.0.0.2 1\n");
    const server = testServer(COREFILE("weighted /weights { \n reload 10s \n }"), { files: held });
    const before = firsts(server);
    expect(before["10.0.0.1"]).toBeGreaterThan(700);
    expect(before["10.0.0.2"]).toBeLessThan(200);
    expect(before["10.0.0.3"]).toBeLessThan(200);
    held.set("/weights", "www.example.org.\n10.0.0.3 254\n");
    server.advance(10_000);
    expect(firsts(server)["10.0.0.3"]).toBeGreaterThan(950);
    held.set("/weights", "www.example.org.\n10.0.0.3 0\n");
    server.advance(10_000);
    expect(firsts(server)["10.0.0.3"]).toBeGreaterThan(950);
    expect(server.logged.at(-1)).toContain(
      '[ERROR] plugin/loadbalance: wrong weight value:"0" in weight file /weights',
    );
  });

  it("waits for a file that is not there yet", () => {
    const held = files();
    const server = testServer(COREFILE("weighted /weights"), { files: held });
    expect(server.logged.join("\n")).toContain(
      "[WARNING] plugin/loadbalance: Failed to open weight file:weight file open error. Will try again in 30s",
    );
    held.set("/weights", "www.example.org\n10.0.0.2 255\n");
    server.advance(30_000);
    expect(firsts(server)["10.0.0.2"]).toBeGreaterThan(950);
  });

  it.each([
    ["weighted", "missing weight file argument", undefined],
    ["weighted /weights more", "unexpected argument(s)", undefined],
    ["weighted /weights {\n reload\n }", "reload duration value is missing", undefined],
    ["weighted /weights {\n reload soon\n }", "invalid reload duration 'soon'", undefined],
    ["weighted /weights {\n prefer 10.0.0.0/8\n }", "unknown property 'prefer'", undefined],
    ["round_robin more", "unknown property for round_robin", undefined],
    ["weighted /weights {\n reload 0s\n }", "weight file open error", undefined],
    [
      "weighted /weights",
      'wrong domain name:"10.0.0.1" in weight file /weights. (Maybe a missing weight value?)',
      "10.0.0.1\n",
    ],
    ["weighted /weights", 'wrong IP address:"www" in weight file /weights', "www 1\n"],
    ["weighted /weights", "missing domain name in weight file /weights", "10.0.0.1 1\n"],
    ["weighted /weights", 'could not parse weight line:"a b c" in weight file /weights', "a b c\n"],
  ])("refuses `%s`: %s", (policy, problem, weights) => {
    expect(tryServer(COREFILE(policy), { files: files(weights) })).toContain(problem);
  });
});
