import { callCost, EQUALITY, FOLD_COSTS, LIST_COST, MAP_COST, type Measure } from "./cost-table.ts";
import type { Checked, Expression } from "./expression.ts";
import { sizeOfType } from "./types.ts";

const PER_CHARACTER = 0.1;
/** The longest texts conversions of scalars come to. */
const TEXT_OF_SCALAR = 32;

/** The most an expression may cost, by the sizes its types allow: `cel-go`'s `checker.Cost`, its upper end. */
export function estimateCost(checked: Checked): number {
  return new Estimator(checked).cost(checked.root);
}

class Estimator {
  readonly #checked: Checked;
  /** Sizes of what macros bind, by slot, where the type alone does not tell. */
  readonly #bound: number[] = [];

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  cost(part: Expression): number {
    switch (part.node) {
      case "literal":
        return 0;
      case "variable":
      case "local":
        return 1;
      case "select":
        return this.cost(part.operand) + (part.mode === "has" ? 0 : 1);
      case "index":
        return this.cost(part.operand) + this.cost(part.index) + 1;
      case "call":
        return this.#sum(part.arguments) + callCost(part.name, this.#measure(part.arguments));
      case "equal": {
        const sides = [part.left, part.right];
        return this.#sum(sides) + callCost(EQUALITY, this.#measure(sides));
      }
      case "logic":
        return this.cost(part.left) + this.cost(part.right);
      case "conditional":
        return this.cost(part.condition) + Math.max(this.cost(part.then), this.cost(part.otherwise));
      case "list":
        return LIST_COST + this.#sum(part.elements);
      case "map":
        return MAP_COST + this.#sum(part.entries.flat());
      case "fold":
        return this.#foldCost(part);
      case "bind":
        this.#bound[part.slot] = this.size(part.value);
        return this.cost(part.value) + this.cost(part.body) + 1;
    }
  }

  #foldCost(part: Extract<Expression, { readonly node: "fold" }>): number {
    const range = this.cost(part.range);
    for (const slot of part.slots) delete this.#bound[slot];
    const each =
      FOLD_COSTS[part.kind] + this.cost(part.body) + (part.filter === undefined ? 0 : this.cost(part.filter));
    return range + this.size(part.range) * each;
  }

  #sum(parts: readonly Expression[]): number {
    return parts.reduce((sum, part) => sum + this.cost(part), 0);
  }

  #measure(parts: readonly Expression[]): Measure {
    const at = (index: number): number => {
      const part = parts[index];
      return part === undefined ? 1 : this.size(part);
    };
    return { count: parts.length, size: at, traversal: (index) => at(index) * this.#itemCost(parts[index]) };
  }

  #itemCost(list: Expression | undefined): number {
    const type = list === undefined ? undefined : this.#checked.typeOf(list);
    if (type?.kind !== "list") return type?.kind === "string" ? PER_CHARACTER : 1;
    return type.element.kind === "string" || type.element.kind === "bytes"
      ? 1 + sizeOfType(type.element) * PER_CHARACTER
      : 1;
  }

  /** How many elements the value of a part may have. */
  size(part: Expression): number {
    switch (part.node) {
      case "literal":
        return typeof part.value === "string" ? [...part.value].length : 1;
      case "local":
        return this.#bound[part.slot] ?? sizeOfType(this.#checked.typeOf(part));
      case "call":
        return this.#resultSize(part.name, part.arguments, part);
      case "conditional":
        return Math.max(this.size(part.then), this.size(part.otherwise));
      case "list":
        return part.elements.length;
      case "map":
        return part.entries.length;
      case "fold":
        return ["all", "exists", "existsOne"].includes(part.kind) ? 1 : this.size(part.range);
      case "bind":
        return this.size(part.body);
      default:
        return sizeOfType(this.#checked.typeOf(part));
    }
  }

  #resultSize(name: string, parts: readonly Expression[], whole: Expression): number {
    const [first, second, third] = parts;
    const size = (part: Expression | undefined): number => (part === undefined ? 0 : this.size(part));
    switch (name) {
      case "_+_":
        return size(first) + size(second);
      case "replace":
        return replacedSize(size(first), lengthOfLiteral(second), size(third));
      case "join":
        return this.#joinedSize(first, size(second));
      case "strings.quote":
        return size(first) * 2 + 2;
      case "bytes":
        return size(first) * 4;
      case "string":
        return first !== undefined && sizeOfType(this.#checked.typeOf(first)) === 1 ? TEXT_OF_SCALAR : size(first);
      case "or":
      case "orValue":
        return Math.max(size(first), size(second));
      case "dyn":
      case "url":
      case "lowerAscii":
      case "upperAscii":
      case "substring":
      case "trim":
      case "split":
      case "find":
      case "findAll":
      case "reverse":
      case "sort":
      case "distinct":
      case "slice":
      case "charAt":
        return size(first);
      default:
        return sizeOfType(this.#checked.typeOf(whole));
    }
  }

  #joinedSize(list: Expression | undefined, separator: number): number {
    const type = list === undefined ? undefined : this.#checked.typeOf(list);
    if (list === undefined || type?.kind !== "list") return Number.POSITIVE_INFINITY;
    const items = this.size(list);
    return items * sizeOfType(type.element) + separator * Math.max(0, items - 1);
  }
}

function lengthOfLiteral(part: Expression | undefined): number {
  return part?.node === "literal" && typeof part.value === "string" ? [...part.value].length : 0;
}

/** The longest text after replacing the shortest parts by the longest replacement. */
function replacedSize(text: number, replaced: number, replacement: number): number {
  if (replaced === 0) return (text + 1) * replacement + text;
  return replacement <= replaced ? text : Math.ceil(text / replaced) * replacement;
}
