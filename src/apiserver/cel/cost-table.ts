import type { FoldKind } from "./syntax.ts";

/** How large the arguments of a call are: known at run time, estimated from schemas before. */
export type Measure = {
  readonly count: number;
  /** Characters, items; 1 for scalars. */
  readonly size: (index: number) => number;
  /** As `size`, with the characters of a list's items. */
  readonly traversal: (index: number) => number;
};

export const LIST_COST = 10;
export const MAP_COST = 30;
/** The name `==` and `!=` are charged under. */
export const EQUALITY = "_==_";

/** Characters per unit of cost, and characters of a pattern per unit (`cel-go/common/cost.go`). */
const PER_CHARACTER = 0.1;
const PER_PATTERN_CHARACTER = 0.25;
/** An authorization check; two of them fit into one expression. */
const AUTHORIZATION = 350_000;
const FORMAT_PATTERN_LENGTH = 128;

/** What the macros' hidden accumulators cost for each item. */
export const FOLD_COSTS: Readonly<Record<FoldKind, number>> = {
  all: 3,
  exists: 3,
  existsOne: 2,
  map: 12,
  filter: 13,
  transformList: 12,
  transformMap: 3,
  transformMapEntry: 3,
};

type Formula = (measure: Measure) => number;

const characters =
  (factor: number): Formula =>
  ({ size, count }) =>
    count === 0 ? 1 : Math.ceil(size(0) * factor * PER_CHARACTER);
const patternCost = (text: number, pattern: number): number =>
  Math.ceil((text + 1) * PER_CHARACTER) * Math.ceil(pattern * PER_PATTERN_CHARACTER);
const matching: Formula = ({ size }) => patternCost(size(0), size(1));
const traversed: Formula = ({ traversal }) => traversal(0);
const smaller: Formula = ({ size }) => Math.ceil(Math.min(size(0), size(1)) * PER_CHARACTER);
const product: Formula = ({ size }) => Math.max(1, size(0) * size(1));
const join: Formula = ({ traversal }) => Math.ceil(traversal(0) * 2 * PER_CHARACTER);
const sum: Formula = ({ size }) => Math.ceil((size(0) + size(1)) * PER_CHARACTER);

/** What is not listed costs 1 (`k8s.io/apiserver/pkg/cel/library/cost.go`, `cel-go/checker/cost.go`). */
const FORMULAS: ReadonlyMap<string, Formula> = new Map<string, Formula>([
  ...["url", "isURL", "lowerAscii", "upperAscii", "substring", "trim", "isIP", "ip", "isCIDR", "cidr"].map(plain(1)),
  ...["quantity", "isQuantity", "semver", "isSemver", "strings.quote", "format", "bytes", "reverse"].map(plain(1)),
  ...["replace", "split", "ip.isCanonical"].map(plain(2)),
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes", "distinct", "sort"].map(
    (name) => [name, traversed] as const,
  ),
  ...["sets.contains", "sets.equivalent", "sets.intersects"].map((name) => [name, product] as const),
  ...["_<_", "_<=_", "_>_", "_>=_", EQUALITY].map((name) => [name, smaller] as const),
  ...["matches", "find", "findAll"].map((name) => [name, matching] as const),
  ["join", join],
  ["_+_", sum],
  ["startsWith", ({ size }) => Math.ceil(size(1) * PER_CHARACTER)],
  ["endsWith", ({ size }) => Math.ceil(size(1) * PER_CHARACTER)],
  ["contains", ({ size }) => Math.ceil(size(0) * PER_CHARACTER) * Math.ceil(size(1) * PER_CHARACTER)],
  ["@in", ({ size }) => size(1)],
  ["validate", ({ size }) => patternCost(size(1), FORMAT_PATTERN_LENGTH)],
  ["check", () => AUTHORIZATION],
  ["lists.range", ({ size }) => size(0)],
]);

function plain(factor: number): (name: string) => readonly [string, Formula] {
  return (name) => [name, characters(factor)];
}

/** The cost of one call of a function, beside that of its arguments. */
export function callCost(name: string, measure: Measure): number {
  return FORMULAS.get(name)?.(measure) ?? 1;
}
