import { deepEqual, isRecord } from "../std/index.ts";
import type { FilterOperator, Operand, PathNode } from "./json-path-parser.ts";

/** The values a path finds from the values in scope; `root` is what `$` means. */
export type Evaluate = (scope: readonly unknown[], root: unknown) => unknown[];

/** Compiles a path. What is absent or of another kind yields nothing (`AllowMissingKeys`). */
export function evaluator(path: readonly PathNode[]): Evaluate {
  const steps = path.map(stepOf);
  return (scope, root) => {
    let values: unknown[] = [...scope];
    for (const step of steps) values = step(values, root);
    return values;
  };
}

function stepOf(node: PathNode): Evaluate {
  switch (node.kind) {
    case "root":
      return (_, root) => [root];
    case "current":
      return (scope) => [...scope];
    case "literal":
      return () => [node.value];
    case "field":
      return (scope) => scope.flatMap((value) => fieldOf(value, node.name));
    case "index":
      return (scope) => scope.flatMap((value) => (Array.isArray(value) ? present(value.at(node.index)) : []));
    case "wildcard":
      return (scope) => scope.flatMap(children);
    case "recursive":
      return (scope) => scope.flatMap(descendants);
    case "slice":
      return (scope) => scope.flatMap((value) => (Array.isArray(value) ? sliceOf(value, node) : []));
    case "union": {
      const parts = node.parts.map(evaluator);
      return (scope, root) => scope.flatMap((value) => parts.flatMap((part) => part([value], root)));
    }
    default: {
      const accepts = filterOf(node.left, node.operator, node.right);
      return (scope, root) => scope.flatMap((value) => children(value).filter((item) => accepts(item, root)));
    }
  }
}

function fieldOf(value: unknown, name: string): unknown[] {
  return isRecord(value) && Object.hasOwn(value, name) ? present(value[name]) : [];
}

function present(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value];
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function sliceOf(list: readonly unknown[], slice: PathNode & { kind: "slice" }): unknown[] {
  const step = slice.step ?? 1;
  const within = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + list.length : bound, 0), list.length);
  const chosen = list.slice(within(slice.start ?? 0), within(slice.end ?? list.length));
  return step === 1 ? chosen : chosen.filter((_, index) => step > 0 && index % step === 0);
}

function filterOf(
  left: Operand,
  operator: FilterOperator | undefined,
  right: Operand | undefined,
): (item: unknown, root: unknown) => boolean {
  const leftOf = evaluator(left);
  if (operator === undefined || right === undefined) return (item, root) => leftOf([item], root).length > 0;
  const rightOf = evaluator(right);
  return (item, root) => {
    const [leftValue] = leftOf([item], root);
    const [rightValue] = rightOf([item], root);
    if (leftValue === undefined || rightValue === undefined) return false;
    return compare(leftValue, operator, rightValue);
  };
}

function compare(left: unknown, operator: FilterOperator, right: unknown): boolean {
  if (operator === "==") return deepEqual(left, right);
  if (operator === "!=") return !deepEqual(left, right);
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string")) return false;
  const other = right as typeof left;
  switch (operator) {
    case "<":
      return left < other;
    case "<=":
      return left <= other;
    case ">":
      return left > other;
    default:
      return left >= other;
  }
}
