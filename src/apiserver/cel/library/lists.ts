import { declare, type Overload } from "../declaration.ts";
import { compareValues, equalValues } from "../equality.ts";
import { CelError, Duration, int64, Uint } from "../values.ts";

const COMPARABLE = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

type List = readonly unknown[];

/** Lists: Kubernetes' own functions and cel-go's `ext.Sets`. `ext.Lists` is for expressions written before, not for new ones. */
export function listFunctions(): readonly Overload[] {
  return [...extremes(), ...sums(), ...positions(), ...sets()];
}

function extremes(): readonly Overload[] {
  return COMPARABLE.flatMap((type) => [
    declare(`list<${type}>.isSorted(): bool`, (list: List) =>
      list.every((item, index) => index === 0 || compareValues(list[index - 1], item) <= 0),
    ),
    declare(`list<${type}>.min(): ${type}`, (list: List) => extreme(list, "min", -1)),
    declare(`list<${type}>.max(): ${type}`, (list: List) => extreme(list, "max", 1)),
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
  ];
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
