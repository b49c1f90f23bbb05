import { describe, expect, it } from "vitest";
import { ConflictError } from "../../../src/apimachinery/managed-fields/conflicts.ts";
import { FieldTypes } from "../../../src/apimachinery/managed-fields/field-type.ts";
import { formatFieldsV1 } from "../../../src/apimachinery/managed-fields/fields-v1.ts";
import { NO_OWNERS, type Owners } from "../../../src/apimachinery/managed-fields/owners.ts";
import { applyOwners, type OwnershipRules, updateOwners } from "../../../src/apimachinery/managed-fields/ownership.ts";
import { printPath } from "../../../src/apimachinery/managed-fields/path-element.ts";
import type { JsonSchema } from "../../../src/apimachinery/schema/json-schema.ts";

const TEXT: JsonSchema = { type: "string" };
const listMap = (keys: readonly string[], properties: Record<string, JsonSchema>): JsonSchema => ({
  type: "array",
  items: { type: "object", properties },
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});
const SET: JsonSchema = { type: "array", items: TEXT, "x-kubernetes-list-type": "set" };
const STRUCT: Record<string, JsonSchema> = { name: TEXT, count: { type: "integer" } };
const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    ...STRUCT,
    flag: { type: "boolean" },
    set: SET,
    list: { type: "array", items: TEXT },
    struct: { type: "object", properties: STRUCT },
    whole: { type: "object", properties: STRUCT, "x-kubernetes-map-type": "atomic" },
    items: listMap(["name"], { ...STRUCT, set: SET, labels: { type: "object", additionalProperties: TEXT } }),
    pairs: listMap(["key", "id"], { key: TEXT, id: { type: "number" }, value: TEXT }),
    ports: listMap(["port", "protocol"], {
      port: { type: "integer" },
      protocol: { type: "string", default: "TCP" },
      name: TEXT,
    }),
    labels: { type: "object", additionalProperties: TEXT },
    nested: {
      type: "object",
      additionalProperties: { type: "object", additionalProperties: { type: "object", additionalProperties: TEXT } },
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

type Config = Readonly<Record<string, unknown>>;
type Step =
  | { readonly apply: string; readonly config: Config; readonly force?: true; readonly conflicts?: readonly string[] }
  | { readonly update: string; readonly to: Config };
type Case = {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly object: Config;
  readonly owned: Readonly<Record<string, Config>>;
};

/** What upstream documents in structured-merge-diff's `merge` tests, one row per case, in our own example. */
const CASES: readonly Case[] = [
  {
    name: "an applier owns the leaves it states",
    steps: [{ apply: "a", config: { name: "x", count: 1, flag: false } }],
    object: { name: "x", count: 1, flag: false },
    owned: { a: { "f:count": {}, "f:flag": {}, "f:name": {} } },
  },
  {
    name: "appliers of one value share it",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { apply: "b", config: { name: "x" } },
    ],
    object: { name: "x", count: 1 },
    owned: { a: { "f:count": {}, "f:name": {} }, b: { "f:name": {} } },
  },
  {
    name: "a shared field stays when one of its owners gives it up",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { apply: "b", config: { name: "x" } },
      { apply: "a", config: { count: 1 } },
    ],
    object: { name: "x", count: 1 },
    owned: { a: { "f:count": {} }, b: { "f:name": {} } },
  },
  {
    name: "a field nobody else owns goes with its applier",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { apply: "a", config: { count: 1 } },
    ],
    object: { count: 1 },
    owned: { a: { "f:count": {} } },
  },
  {
    name: "an update takes what it changes, and an apply meets it there",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { update: "u", to: { name: "x", count: 2 } },
      { apply: "a", config: { name: "y", count: 1 }, conflicts: ["u .count"] },
    ],
    object: { name: "x", count: 2 },
    owned: { a: { "f:name": {} }, u: { "f:count": {} } },
  },
  {
    name: "force takes fields over",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { apply: "b", config: { name: "y" }, conflicts: ["a .name"] },
      { apply: "b", config: { name: "y" }, force: true },
    ],
    object: { name: "y", count: 1 },
    owned: { a: { "f:count": {} }, b: { "f:name": {} } },
  },
  {
    name: "an update's field stays when its applier, who lost it, stops stating it",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { update: "u", to: { name: "x", count: 2 } },
      { apply: "a", config: { name: "x" } },
    ],
    object: { name: "x", count: 2 },
    owned: { a: { "f:name": {} }, u: { "f:count": {} } },
  },
  {
    name: "an update that removes a field takes it from its owners",
    steps: [
      { apply: "a", config: { name: "x", count: 1 } },
      { update: "u", to: { name: "x" } },
    ],
    object: { name: "x" },
    owned: { a: { "f:name": {} } },
  },
  {
    name: "sets are owned item by item",
    steps: [
      { apply: "a", config: { set: ["one", "two"] } },
      { apply: "b", config: { set: ["two", "three"] } },
      { apply: "a", config: { set: ["four"] } },
    ],
    object: { set: ["two", "three", "four"] },
    owned: { a: { "f:set": { 'v:"four"': {} } }, b: { "f:set": { 'v:"three"': {}, 'v:"two"': {} } } },
  },
  {
    name: "atomic lists are owned as a whole",
    steps: [
      { apply: "a", config: { list: ["one"] } },
      { apply: "b", config: { list: ["two"] }, conflicts: ["a .list"] },
      { apply: "b", config: { list: ["two"] }, force: true },
    ],
    object: { list: ["two"] },
    owned: { b: { "f:list": {} } },
  },
  {
    name: "atomic structs are owned as a whole",
    steps: [
      { apply: "a", config: { whole: { name: "x", count: 1 } } },
      { apply: "b", config: { whole: { name: "y" } }, conflicts: ["a .whole"] },
      { apply: "a", config: { whole: { name: "z" } } },
    ],
    object: { whole: { name: "z" } },
    owned: { a: { "f:whole": {} } },
  },
  {
    name: "items of an associative list are merged by their key",
    steps: [
      { apply: "a", config: { items: [{ name: "x", count: 1 }] } },
      { apply: "b", config: { items: [{ name: "x", set: ["s"] }, { name: "y" }] } },
    ],
    object: { items: [{ name: "x", count: 1, set: ["s"] }, { name: "y" }] },
    owned: {
      a: { "f:items": { 'k:{"name":"x"}': { ".": {}, "f:count": {}, "f:name": {} } } },
      b: {
        "f:items": {
          'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:set": { 'v:"s"': {} } },
          'k:{"name":"y"}': { ".": {}, "f:name": {} },
        },
      },
    },
  },
  {
    name: "an item its only applier leaves out is removed whole",
    steps: [
      { apply: "a", config: { items: [{ name: "x", count: 1 }, { name: "y" }] } },
      { apply: "a", config: { items: [{ name: "y" }] } },
    ],
    object: { items: [{ name: "y" }] },
    owned: { a: { "f:items": { 'k:{"name":"y"}': { ".": {}, "f:name": {} } } } },
  },
  {
    name: "an item others own part of keeps their part",
    steps: [
      { apply: "a", config: { items: [{ name: "x", count: 1 }] } },
      { apply: "b", config: { items: [{ name: "x", labels: { l: "1" } }] } },
      { apply: "a", config: {} },
    ],
    object: { items: [{ name: "x", labels: { l: "1" } }] },
    owned: { b: { "f:items": { 'k:{"name":"x"}': { ".": {}, "f:labels": { "f:l": {} }, "f:name": {} } } } },
  },
  {
    name: "several keys tell items apart together",
    steps: [
      { apply: "a", config: { pairs: [{ key: "k", id: 1, value: "v" }] } },
      { apply: "b", config: { pairs: [{ key: "k", id: 2, value: "w" }] } },
    ],
    object: {
      pairs: [
        { key: "k", id: 1, value: "v" },
        { key: "k", id: 2, value: "w" },
      ],
    },
    owned: {
      a: { "f:pairs": { 'k:{"id":1,"key":"k"}': { ".": {}, "f:id": {}, "f:key": {}, "f:value": {} } } },
      b: { "f:pairs": { 'k:{"id":2,"key":"k"}': { ".": {}, "f:id": {}, "f:key": {}, "f:value": {} } } },
    },
  },
  {
    name: "a key that is left out has its default",
    steps: [
      { apply: "a", config: { ports: [{ port: 53 }, { port: 53, protocol: "UDP" }] } },
      { apply: "b", config: { ports: [{ port: 53, protocol: "TCP", name: "dns" }] } },
    ],
    object: {
      ports: [
        { port: 53, protocol: "TCP", name: "dns" },
        { port: 53, protocol: "UDP" },
      ],
    },
    owned: {
      a: {
        "f:ports": {
          'k:{"port":53,"protocol":"TCP"}': { ".": {}, "f:port": {} },
          'k:{"port":53,"protocol":"UDP"}': { ".": {}, "f:port": {}, "f:protocol": {} },
        },
      },
      b: {
        "f:ports": { 'k:{"port":53,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {}, "f:protocol": {} } },
      },
    },
  },
  {
    name: "entries of nested maps come and go on their own",
    steps: [
      { apply: "a", config: { nested: { one: { x: { p: "1" } }, two: {} } } },
      { apply: "b", config: { nested: { one: { y: { q: "2" } } } } },
      { apply: "a", config: { nested: { two: {} } } },
    ],
    object: { nested: { one: { y: { q: "2" } }, two: {} } },
    owned: {
      a: { "f:nested": { "f:two": {} } },
      b: { "f:nested": { "f:one": { ".": {}, "f:y": { ".": {}, "f:q": {} } } } },
    },
  },
  {
    name: "an empty struct is stated, and so owned",
    steps: [{ apply: "a", config: { struct: {}, labels: {} } }],
    object: { struct: {}, labels: {} },
    owned: { a: { "f:labels": {}, "f:struct": {} } },
  },
  {
    name: "a struct goes with the last of its fields",
    steps: [
      { apply: "a", config: { name: "n", struct: { name: "x", count: 1 } } },
      { apply: "a", config: { name: "n" } },
    ],
    object: { name: "n" },
    owned: { a: { "f:name": {} } },
  },
  {
    name: "what no schema describes has lists as a whole and maps by key",
    steps: [
      { apply: "a", config: { free: { list: [{ name: "x" }], map: { p: 1 } } } },
      { apply: "b", config: { free: { map: { q: 2 } } } },
      { apply: "b", config: { free: { list: [] } }, conflicts: ["a .free.list"] },
    ],
    object: { free: { list: [{ name: "x" }], map: { p: 1, q: 2 } } },
    owned: {
      a: { "f:free": { "f:list": {}, "f:map": { ".": {}, "f:p": {} } } },
      b: { "f:free": { "f:map": { ".": {}, "f:q": {} } } },
    },
  },
  {
    name: "an update's new items are its own, with the list and all they hold",
    steps: [{ update: "u", to: { items: [{ name: "x", count: 1 }], labels: { l: "1" } } }],
    object: { items: [{ name: "x", count: 1 }], labels: { l: "1" } },
    owned: {
      u: {
        "f:items": { ".": {}, 'k:{"name":"x"}': { ".": {}, "f:count": {}, "f:name": {} } },
        "f:labels": { ".": {}, "f:l": {} },
      },
    },
  },
  {
    name: "items that repeat are owned as one, and anew when they no longer do",
    steps: [
      { update: "u", to: { set: ["one", "one", "two"] } },
      { update: "v", to: { set: ["one", "two"] } },
    ],
    object: { set: ["one", "two"] },
    owned: { u: { "f:set": { ".": {}, 'v:"two"': {} } }, v: { "f:set": { 'v:"one"': {} } } },
  },
];

