import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareText, deepEqual, deepFreeze, Heap, sortedBy, stableJson } from "../../src/std/index.ts";

const json = fc.jsonValue({ maxDepth: 3 });

describe("a heap", () => {
  it("gives back what was put in, least first, whatever the order of puts and takes", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(50))), (commands) => {
        const heap = new Heap<number>((left, right) => left < right);
        let model: number[] = [];
        for (const command of commands) {
          if (command === null) {
            expect(heap.peek()).toBe(model[0]);
            expect(heap.pop()).toBe(model.shift());
          } else {
            heap.push(command);
            model = [...model, command].sort((left, right) => left - right);
          }
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});

describe("deep equality", () => {
  it("agrees with stable JSON", () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(deepEqual(left, right)).toBe(stableJson(left) === stableJson(right));
        expect(deepEqual(left, structuredClone(left))).toBe(true);
      }),
    );
  });

  it.each([
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: undefined }, { b: 1 }, false],
    [{}, { toString: [] }, false],
    [{ constructor: 1 }, {}, false],
    [[1, 2], { 0: 1, 1: 2 }, false],
    [null, {}, false],
    [Number.NaN, Number.NaN, true],
  ])("of %j and %j is %s", (left, right, equal) => {
    expect(deepEqual(left, right)).toBe(equal);
    expect(deepEqual(right, left)).toBe(equal);
  });
});

describe("stable JSON", () => {
  it("prints equal values alike, whatever the order of their keys", () => {
    expect(stableJson({ b: 1, a: { d: 2, c: [{ f: 1, e: 2 }] } })).toBe('{"a":{"c":[{"e":2,"f":1}],"d":2},"b":1}');
  });
});

describe("freezing", () => {
  it("reaches all the way down", () => {
    const frozen = deepFreeze({ a: [{ b: 1 }] });
    expect(Object.isFrozen(frozen.a[0])).toBe(true);
  });
});

describe("sorting", () => {
  it("leaves its input alone and orders by the key", () => {
    const items = [{ name: "b" }, { name: "a" }, { name: "B" }];
    expect(sortedBy(items, (item) => item.name).map((item) => item.name)).toEqual(["B", "a", "b"]);
    expect(items[0]?.name).toBe("b");
    expect([compareText("a", "b"), compareText("b", "a"), compareText("a", "a")]).toEqual([-1, 1, 0]);
  });
});
