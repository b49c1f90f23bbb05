import { describe, expect, it } from "vitest";
import { builtinDescriptors } from "../../src/api/index.ts";
import { apiVersionOf } from "../../src/apimachinery/index.ts";

describe("the built-in resources", () => {
  it("have addresses of their own", () => {
    const addresses = builtinDescriptors.map(({ kind }) => `${apiVersionOf(kind)}/${kind.plural}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it("answer to short names that no other kind of their group has", () => {
    const names = builtinDescriptors.flatMap(({ kind, shortNames = [] }) =>
      shortNames.map((name) => `${kind.group} ${kind.version} ${name}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("are what `kubectl get all` lists", () => {
    const all = builtinDescriptors.filter(({ categories }) => categories?.includes("all"));
    expect(new Set(all.map(({ kind }) => kind.plural))).toEqual(
      new Set([
        "pods",
        "replicationcontrollers",
        "services",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "horizontalpodautoscalers",
        "cronjobs",
        "jobs",
      ]),
    );
  });

  it("can be scaled where there are replicas", () => {
    const scaled = builtinDescriptors.filter(({ scale }) => scale !== undefined);
    expect(scaled.map(({ kind }) => kind.plural).sort()).toEqual([
      "deployments",
      "replicasets",
      "replicationcontrollers",
      "statefulsets",
    ]);
  });
});