const types = new FieldTypes();
const rulesFor = (schema: JsonSchema): OwnershipRules => {
  const type = types.ofResource(schema);
  return {
    typeOf: (apiVersion) => (apiVersion === "gone" ? undefined : type),
    convert: (object) => object,
    filter: (fields) => fields,
    valueStructs: false,
  };
};

type State = { readonly live: unknown; readonly owners: Owners };

function play(rules: OwnershipRules, state: State, step: Step, apiVersion = "v1"): State {
  const { live, owners } = state;
  if ("update" in step) {
    const writer = { manager: step.update, operation: "Update", apiVersion } as const;
    return { live: step.to, owners: updateOwners(rules, owners, { live, next: step.to, writer }) };
  }
  const writer = { manager: step.apply, operation: "Apply", apiVersion } as const;
  try {
    const applied = applyOwners(rules, owners, { live, config: step.config, writer, force: step.force === true });
    expect(step.conflicts).toBeUndefined();
    return { live: applied.object, owners: applied.owners };
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const told = error.conflicts.map(({ owner, path }) => `${owner.manager} ${printPath(path)}`);
    expect(told).toEqual(step.conflicts);
    return state;
  }
}

const ownedIn = (owners: Owners): Record<string, unknown> =>
  Object.fromEntries([...owners.values()].map(({ manager, fields }) => [manager, formatFieldsV1(fields)]));

