import { describe, expect, it } from "vitest";
import { categorizeEndpoints, eligibleEndpoints } from "../../src/algorithms/index.ts";
import type { RuleEndpoint, ServiceRule } from "../../src/algorithms/service-rules.ts";

const RULE: ServiceRule = {
  namespace: "default",
  service: "web",
  portName: "",
  protocol: "TCP",
  port: 80,
  clusterIPs: ["10.96.0.1"],
  externalIPs: [],
  loadBalancerIPs: [],
  sourceRanges: [],
  internalLocal: false,
  externalLocal: false,
  endpoints: [],
};
const HERE = "n1";

/**
 * The cases of Kubernetes' `TestCategorizeEndpoints`. An endpoint is a number and marks: `za` and `nb` are hints for the zone za
 * and the node nb, `here` is on this node, `!` not ready, `t` terminating but serving.
 */
const CASES: readonly {
  readonly what: string;
  readonly zone?: string;
  readonly node?: string;
  readonly endpoints: string;
  readonly cluster: string;
  readonly local?: string;
}[] = [
  { what: "hints for the zone", zone: "za", endpoints: "3 za, 4 zb, 5 zc, 6 za", cluster: "3 6" },
  {
    what: "local ones with hints set aside",
    zone: "za",
    endpoints: "3 za here, 4 zb here, 5 zc, 6 za",
    cluster: "3 6",
    local: "3 4",
  },
  { what: "a node without labels", endpoints: "3 za", cluster: "3" },
  { what: "a node whose zone is empty", zone: "", endpoints: "3 za", cluster: "3" },
  { what: "a node in another zone", zone: "zb", endpoints: "3 za", cluster: "3" },
  { what: "an unready one of the zone", zone: "za", endpoints: "3 za, 4 zb, 5 zc, 6 za !", cluster: "3" },
  { what: "only unready ones of the zone", zone: "za", endpoints: "3 za !, 4 zb, 5 zc, 6 za !", cluster: "4 5" },
  { what: "a hint that is missing", zone: "za", endpoints: "3 za, 4 zb, 5, 6 za", cluster: "3 4 5 6" },
  { what: "several hints each", zone: "zc", endpoints: "3 za zb zc, 4 zb zc, 5 zb zd, 6 zc", cluster: "3 4 6" },
  {
    what: "hints for nodes",
    zone: "za",
    endpoints: "3 za n1, 4 zb n2, 5 zc n3, 6 za n4",
    cluster: "3",
  },
  {
    what: "hints for nodes, one of them missing",
    zone: "za",
    endpoints: "3 za n1, 4, 5 zc n3, 6 za n4",
    cluster: "3 4 5 6",
  },
  {
    what: "hints for nodes but not this one",
    zone: "za",
    node: "n0",
    endpoints: "3 za n1, 4 zb n2, 5 zc n3, 6 za n4",
    cluster: "3 6",
  },
  {
    what: "local ones of another zone",
    zone: "za",
    endpoints: "0 za here, 1 zb here, 2 za, 3 zb",
    cluster: "0 2",
    local: "0 1",
  },
  { what: "none at all", endpoints: "", cluster: "" },
  { what: "remote ones", endpoints: "0, 1", cluster: "0 1" },
  { what: "local ones", endpoints: "0 here, 1 here", cluster: "0 1", local: "0 1" },
  { what: "some local", endpoints: "0 here, 1", cluster: "0 1", local: "0" },
  { what: "unready ones", endpoints: "0 !, 1 !", cluster: "" },
  { what: "some ready", endpoints: "0 !, 1", cluster: "1" },
  { what: "terminating ones", endpoints: "0 t here, 1 t", cluster: "0 1", local: "0" },
  { what: "remote terminating ones", endpoints: "0 t, 1 t", cluster: "0 1" },
  { what: "terminating ones beside a ready one", endpoints: "0, 1 ! here, 2 t here, 3 t", cluster: "0", local: "2" },
];

function endpointOf(text: string): RuleEndpoint {
  const [number, ...marks] = text.trim().split(" ");
  const hints = (letter: string) => marks.filter((mark) => mark.length === 2 && mark.startsWith(letter));
  const terminating = marks.includes("t");
  const ready = !terminating && !marks.includes("!");
  const [hintZones, hintNodes] = [hints("z"), hints("n")];
  return {
    address: `10.1.2.${number}`,
    port: 80,
    ready,
    serving: ready || terminating,
    terminating,
    ...(marks.includes("here") ? { nodeName: HERE } : {}),
    ...(hintZones.length > 0 ? { hintZones } : {}),
    ...(hintNodes.length > 0 ? { hintNodes } : {}),
  };
}

const numbers = (endpoints: readonly RuleEndpoint[]): string =>
  endpoints.map(({ address }) => address.slice("10.1.2.".length)).join(" ");

describe("the endpoints of a node's proxy", () => {
  it.each(CASES)("are sorted with $what", ({ zone, node = HERE, endpoints, cluster, local = "" }) => {
    const rule = { ...RULE, endpoints: endpoints === "" ? [] : endpoints.split(",").map(endpointOf) };
    const at = { family: "IPv4" as const, nodeName: node, zone };
    const found = categorizeEndpoints(rule, at);
    expect({ cluster: numbers(found.cluster), local: numbers(found.local) }).toEqual({ cluster, local });
    const decide = (kept: Partial<ServiceRule>, path: "internal" | "external"): string => {
      const decision = eligibleEndpoints({ ...rule, ...kept }, { ...at, path });
      return decision.action === "forward" ? numbers(decision.endpoints) : decision.action;
    };
    const wanted = cluster === "" ? "reject" : cluster;
    const wantedLocal = local !== "" ? local : cluster === "" ? "reject" : "drop";
    expect([
      decide({}, "internal"),
      decide({ internalLocal: true }, "internal"),
      decide({ internalLocal: true }, "external"),
      decide({ externalLocal: true }, "internal"),
      decide({ externalLocal: true }, "external"),
    ]).toEqual([wanted, wantedLocal, wanted, wanted, wantedLocal]);
  });
});
