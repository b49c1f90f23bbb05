import { describe, expect, it } from "vitest";
import { FieldTypes } from "../../../src/apimachinery/managed-fields/field-type.ts";
import { mergeValues } from "../../../src/apimachinery/managed-fields/merge.ts";
import { typedErrors } from "../../../src/apimachinery/managed-fields/typed-errors.ts";
import type { JsonSchema } from "../../../src/apimachinery/schema/json-schema.ts";

const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    items: {
      type: "array",
      items: { type: "object", properties: { name: { type: "string" }, value: { type: "integer" } } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    flag: { type: "boolean" },
    any: { "x-kubernetes-int-or-string": true },
    map: { type: "object", additionalProperties: { type: "string" } },
  },
};
const type = new FieldTypes().ofResource(SCHEMA);
const letters = (text: string): string[] => [...text];

describe("merging a list", () => {
  it.each([
    ["abc", "", "abc"],
    ["", "abc", "abc"],
    ["abc", "abc", "abc"],
    ["abc", "d", "abcd"],
    ["abc", "b", "abc"],
    ["abc", "cba", "cba"],
    ["ab", "ba", "ba"],
    ["abcd", "dx", "abcdx"],
    ["acd", "abd", "acbd"],
    ["axbyc", "cba", "xycba"],
    ["abcxyz", "yx", "abcyzx"],
  ])("%s with %s makes %s: what is applied keeps its order, the rest its place", (live, config, merged) => {
    const result = mergeValues(type, { set: letters(live) }, { set: letters(config) });
    expect((result as { readonly set: readonly string[] }).set.join("")).toBe(merged);
  });

  it("keeps each item's place in sets of any letters", () => {
    const live = letters("hello world");
    const result = mergeValues(type, { set: [...new Set(live)] }, { set: ["o", "z"] }) as { readonly set: string[] };
    expect(result.set.filter((letter) => letter !== "z")).toEqual([...new Set(live)]);
  });

  it("changes nothing when there is nothing to change, and shares what stays", () => {
    const live = { items: [{ name: "a", value: 1 }, { name: "b" }], map: { x: "1" }, flag: true };
    expect(mergeValues(type, live, { items: [{ name: "a" }], map: { x: "1" } })).toBe(live);
    const merged = mergeValues(type, live, { items: [{ name: "b", value: 2 }] }) as typeof live;
    expect(merged.items[0]).toBe(live.items[0]);
    expect(merged.map).toBe(live.map);
  });

  it("replaces values of another kind, and tells empty from absent", () => {
    expect(mergeValues(type, { any: 1 }, { any: "1" })).toEqual({ any: "1" });
    expect(mergeValues(type, {}, { map: {}, set: [] })).toEqual({ map: {}, set: [] });
    expect(mergeValues(type, { map: { x: "1" } }, { map: {} })).toEqual({ map: { x: "1" } });
  });
});

describe("a configuration of the wrong form", () => {
  it.each<[unknown, string]>([
    [{ spec: 1 }, ".spec: field not declared in schema"],
    [{ flag: "yes" }, ".flag: expected boolean, got &{yes}"],
    [{ map: { x: 1 } }, ".map.x: expected string, got &value.valueUnstructured{Value:1}"],
    [{ items: [{ name: "a", value: "1" }] }, '.items[name="a"].value: expected numeric (int or float), got string'],
    [
      { items: [{ value: 1 }] },
      '.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
    [{ items: [{ name: "a" }, { name: "a" }] }, '.items: duplicate entries for key [name="a"]'],
    [{ set: [["a"]] }, ".set: element 0: not supported: associative list with lists as elements"],
    [{ map: "m" }, ".map: expected map, got &{m}"],
    [{ set: { a: 1 } }, ".set: expected list, got &{map[a:1]}"],
    [{ flag: 1, spec: 2 }, "errors:\n  .flag: expected boolean, got &{1}\n  .spec: field not declared in schema"],
  ])("%j is told as upstream tells it", (config, message) => {
    expect(typedErrors(type, config)).toBe(message);
  });

  it("is none when all is in order", () => {
    expect(typedErrors(type, { items: [{ name: "a" }], any: 1, map: null, set: ["a"] })).toBeUndefined();
  });
});
