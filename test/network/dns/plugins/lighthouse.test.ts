import { describe, expect, it } from "vitest";
import { RCODE_NAMES } from "../../../../src/network/dns/message.ts";
import { imageBuild } from "../../../../src/network/dns/server/plugin-order.ts";
import { serviceImport, slice } from "../../objects.ts";
import { block, outcome, type TestServer, testServer, tryServer } from "../test-server.ts";

const { plugins, version } = imageBuild("quay.io/submariner/lighthouse-coredns:0.19.0", {});
const BUILD = { plugins, version, variables: { SUBMARINER_CLUSTERID: "here" } };

function server(...lines: readonly string[]): TestServer {
  const made = testServer(block(...lines), BUILD);
  made.zone.putServiceImport(serviceImport("web", { type: "ClusterSetIP", ports: [{ port: 80 }] }));
  for (const cluster of ["a", "b", "c"]) made.zone.putEndpointSlice(told(cluster));
  return made;
}

/** What cluster a, b or c tells of its Service `web`: 10.1.0.97, 98 or 99. */
function told(cluster: string, ready = true) {
  const labels = {
    "endpointslice.kubernetes.io/managed-by": "lighthouse-agent.submariner.io",
    "multicluster.kubernetes.io/service-name": "web",
    "multicluster.kubernetes.io/source-cluster": cluster,
    "lighthouse.submariner.io/is-headless": "false",
  };
  const made = slice({ name: `web-${cluster}`, service: "", endpoints: [] });
  const endpoints = [{ addresses: [`10.1.0.${cluster.charCodeAt(0)}`], conditions: { ready } }];
  return { ...made, metadata: { ...made.metadata, labels }, endpoints };
}

const WEB = "web.default.svc.clusterset.local.";
const whose = (made: TestServer, name = WEB): string =>
  outcome(made.ask(name, "A")).replace(/^\d+ A 10\.1\.0\.(\d+)$/, (_all, code) => String.fromCharCode(Number(code)));
const turns = (made: TestServer, count: number): string => Array.from({ length: count }, () => whose(made)).join("");

describe("lighthouse", () => {
  it("LH-01 is compiled into its own image alone, over CoreDNS 1.11", () => {
    expect(version).toBe("1.11.3");
    expect(plugins.includes("lighthouse") && !plugins.includes("kubernetes")).toBe(true);
    expect(tryServer(block("kubernetes"), BUILD)).toMatch(/Unknown directive 'kubernetes'/);
    expect(tryServer(block("lighthouse"))).toMatch(/Unknown directive 'lighthouse'/);
    for (const image of ["registry.k8s.io/coredns/coredns:v1.12.1", "lighthouse-coredns-like:1"])
      expect(imageBuild(image, {}).plugins).not.toContain("lighthouse");
  });

  it.each([
    ["lighthouse {\n ttl\n}", /Wrong argument count/],
    ["lighthouse {\n ttl 3601\n}", /ttl must be in range \[0, 3600\]: 3601/],
    ["lighthouse {\n noise\n}", /unknown property 'noise'/],
  ])("LH-01 refuses %j", (lines, expected) => {
    expect(tryServer(block(lines), BUILD)).toMatch(expected);
  });

  it("LH-01 what is in none of its zones is NOTZONE, and goes on where it falls through", () => {
    const made = server("lighthouse clusterset.local");
    const answer = made.ask("example.org.", "A");
    expect([RCODE_NAMES[answer.rcode], answer.flags.authoritative]).toEqual(["NOTZONE", true]);
    const falling = server("lighthouse clusterset.local {\n fallthrough\n ttl 9\n}", "whoami");
    expect(
      ["example.org.", WEB, "no.default.svc.clusterset.local."].map((name) => falling.ask(name, "A")),
    ).toMatchObject([{ additionals: [{}, {}] }, { answers: [{ ttl: 9 }] }, { additionals: [{}, {}] }]);
  });

  it("LH-02 takes smooth turns: one that was passed over stands back for a round", () => {
    const made = server("lighthouse clusterset.local");
    expect(turns(made, 6)).toBe("abcabc");
    made.zone.putEndpointSlice(told("b", false));
    expect(turns(made, 6)).toBe("acacac");
    made.zone.putEndpointSlice(told("b"));
    expect(turns(made, 3)).toBe("abc");
  });

  it("LH-02 keeps what it made of a Service until something of that Service changes", () => {
    const made = server("lighthouse clusterset.local");
    expect(turns(made, 1)).toBe("a");
    made.zone.putServiceImport(serviceImport("other", { type: "ClusterSetIP", ports: [] }));
    expect(turns(made, 1)).toBe("b");
    made.zone.putEndpointSlice(told("c"));
    expect(turns(made, 1)).toBe("a");
  });

  it("LH-02 none of them healthy is an empty answer, one asked for is told all the same, and no import is no name", () => {
    const made = server("lighthouse clusterset.local");
    for (const cluster of ["a", "b", "c"]) made.zone.putEndpointSlice(told(cluster, false));
    expect([whose(made), whose(made, `b.${WEB}`)]).toEqual(["NODATA", "b"]);
    made.zone.removeServiceImport(serviceImport("web", {}));
    expect(whose(made)).toBe("NXDOMAIN");
  });
});
