import { declare, type Overload } from "../declaration.ts";
import { compareValues, equalValues } from "../equality.ts";
import { CelError, Duration, int64, numeric, Uint } from "../values.ts";

const COMPARABLE = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

type List = readonly unknown[];

/** Lists: Kubernetes' own functions, cel-go's `ext.Lists` and `ext.Sets`, and the greatest and least of numbers. */
export function listFunctions(): readonly Overload[] {
  return [...extremes(), ...sums(), ...positions(), ...parts(), ...sets(), ...math()];
}

function extremes(): readonly Overload[] {
  return COMPARABLE.flatMap((type) => [
    declare(`list<${type}>.isSorted(): bool`, (list: List) =>
      list.every((item, index) => index === 0 || compareValues(list[index - 1], item) <= 0),
    ),
    declare(`list<${type}>.min(): ${type}`, (list: List) => extreme(list, "min", -1)),
    declare(`list<${type}>.max(): ${type}`, (list: List) => extreme(list, "max", 1)),
    declare(`list<${type}>.sort(): list<${type}>`, (list: List) => [...list].sort(compareValues)),
  ]);
}

function extreme(list: List, name: string, sign: number): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`);
  return list.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best));
}

function sums(): readonly Overload[] {
  return [
    declare("list<int>.sum(): int", (list: readonly bigint[]) => int64(list.reduce((sum, item) => sum + item, 0n))),
    declare(
      "list<uint>.sum(): uint",
      (list: readonly Uint[]) => new Uint(list.reduce((sum, item) => sum + item.value, 0n)),
    ),
    declare("list<double>.sum(): double", (list: readonly number[]) => list.reduce((sum, item) => sum + item, 0)),
    declare(
      "list<duration>.sum(): duration",
      (list: readonly Duration[]) => new Duration(list.reduce((sum, item) => sum + item.nanos, 0n)),
    ),
  ];
}

function positions(): readonly Overload[] {
  return [
    declare("list<A>.indexOf(A): int", (list: List, wanted: unknown) =>
      BigInt(list.findIndex((item) => equalValues(item, wanted))),
    ),
    declare("list<A>.lastIndexOf(A): int", (list: List, wanted: unknown) =>
      BigInt(list.findLastIndex((item) => equalValues(item, wanted))),
    ),
    declare("dyn.includes(dyn): bool", (list: unknown, wanted: unknown) => {
      if (!Array.isArray(list)) throw new CelError("no such overload");
      return list.some((item) => equalValues(item, wanted));
    }),
  ];
}

const RANGE_MAX = 1_000_000n;

function parts(): readonly Overload[] {
  return [
    declare("list<A>.slice(int, int): list<A>", slice),
    declare("list<A>.reverse(): list<A>", (list: List) => [...list].reverse()),
    declare("list<A>.distinct(): list<A>", (list: List) =>
      list.filter((item, index) => list.findIndex((other) => equalValues(other, item)) === index),
    ),
    declare("list<A>.flatten(): list<dyn>", (list: List) => flatten(list, 1n)),
    declare("list<A>.flatten(int): list<dyn>", (list: List, depth: bigint) => {
      if (depth < 0n) throw new CelError("level must be non-negative");
      return flatten(list, depth);
    }),
    declare("lists.range(int): list<int>", (count: bigint) => {
      if (count > RANGE_MAX) throw new CelError(`lists.range: ${count} is more than ${RANGE_MAX}`);
      return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index));
    }),
  ];
}

function slice(list: List, start: bigint, end: bigint): List {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelError(`${call}, negative indexes not supported`);
  if (start > end) throw new CelError(`${call}, start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new CelError(`${call}, list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth: bigint): List {
  return list.flatMap((item): List => {
    if (!Array.isArray(item)) return [item];
    return depth > 1n ? flatten(item, depth - 1n) : item;
  });
}

function sets(): readonly Overload[] {
  const contains = (list: List, others: List): boolean =>
    others.every((other) => list.some((item) => equalValues(item, other)));
  return [
    declare("sets.contains(list<A>, list<A>): bool", contains),
    declare(
      "sets.equivalent(list<A>, list<A>): bool",
      (left: List, right: List) => contains(left, right) && contains(right, left),
    ),
    declare("sets.intersects(list<A>, list<A>): bool", (left: List, right: List) =>
      left.some((item) => right.some((other) => equalValues(item, other))),
    ),
  ];
}

const NUMBERS = ["int", "uint", "double"];

function math(): readonly Overload[] {
  const pick = (values: List, name: string, sign: number): unknown => {
    for (const value of values) if (numeric(value) === undefined) throw new CelError("no such overload");
    return extreme(values, name, sign);
  };
  return (["greatest", "least"] as const).flatMap((name) => {
    const choose = (...values: List): unknown => pick(values, `math.${name}`, name === "greatest" ? 1 : -1);
    return [
      ...NUMBERS.map((type) => declare(`math.${name}(${type}): ${type}`, choose)),
      ...NUMBERS.map((type) => declare(`math.${name}(${type}, ${type}): ${type}`, choose)),
      ...NUMBERS.map((type) => declare(`math.${name}(list<${type}>): ${type}`, (list: List) => choose(...list))),
      ...[2, 3, 4, 5, 6].map((count) =>
        declare(`math.${name}(${Array.from({ length: count }, () => "dyn").join(", ")}): dyn`, choose),
      ),
    ];
  });
}
