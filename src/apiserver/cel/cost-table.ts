import type { FoldKind } from "./syntax.ts";

type ValueKind = "text" | "bytes" | "list" | "opaque" | "other";

/** How large the arguments of a call at hand are. */
export type Measure = {
  /** Characters, items; 1 for scalars. */
  readonly size: (index: number) => number;
  /** What it costs to go through an argument and all it holds. */
  readonly traversal: (index: number) => number;
  /** The size of the result. */
  readonly result: number;
  readonly kind: (index: number) => ValueKind;
  /** The longest pattern a text is held against, for formats. */
  readonly patternLength: number;
};

export const LIST_COST = 10;
export const MAP_COST = 30;
/** The name `==` and `!=` are charged under. */
export const EQUALITY = "_==_";

/** What the macros' hidden accumulators cost. */
type FoldCost = {
  /** Once, before anything; known to be nothing at run time. */
  readonly start: number;
  /** For each item: asking whether to go on, and looking at what there is so far. */
  readonly condition: number;
  readonly step: number;
  /** For each item that is kept. */
  readonly kept: number;
  readonly result: number;
  readonly keeps: "items" | "one";
};

const LIST_FOLD: FoldCost = { start: LIST_COST, condition: 0, step: 0, kept: 12, result: 1, keeps: "items" };
const MAP_FOLD: FoldCost = { start: MAP_COST, condition: 0, step: 0, kept: 3, result: 1, keeps: "items" };
export const FOLD_COSTS: Readonly<Record<FoldKind, FoldCost>> = {
  all: { start: 0, condition: 2, step: 1, kept: 0, result: 1, keeps: "one" },
  exists: { start: 0, condition: 3, step: 1, kept: 0, result: 1, keeps: "one" },
  existsOne: { start: 0, condition: 0, step: 0, kept: 2, result: 2, keeps: "one" },
  map: LIST_FOLD,
  filter: { ...LIST_FOLD, kept: 13 },
  transformList: LIST_FOLD,
  transformMap: MAP_FOLD,
  transformMapEntry: { ...MAP_FOLD, kept: 2 },
};

/** `hasValue()`, `value()` and, for `optMap`, `optional.of()`. */
export const BIND_COST: Readonly<Record<"optMap" | "optFlatMap", number>> = { optMap: 3, optFlatMap: 2 };

/** Cost of a character, and of a character of a pattern (`cel-go/common/cost.go`). */
export const PER_CHARACTER = 0.1;
export const PER_PATTERN_CHARACTER = 0.25;
/** An authorization check; two of them fit into one expression. */
export const AUTHORIZATION = 350_000;
/** A selector has, beside its list, a struct with a list for each two characters. */
export const PER_REQUIREMENT = 50;
export const REQUIREMENTS_PER_CHARACTER = 0.5;

type Formula = (measure: Measure) => number;

const characters = (count: number): number => Math.ceil(count * PER_CHARACTER);
const patternCost = (text: number, pattern: number): number =>
  characters(text + 1) * Math.ceil(pattern * PER_PATTERN_CHARACTER);
const reading =
  (factor: number): Formula =>
  ({ size }) =>
    characters(size(0) * factor);
const matching: Formula = ({ size }) => patternCost(size(0), size(1));
const traversed: Formula = ({ traversal }) => traversal(0);
const smaller: Formula = ({ size, kind }) => (kind(0) === "opaque" ? 1 : characters(Math.min(size(0), size(1))));
const selector: Formula = ({ size }) =>
  LIST_COST + characters(size(1)) + Math.ceil(size(1) * REQUIREMENTS_PER_CHARACTER) * PER_REQUIREMENT;
const containing =
  (passes: number, extra: number): Formula =>
  ({ size, kind }) => {
    const compared = characters(2 * size(0)) + passes * characters(size(0)) + extra;
    return compared + (kind(1) === "opaque" ? 0 : characters(size(1)));
  };

/** What calls cost at run time; what is not listed costs 1 (`cel/library/cost.go`, `cel-go/interpreter/runtimecost.go`). */
const FORMULAS: ReadonlyMap<string, Formula> = new Map<string, Formula>([
  ...["url", "lowerAscii", "upperAscii", "substring", "trim", "isIP", "isCIDR", "cidr"].map(
    (name) => [name, reading(1)] as const,
  ),
  ...["quantity", "isQuantity", "semver", "isSemver", "strings.quote", "format", "startsWith", "endsWith"].map(
    (name) => [name, reading(1)] as const,
  ),
  ...["replace", "split", "ip.isCanonical"].map((name) => [name, reading(2)] as const),
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"].map((name) => [name, traversed] as const),
  ...["_<_", "_<=_", "_>_", "_>=_", EQUALITY].map((name) => [name, smaller] as const),
  ...["matches", "find", "findAll"].map((name) => [name, matching] as const),
  ...["fieldSelector", "labelSelector"].map((name) => [name, selector] as const),
  ...["sets.contains", "sets.intersects"].map(
    (name) => [name, (({ size }) => size(0) * size(1) + 1) satisfies Formula] as const,
  ),
  ["sets.equivalent", ({ size }) => 2 * size(0) * size(1) + 1],
  ["string", ({ size, kind }) => (kind(0) === "bytes" ? characters(size(0)) : 1)],
  ["bytes", ({ size, kind }) => (kind(0) === "text" ? characters(size(0)) : 1)],
  ["_+_", ({ size, kind }) => (kind(0) === "text" || kind(0) === "bytes" ? characters(size(0) + size(1)) : 1)],
  ["join", ({ result }) => characters(result * 2)],
  ["contains", ({ size }) => characters(size(0)) * characters(size(1))],
  ["@in", ({ size, kind }) => (kind(1) === "list" ? size(1) : 1)],
  ["ip", ({ size, kind }) => (kind(0) === "opaque" ? 1 : characters(size(0)))],
  ["containsIP", containing(0, 0)],
  ["containsCIDR", containing(1, 1)],
  ["validate", ({ size, patternLength }) => patternCost(size(1), patternLength)],
  ["check", () => AUTHORIZATION],
]);

/** The cost of one call of a function, beside that of its arguments. */
export function callCost(name: string, measure: Measure): number {
  return FORMULAS.get(name)?.(measure) ?? 1;
}
