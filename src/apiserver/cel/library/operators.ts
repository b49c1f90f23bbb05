import { declare, type Overload } from "../declaration.ts";
import { canonicalKey, compareValues, equalValues, isMap, mapValue } from "../equality.ts";
import { CelError, Duration, int64, Timestamp, Uint } from "../values.ts";

/** Arithmetic, order and membership; equality, indexing and logic are the evaluator's, as they need types or laziness. */
export function operators(): readonly Overload[] {
  return [
    declare("!_(bool): bool", (value: boolean) => !value),
    declare("-_(int): int", (value: bigint) => int64(-value)),
    declare("-_(double): double", (value: number) => -value),
    ...integerArithmetic(),
    ...unsignedArithmetic(),
    ...doubleArithmetic(),
    ...joins(),
    ...timeArithmetic(),
    ...comparisons(),
    declare("@in(A, list<A>): bool", (value: unknown, list: readonly unknown[]) =>
      list.some((item) => equalValues(item, value)),
    ),
    declare("@in(A, map<A, B>): bool", (key: unknown, map: unknown) => isMap(map) && hasKey(map, key)),
  ];
}

function hasKey(map: Parameters<typeof mapValue>[0], key: unknown): boolean {
  return map instanceof Map ? map.has(canonicalKey(key)) : mapValue(map, key) !== undefined;
}

function integerArithmetic(): readonly Overload[] {
  const divisor = (value: bigint, message: string): bigint => {
    if (value === 0n) throw new CelError(message);
    return value;
  };
  return [
    declare("_+_(int, int): int", (left: bigint, right: bigint) => int64(left + right)),
    declare("_-_(int, int): int", (left: bigint, right: bigint) => int64(left - right)),
    declare("_*_(int, int): int", (left: bigint, right: bigint) => int64(left * right)),
    declare("_/_(int, int): int", (left: bigint, right: bigint) => int64(left / divisor(right, "division by zero"))),
    declare("_%_(int, int): int", (left: bigint, right: bigint) => left % divisor(right, "modulus by zero")),
  ];
}

function unsignedArithmetic(): readonly Overload[] {
  const divisor = ({ value }: Uint, message: string): bigint => {
    if (value === 0n) throw new CelError(message);
    return value;
  };
  return [
    declare("_+_(uint, uint): uint", (left: Uint, right: Uint) => new Uint(left.value + right.value)),
    declare("_-_(uint, uint): uint", (left: Uint, right: Uint) => new Uint(left.value - right.value)),
    declare("_*_(uint, uint): uint", (left: Uint, right: Uint) => new Uint(left.value * right.value)),
    declare(
      "_/_(uint, uint): uint",
      (left: Uint, right: Uint) => new Uint(left.value / divisor(right, "division by zero")),
    ),
    declare(
      "_%_(uint, uint): uint",
      (left: Uint, right: Uint) => new Uint(left.value % divisor(right, "modulus by zero")),
    ),
  ];
}

function doubleArithmetic(): readonly Overload[] {
  return [
    declare("_+_(double, double): double", (left: number, right: number) => left + right),
    declare("_-_(double, double): double", (left: number, right: number) => left - right),
    declare("_*_(double, double): double", (left: number, right: number) => left * right),
    declare("_/_(double, double): double", (left: number, right: number) => left / right),
  ];
}

function joins(): readonly Overload[] {
  return [
    declare("_+_(string, string): string", (left: string, right: string) => left + right),
    declare("_+_(bytes, bytes): bytes", (left: Uint8Array, right: Uint8Array) => Buffer.concat([left, right])),
    declare("_+_(list<A>, list<A>): list<A>", (left: readonly unknown[], right: readonly unknown[]) => [
      ...left,
      ...right,
    ]),
  ];
}

function timeArithmetic(): readonly Overload[] {
  return [
    declare("_+_(duration, duration): duration", (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos)),
    declare("_-_(duration, duration): duration", (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos)),
    declare(
      "_+_(timestamp, duration): timestamp",
      (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos, a.zone),
    ),
    declare(
      "_+_(duration, timestamp): timestamp",
      (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos, b.zone),
    ),
    declare(
      "_-_(timestamp, duration): timestamp",
      (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos, a.zone),
    ),
    declare("_-_(timestamp, timestamp): duration", (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos)),
  ];
}

const ORDERED = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
const NUMBERS = ["int", "uint", "double"];

function comparisons(): readonly Overload[] {
  const tests: readonly (readonly [string, (order: number) => boolean])[] = [
    ["_<_", (order) => order < 0],
    ["_<=_", (order) => order <= 0],
    ["_>_", (order) => order > 0],
    ["_>=_", (order) => order >= 0],
  ];
  const pairs = [
    ...ORDERED.map((type) => [type, type] as const),
    ...NUMBERS.flatMap((left) => NUMBERS.filter((right) => right !== left).map((right) => [left, right] as const)),
  ];
  return tests.flatMap(([name, test]) =>
    pairs.map(([left, right]) =>
      declare(`${name}(${left}, ${right}): bool`, (a: unknown, b: unknown) => test(compareValues(a, b))),
    ),
  );
}
