import { describe, expect, it } from "vitest";
import { matchesNodeAffinity, namedNodes, preferredNodeAffinity } from "../../src/algorithms/index.ts";
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from "../../src/api/index.ts";

const node = (labels: Record<string, string>, name = "k8s-node1") => ({ metadata: { name, labels } });
const required = (...nodeSelectorTerms: NodeSelectorTerm[]): Pick<PodSpec, "affinity"> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: NodeSelectorRequirement["operator"], ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

describe("matchesNodeAffinity", () => {
  it.each<[string, Pick<PodSpec, "affinity" | "nodeSelector">, Record<string, string>, boolean]>([
    ["S0-49 nodeSelector wants its labels", { nodeSelector: { role: "worker" } }, { role: "worker" }, true],
    ["nodeSelector refuses other values", { nodeSelector: { role: "worker" } }, { role: "master" }, false],
    ["S0-54 In", required(expression("role", "In", "a", "b")), { role: "b" }, true],
    ["S0-56 NotIn takes nodes without the key", required(expression("role", "NotIn", "a")), {}, true],
    ["NotIn refuses its values", required(expression("role", "NotIn", "a")), { role: "a" }, false],
    ["Exists", required(expression("role", "Exists")), { role: "" }, true],
    ["DoesNotExist", required(expression("role", "DoesNotExist")), { role: "x" }, false],
    ["Gt compares numbers", required(expression("cores", "Gt", "9")), { cores: "10" }, true],
    ["Lt compares numbers", required(expression("cores", "Lt", "9")), { cores: "10" }, false],
    ["Gt refuses what is no number", required(expression("cores", "Gt", "9")), { cores: "many" }, false],
    ["S0-55 keys are case-sensitive", required(expression("ROLE", "Exists")), { role: "x" }, false],
    ["terms are alternatives", required(expression("a", "Exists"), expression("b", "Exists")), { b: "" }, true],
    ["no term matches nothing", required(), {}, false],
    ["an empty term matches nothing", required({}), {}, false],
  ])("%s", (_name, spec, labels, expected) => {
    expect(matchesNodeAffinity(spec, node(labels))).toBe(expected);
  });

  it("joins the expressions of a term by and", () => {
    const term = {
      matchExpressions: [
        { key: "a", operator: "Exists" as const },
        { key: "b", operator: "Exists" as const },
      ],
    };
    expect(matchesNodeAffinity(required(term), node({ a: "" }))).toBe(false);
    expect(matchesNodeAffinity(required(term), node({ a: "", b: "" }))).toBe(true);
  });
});

describe("namedNodes", () => {
  const byName = { matchFields: [{ key: "metadata.name", operator: "In" as const, values: ["k8s-node1"] }] };

  it("S0-06 reads the node a DaemonSet's pod is meant for", () => {
    expect(namedNodes(required(byName))).toEqual(["k8s-node1"]);
    expect(matchesNodeAffinity(required(byName), node({}))).toBe(true);
    expect(matchesNodeAffinity(required(byName), node({}, "k8s-node2"))).toBe(false);
  });

  it("is undefined when a term leaves the name open", () => {
    expect(namedNodes(required(byName, expression("a", "Exists")))).toBeUndefined();
    expect(namedNodes({})).toBeUndefined();
  });
});

describe("preferredNodeAffinity", () => {
  it("sums the weights of the preferences met", () => {
    const preferred = (weight: number, key: string) => ({ weight, preference: expression(key, "Exists") });
    const spec = {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [preferred(80, "a"), preferred(20, "b"), preferred(5, "c")],
        },
      },
    };
    expect(preferredNodeAffinity(spec, node({ a: "", c: "" }))).toBe(85);
    expect(preferredNodeAffinity({}, node({}))).toBe(0);
  });
});
