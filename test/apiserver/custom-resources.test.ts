import { describe, expect, it } from "vitest";
import { builtinDescriptors, CustomResourceDefinition } from "../../src/api/index.ts";
import { defineKind, type JsonSchema, type KubeObject } from "../../src/apimachinery/index.ts";
import { SchemaPool } from "../../src/apiserver/index.ts";
import { type Fixture, fixture, object } from "./fixture.ts";

const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1 },
        color: { type: "string", default: "blue" },
        replicas: { type: "integer" },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } },
  },
};
const address = { group: "example.com", kind: "Widget", plural: "widgets", namespaced: true };
const Widget = defineKind({ ...address, version: "v1" });
const WidgetBeta = defineKind({ ...address, version: "v1beta1" });

function definition(): KubeObject {
  const version = {
    served: true,
    schema: { openAPIV3Schema: SCHEMA },
    subresources: {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector",
      },
    },
    selectableFields: [{ jsonPath: ".spec.color" }],
  };
  return object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    { name: "widgets.example.com" },
    {
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget", shortNames: ["wd"] },
        versions: [
          { ...version, name: "v1", storage: true },
          { ...version, name: "v1beta1", storage: false },
        ],
      },
    },
  );
}

function withWidgets(): Fixture {
  const made = fixture();
  made.good({ verb: "create", kind: CustomResourceDefinition, object: definition() });
  return made;
}

function widget(spec: unknown, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return object("example.com/v1", "Widget", { name: "w", namespace: "default", ...metadata }, { spec });
}

const named = { kind: Widget, namespace: "default", name: "w" } as const;

