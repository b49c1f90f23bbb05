import {
  AUTHORIZATION,
  LIST_COST,
  PER_CHARACTER,
  PER_PATTERN_CHARACTER,
  PER_REQUIREMENT,
  REQUIREMENTS_PER_CHARACTER,
} from "./cost-table.ts";
import type { Overload } from "./declaration.ts";
import { eitherSize, exactly, plus, product, type Size, share, times, UNKNOWN_SIZE } from "./size.ts";
import type { CelType } from "./types.ts";

/** What is known of an argument before anything is evaluated. */
export type Operand = {
  readonly type: CelType;
  readonly size: Size;
  /** The size of a list's items, where it has a declared place; `undefined` for what is no list. */
  readonly itemSize: Size | undefined;
  /** Its value, when it is a literal. */
  readonly literal: unknown;
};

/** What a call may cost at most beside its arguments, and how large its result is where that is known. */
export type CallEstimate = { readonly cost: number; readonly result?: Size };

type Estimate = (operands: readonly Operand[], overload: Overload) => CallEstimate;

const FORMAT_PATTERN_LENGTH = 128;
const LONGEST_ADDRESS = 16;

/** The cost of a call (`k8s.io/apiserver/pkg/cel/library/cost.go`, then `cel-go/checker/cost.go`); what is not listed costs 1. */
export function estimateCall(name: string, operands: readonly Operand[], overload: Overload): CallEstimate {
  return ESTIMATES.get(name)?.(operands, overload) ?? { cost: 1 };
}

/** `==`, `!=`, `<` and the like: of texts, by the shorter one. */
export function comparisonCost(left: Size, right: Size): number {
  return share(Math.min(left.max, right.max), PER_CHARACTER);
}

const sizeAt = (operands: readonly Operand[], index: number): Size => operands[index]?.size ?? UNKNOWN_SIZE;
const reading =
  (factor: number): Estimate =>
  (operands) => ({ cost: share(sizeAt(operands, 0).max, factor * PER_CHARACTER) });
const shaping: Estimate = (operands) => {
  const result = sizeAt(operands, 0);
  return { cost: share(result.max, PER_CHARACTER), result };
};
const readingSecond: Estimate = (operands) => ({ cost: share(sizeAt(operands, 1).max, PER_CHARACTER) });

const searching: Estimate = (operands) => {
  const [text, part] = [sizeAt(operands, 0), sizeAt(operands, 1)];
  return { cost: product(share(text.max, PER_CHARACTER), share(part.max, PER_CHARACTER)) };
};

const matching: Estimate = (operands) => {
  const text = sizeAt(operands, 0);
  const pattern = share(sizeAt(operands, 1).max, PER_PATTERN_CHARACTER);
  return { cost: product(share(text.max + 1, PER_CHARACTER), pattern) };
};
const finding: Estimate = (operands, overload) => ({
  ...matching(operands, overload),
  result: { min: 0, max: sizeAt(operands, 0).max },
});

const traversing: Estimate = ([list]) => {
  if (list === undefined) return { cost: 1 };
  if (list.itemSize === undefined || list.type.kind !== "list") return { cost: share(list.size.max, PER_CHARACTER) };
  const { kind } = list.type.element;
  const each = kind === "string" || kind === "bytes" ? 1 + share(list.itemSize.max, PER_CHARACTER) : 1;
  return { cost: product(list.size.max, each) };
};

const joining: Estimate = (operands) => {
  const list = sizeAt(operands, 0);
  const items = times(list, operands[0]?.itemSize ?? exactly(0));
  const gaps: Size = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) };
  const result = operands.length > 1 ? plus(items, times(sizeAt(operands, 1), gaps)) : items;
  return { cost: share(result.max, PER_CHARACTER), result };
};

const adding: Estimate = (operands, { result: type }) => {
  const result = plus(sizeAt(operands, 0), sizeAt(operands, 1));
  switch (type.kind) {
    case "list":
      return { cost: 1, result };
    case "string":
    case "bytes":
      return { cost: share(result.max, PER_CHARACTER), result };
    default:
      return { cost: 1 };
  }
};

const splitting: Estimate = (operands) => {
  const text = sizeAt(operands, 0);
  const limit = operands[2]?.literal;
  const max = typeof limit === "bigint" ? (limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)) : text.max;
  return { cost: share(text.max, 2 * PER_CHARACTER), result: { min: 0, max } };
};

