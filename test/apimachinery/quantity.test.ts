import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityFromMilli,
  quantityToNumber,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
} from "../../src/apimachinery/index.ts";

const suffix = fc.constantFrom("", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E-2");
const quantityText = fc
  .tuple(fc.constantFrom("", "-", "+"), fc.nat(999_999), fc.option(fc.nat(9999)), suffix)
  .map(([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${suffix}`);
const quantity = quantityText.map(parseQuantity);

describe("a quantity", () => {
  // The table of k8s.io/apimachinery/pkg/api/resource's own tests, as far as it says something.
  it.each([
    ["0", "0"],
    ["1.5", "1500m"],
    ["1.5Gi", "1536Mi"],
    ["1024Mi", "1Gi"],
    ["1000Mi", "1000Mi"],
    ["1000m", "1"],
    ["100m", "100m"],
    ["0.1", "100m"],
    ["1000k", "1M"],
    ["1000", "1k"],
    ["1023Ki", "1023Ki"],
    ["512", "512"],
    ["0.5Ki", "512"],
    ["0.3Mi", "314572800m"],
    ["1e3", "1e3"],
    ["12345e-2", "123450e-3"],
    ["1E6", "1e6"],
    ["-1.5", "-1500m"],
    ["-1Ki", "-1Ki"],
    [".5", "500m"],
    ["5.", "5"],
    ["0.1n", "1n"],
    ["100n", "100n"],
    ["1e-9", "1e-9"],
    ["9Ei", "9223372036854775807"],
    [0.25, "250m"],
    [3, "3"],
  ])("%j is written %s", (text, canonical) => {
    expect(formatQuantity(parseQuantity(text))).toBe(canonical);
  });

  it.each(["", " 1", "1 Gi", "1gi", "Gi", "1KiB", "abc", "--1", "1e", "."])("%j is none", (text) => {
    expect(tryParseQuantity(text)).toBeUndefined();
    expect(() => parseQuantity(text)).toThrow(/quantit|numeric part/);
  });

  it("reads back as itself from its canonical text, which is a fixed point", () => {
    fc.assert(
      fc.property(quantity, (quantity) => {
        const text = formatQuantity(quantity);
        expect(compareQuantities(parseQuantity(text), quantity)).toBe(0);
        expect(formatQuantity(parseQuantity(text))).toBe(text);
      }),
    );
  });

  it("adds and subtracts exactly", () => {
    fc.assert(
      fc.property(quantity, quantity, (left, right) => {
        expect(addQuantities(left, right).nanos).toBe(addQuantities(right, left).nanos);
        expect(subtractQuantities(addQuantities(left, right), right).nanos).toBe(left.nanos);
        expect(Math.sign(compareQuantities(left, right))).toBe(-Math.sign(compareQuantities(right, left)) + 0);
      }),
    );
  });

  it("keeps the notation of its first summand that is not zero", () => {
    expect(formatQuantity(addQuantities(parseQuantity("0"), parseQuantity("2Ki")))).toBe("2Ki");
    expect(formatQuantity(addQuantities(parseQuantity("1Ki"), parseQuantity("1024")))).toBe("2Ki");
  });

  it("rounds whole and milli values away from zero", () => {
    expect(quantityValue(parseQuantity("1100m"))).toBe(2);
    expect(quantityValue(parseQuantity("-1100m"))).toBe(-2);
    expect(milliValue(parseQuantity("1.0001"))).toBe(1001);
    expect(quantityToNumber(parseQuantity("1.25"))).toBe(1.25);
    expect(formatQuantity(quantityFromMilli(2500))).toBe("2500m");
  });
});
