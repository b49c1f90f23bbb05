import { describe, expect, it } from "vitest";
import type { Cluster, Override } from "../../../src/api/index.ts";
import { applyOverrides, overrideSelects } from "../../../src/federation/override/matching-overrides.ts";
import { configMap, yaml } from "../host.ts";

const cluster: Cluster = {
  apiVersion: "cluster.karmada.io/v1alpha1",
  kind: "Cluster",
  metadata: { name: "m1" },
  spec: { syncMode: "Push" },
};
const template = { ...configMap("config", { app: "web" }) };
const set = (value: string) => ({ plaintext: [{ path: "/data/a", operator: "replace", value }] }) as const;

function override(name: string, spec: Override["spec"]): Override {
  return {
    apiVersion: "policy.karmada.io/v1alpha1",
    kind: "OverridePolicy",
    metadata: { name, namespace: "default" },
    spec,
  };
}

function value(clusterWide: readonly Override[], namespaced: readonly Override[] = []): unknown {
  const result = applyOverrides(template, cluster, { clusterWide, namespaced }, yaml);
  return result.ok
    ? (result.object.data as Readonly<Record<string, string>>).a
    : `${result.policy.metadata.name} failed`;
}

describe("override policies", () => {
  const byName = [{ apiVersion: "v1", kind: "ConfigMap", name: "config" }];
  const byLabel = [{ apiVersion: "v1", kind: "ConfigMap", labelSelector: { matchLabels: { app: "web" } } }];
  it.each<[string, readonly Override[], readonly Override[], string]>([
    ["without selectors hold for everything", [override("a", { overrideRules: [{ overriders: set("1") }] })], [], "1"],
    [
      "of other objects do not hold",
      [
        override("a", {
          resourceSelectors: [{ apiVersion: "v1", kind: "Secret" }],
          overrideRules: [{ overriders: set("1") }],
        }),
      ],
      [],
      "b",
    ],
    [
      "for other clusters do not hold",
      [override("a", { overrideRules: [{ targetCluster: { clusterNames: ["m2"] }, overriders: set("1") }] })],
      [],
      "b",
    ],
    [
      "in the deprecated form hold too",
      [override("a", { targetCluster: { clusterNames: ["m1"] }, overriders: set("1") })],
      [],
      "1",
    ],
    [
      "of the namespace win over cluster-wide ones",
      [override("z", { resourceSelectors: byName, overrideRules: [{ overriders: set("wide") }] })],
      [override("a", { overrideRules: [{ overriders: set("near") }] })],
      "near",
    ],
    [
      "by name win over those by label",
      [],
      [
        override("a", { resourceSelectors: byName, overrideRules: [{ overriders: set("name") }] }),
        override("b", { resourceSelectors: byLabel, overrideRules: [{ overriders: set("label") }] }),
      ],
      "name",
    ],
    [
      "later in the alphabet win between equals",
      [],
      [
        override("b", { overrideRules: [{ overriders: set("b") }] }),
        override("a", { overrideRules: [{ overriders: set("a") }] }),
      ],
      "b",
    ],
    [
      "apply their rules in order",
      [],
      [override("a", { overrideRules: [{ overriders: set("1") }, { overriders: set("2") }] })],
      "2",
    ],
    [
      "that fail are named",
      [],
      [override("bad", { overrideRules: [{ overriders: { plaintext: [{ path: "/none/x", operator: "remove" }] } }] })],
      "bad failed",
    ],
  ])("%s", (_title, clusterWide, namespaced, result) => {
    expect(value(clusterWide, namespaced)).toBe(result);
  });

  it("leave the object as it is when there are none", () => {
    const result = applyOverrides(template, cluster, { clusterWide: [], namespaced: [] }, yaml);
    expect(result).toEqual({ ok: true, object: template, annotations: {}, applied: [] });
    expect(result.ok && result.object).toBe(template);
  });

  it("tell whether they select an object", () => {
    expect(overrideSelects(override("a", { resourceSelectors: byName }), template)).toBe(true);
    expect(overrideSelects(override("a", { resourceSelectors: byName }), configMap("other"))).toBe(false);
  });
});
