import { describe, expect, it } from "vitest";
import { formatMismatches, mismatches } from "../../src/scenario/expectation.ts";

const pod = {
  metadata: { name: "web", labels: { app: "web", tier: "front" } },
  spec: {
    containers: [
      { name: "side", image: "a" },
      { name: "web", image: "nginx", ports: [{ containerPort: 80, protocol: "TCP" }] },
    ],
    args: ["x", "y"],
  },
  status: { ready: true },
};

describe("an expectation", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["a subset of the fields matches", { metadata: { labels: { app: "web" } } }, []],
    ["another value does not", { metadata: { labels: { app: "api" } } }, ["metadata.labels.app"]],
    ["an absent field does not", { spec: { nodeName: "n1" } }, ["spec.nodeName"]],
    ["null stands for absent", { spec: { nodeName: null } }, []],
    [
      "a list of objects is matched by merge key, in any order",
      { spec: { containers: [{ name: "web", image: "nginx" }] } },
      [],
    ],
    [
      "a keyed element that differs is named by its key",
      { spec: { containers: [{ name: "web", image: "httpd" }] } },
      ["spec.containers[name=web].image"],
    ],
    [
      "a keyed element that is missing is named by its key",
      { spec: { containers: [{ name: "db" }] } },
      ["spec.containers[name=db]"],
    ],
    [
      "two keys are used where one is not enough",
      { spec: { containers: [{ name: "web", ports: [{ containerPort: 80, protocol: "UDP" }] }] } },
      ["spec.containers[name=web].ports[containerPort=80,protocol=UDP]"],
    ],
    ["other lists are matched element by element", { spec: { args: ["x", "z"] } }, ["spec.args[1]"]],
    ["the length of other lists counts", { spec: { args: ["x"] } }, ["spec.args.length"]],
    ["a scalar is no object", { status: { ready: { yes: true } } }, ["status.ready"]],
  ])("%s", (_title, expected, paths) => {
    expect(mismatches(expected, pod).map((mismatch) => mismatch.path)).toEqual(paths);
  });

  it("prints what was expected and what is there", () => {
    expect(formatMismatches(mismatches({ spec: { nodeName: "n1" } }, pod))).toBe(
      '  spec.nodeName\n  - "n1"\n  + (absent)',
    );
  });
});
