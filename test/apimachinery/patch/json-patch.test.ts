import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch, StatusError } from "../../../src/apimachinery/index.ts";
import { deepFreeze } from "../../../src/std/index.ts";

const document = deepFreeze({ a: { b: 1, "c/d": 2, "e~f": 3 }, list: [1, 2, 3], keep: {} });

describe("a JSON patch", () => {
  it.each([
    [[{ op: "add", path: "/a/x", value: 9 }], { ...document, a: { ...document.a, x: 9 } }],
    [[{ op: "add", path: "/a/x" }], { ...document, a: { ...document.a, x: null } }],
    [[{ op: "add", path: "/list/1", value: 9 }], { ...document, list: [1, 9, 2, 3] }],
    [[{ op: "add", path: "/list/-", value: 9 }], { ...document, list: [1, 2, 3, 9] }],
    [[{ op: "remove", path: "/list/0" }], { ...document, list: [2, 3] }],
    [[{ op: "remove", path: "/a/c~1d" }], { ...document, a: { b: 1, "e~f": 3 } }],
    [[{ op: "replace", path: "/a/e~0f", value: null }], { ...document, a: { ...document.a, "e~f": null } }],
    [[{ op: "replace", path: "/list/-1", value: 9 }], { ...document, list: [1, 2, 9] }],
    [[{ op: "move", from: "/a/b", path: "/keep/b" }], { a: { "c/d": 2, "e~f": 3 }, list: [1, 2, 3], keep: { b: 1 } }],
    [[{ op: "copy", from: "/list", path: "/keep/l" }], { ...document, keep: { l: [1, 2, 3] } }],
    [[{ op: "test", path: "/list", value: [1, 2, 3] }], document],
    [[{ op: "test", path: "/none", value: null }], document],
    [[{ op: "replace", path: "", value: { z: 1 } }], { z: 1 }],
  ])("%j applies", (operations, result) => {
    expect(applyJsonPatch(document, operations)).toEqual(result);
  });

  it.each([
    [[{ op: "remove", path: "/none" }]],
    [[{ op: "add", path: "/none/x", value: 1 }]],
    [[{ op: "add", path: "/list/9", value: 1 }]],
    [[{ op: "test", path: "/a/b", value: 2 }]],
    [[{ op: "frobnicate", path: "/a" }]],
    [[{ op: "remove", path: "a" }]],
  ])("%j does not fit: 422, and does not say why", (operations) => {
    const refusal = (): unknown => applyJsonPatch(document, operations);
    expect(refusal).toThrow("the server rejected our request due to an error in our request");
    expect(refusal).toThrow(expect.objectContaining({ code: 422, reason: "Invalid" }));
  });

  it("that is no list of operations, or too long a one, is refused", () => {
    expect(() => applyJsonPatch(document, { a: 1 })).toThrow(StatusError);
    const operation = { op: "test", path: "/a/b", value: 1 };
    expect(() => applyJsonPatch(document, Array(10_001).fill(operation))).toThrow(
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
  });

  it("applies wholly or not at all, shares what it does not touch, and is the document itself when it changes nothing", () => {
    const after = applyJsonPatch(document, [{ op: "add", path: "/a/x", value: 1 }]) as typeof document;
    expect(after.list).toBe(document.list);
    expect(applyJsonPatch(document, [{ op: "replace", path: "/a/b", value: 1 }])).toBe(document);
    const half = [
      { op: "remove", path: "/keep" },
      { op: "test", path: "/a/b", value: 2 },
    ];
    expect(() => applyJsonPatch(document, half)).toThrow();
    expect(document.keep).toEqual({});
  });

  it("minds of upstream's library only what it minds: what is missing may be replaced and copied", () => {
    expect(applyJsonPatch({ a: 1 }, [{ op: "replace", path: "/none", value: 1 }])).toEqual({ a: 1, none: 1 });
    expect(applyJsonPatch({ a: 1 }, [{ op: "copy", from: "/none", path: "/x" }])).toEqual({ a: 1, x: null });
  });

  it("undoes what it adds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, key, value) => {
        fc.pre(!Object.hasOwn(object, key) && key !== "__proto__" && !Object.hasOwn(object, "__proto__"));
        const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const added = applyJsonPatch(object, [{ op: "add", path, value }]);
        expect(applyJsonPatch(added, [{ op: "remove", path }])).toEqual(object);
      }),
    );
  });
});
