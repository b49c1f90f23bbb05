import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applySchemaDefaults, compileSchema, type JsonSchema, pruneUnknown } from "../../../src/apimachinery/index.ts";
import { deepFreeze } from "../../../src/std/index.ts";

const schema: JsonSchema = {
  type: "object",
  properties: {
    metadata: { type: "object" },
    spec: {
      type: "object",
      default: { mode: "auto" },
      properties: {
        mode: { type: "string", default: "auto" },
        size: { type: "integer" },
        maybe: { type: "string", nullable: true, default: "x" },
        limits: {
          type: "object",
          default: {},
          properties: { cpu: { type: "string", default: "1" }, memory: { type: "string" } },
        },
        list: { type: "array", items: { type: "object", properties: { port: { type: "integer", default: 80 } } } },
        labels: { type: "object", additionalProperties: { type: "string" } },
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "object" } },
        },
        any: { type: "object", additionalProperties: true },
        template: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
        },
      },
    },
  },
};

const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", 1, null, true),
    tie("object"),
    fc.array(tie("value"), { maxLength: 2 }),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      "spec",
      "mode",
      "limits",
      "cpu",
      "list",
      "port",
      "labels",
      "free",
      "known",
      "any",
      "template",
      "zzz",
    ),
    tie("value"),
    { maxKeys: 5 },
  ),
}));
const resource = fc.record({ apiVersion: fc.constant("x/v1"), kind: fc.constant("X"), spec: anything.object });

describe("defaulting", () => {
  it.each([
    [{}, { spec: { mode: "auto", maybe: "x", limits: { cpu: "1" } } }],
    [{ spec: { mode: null, maybe: null } }, { spec: { mode: "auto", maybe: null, limits: { cpu: "1" } } }],
    [{ spec: { size: null, limits: null } }, { spec: { mode: "auto", maybe: "x", limits: { cpu: "1" } } }],
    [
      { spec: { list: [{}, { port: 1 }], limits: { cpu: "2" } } },
      { spec: { mode: "auto", maybe: "x", list: [{ port: 80 }, { port: 1 }], limits: { cpu: "2" } } },
    ],
    [{ spec: "text" }, { spec: "text" }],
  ])("of %j gives %j", (value, result) => {
    expect(applySchemaDefaults(schema, deepFreeze(value) as object)).toEqual(result);
  });

  it("has nothing to do the second time, and then returns the value itself", () => {
    const compiled = compileSchema(schema);
    fc.assert(
      fc.property(resource, (value) => {
        const once = compiled.applyDefaults(value);
        expect(compiled.applyDefaults(once)).toBe(once);
      }),
    );
  });
});

describe("pruning", () => {
  it("drops what the schema does not know, and tells where it was", () => {
    const unknown: string[] = [];
    const value = {
      apiVersion: "x/v1",
      kind: "X",
      metadata: { name: "kept", anything: 1, managedFields: [{ fieldsV1: { "f:spec": {} } }] },
      extra: 1,
      spec: {
        mode: "auto",
        colour: "red",
        list: [{ port: 1, x: 1 }],
        labels: { a: "b" },
        free: { whatever: { deep: 1 }, known: { gone: 1 } },
        any: { a: "kept", b: { gone: 1 } },
        template: {
          apiVersion: "v1",
          kind: "Y",
          metadata: { name: "n", odd: 1 },
          spec: { a: "x", b: "y" },
          status: {},
        },
      },
    };
    expect(pruneUnknown(schema, deepFreeze(value), (path) => unknown.push(path))).toEqual({
      apiVersion: "x/v1",
      kind: "X",
      metadata: { name: "kept", managedFields: [{ fieldsV1: { "f:spec": {} } }] },
      spec: {
        mode: "auto",
        list: [{ port: 1 }],
        labels: { a: "b" },
        free: { whatever: { deep: 1 }, known: {} },
        any: { a: "kept", b: {} },
        template: { apiVersion: "v1", kind: "Y", metadata: { name: "n" }, spec: { a: "x" } },
      },
    });
    expect(unknown).toEqual([
      "metadata.anything",
      "extra",
      "spec.colour",
      "spec.list[0].x",
      "spec.free.known.gone",
      "spec.any.b.gone",
      "spec.template.metadata.odd",
      "spec.template.spec.b",
      "spec.template.status",
    ]);
  });

  it("has nothing to do the second time, and then returns the value itself", () => {
    const compiled = compileSchema(schema);
    fc.assert(
      fc.property(resource, (value) => {
        const once = compiled.pruneUnknown(value);
        const unknown: string[] = [];
        expect(compiled.pruneUnknown(once, (path) => unknown.push(path))).toBe(once);
        expect(unknown).toEqual([]);
      }),
    );
  });
});
