import {
  addQuantities,
  compareQuantities,
  type Quantity,
  quantityToNumber,
  subtractQuantities,
  tryParseQuantity,
} from "../../../apimachinery/index.ts";
import { declare, type Overload } from "../declaration.ts";
import { CelError, type OpaqueValue } from "../values.ts";

/** Amounts as `resource.Quantity` writes them, and semantic versions. */
export function quantityFunctions(): readonly Overload[] {
  return [...quantities(), ...versions()];
}

class QuantityValue implements OpaqueValue {
  readonly typeName = "kubernetes.Quantity";
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

const UNIT = 1_000_000_000n;
const whole = (count: bigint): Quantity => ({ nanos: count * UNIT, format: "DecimalSI" });

function quantities(): readonly Overload[] {
  const compare = (left: QuantityValue, right: QuantityValue): number =>
    compareQuantities(left.quantity, right.quantity);
  const isInteger = ({ quantity }: QuantityValue): boolean =>
    quantity.nanos % UNIT === 0n && BigInt.asIntN(64, quantity.nanos / UNIT) === quantity.nanos / UNIT;
  return [
    declare("isQuantity(string): bool", (text: string) => tryParseQuantity(text) !== undefined),
    declare("quantity(string): Quantity", (text: string) => {
      const quantity = tryParseQuantity(text);
      if (quantity === undefined)
        throw new CelError(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
      return new QuantityValue(quantity);
    }),
    declare("sign(Quantity): int", ({ quantity }: QuantityValue) =>
      quantity.nanos > 0n ? 1n : quantity.nanos < 0n ? -1n : 0n,
    ),
    declare("Quantity.isInteger(): bool", isInteger),
    declare("Quantity.asInteger(): int", (value: QuantityValue) => {
      if (!isInteger(value)) throw new CelError("cannot convert value to integer");
      return value.quantity.nanos / UNIT;
    }),
    declare("Quantity.asApproximateFloat(): double", ({ quantity }: QuantityValue) => quantityToNumber(quantity)),
    declare(
      "Quantity.isGreaterThan(Quantity): bool",
      (left: QuantityValue, right: QuantityValue) => compare(left, right) > 0,
    ),
    declare(
      "Quantity.isLessThan(Quantity): bool",
      (left: QuantityValue, right: QuantityValue) => compare(left, right) < 0,
    ),
    declare("Quantity.compareTo(Quantity): int", (left: QuantityValue, right: QuantityValue) =>
      BigInt(compare(left, right)),
    ),
    ...sums(),
  ];
}

function sums(): readonly Overload[] {
  const add = (left: Quantity, right: Quantity): QuantityValue => new QuantityValue(addQuantities(left, right));
  const subtract = (left: Quantity, right: Quantity): QuantityValue =>
    new QuantityValue(subtractQuantities(left, right));
  return [
    declare("Quantity.add(Quantity): Quantity", (left: QuantityValue, right: QuantityValue) =>
      add(left.quantity, right.quantity),
    ),
    declare("Quantity.add(int): Quantity", (left: QuantityValue, right: bigint) => add(left.quantity, whole(right))),
    declare("Quantity.sub(Quantity): Quantity", (left: QuantityValue, right: QuantityValue) =>
      subtract(left.quantity, right.quantity),
    ),
    declare("Quantity.sub(int): Quantity", (left: QuantityValue, right: bigint) =>
      subtract(left.quantity, whole(right)),
    ),
  ];
}

class SemverValue implements OpaqueValue {
  readonly typeName = "kubernetes.Semver";
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof SemverValue && compareVersions(this, other) === 0;
  }
}

/** A version by the rules of `blang/semver`; the reason why it is none. */
function readVersion(text: string): SemverValue | string {
  const parts = /^([^.]*)\.([^.]*)\.(.*)$/s.exec(text);
  if (text === "") return "Version string empty";
  if (parts === null) return "No Major.Minor.Patch elements found";
  const [, major = "", minor = "", tail = ""] = parts;
  const [, patch = "", prerelease, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(tail) ?? [];
  const problem =
    numberProblem("Major", major) ??
    numberProblem("Minor", minor) ??
    numberProblem("Patch", patch) ??
    partsProblem(prerelease, prereleaseProblem) ??
    partsProblem(build, buildProblem);
  if (problem !== undefined) return problem;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return new SemverValue(numbers, prerelease === undefined ? [] : prerelease.split("."));
}

function numberProblem(name: string, text: string): string | undefined {
  if (!/^\d+$/.test(text)) return `Invalid character(s) found in ${name.toLowerCase()} number ${JSON.stringify(text)}`;
  return /^0\d/.test(text) ? `${name} number must not contain leading zeroes ${JSON.stringify(text)}` : undefined;
}

function partsProblem(text: string | undefined, problemOf: (part: string) => string | undefined): string | undefined {
  return text
    ?.split(".")
    .map(problemOf)
    .find((problem) => problem !== undefined);
}

function prereleaseProblem(part: string): string | undefined {
  if (part === "") return "Prerelease is empty";
  if (/^0\d+$/.test(part)) return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`;
  return /^[0-9a-zA-Z-]+$/.test(part) ? undefined : `Invalid character(s) found in prerelease ${JSON.stringify(part)}`;
}

function buildProblem(part: string): string | undefined {
  if (part === "") return "Build meta data is empty";
  return /^[0-9a-zA-Z-]+$/.test(part)
    ? undefined
    : `Invalid character(s) found in build meta data ${JSON.stringify(part)}`;
}

/** With a leading `v`, missing parts and leading zeros forgiven, as the two-argument forms do. */
function normalized(text: string): string {
  const [, core = "", rest = ""] = /^v?([^-+]*)(.*)$/.exec(text) ?? [];
  const numbers = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (numbers.length < 3) numbers.push("0");
  return numbers.join(".") + rest;
}

function compareVersions(left: SemverValue, right: SemverValue): number {
  for (const index of [0, 1, 2] as const) {
    const [a, b] = [left.numbers[index], right.numbers[index]];
    if (a !== b) return a < b ? -1 : 1;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0)
    return Math.sign(right.prerelease.length - left.prerelease.length);
  for (const [index, part] of left.prerelease.entries()) {
    const other = right.prerelease[index];
    if (other === undefined) return 1;
    if (part !== other) return comparePrerelease(part, other);
  }
  return left.prerelease.length === right.prerelease.length ? 0 : -1;
}

function comparePrerelease(left: string, right: string): number {
  const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (leftIsNumber && rightIsNumber) return BigInt(left) < BigInt(right) ? -1 : 1;
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
  return left < right ? -1 : 1;
}

function versions(): readonly Overload[] {
  const versionOf = (text: string): SemverValue => {
    const version = readVersion(text);
    if (typeof version === "string") throw new CelError(version);
    return version;
  };
  return [
    declare("isSemver(string): bool", (text: string) => typeof readVersion(text) !== "string"),
    declare(
      "isSemver(string, bool): bool",
      (text: string, loose: boolean) => typeof readVersion(loose ? normalized(text) : text) !== "string",
    ),
    declare("semver(string): Semver", versionOf),
    declare("semver(string, bool): Semver", (text: string, loose: boolean) =>
      versionOf(loose ? normalized(text) : text),
    ),
    declare("Semver.major(): int", ({ numbers }: SemverValue) => numbers[0]),
    declare("Semver.minor(): int", ({ numbers }: SemverValue) => numbers[1]),
    declare("Semver.patch(): int", ({ numbers }: SemverValue) => numbers[2]),
    declare(
      "Semver.isGreaterThan(Semver): bool",
      (left: SemverValue, right: SemverValue) => compareVersions(left, right) > 0,
    ),
    declare(
      "Semver.isLessThan(Semver): bool",
      (left: SemverValue, right: SemverValue) => compareVersions(left, right) < 0,
    ),
    declare("Semver.compareTo(Semver): int", (left: SemverValue, right: SemverValue) =>
      BigInt(compareVersions(left, right)),
    ),
  ];
}
