import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CustomResourceDefinition } from "../../src/api/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { type Door, door } from "./door.ts";
import { fixture, object } from "./fixture.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const described = (): Door => door(fixture({ schemas: fileSchemaSource() }));
const bytes = (json: string): Uint8Array => Buffer.from(json);
const twice = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":"1","a":"2"}}`;

describe("fieldValidation", () => {
  it("Strict refuses fields stated twice and fields nobody knows", () => {
    const { json } = described();
    expect(json("POST", `${CONFIG_MAPS}?fieldValidation=Strict`, bytes(twice)).message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    );
    const deployment = `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"x"},"new":1,"spec":{"template":{"spec":{"containers":[{},{"image":"a","image":"b"}]}}}}`;
    expect(json("POST", `${DEPLOYMENTS}?fieldValidation=Strict`, bytes(deployment)).message).toContain(
      'strict decoding error: unknown field "new", duplicate field "spec.template.spec.containers[1].image"',
    );
  });

  it("Warn, the default, warns and takes the last; Ignore says nothing", () => {
    const { call, json } = described();
    const { status, headers } = call("POST", CONFIG_MAPS, bytes(twice));
    expect([status, headers.warning]).toEqual([201, ['299 - "duplicate field \\"data.a\\""']]);
    expect(json("GET", `${CONFIG_MAPS}/x`).data).toEqual({ a: "2" });
    const silent = call("POST", `${CONFIG_MAPS}?fieldValidation=Ignore&dryRun=All`, bytes(twice.replace('"x"', '"y"')));
    expect([silent.status, silent.headers.warning]).toEqual([201, undefined]);
  });

  it("holds for patches", () => {
    const { call, json } = described();
    call("POST", CONFIG_MAPS, bytes(twice));
    const merge = { "content-type": "application/merge-patch+json" };
    const patch = bytes('{"data":{"b":"1","b":"2"}}');
    expect(json("PATCH", `${CONFIG_MAPS}/x?fieldValidation=Strict`, patch, merge).message).toContain(
      'duplicate field "data.b"',
    );
    expect(call("PATCH", `${CONFIG_MAPS}/x`, patch, merge).headers.warning).toHaveLength(1);
  });

  it("tells of custom resources what is stated twice before what is unknown", () => {
    const made = described();
    made.good({ verb: "create", kind: CustomResourceDefinition, object: widgets() });
    const widget = `{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"x"},"new":1,"spec":{"a":1,"a":2}}`;
    const path = "/apis/example.com/v1/namespaces/default/widgets?fieldValidation=Strict";
    expect(made.json("POST", path, bytes(widget)).message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: duplicate field "spec.a", unknown field "new"',
    );
  });

  it("warns of formats a definition brings in and nobody checks, once", () => {
    const { call, json } = described();
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const schema = (...types: readonly (readonly [type: string, format: string])[]): object => {
      const properties = types.map(([type, format], index) => [`f${index}`, { type, format }]);
      return { type: "object", properties: { spec: { type: "object", properties: Object.fromEntries(properties) } } };
    };
    const known = [
      ["string", "date-time"],
      ["string", "k8s-short-name"],
      ["string", "password"],
      ["integer", "int64"],
      ["number", "double"],
    ] as const;
    const unknown = [
      ["integer", "uint32"],
      ["string", "quantity"],
      ["string", "int32"],
      ["boolean", "byte"],
      ["integer", "uint32"],
    ] as const;
    const warned = (method: string, at: string, body: object): readonly string[] | undefined =>
      call(method, at, bytes(JSON.stringify(body))).headers.warning as readonly string[] | undefined;
    expect(warned("POST", path, widgets(schema(...known, ...unknown)))).toEqual(
      ["uint32", "quantity", "int32", "byte"].map((format) => `299 - "unrecognized format \\"${format}\\""`),
    );
    const stored = json("GET", `${path}/widgets.example.com`);
    const next = widgets(schema(...unknown, ["string", "colour"]));
    const put = {
      ...next,
      metadata: { name: "widgets.example.com", resourceVersion: stored.metadata.resourceVersion },
    };
    expect(warned("PUT", `${path}/widgets.example.com`, put)).toEqual(['299 - "unrecognized format \\"colour\\""']);
  });

  it("comes after the types, which Go's decoder stops at", () => {
    const { json } = described();
    const deployment = `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"x"},"new":1,"spec":{"replicas":"many"}}`;
    expect(json("POST", `${DEPLOYMENTS}?fieldValidation=Strict`, bytes(deployment)).message).toContain(
      "cannot unmarshal",
    );
  });

  it("finds nothing in what was written by a serializer", () => {
    const { call } = described();
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }), (annotations) => {
        const body = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "x" }, data: annotations };
        const { headers } = call("POST", `${CONFIG_MAPS}?fieldValidation=Warn&dryRun=All`, bytes(JSON.stringify(body)));
        expect(headers.warning).toBeUndefined();
      }),
    );
  });
});

const WIDGET = { type: "object", properties: { spec: { type: "object", properties: { a: { type: "integer" } } } } };

function widgets(openAPIV3Schema: object = WIDGET): ReturnType<typeof object> {
  const schema = { openAPIV3Schema };
  return object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    { name: "widgets.example.com" },
    {
      spec: {
        group: "example.com",
        names: { plural: "widgets", kind: "Widget" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    },
  );
}
