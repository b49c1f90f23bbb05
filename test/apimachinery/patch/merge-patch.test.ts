import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyMergePatch, createMergePatch } from "../../../src/apimachinery/index.ts";
import { deepFreeze } from "../../../src/std/index.ts";

/** JSON without nulls, which a merge patch cannot set. */
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom("a", "b", 1, 2, true), tie("object"), tie("list")),
  object: fc.dictionary(fc.constantFrom("x", "y", "z"), tie("value"), { maxKeys: 3 }),
  list: fc.array(tie("value"), { maxLength: 2 }),
}));

describe("a JSON merge patch", () => {
  // RFC 7386, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("on %j, %j gives %j", (document, patch, result) => {
    expect(applyMergePatch(deepFreeze(document), deepFreeze(patch))).toEqual(result);
  });

  it("made from two documents turns one into the other", () => {
    fc.assert(
      fc.property(json.object, json.object, (before, after) => {
        const patch = createMergePatch(before, after);
        expect(patch === undefined ? before : applyMergePatch(before, patch)).toEqual(after);
      }),
    );
  });

  it("changes nothing the second time, and then returns the document itself", () => {
    fc.assert(
      fc.property(json.object, json.object, (document, patch) => {
        const once = applyMergePatch(document, patch);
        expect(applyMergePatch(once, patch)).toBe(once);
      }),
    );
  });

  it("shares what it does not touch", () => {
    const document = { a: { b: 1 }, c: { d: 2 } };
    const after = applyMergePatch(document, { a: { b: 2 } }) as typeof document;
    expect(after.c).toBe(document.c);
    expect(createMergePatch(document, { a: { b: 1 }, c: { d: 2 } })).toBeUndefined();
  });
});
