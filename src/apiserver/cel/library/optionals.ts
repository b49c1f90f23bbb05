import { declare, type Overload } from "../declaration.ts";
import { isMap, mapKeys } from "../equality.ts";
import { CelError, Duration, Optional, Timestamp, Uint } from "../values.ts";

/** Optional values; `optMap` and `optFlatMap` are macros. */
export function optionalFunctions(): readonly Overload[] {
  return [
    declare("optional.none(): optional<A>", () => new Optional(undefined)),
    declare("optional.of(A): optional<A>", (value: unknown) => new Optional(value)),
    declare(
      "optional.ofNonZeroValue(A): optional<A>",
      (value: unknown) => new Optional(isZero(value) ? undefined : value),
    ),
    declare("optional<A>.hasValue(): bool", ({ present }: Optional) => present),
    declare("optional<A>.value(): A", ({ present, value }: Optional) => {
      if (!present) throw new CelError("optional.none() dereference");
      return value;
    }),
    declare("optional<A>.or(optional<A>): optional<A>", (left: Optional, right: Optional) =>
      left.present ? left : right,
    ),
    declare("optional<A>.orValue(A): A", ({ present, value }: Optional, other: unknown) => (present ? value : other)),
    declare("list<A>.first(): optional<A>", (list: readonly unknown[]) => new Optional(list[0])),
    declare("list<A>.last(): optional<A>", (list: readonly unknown[]) => new Optional(list.at(-1))),
  ];
}

/** The zero of times in Go: the first day of the year 1. */
const YEAR_ONE = -62_135_596_800_000_000_000n;

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === "") return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === YEAR_ONE;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && mapKeys(value).length === 0;
}
