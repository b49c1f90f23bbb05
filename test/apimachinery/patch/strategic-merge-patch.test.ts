import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyStrategicMergePatch, type JsonSchema } from "../../../src/apimachinery/index.ts";
import { deepFreeze } from "../../../src/std/index.ts";

const item: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    env: {
      type: "array",
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
      items: { type: "object", properties: { name: { type: "string" }, value: { type: "string" } } },
    },
  },
};
const schema: JsonSchema = {
  type: "object",
  properties: {
    containers: {
      type: "array",
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
      items: item,
    },
    volumes: {
      type: "array",
      "x-kubernetes-patch-strategy": "merge,retainKeys",
      "x-kubernetes-patch-merge-key": "name",
      items: { type: "object" },
    },
    finalizers: { type: "array", "x-kubernetes-patch-strategy": "merge", items: { type: "string" } },
    args: { type: "array", items: { type: "string" } },
    strategy: { type: "object", "x-kubernetes-patch-strategy": "retainKeys" },
    selector: { type: "object", "x-kubernetes-patch-strategy": "replace" },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
};
const patched = (document: unknown, patch: unknown): unknown =>
  applyStrategicMergePatch(deepFreeze(document), deepFreeze(patch), schema);
const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));

describe("a strategic merge patch", () => {
  it.each([
    [
      "merges fields and deletes by null",
      { labels: { a: "1", b: "2" } },
      { labels: { a: null, c: "3" } },
      { labels: { b: "2", c: "3" } },
    ],
    [
      "ignores nulls for what is not there",
      { args: ["x"] },
      { labels: null, selector: { a: null } },
      { args: ["x"], selector: {} },
    ],
    ["replaces a list without strategy", { args: ["a", "b"] }, { args: ["c"] }, { args: ["c"] }],
    [
      "merges list items by their key",
      {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "1" },
        ],
      },
      { containers: [{ name: "b", image: "2" }] },
      {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "2" },
        ],
      },
    ],
    [
      "puts a new item first when no order is given, as upstream does",
      { containers: named("a", "b") },
      { containers: named("c") },
      { containers: named("c", "a", "b") },
    ],
    [
      "puts items in the order asked for and keeps the server's own before what they preceded",
      { containers: named("a", "server", "b") },
      { "$setElementOrder/containers": named("b", "c", "a"), containers: named("c") },
      { containers: named("server", "b", "c", "a") },
    ],
    [
      "only reorders when the patch has an order alone",
      { containers: named("a", "b") },
      { "$setElementOrder/containers": named("b", "a") },
      { containers: named("b", "a") },
    ],
    [
      "deletes an item",
      { containers: named("a", "b") },
      { containers: [{ name: "a", $patch: "delete" }] },
      { containers: named("b") },
    ],
    [
      "replaces a list of items",
      { containers: named("a", "b") },
      { containers: [{ name: "z" }, { $patch: "replace" }] },
      { containers: named("z") },
    ],
    ["replaces an object", { labels: { a: "1" } }, { labels: { $patch: "replace", b: "2" } }, { labels: { b: "2" } }],
    ["empties an object", { labels: { a: "1" } }, { labels: { $patch: "delete" } }, { labels: {} }],
    [
      "merges an object by directive",
      { labels: { a: "1" } },
      { labels: { $patch: "merge", b: "2" } },
      { labels: { a: "1", b: "2" } },
    ],
    ["replaces a field of that strategy", { selector: { a: 1 } }, { selector: { b: 2 } }, { selector: { b: 2 } }],
    [
      "retains only the keys it names",
      { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
      { strategy: { $retainKeys: ["type"], type: "Recreate" } },
      { strategy: { type: "Recreate" } },
    ],
    [
      "retains keys within list items",
      { volumes: [{ name: "v", emptyDir: {} }] },
      { volumes: [{ name: "v", hostPath: { path: "/" }, $retainKeys: ["name", "hostPath"] }] },
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    ],
    [
      "unites lists of scalars, the patch's first",
      { finalizers: ["a", "b"] },
      { finalizers: ["c", "a"] },
      { finalizers: ["c", "a", "b"] },
    ],
    [
      "deletes from a list of scalars",
      { finalizers: ["a", "b"] },
      { "$deleteFromPrimitiveList/finalizers": ["a"], finalizers: ["c"] },
      { finalizers: ["c", "b"] },
    ],
    [
      "drops nulls and what is to be patched away from what is new, other directives it does not know there",
      {},
      {
        containers: [
          { name: "a", x: null },
          { name: "b", $patch: "delete" },
        ],
        labels: { $retainKeys: ["a"], a: "1" },
      },
      { containers: named("a"), labels: { $retainKeys: ["a"], a: "1" } },
    ],
    ["replaces a value of another kind", { labels: "text" }, { labels: { a: "1" } }, { labels: { a: "1" } }],
  ])("%s", (_, document, patch, result) => {
    expect(patched(document, patch)).toEqual(result);
  });

  it.each([
    ["unknown patch type: explode in map: map[$patch:explode]", { labels: { $patch: "explode" } }, 500],
    ["map: map[image:x] does not contain declared merge key: name", { containers: [{ image: "x" }] }, 500],
    ["invalid patch format of retainKeys", { strategy: { $retainKeys: ["type"], other: 1 } }, 400],
    ["invalid patch format of setElementOrder list", { "$setElementOrder/containers": "x" }, 400],
    ["The order in patch list", { "$setElementOrder/containers": named("a"), containers: named("b") }, 500],
  ])("is refused: %s", (message, patch, code) => {
    const document = { labels: {}, containers: named("a"), strategy: { type: "x" } };
    expect(() => patched(document, patch)).toThrow(message);
    expect(() => patched(document, patch)).toThrow(expect.objectContaining({ code }));
  });

  it("replaces lists when there is no schema", () => {
    expect(applyStrategicMergePatch({ containers: named("a") }, { containers: named("b") }, undefined)).toEqual({
      containers: named("b"),
    });
  });

  const container = fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("1", "2") });
  const containers = fc.uniqueArray(container, { selector: (item) => item.name, maxLength: 3 });
  const finalizers = fc.uniqueArray(fc.constantFrom("x", "y", "z"));
  const labels = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"));
  const document = fc.record({ containers, finalizers, labels });

  it("applied twice changes nothing the second time, and then returns the document itself", () => {
    fc.assert(
      fc.property(document, document, (document, patch) => {
        const once = patched(document, patch);
        expect(patched(once, patch)).toBe(once);
      }),
    );
  });

  it("sets all it names and loses nothing it does not name", () => {
    fc.assert(
      fc.property(document, document, (document, patch) => {
        const after = patched(document, patch) as typeof document;
        expect(after.labels).toEqual({ ...document.labels, ...patch.labels });
        expect(new Set(after.finalizers)).toEqual(new Set([...document.finalizers, ...patch.finalizers]));
        const merged = new Map([...document.containers, ...patch.containers].map((item) => [item.name, item]));
        expect(new Map(after.containers.map((item) => [item.name, item]))).toEqual(merged);
      }),
    );
  });

  it("shares what it does not touch", () => {
    const before = {
      containers: [
        { name: "a", env: named("x") },
        { name: "b", env: named("y") },
      ],
      labels: { a: "1" },
    };
    const after = patched(before, { containers: [{ name: "a", env: [{ name: "x", value: "1" }] }] }) as typeof before;
    expect(after.labels).toBe(before.labels);
    expect(after.containers[1]).toBe(before.containers[1]);
  });
});
