import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatLabelSelector,
  labelSelectorQuery,
  matchesLabelSelector,
  parseLabelSelector,
  StatusError,
  validateLabelSelector,
} from "../../src/apimachinery/index.ts";

const key = fc.constantFrom("app", "tier", "example.com/role", "in", "constructor");
const value = fc.constantFrom("", "web", "db", "1", "notin");
const labels = fc.dictionary(key, value, { maxKeys: 4 });
const requirement = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    // The empty value alone prints as `()`, which does not read back; upstream has the same gap.
    values: fc.array(value, { minLength: 1, maxLength: 3 }).filter((values) => values.some((value) => value !== "")),
  }),
  fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
);
const selector = fc.record({ matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 3 }) });

function refusal(text: string): string {
  try {
    parseLabelSelector(text);
  } catch (error) {
    if (error instanceof StatusError && error.code === 400) return error.message;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("a label selector", () => {
  it("selects nothing when absent and everything when empty", () => {
    expect(matchesLabelSelector(undefined, { app: "web" })).toBe(false);
    expect(matchesLabelSelector({}, undefined)).toBe(true);
  });

  it("selects the same as its query form", () => {
    fc.assert(
      fc.property(selector, labels, (selector, labels) => {
        expect(parseLabelSelector(labelSelectorQuery(selector))(labels)).toBe(matchesLabelSelector(selector, labels));
      }),
    );
  });

  it("selects by In what NotIn leaves out, and by Exists what DoesNotExist leaves out", () => {
    fc.assert(
      fc.property(requirement, labels, (requirement, labels) => {
        const opposite = { In: "NotIn", NotIn: "In", Exists: "DoesNotExist", DoesNotExist: "Exists" } as const;
        const negated = { ...requirement, operator: opposite[requirement.operator] };
        expect(matchesLabelSelector({ matchExpressions: [negated] }, labels)).toBe(
          !matchesLabelSelector({ matchExpressions: [requirement] }, labels),
        );
      }),
    );
  });

  it.each([
    [{ matchLabels: { app: "web" } }, "app=web"],
    [
      { matchLabels: { tier: "x", app: "web" }, matchExpressions: [{ key: "b", operator: "In", values: ["z", "a"] }] },
      "app=web,b in (a,z),tier=x",
    ],
    [
      {
        matchExpressions: [
          { key: "a", operator: "Exists" },
          { key: "b", operator: "DoesNotExist" },
          { key: "c", operator: "NotIn", values: ["d"] },
        ],
      },
      "a,!b,c notin (d)",
    ],
    [{}, "<none>"],
    [undefined, "<none>"],
  ] as const)("%j prints as %s", (selector, text) => {
    expect(formatLabelSelector(selector)).toBe(text);
  });

  it("is judged in Kubernetes' words", () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { "-bad": "ok" },
        matchExpressions: [
          { key: "a", operator: "In" },
          { key: "b", operator: "Exists", values: ["x"] },
          { key: "c", operator: "NotIn", values: ["no space"] },
        ],
      },
      "spec.selector",
    );
    expect(errors.map((error) => [error.type, error.field])).toEqual([
      ["FieldValueInvalid", "spec.selector.matchLabels"],
      ["FieldValueRequired", "spec.selector.matchExpressions[0].values"],
      ["FieldValueForbidden", "spec.selector.matchExpressions[1].values"],
      ["FieldValueInvalid", "spec.selector.matchExpressions[2].values[0]"],
    ]);
  });
});

describe("the query form of a label selector", () => {
  it.each([
    ["", { anything: "x" }, true],
    ["a=b", { a: "b" }, true],
    ["a==b", { a: "b" }, true],
    ["a=", { a: "" }, true],
    ["a=,b", { a: "", b: "1" }, true],
    ["a!=b", {}, true],
    ["a!=b", { a: "b" }, false],
    ["a in (b, c)", { a: "c" }, true],
    ["a in (,c)", { a: "" }, true],
    ["a notin (b)", {}, true],
    ["a", { a: "x" }, true],
    ["!a", { a: "x" }, false],
    ["! a , b", { b: "x" }, true],
    ["a>1", { a: "2" }, true],
    ["a>1", { a: "x" }, false],
    ["a<1,a", { a: "0" }, true],
    ["a=b,", { a: "b" }, true],
    ["in in (in)", { in: "in" }, true],
    ["example.com/a=b", { "example.com/a": "b" }, true],
  ])("%j on %j: %s", (text, labels, selected) => {
    if (text === "a=b,") expect(refusal(text)).toBe("found '', expected: identifier after ','");
    else expect(parseLabelSelector(text)(labels)).toBe(selected);
  });

  it.each([
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    [
      "a in ()",
      `unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`,
    ],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    [
      "a>x",
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["a=b)", "found ')', expected: ',' or 'end of string'"],
  ])("%j is refused with: %s", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it("names a bad key as upstream does, before it knows its path", () => {
    expect(refusal("-a=b")).toMatch(
      /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/,
    );
  });
});