describe("a CustomResourceDefinition", () => {
  it("is established, completed and served at once", () => {
    const { good, bad } = fixture();
    expect(bad({ verb: "list", kind: Widget }).code).toBe(404);
    const created = good({ verb: "create", kind: CustomResourceDefinition, object: definition() });
    expect(created).toMatchObject({
      spec: { names: { singular: "widget", listKind: "WidgetList" }, conversion: { strategy: "None" } },
      status: { storedVersions: ["v1"] },
    });
    const { conditions } = created.status as { conditions: { type: string; status: string }[] };
    expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
      "NamesAccepted=True",
      "Established=True",
    ]);
    expect(good({ verb: "list", kind: Widget })).toMatchObject({ kind: "WidgetList", items: [] });
  });

  const invalid: readonly (readonly [string, (spec: Record<string, unknown>) => void, string])[] = [
    ["a name that is not plural.group", (spec) => Object.assign(spec, { group: "example.org" }), "metadata.name"],
    ["no versions", (spec) => Object.assign(spec, { versions: [] }), "spec.versions"],
    [
      "no storage version",
      (spec) => Object.assign((spec.versions as object[])[0] ?? {}, { storage: false }),
      "spec.versions",
    ],
    ["an unknown scope", (spec) => Object.assign(spec, { scope: "Planet" }), "spec.scope"],
    [
      "a schema that is not structural",
      (spec) =>
        Object.assign((spec.versions as object[])[0] ?? {}, { schema: { openAPIV3Schema: { properties: {} } } }),
      "spec.versions[0].schema.openAPIV3Schema.type",
    ],
  ];
  it.each(invalid)("is refused for %s", (_what, spoil, field) => {
    const spoilt = structuredClone(definition()) as KubeObject & { spec: Record<string, unknown> };
    spoil(spoilt.spec);
    const status = fixture().bad({ verb: "create", kind: CustomResourceDefinition, object: spoilt });
    expect(status.reason).toBe("Invalid");
    expect(status.details?.causes?.map((cause) => cause.field)).toContain(field);
  });

  it("goes with its instances, and waits for those that have finalizers", () => {
    const { good, bad } = withWidgets();
    good({ verb: "create", ...named, object: widget({ size: 1 }, { finalizers: ["example.com/hold"] }) });
    good({ verb: "create", ...named, object: widget({ size: 1 }, { name: "free" }) });
    good({ verb: "delete", kind: CustomResourceDefinition, name: "widgets.example.com" });
    expect(bad({ verb: "get", ...named, name: "free" }).code).toBe(404);
    expect(bad({ verb: "create", ...named, object: widget({ size: 1 }, { name: "late" }) }).reason).toBe(
      "MethodNotAllowed",
    );
    good({ verb: "patch", ...named, patch: { type: "merge", body: { metadata: { finalizers: null } } } });
    expect(bad({ verb: "get", kind: CustomResourceDefinition, name: "widgets.example.com" }).code).toBe(404);
    expect(bad({ verb: "list", kind: Widget }).code).toBe(404);
    good({ verb: "create", kind: CustomResourceDefinition, object: definition() });
    expect(good({ verb: "list", kind: Widget })).toMatchObject({ items: [] });
  });

  it("shows what was stored under another schema as the present one has it", () => {
    const { good, watch, settle } = withWidgets();
    const stored = good({ verb: "create", ...named, object: widget({ size: 1, replicas: 2 }) });
    const changed = structuredClone(definition()) as KubeObject & { spec: { versions: { schema: object }[] } };
    const spec = {
      type: "object",
      properties: { size: { type: "integer" }, color: { type: "string" }, shape: { type: "string", default: "round" } },
    };
    for (const version of changed.spec.versions)
      version.schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
    good({ verb: "update", kind: CustomResourceDefinition, name: "widgets.example.com", object: changed });
    const expected = { size: 1, color: "blue", shape: "round" };
    for (const kind of [Widget, WidgetBeta]) {
      expect(good({ verb: "get", ...named, kind }).spec).toEqual(expected);
      expect(good({ verb: "list", kind })).toMatchObject({ items: [{ spec: expected }] });
    }
    const { events } = watch({ verb: "watch", kind: Widget, namespace: "default" });
    settle();
    expect(events[0]).toMatchObject({ type: "ADDED", object: { spec: expected } });
    const { resourceVersion } = stored.metadata;
    const same = good({
      verb: "update",
      ...named,
      object: widget(expected, { resourceVersion: `${resourceVersion}` }),
    });
    expect(same.metadata.resourceVersion).toBe(resourceVersion);
    expect(good({ verb: "list", kind: Widget }).items).toBe(good({ verb: "list", kind: Widget }).items);
  });

  it("may not change its names once accepted", () => {
    const { bad } = withWidgets();
    const body = { spec: { names: { kind: "Gadget" } } };
    const status = bad({
      verb: "patch",
      kind: CustomResourceDefinition,
      name: "widgets.example.com",
      patch: { type: "merge", body },
    });
    expect(status.message).toContain("field is immutable");
  });

  it("shares one schema with equal definitions of other servers", () => {
    const schemaPool = new SchemaPool();
    const schemas = [1, 2].map(() => {
      const { good } = fixture({ schemaPool });
      const created = good({ verb: "create", kind: CustomResourceDefinition, object: structuredClone(definition()) });
      return (created.spec as { versions: { schema: { openAPIV3Schema: JsonSchema } }[] }).versions[0]?.schema
        .openAPIV3Schema;
    });
    expect(schemas[0]).toBe(schemas[1]);
  });
});

