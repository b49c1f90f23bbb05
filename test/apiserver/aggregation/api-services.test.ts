import { describe, expect, it } from "vitest";
import { APIService, builtinDescriptors, CustomResourceDefinition } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/apimachinery/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

const service = { namespace: "system", name: "behind" };
const aggregated = [{ group: "apps", version: "v1", service, groupPriorityMinimum: 2000, versionPriority: 10 }];

function definition(plural: string, versions: readonly string[]): KubeObject {
  const schema = { openAPIV3Schema: { type: "object" } };
  const named = versions.map((name, index) => ({ name, served: true, storage: index === 0, schema }));
  const kind = plural.charAt(0).toUpperCase() + plural.slice(1, -1);
  const spec = { group: "example.com", scope: "Namespaced", names: { plural, kind }, versions: named };
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", { name: `${plural}.example.com` }, { spec });
}

const namesIn = ({ listed }: Fixture): readonly string[] =>
  listed({ verb: "list", kind: APIService }).items.map(({ metadata }) => metadata.name);
const custom = (made: Fixture): readonly string[] => namesIn(made).filter((name) => name.endsWith("example.com"));

describe("APIServices", () => {
  it("are not kept unless asked for", () => {
    expect(namesIn(fixture())).toEqual([]);
  });

  it("tell every group version served, and that it is there", () => {
    const made = fixture({ aggregated: [] });
    const versions = new Set(builtinDescriptors.map(({ kind }) => `${kind.version}.${kind.group}`));
    expect(namesIn(made)).toEqual([...versions].filter((name) => namesIn(made).includes(name)).sort());
    expect(namesIn(made)).toEqual(expect.arrayContaining(["v1.", "v1.apps", "v2.autoscaling"]));
    expect(made.good({ verb: "get", kind: APIService, name: "v1.apps" })).toMatchObject({
      metadata: { labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
      spec: { group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: { conditions: [{ type: "Available", status: "True", reason: "Local" }] },
    });
  });

  it("name the server behind this one where there is one", () => {
    const { good } = fixture({ aggregated });
    expect(good({ verb: "get", kind: APIService, name: "v1.apps" })).toMatchObject({
      spec: { service: { ...service, port: 443 }, groupPriorityMinimum: 2000 },
      status: { conditions: [{ type: "Available", status: "True", reason: "Passed" }] },
    });
  });

  it("come with the first definition of a version and go with the last", () => {
    const made = fixture({ aggregated: [] });
    const { good } = made;
    good({ verb: "create", kind: CustomResourceDefinition, object: definition("widgets", ["v1", "v1beta1"]) });
    good({ verb: "create", kind: CustomResourceDefinition, object: definition("gadgets", ["v1"]) });
    expect(custom(made)).toEqual(["v1.example.com", "v1beta1.example.com"]);
    good({ verb: "delete", kind: CustomResourceDefinition, name: "widgets.example.com" });
    expect(custom(made)).toEqual(["v1.example.com"]);
    good({ verb: "delete", kind: CustomResourceDefinition, name: "gadgets.example.com" });
    expect(custom(made)).toEqual([]);
  });
});
