import { describe, expect, it } from "vitest";
import { compileSchema, formatFieldError, type JsonSchema, validateSchema } from "../../../src/apimachinery/index.ts";

const texts = (schema: JsonSchema, value: unknown): string[] =>
  validateSchema({ type: "object", properties: { spec: schema } }, { spec: value }, "").map(formatFieldError);

describe("validation by schema", () => {
  it.each<[JsonSchema, unknown, string[]]>([
    [{ type: "integer" }, 3, []],
    [{ type: "integer" }, "3", ['spec: Invalid value: "string": spec in body must be of type integer: "string"']],
    [{ type: "integer" }, 1.5, ['spec: Invalid value: "number": spec in body must be of type integer: "number"']],
    [{ type: "number" }, 1, []],
    [{ type: "string" }, null, ['spec: Invalid value: "null": spec in body must be of type string: "null"']],
    [{ type: "string", nullable: true }, null, []],
    [{ type: "object" }, [], ['spec: Invalid value: "array": spec in body must be of type object: "array"']],
    [{ "x-kubernetes-int-or-string": true }, "50%", []],
    [
      { "x-kubernetes-int-or-string": true },
      true,
      ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
    ],
    [{ type: "integer", minimum: 1 }, 0, ["spec: Invalid value: 0: spec in body should be greater than or equal to 1"]],
    [
      { type: "integer", minimum: 1, exclusiveMinimum: true },
      1,
      ["spec: Invalid value: 1: spec in body should be greater than 1"],
    ],
    [{ type: "integer", maximum: 5 }, 9, ["spec: Invalid value: 9: spec in body should be less than or equal to 5"]],
    [{ type: "integer", multipleOf: 5 }, 9, ["spec: Invalid value: 9: spec in body should be a multiple of 5"]],
    [{ type: "string", minLength: 2 }, "é", ['spec: Invalid value: "é": spec in body should be at least 2 chars long']],
    [{ type: "string", maxLength: 2 }, "abc", ["spec: Too long: may not be more than 2 bytes"]],
    [{ type: "string", maxLength: 1 }, "é", []],
    [{ type: "string", pattern: "^a+$" }, "b", [`spec: Invalid value: "b": spec in body should match '^a+$'`]],
    [{ type: "string", pattern: "(?i)^[[:alpha:]_\\-]+\\z" }, "aB_-", []],
    [{ type: "string", enum: ["a", "b"] }, "c", ['spec: Unsupported value: "c": supported values: "a", "b"']],
    [{ type: "integer", enum: [1, 2] }, 3, ['spec: Unsupported value: 3: supported values: "1", "2"']],
    [
      { type: "string", format: "date-time" },
      "today",
      ['spec: Invalid value: "today": spec in body must be of type date-time: "today"'],
    ],
    [{ type: "string", format: "of-my-own" }, "anything", []],
    [
      { type: "array", items: { type: "string" }, minItems: 2 },
      [1],
      [
        'spec[0]: Invalid value: "integer": spec[0] in body must be of type string: "integer"',
        "spec: Invalid value: 1: spec in body should have at least 2 items",
      ],
    ],
    [{ type: "array", maxItems: 1 }, [1, 2], ["spec: Too many: 2: must have at most 1 items"]],
    [{ type: "object", required: ["a"] }, {}, ["spec.a: Required value"]],
    [{ type: "object", maxProperties: 1 }, { a: 1, b: 2 }, ["spec: Too many: 2: must have at most 1 items"]],
    [
      { type: "object", minProperties: 1 },
      {},
      ["spec: Invalid value: 0: spec in body should have at least 1 properties"],
    ],
    [
      { type: "object", additionalProperties: { type: "string" } },
      { a: 1 },
      ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'],
    ],
    [
      { type: "object", anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      {},
      ['<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)', "spec.a: Required value"],
    ],
    [
      { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      { a: 1, b: 1 },
      ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { type: "integer", allOf: [{ minimum: 3 }, { maximum: 5 }] },
      9,
      [
        "spec: Invalid value: 9: spec in body should be less than or equal to 5",
        '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
      ],
    ],
    [
      { type: "integer", not: { minimum: 3 } },
      9,
      ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    ],
    [
      { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      ["a", "b", "a", "a"],
      ['spec[2]: Duplicate value: "a"'],
    ],
    [
      {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: { type: "object" },
      },
      [{ name: "x" }, { name: "y" }, { name: "x" }],
      ['spec[2]: Duplicate value: {"name":"x"}'],
    ],
    [
      {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
        items: { type: "object" },
      },
      [
        { port: 1, protocol: "TCP" },
        { port: 1, protocol: "UDP" },
      ],
      [],
    ],
    [
      { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
      { apiVersion: "v1" },
      ["spec.kind: Required value: must not be empty"],
    ],
  ])("%j judges %j: %j", (schema, value, errors) => {
    expect(texts(schema, value)).toEqual(errors);
  });

  it.each([
    ["ipv4", "10.0.0.1", "256.0.0.1"],
    ["ipv6", "fe80::1", "fe80:::1"],
    ["ipv6", "::ffff:10.0.0.1", "1:2:3"],
    ["cidr", "10.0.0.0/8", "10.0.0.0/33"],
    ["mac", "00:00:5e:00:53:01", "00:00:5e:00:53"],
    ["uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"],
    ["isbn10", "0321751043", "0321751044"],
    ["isbn13", "978-0321751041", "978-0321751042"],
    ["byte", "aGk=", "a"],
    ["date", "2024-02-29", "2024-13-01"],
    ["date-time", "2014-12-15T19:30:20.000Z", "2014-12-15 19:30:20"],
    ["duration", "1h30m", "soon"],
    ["hostname", "example.com", "exa mple"],
    ["email", "a@b.example", "a"],
    ["uri", "https://example.com/x", "nowhere"],
    ["hexcolor", "#fff", "#ff"],
    ["quantity", "1500m", "1.5 GB"],
  ])("format %s takes %s and not %s", (format, good, bad) => {
    expect(texts({ type: "string", format }, good)).toEqual([]);
    expect(texts({ type: "string", format }, bad)).toHaveLength(1);
  });

  it("lets built-in kinds repeat what a list map would not", () => {
    const list: JsonSchema = { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } };
    const compiled = compileSchema({ type: "object", properties: { list } });
    expect(compiled.validate({ list: ["a", "a"] })).toHaveLength(1);
    expect(compiled.validateShape({ list: ["a", "a"] })).toEqual([]);
  });

  it("follows a schema that contains itself", () => {
    const properties: Record<string, JsonSchema> = { name: { type: "string" } };
    const tree: JsonSchema = { type: "object", properties };
    properties.children = { type: "array", items: tree };
    const value = { name: "a", children: [{ name: "b", children: [{ name: 3 }] }] };
    const compiled = compileSchema(tree);
    expect(compiled.validate(value).map((error) => error.field)).toEqual(["children[0].children[0].name"]);
    expect(compiled.pruneUnknown(value)).toBe(value);
    expect(compiled.applyDefaults(value)).toBe(value);
  });

  it("says <nil> for the whole value", () => {
    expect(validateSchema({ type: "object" }, "text", "").map(formatFieldError)).toEqual([
      '<nil>: Invalid value: "string":  in body must be of type object: "string"',
    ]);
  });
});
