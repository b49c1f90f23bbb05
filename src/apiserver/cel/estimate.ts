import { type CallEstimate, comparisonCost, estimateCall, type Operand, opaqueEqualityCost } from "./call-estimates.ts";
import { BIND_COST, FOLD_COSTS, LIST_COST, MAP_COST } from "./cost-table.ts";
import type { Checked, Expression } from "./expression.ts";
import { eitherSize, exactly, product, type Size, UNKNOWN_SIZE } from "./size.ts";
import type { CelType } from "./types.ts";

type Part<Node extends Expression["node"]> = Extract<Expression, { readonly node: Node }>;
/** Sizes of the values of a list or map an expression made. */
type Local = { readonly place: CelType | undefined; readonly size: Size | undefined; readonly items: Size | undefined };

/**
 * The most an expression may cost, by the sizes declared types allow: `cel-go/checker/cost.go`, its upper end, and what
 * `apiextensions-apiserver` knows of places in the schema.
 */
export function estimateCost(checked: Checked): number {
  return new Estimator(checked).cost(checked.root);
}

class Estimator {
  readonly #checked: Checked;
  /** What macros bind, by slot. */
  readonly #locals: Local[] = [];
  readonly #sizes = new Map<Expression, Size | undefined>();
  readonly #items = new Map<Expression, Size>();

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
        return this.cost(part.operand) + this.#selectCost(part);
      case "index":
        return this.#indexCost(part);
      case "call":
        return this.#callCost(part);
      case "equal":
        return this.cost(part.left) + this.cost(part.right) + this.#equalityCost(part);
      case "logic":
        return this.cost(part.left) + this.cost(part.right);
      case "conditional":
        return this.#conditionalCost(part);
      case "list":
        return this.#listCost(part);
      case "map":
        return this.#mapCost(part);
      case "fold":
        return this.#foldCost(part);
      case "let":
        return this.#letCost(part);
      case "bind":
        return this.#bindCost(part);
    }
  }

  #typeOf(part: Expression): CelType {
    return this.#checked.typeOf(part);
  }

  #selectCost({ mode, operand }: Part<"select">): number {
    if (mode === "has" || mode === "chained") return 0;
    if (mode === "optional") return 1;
    const { kind } = this.#typeOf(operand);
    return kind === "map" || kind === "object" || kind === "opaque" ? 1 : 0;
  }

  #indexCost(part: Part<"index">): number {
    const cost = this.cost(part.operand) + this.cost(part.index) + 1;
    const items = part.optional ? undefined : this.#itemsOf(part.operand);
    if (items !== undefined) this.#sizes.set(part, items);
    return cost;
  }

  #callCost(part: Part<"call">): number {
    const [first] = part.arguments;
    const before = part.arguments.reduce((sum, argument) => sum + this.cost(argument), 0);
    if (part.name === "dyn" && first !== undefined) {
      this.#sizes.set(part, this.size(first));
      this.#copyItems(part, first);
      return before + 1;
    }
    const operands = part.arguments.map((argument) => this.#operand(argument));
    const estimates = part.overloads.map((overload) => estimateCall(part.name, operands, overload));
    this.#sizes.set(part, resultOf(estimates) ?? this.size(part));
    if (part.name === "_+_" && estimates.some(({ result }) => result !== undefined))
      this.#joinItems(part, part.arguments);
    return before + Math.max(0, ...estimates.map(({ cost }) => cost));
  }

  #operand(part: Expression): Operand {
    const type = this.#typeOf(part);
    const place = this.#placeOf(part);
    const element = place?.kind === "list" ? sizeAt(place.element) : UNKNOWN_SIZE;
    return {
      type,
      size: this.#sizeOrUnknown(part),
      itemSize: type.kind === "list" ? element : undefined,
      literal: part.node === "literal" ? part.value : undefined,
    };
  }

  #equalityCost({ left, right, negated }: Part<"equal">): number {
    const type = this.#typeOf(left);
    const sizes = [this.#sizeOrUnknown(left), this.#sizeOrUnknown(right)] as const;
    if (!negated && type.kind === "opaque") return opaqueEqualityCost(type.name, sizes[1]);
    return comparisonCost(...sizes);
  }

  #conditionalCost(part: Part<"conditional">): number {
    const cost = this.cost(part.condition) + Math.max(this.cost(part.then), this.cost(part.otherwise));
    this.#sizes.set(part, eitherSize(this.#sizeOrUnknown(part.then), this.#sizeOrUnknown(part.otherwise)));
    this.#joinItems(part, [part.then, part.otherwise]);
    return cost;
  }

  #listCost(part: Part<"list">): number {
    const cost = part.elements.reduce((sum, { value }) => sum + this.cost(value), LIST_COST);
    this.#items.set(part, this.#anyOf(part.elements.map(({ value }) => value)));
    return cost;
  }

  #mapCost(part: Part<"map">): number {
    const cost = part.entries.reduce((sum, [key, { value }]) => sum + this.cost(key) + this.cost(value), MAP_COST);
    this.#items.set(part, this.#anyOf(part.entries.map(([, { value }]) => value)));
    return cost;
  }

  #anyOf(parts: readonly Expression[]): Size {
    const [first, ...rest] = parts.map((part) => this.#sizeOrUnknown(part));
    return first === undefined ? exactly(0) : rest.reduce(eitherSize, first);
  }

  #foldCost(part: Part<"fold">): number {
    const before = this.cost(part.range);
    const range = this.#placeOf(part.range);
    const type = this.#typeOf(part.range);
    const items = this.#itemsOf(part.range);
    const isList = type.kind === "list";
    const value: Local = { place: this.#below(part.range, range, "item"), size: items, items: undefined };
    const key: Local = {
      place: isList ? undefined : this.#below(part.range, range, "key"),
      size: undefined,
      items: undefined,
    };
    const bound = part.slots.length === 2 ? [key, value] : [isList ? value : key];
    for (const [index, slot] of part.slots.entries()) this.#locals[slot] = bound[index] as Local;
    const { start, condition, step, kept, result, keeps } = FOLD_COSTS[part.kind];
    const body = this.cost(part.body);
    const each = condition + step + kept + body + (part.filter === undefined ? 0 : this.cost(part.filter));
    const count = this.#sizeOrUnknown(part.range);
    this.#sizes.set(part, keeps === "items" ? count : exactly(1));
    if (keeps === "items") this.#items.set(part, eitherSize(exactly(0), this.#sizeOrUnknown(part.body)));
    return before + start + result + product(count.max, each);
  }

  /** A fold over an empty list, whose accumulator is what is bound. */
  #letCost(part: Part<"let">): number {
    const value = this.cost(part.value);
    this.#locals[part.slot] = {
      place: this.#placeOf(part.value),
      size: this.size(part.value),
      items: this.#itemsOf(part.value),
    };
    const body = this.cost(part.body);
    this.#sizes.set(part, this.size(part.body));
    this.#copyItems(part, part.body);
    return value + LIST_COST + body;
  }

  /** `target.hasValue() ? optional.of(BODY) : optional.none()`, where the body has the value bound. */
  #bindCost(part: Part<"bind">): number {
    const target = this.cost(part.value);
    this.#locals[part.slot] = { place: undefined, size: undefined, items: undefined };
    const body = this.cost(part.body);
    return 2 * target + BIND_COST[part.kind] + LIST_COST + body;
  }

  #joinItems(part: Expression, parts: readonly Expression[]): void {
    const sizes = parts.map((one) => this.#itemsOf(one));
    if (sizes.every((size) => size !== undefined)) this.#items.set(part, sizes.reduce(eitherSize));
  }

  #copyItems(part: Expression, from: Expression): void {
    const items = this.#itemsOf(from);
    if (items !== undefined) this.#items.set(part, items);
  }

  #itemsOf(part: Expression): Size | undefined {
    return this.#items.get(part) ?? (part.node === "local" ? this.#locals[part.slot]?.items : undefined);
  }

  #sizeOrUnknown(part: Expression): Size {
    return this.size(part) ?? UNKNOWN_SIZE;
  }

  /** How many elements the value of a part may have, where anything tells. */
  size(part: Expression): Size | undefined {
    const known = this.#sizes.get(part);
    if (known !== undefined) return known;
    if (part.node === "literal") return exactly(sizeOfLiteral(part.value));
    if (part.node === "list") return exactly(part.elements.length);
    if (part.node === "map") return exactly(part.entries.length);
    const place = this.#placeOf(part);
    if (place !== undefined) return sizeAt(place);
    if (SCALARS.has(this.#typeOf(part).kind)) return exactly(1);
    return part.node === "local" ? this.#locals[part.slot]?.size : undefined;
  }

  /**
   * The place in the schema that a part's value comes from. Steps from nowhere lead to the root, which is what becomes of
   * cel-go's paths that do not start at a variable.
   */
  #placeOf(part: Expression): CelType | undefined {
    switch (part.node) {
      case "variable": {
        const type = this.#typeOf(part);
        return type.kind === "optional" ? type.of : type;
      }
      case "local":
        return this.#locals[part.slot]?.place;
      case "select": {
        if (part.mode !== "plain") return undefined;
        if (!this.#hasPath(part.operand)) return this.#root();
        const place = this.#placeOf(part.operand);
        return place?.kind === "object" ? fieldOf(place, part.property) : undefined;
      }
      case "index":
        return part.optional ? undefined : this.#below(part.operand, this.#placeOf(part.operand), "item");
      default:
        return undefined;
    }
  }

  #below(part: Expression, place: CelType | undefined, step: "item" | "key"): CelType | undefined {
    if (!this.#hasPath(part)) return this.#root();
    if (place?.kind === "list" && step === "item") return place.element;
    if (place?.kind === "map") return step === "item" ? place.value : place.key;
    return undefined;
  }

  #hasPath(part: Expression): boolean {
    switch (part.node) {
      case "variable":
        return true;
      case "local":
        return this.#locals[part.slot]?.place !== undefined;
      case "select":
        return part.mode === "plain";
      case "index":
        return !part.optional;
      default:
        return false;
    }
  }

  #root(): CelType {
    return this.#checked.rootType;
  }
}

const SCALARS: ReadonlySet<CelType["kind"]> = new Set<CelType["kind"]>([
  ...(["bool", "int", "uint", "double", "timestamp", "duration"] as const),
]);

function resultOf(estimates: readonly CallEstimate[]): Size | undefined {
  const sizes = estimates.flatMap(({ result }) => (result === undefined ? [] : [result]));
  return sizes.length === 0 ? undefined : sizes.reduce(eitherSize);
}

function fieldOf(type: Extract<CelType, { readonly kind: "object" }>, property: string): CelType | undefined {
  for (const field of type.fields.values()) if (field.property === property) return field.type;
  return undefined;
}

/** What a declared type allows; scalars count for nothing there. */
function sizeAt(type: CelType): Size {
  return { min: 0, max: "maxElements" in type ? (type.maxElements ?? 0) : 0 };
}

function sizeOfLiteral(value: unknown): number {
  if (typeof value === "string") return [...value].length;
  return value instanceof Uint8Array ? value.length : 1;
}