describe("a custom resource", () => {
  it("is pruned, defaulted and validated by its schema, whoever writes it", () => {
    const { good, bad } = withWidgets();
    const created = good({ verb: "create", ...named, object: widget({ size: 1, unknown: true }) });
    expect(created.spec).toEqual({ size: 1, color: "blue" });
    expect(created.metadata.generation).toBe(1);
    const status = bad({ verb: "create", ...named, object: widget({ size: 0 }, { name: "x" }) });
    expect(status.details?.causes?.[0]?.field).toBe("spec.size");
    expect(bad({ verb: "create", ...named, object: widget({}, { name: "x" }) }).message).toContain(
      "spec.size: Required value",
    );
  });

  it("reads in every served version, stored in one", () => {
    const { good, watch, settle } = withWidgets();
    const watched = watch({ verb: "watch", kind: WidgetBeta });
    good({ verb: "create", ...named, object: widget({ size: 1 }) });
    const beta = good({ verb: "get", ...named, kind: WidgetBeta });
    expect(beta.apiVersion).toBe("example.com/v1beta1");
    good({ verb: "update", ...named, kind: WidgetBeta, object: { ...beta, spec: { size: 2 } } as KubeObject });
    expect(good({ verb: "get", ...named })).toMatchObject({ apiVersion: "example.com/v1", spec: { size: 2 } });
    settle();
    expect(watched.events.map((event) => event.type !== "ERROR" && event.object.apiVersion)).toEqual([
      "example.com/v1beta1",
      "example.com/v1beta1",
    ]);
  });

  it("needs a resourceVersion to be replaced", () => {
    const { good, bad } = withWidgets();
    good({ verb: "create", ...named, object: widget({ size: 1 }) });
    for (const resourceVersion of [undefined, "0"]) {
      const { metadata, ...rest } = widget({ size: 2 });
      const object = { ...rest, metadata: resourceVersion === undefined ? metadata : { ...metadata, resourceVersion } };
      expect(bad({ verb: "update", ...named, object }).message).toContain(
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update",
      );
    }
  });

  it("is scaled through its paths", () => {
    const { good } = withWidgets();
    good({ verb: "create", ...named, object: widget({ size: 1, replicas: 2 }) });
    good({
      verb: "patch",
      ...named,
      subresource: "status",
      patch: { type: "merge", body: { status: { replicas: 2, selector: "a=b" } } },
    });
    const scale = { ...named, subresource: "scale" } as const;
    expect(good({ verb: "get", ...scale })).toMatchObject({
      kind: "Scale",
      spec: { replicas: 2 },
      status: { replicas: 2, selector: "a=b" },
    });
    const scaled = good({ verb: "patch", ...scale, patch: { type: "merge", body: { spec: { replicas: 5 } } } });
    expect(scaled.spec).toEqual({ replicas: 5 });
    expect(good({ verb: "get", ...named })).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 2 } });
  });

  it("is selected by the fields its definition names, and by no others", () => {
    const { good, listed, bad } = withWidgets();
    good({ verb: "create", ...named, object: widget({ size: 1 }) });
    good({ verb: "create", ...named, object: widget({ size: 1, color: "red" }, { name: "r" }) });
    const list = (fieldSelector: string) => ({ verb: "list", kind: Widget, options: { fieldSelector } }) as const;
    expect(listed(list("spec.color=red")).items.map((item) => item.metadata.name)).toEqual(["r"]);
    expect(bad(list("spec.size=1")).message).toBe("field label not supported: spec.size");
  });

  it("takes no strategic merge patch", () => {
    const { good, bad } = withWidgets();
    good({ verb: "create", ...named, object: widget({ size: 1 }) });
    expect(bad({ verb: "patch", ...named, patch: { type: "strategic", body: {} } }).code).toBe(415);
  });
});

describe("a built-in kind of several versions", () => {
  const v2 = defineKind({ group: "example.org", version: "v2", kind: "Gauge", plural: "gauges", namespaced: true });
  const v1 = { ...v2, version: "v1" };

  it("is converted to the stored version and back", () => {
    const conversion = {
      toStorage: (gauge: KubeObject) => ({ ...gauge, limits: [(gauge as KubeObject & { limit: number }).limit] }),
      fromStorage: (gauge: KubeObject) => ({ ...gauge, limit: (gauge as KubeObject & { limits: number[] }).limits[0] }),
    };
    const descriptors = [
      { kind: v2, singular: "gauge" },
      { kind: v1, singular: "gauge", conversion },
    ];
    const { good } = fixture({ descriptors: [...builtinDescriptors, ...descriptors] });
    const gauges = { namespace: "default", name: "g" } as const;
    good({
      verb: "create",
      kind: v1,
      ...gauges,
      object: object("example.org/v1", "Gauge", { name: "g" }, { limit: 3 }),
    });
    expect(good({ verb: "get", kind: v2, ...gauges })).toMatchObject({ apiVersion: "example.org/v2", limits: [3] });
    expect(good({ verb: "get", kind: v1, ...gauges })).toMatchObject({ apiVersion: "example.org/v1", limit: 3 });
  });
});
