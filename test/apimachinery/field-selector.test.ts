import { describe, expect, it } from "vitest";
import { parseFieldSelector } from "../../src/apimachinery/index.ts";

describe("a field selector", () => {
  it.each([
    ["", []],
    ["status.phase=Running", [{ field: "status.phase", operator: "=", value: "Running" }]],
    ["status.phase==Running", [{ field: "status.phase", operator: "=", value: "Running" }]],
    [
      "spec.nodeName!=n1,metadata.name=x",
      [
        { field: "spec.nodeName", operator: "!=", value: "n1" },
        { field: "metadata.name", operator: "=", value: "x" },
      ],
    ],
    [String.raw`a=b\,c\=d\\`, [{ field: "a", operator: "=", value: "b,c=d\\" }]],
    ["a=", [{ field: "a", operator: "=", value: "" }]],
  ])("%j is %j", (text, requirements) => {
    expect(parseFieldSelector(text)).toEqual(requirements);
  });

  it.each([
    ["spec", "invalid selector: 'spec'; can't understand 'spec'"],
    [String.raw`a=b\c`, String.raw`invalid field selector: invalid escape sequence: \c`],
    ["a=b=c", "invalid field selector: unescaped character in value: 61"],
  ])("%j is refused with: %s", (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });
});
