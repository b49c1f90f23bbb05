import { describe, expect, it } from "vitest";
import { formatFieldError, type JsonSchema, structuralErrors } from "../../../src/apimachinery/index.ts";

const string: JsonSchema = { type: "string" };

describe("a structural schema", () => {
  it.each<[string, JsonSchema, string[]]>([
    ["may be plain", { type: "object", properties: { spec: { type: "object", properties: { a: string } } } }, []],
    ["needs a type at the root", {}, ["s.type: Required value: must not be empty at the root"]],
    ["is an object", { type: "array", items: string }, [`s.type: Invalid value: "array": must be object at the root`]],
    [
      "types its fields and items",
      { type: "object", properties: { a: {}, b: { type: "array", items: {} } } },
      [
        "s.properties[a].type: Required value: must not be empty for specified object fields",
        "s.properties[b].items.type: Required value: must not be empty for specified array items",
      ],
    ],
    [
      "has items in its arrays",
      { type: "object", properties: { a: { type: "array" } } },
      ["s.properties[a].items: Required value: must be specified"],
    ],
    [
      "takes int-or-string with its usual anyOf",
      {
        type: "object",
        properties: { a: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] } },
      },
      [],
    ],
    [
      "declares what its junctors speak of, and types nothing in them",
      { type: "object", anyOf: [{ properties: { a: { type: "string", minLength: 1 } } }] },
      [
        "s.anyOf[0].properties[a].type: Forbidden: must be empty to be structural",
        "s.properties[a]: Required value: because it is defined in s.anyOf[0].properties[a]",
      ],
    ],
    [
      "restricts no more of metadata than its name",
      { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
      [
        "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
      ],
    ],
    [
      "may restrict the name",
      {
        type: "object",
        properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 9 } } } },
      },
      [],
    ],
    [
      "has either properties or additionalProperties",
      {
        type: "object",
        properties: { a: { type: "object", properties: { b: string }, additionalProperties: string } },
      },
      ["s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
    ],
    [
      "keys its list maps by fields that are always there",
      {
        type: "object",
        properties: {
          a: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            items: { type: "object", properties: { name: string } },
          },
        },
      },
      [
        "s.properties[a].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      ],
    ],
    [
      "has patterns that compile",
      { type: "object", properties: { a: { type: "string", pattern: "(" } } },
      [
        's.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
      ],
    ],
    [
      "embeds resources as objects",
      { type: "object", properties: { a: { type: "string", "x-kubernetes-embedded-resource": true } } },
      [
        "s.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        's.properties[a].type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true',
      ],
    ],
  ])("%s", (_, schema, errors) => {
    expect(structuralErrors(schema, "s").map(formatFieldError)).toEqual(errors);
  });
});
