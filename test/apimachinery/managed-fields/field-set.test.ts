import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  containsFields,
  differenceOfFields,
  equalFields,
  type FieldSet,
  fieldSet,
  hasField,
  intersectionOfFields,
  pathsOf,
  recursiveDifferenceOfFields,
  unionFields,
} from "../../../src/apimachinery/managed-fields/field-set.ts";
import { FieldsCodec, formatFieldsV1, parseFieldsV1 } from "../../../src/apimachinery/managed-fields/fields-v1.ts";
import {
  fieldElement,
  keyElement,
  type PathElement,
  printPath,
  valueElement,
} from "../../../src/apimachinery/managed-fields/path-element.ts";

const element: fc.Arbitrary<PathElement> = fc.oneof(
  fc.constantFrom("a", "b", "c", "metadata").map(fieldElement),
  fc.record({ name: fc.constantFrom("x", "<y>") }).map((key) => keyElement(Object.entries(key))),
  fc
    .record({ containerPort: fc.constantFrom(80, 443), protocol: fc.constantFrom("TCP", "UDP") })
    .map((key) => keyElement(Object.entries(key))),
  fc.constantFrom<unknown>("one", "two", 3, true).map(valueElement),
  fc.nat(3).map((index): PathElement => `i:${index}`),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set: fc.Arbitrary<FieldSet> = fc.array(path, { maxLength: 12 }).map((paths) => fieldSet(...paths));

const texts = (fields: FieldSet): string[] => pathsOf(fields).map((steps) => JSON.stringify(steps));
/** The same operation on plain sets of paths. */
const model = (left: FieldSet, right: FieldSet, keep: (inRight: boolean) => boolean): string[] => {
  const other = new Set(texts(right));
  return texts(left).filter((text) => keep(other.has(text)));
};

describe("sets of fields", () => {
  it("are united, subtracted and intersected as sets of paths are", () => {
    fc.assert(
      fc.property(set, set, (left, right) => {
        expect(new Set(texts(unionFields(left, right)))).toEqual(new Set([...texts(left), ...texts(right)]));
        expect(texts(differenceOfFields(left, right))).toEqual(model(left, right, (found) => !found));
        expect(texts(intersectionOfFields(left, right))).toEqual(model(left, right, (found) => found));
      }),
    );
  });

  it("obey the laws of sets, and share what they leave as it is", () => {
    fc.assert(
      fc.property(set, set, set, (one, two, three) => {
        expect(equalFields(unionFields(one, two), unionFields(two, one))).toBe(true);
        expect(equalFields(unionFields(unionFields(one, two), three), unionFields(one, unionFields(two, three)))).toBe(
          true,
        );
        const parts = unionFields(differenceOfFields(one, two), intersectionOfFields(one, two));
        expect(equalFields(parts, one)).toBe(true);
        expect(differenceOfFields(one, differenceOfFields(two, one))).toBe(one);
        expect(unionFields(one, intersectionOfFields(one, two))).toBe(one);
        expect(intersectionOfFields(one, unionFields(one, two))).toBe(one);
        expect(containsFields(unionFields(one, two), two)).toBe(true);
      }),
    );
  });

  it("lose all that is below a field when it is taken away with what it holds", () => {
    fc.assert(
      fc.property(set, set, (left, right) => {
        const prefixes = (text: string): string[] => {
          const steps = JSON.parse(text) as string[];
          return steps.map((_, index) => JSON.stringify(steps.slice(0, index + 1)));
        };
        const gone = new Set(texts(right));
        const expected = texts(left).filter((text) => !prefixes(text).some((prefix) => gone.has(prefix)));
        expect(texts(recursiveDifferenceOfFields(left, right))).toEqual(expected);
      }),
    );
  });

  it("know the paths they were made of, and no others", () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), path, (paths, other) => {
        const made = fieldSet(...paths);
        const known = paths.map((steps) => JSON.stringify(steps));
        for (const steps of paths) expect(hasField(made, steps)).toBe(true);
        expect(hasField(made, other)).toBe(known.includes(JSON.stringify(other)));
      }),
    );
  });
});

describe("FieldsV1", () => {
  it("reads what it writes, through JSON and in any order", () => {
    fc.assert(
      fc.property(set, (fields) => {
        const written = formatFieldsV1(fields);
        expect(equalFields(parseFieldsV1(JSON.parse(JSON.stringify(written))), fields)).toBe(true);
        const reversed = Object.fromEntries(Object.entries(written).reverse());
        expect(JSON.stringify(formatFieldsV1(parseFieldsV1(reversed)))).toBe(JSON.stringify(written));
      }),
    );
  });

  it("puts fields before keys, values and indexes, each by what they hold", () => {
    const fields = fieldSet(
      ["i:2"],
      [valueElement(10)],
      [valueElement("a")],
      [valueElement(9)],
      [keyElement([["port", 443]])],
      [keyElement([["port", 80]])],
      ["f:b"],
      ["f:a", "f:z"],
      ["f:a"],
    );
    expect(JSON.stringify(formatFieldsV1(fields))).toBe(
      '{"f:a":{".":{},"f:z":{}},"f:b":{},"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{},"v:9":{},"v:10":{},"v:\\"a\\"":{},"i:2":{}}',
    );
  });

  it("takes keys in whatever form they are written", () => {
    const written = parseFieldsV1({ 'k:{"protocol":"TCP", "port": 80.0}': {} });
    expect(pathsOf(written)).toEqual([
      [
        keyElement([
          ["port", 80],
          ["protocol", "TCP"],
        ]),
      ],
    ]);
  });

  it("ignores steps of some later Kubernetes, and refuses what is none", () => {
    expect(parseFieldsV1({ "x:new": {}, "f:a": {} })).toEqual(fieldSet(["f:a"]));
    for (const fields of [{ f: {} }, { fa: {} }, { "k:oops": {} }, { "i:x": {} }, { "f:a": 1 }, { "k:1": {} }])
      expect(() => parseFieldsV1(fields)).toThrow("");
  });

  it("reads each value once, and writes equal sets as one", () => {
    const codec = new FieldsCodec();
    const fields = { "f:a": {} };
    expect(codec.parse(fields)).toBe(codec.parse(fields));
    const made = fieldSet(["f:b"]);
    expect(codec.parse(codec.format(made))).toBe(made);
    expect(codec.format(fieldSet(["f:b"]))).toBe(codec.format(made));
  });

  it("shows paths as messages do", () => {
    expect(printPath(["f:spec", "f:containers", keyElement([["name", "web"]]), "f:image"])).toBe(
      '.spec.containers[name="web"].image',
    );
    expect(
      printPath([
        "f:ports",
        keyElement([
          ["protocol", "TCP"],
          ["port", 80],
        ]),
      ]),
    ).toBe('.ports[port=80,protocol="TCP"]');
    expect(printPath(["f:finalizers", valueElement("a/b"), "i:1"])).toBe('.finalizers[="a/b"][1]');
  });
});