describe("ownership of fields", () => {
  for (const { name, steps, object, owned } of CASES)
    it(name, () => {
      const rules = rulesFor(SCHEMA);
      const start: State = { live: {}, owners: NO_OWNERS };
      const { live, owners } = steps.reduce((state, step) => play(rules, state, step), start);
      expect(live).toEqual(object);
      expect(ownedIn(owners)).toEqual(owned);
    });

  it("is of the whole once a struct has become atomic", () => {
    const before = play(
      rulesFor(SCHEMA),
      { live: {}, owners: NO_OWNERS },
      { apply: "a", config: { struct: { name: "x" } } },
    );
    const struct = { ...SCHEMA.properties?.struct, "x-kubernetes-map-type": "atomic" } as JsonSchema;
    const rules = rulesFor({ ...SCHEMA, properties: { ...SCHEMA.properties, struct } });
    const after = play(rules, before, { apply: "b", config: { struct: { count: 1 } }, conflicts: ["a .struct"] });
    expect(ownedIn(play(rules, after, { update: "u", to: { struct: { name: "x" }, name: "n" } }).owners)).toEqual({
      a: { "f:struct": {} },
      u: { "f:name": {} },
    });
  });

  it("ends with the version it was noted in", () => {
    const rules = rulesFor(SCHEMA);
    const owners: Owners = new Map([
      ["gone", { manager: "old", operation: "Update", apiVersion: "gone", fields: new Map() }],
    ]);
    const { owners: after } = play(rules, { live: {}, owners }, { apply: "a", config: { name: "x" } });
    expect(ownedIn(after)).toEqual({ a: { "f:name": {} } });
  });
});