/** The longest text has the shortest parts replaced by the longest replacement; the shortest, the other way around. */
const replacing: Estimate = (operands) => {
  const [text, from, to] = [sizeAt(operands, 0), sizeAt(operands, 1), sizeAt(operands, 2)];
  const longest =
    from.min === 0
      ? product(text.max + 1, to.max) + text.max
      : to.max <= from.min
        ? text.max
        : product(Math.ceil(text.max / from.min), to.max);
  const shortest =
    from.max === 0
      ? product(text.min + 1, to.min) + text.min
      : from.max <= to.min
        ? text.min
        : product(Math.ceil(text.min / from.max), to.min);
  return { cost: share(text.max, 2 * PER_CHARACTER), result: { min: shortest, max: longest } };
};

const comparing: Estimate = (operands) => {
  const isText = operands.some(({ type }) => ["string", "bytes", "dyn"].includes(type.kind));
  return { cost: isText ? comparisonCost(sizeAt(operands, 0), sizeAt(operands, 1)) : 1 };
};

const selecting: Estimate = (operands) => {
  const { max } = sizeAt(operands, 1);
  const requirements = share(max, REQUIREMENTS_PER_CHARACTER);
  return { cost: LIST_COST + share(max, PER_CHARACTER) + product(requirements, PER_REQUIREMENT) };
};

/** Two networks, or a network and an address, are compared byte by byte; a text has to be read first. */
const containing =
  (passes: number, extra: number): Estimate =>
  (operands) => {
    const compared = share(2 * LONGEST_ADDRESS, PER_CHARACTER) + passes * share(LONGEST_ADDRESS, PER_CHARACTER) + extra;
    const isText = operands[1]?.type.kind !== "opaque";
    return { cost: compared + (isText ? share(sizeAt(operands, 1).max, PER_CHARACTER) : 0) };
  };

const setsCost: Estimate = (operands) => ({ cost: product(sizeAt(operands, 0).max, sizeAt(operands, 1).max) + 1 });

const converting: Estimate = (operands, { parameters: [from], result }) => {
  const { min, max } = sizeAt(operands, 0);
  if (result.kind === "bytes" && from?.kind === "string")
    return { cost: share(max, PER_CHARACTER), result: { min, max: max * 4 } };
  if (result.kind === "string" && from?.kind === "bytes")
    return { cost: share(max, PER_CHARACTER), result: { min: Math.floor(min / 4), max } };
  return { cost: 1 };
};

const quoting: Estimate = (operands) => {
  const { min, max } = sizeAt(operands, 0);
  return { cost: share(max, PER_CHARACTER), result: { min: min + 2, max: max * 2 + 2 } };
};

const contained: Estimate = (operands, { parameters }) =>
  parameters[1]?.kind === "list" ? { cost: sizeAt(operands, 1).max } : { cost: 1 };

const addressing: Estimate = (operands, overload) => (overload.method ? { cost: 1 } : reading(1)(operands, overload));

const validating: Estimate = (operands) => {
  const text = share(sizeAt(operands, 1).max, PER_CHARACTER);
  return { cost: share(text, FORMAT_PATTERN_LENGTH * PER_PATTERN_CHARACTER) };
};

const ESTIMATES: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"].map((name) => [name, traversing] as const),
  ...["url", "lowerAscii", "upperAscii", "substring", "trim"].map((name) => [name, shaping] as const),
  ...["cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver", "format"].map(
    (name) => [name, reading(1)] as const,
  ),
  ...["_<_", "_<=_", "_>_", "_>=_"].map((name) => [name, comparing] as const),
  ...["find", "findAll"].map((name) => [name, finding] as const),
  ...["fieldSelector", "labelSelector"].map((name) => [name, selecting] as const),
  ...["sets.contains", "sets.intersects"].map((name) => [name, setsCost] as const),
  ["sets.equivalent", (operands) => ({ cost: 2 * product(sizeAt(operands, 0).max, sizeAt(operands, 1).max) + 1 })],
  ["ip", addressing],
  ["ip.isCanonical", reading(2)],
  ["matches", matching],
  ["contains", searching],
  ["startsWith", readingSecond],
  ["endsWith", readingSecond],
  ["replace", replacing],
  ["split", splitting],
  ["join", joining],
  ["_+_", adding],
  ["@in", contained],
  ["containsIP", containing(0, 0)],
  ["containsCIDR", containing(1, 1)],
  ["validate", validating],
  ["check", () => ({ cost: AUTHORIZATION })],
  ["string", converting],
  ["bytes", converting],
  ["strings.quote", quoting],
]);

/** Types of Kubernetes' whose values are compared at a glance; others go by size. */
export function opaqueEqualityCost(name: string, right: Size): number {
  if (name === "kubernetes.NamedFormat") return share(LONGEST_FORMAT_NAME, PER_CHARACTER);
  if (name === "kubernetes.URL") return share(eitherSize(exactly(1), right).max, PER_CHARACTER);
  return 1;
}

const LONGEST_FORMAT_NAME = 64;
