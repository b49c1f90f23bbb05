import { callCost, EQUALITY, LIST_COST, MAP_COST } from "./cost-table.ts";
import { acceptsValue, type Overload } from "./declaration.ts";
import { canonicalKey, equalValues, isMap, itemIdentity, mapValue } from "./equality.ts";
import type { Checked, Expression } from "./expression.ts";
import { compileFold } from "./fold.ts";
import { attempt, type Compile, type Run, type TypeOf } from "./frame.ts";
import { type Read, readerOf } from "./readers.ts";
import { actualMeasure } from "./sizes.ts";
import { type CelType, DYN } from "./types.ts";
import { CelError, Optional } from "./values.ts";

type Part<Node extends Expression["node"]> = Extract<Expression, { readonly node: Node }>;

/** Turns a checked expression into closures, each charging what it costs before or as it works. */
export function compileProgram(checked: Checked): Run {
  const compile = (part: Expression): Run => compilePart(part, compile, checked.typeOf);
  return compile(checked.root);
}

function compilePart(part: Expression, compile: Compile, typeOf: TypeOf): Run {
  switch (part.node) {
    case "literal": {
      const { value } = part;
      return () => value;
    }
    case "variable":
      return compileVariable(part.name, readerOf(typeOf(part)));
    case "local":
      return (frame) => {
        frame.charge(1);
        return frame.locals[part.slot];
      };
    case "select":
      return compileSelect(part, compile(part.operand), typeOf);
    case "index":
      return compileIndex(part, compile, typeOf);
    case "call":
      return compileCall(part, compile, typeOf);
    case "equal":
      return compileEqual(part, compile, typeOf);
    case "logic":
      return compileLogic(part, compile);
    case "conditional":
      return compileConditional(compile(part.condition), compile(part.then), compile(part.otherwise));
    case "list":
      return compileList(part.elements.map(compile));
    case "map":
      return compileMap(part.entries.map(([key, value]) => [compile(key), compile(value)] as const));
    case "fold":
      return compileFold(part, compile, typeOf);
    case "bind":
      return compileBind(part, compile);
  }
}

function compileVariable(name: string, read: Read | undefined): Run {
  return (frame) => {
    frame.charge(1);
    const value = frame.variable(name);
    return read === undefined ? value : read(value);
  };
}

/** Values behind a selection are read by the type of what is selected, through optionals too. */
function readerBehind(part: Expression, typeOf: TypeOf): Read | undefined {
  const type = typeOf(part);
  return readerOf(type.kind === "optional" ? type.of : type);
}

function compileSelect(part: Part<"select">, operand: Run, typeOf: TypeOf): Run {
  const { property, mode } = part;
  if (mode === "has") {
    return (frame) => {
      const target = operand(frame);
      const held = target instanceof Optional ? target.value : target;
      return held !== undefined && field(held, property) !== undefined;
    };
  }
  const read = readerBehind(part, typeOf);
  const selected = (target: unknown): unknown => {
    const value = field(target, property);
    return read === undefined || value === undefined ? value : read(value);
  };
  if (mode === "optional") {
    return (frame) => {
      const target = operand(frame);
      frame.charge(1);
      const held = target instanceof Optional ? target.value : target;
      const value = held === undefined ? undefined : selected(held);
      return value instanceof Optional ? value : new Optional(value);
    };
  }
  return (frame) => {
    const target = operand(frame);
    frame.charge(1);
    const value = selected(target);
    if (value === undefined) throw new CelError(`no such key: ${property}`);
    return value;
  };
}

function field(target: unknown, property: string): unknown {
  if (isMap(target)) return mapValue(target, property);
  throw new CelError("no such overload");
}

function compileIndex(part: Part<"index">, compile: Compile, typeOf: TypeOf): Run {
  const [operand, index] = [compile(part.operand), compile(part.index)];
  const read = readerBehind(part, typeOf);
  return (frame) => {
    const target = operand(frame);
    const at = index(frame);
    frame.charge(1);
    const held = target instanceof Optional ? target.value : target;
    const value = held === undefined ? undefined : elementAt(held, at, part.optional);
    const result = read === undefined || value === undefined ? value : read(value);
    return part.optional ? new Optional(result) : result;
  };
}

function elementAt(target: unknown, index: unknown, optional: boolean): unknown {
  if (Array.isArray(target)) {
    const at = Number(canonicalKey(index));
    const value: unknown = Number.isInteger(at) && at >= 0 ? target[at] : undefined;
    if (value === undefined && !optional) throw new CelError(`index out of bounds: ${String(index)}`);
    return value;
  }
  if (!isMap(target)) throw new CelError("no such overload");
  const value = mapValue(target, index);
  if (value === undefined && !optional) throw new CelError(`no such key: ${String(index)}`);
  return value;
}

function compileCall(part: Part<"call">, compile: Compile, typeOf: TypeOf): Run {
  const { name, overloads } = part;
  const parts = part.arguments.map(compile);
  const types = part.arguments.map(typeOf);
  const join = name === "_+_" ? joinOf(types[0] ?? DYN) : undefined;
  const [only] = overloads;
  const isCertain = overloads.length === 1 && types.every(isScalar);
  return (frame) => {
    const values = parts.map((run) => run(frame));
    // The cost of what a call makes is known only after; of what it reads, before.
    frame.charge(callCost(name, actualMeasure(values)));
    if (join !== undefined && Array.isArray(values[0])) return join(values[0], values[1]);
    const overload = isCertain && only !== undefined ? only : chosen(overloads, values);
    return overload.apply(values);
  };
}

function chosen(overloads: readonly Overload[], values: readonly unknown[]): Overload {
  const overload = overloads.find(({ parameters }) =>
    parameters.every((parameter, index) => acceptsValue(parameter, values[index])),
  );
  if (overload === undefined) throw new CelError("no such overload");
  return overload;
}

function isScalar(type: CelType): boolean {
  return ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "opaque"].includes(type.kind);
}

/**
 * Lists that a schema declares as sets or maps join by identity: items of the right one replace those on the left
 * (`k8s.io/apiserver/pkg/cel/common/valuesunstructured.go`).
 */
function joinOf(type: CelType): ((left: readonly unknown[], right: unknown) => readonly unknown[]) | undefined {
  const identity = type.kind === "list" ? itemIdentity(type.semantics) : undefined;
  if (identity === undefined) return undefined;
  return (left, right) => {
    const added = Array.isArray(right) ? right : [];
    const joined = new Map<string, unknown>();
    for (const item of [...left, ...added]) joined.set(identity(item), item);
    return [...joined.values()];
  };
}

function compileEqual(part: Part<"equal">, compile: Compile, typeOf: TypeOf): Run {
  const [left, right] = [compile(part.left), compile(part.right)];
  const type = typeOf(part.left);
  const { negated } = part;
  return (frame) => {
    const values = [left(frame), right(frame)] as const;
    frame.charge(callCost(EQUALITY, actualMeasure(values)));
    return equalValues(values[0], values[1], type) !== negated;
  };
}

/** `&&` and `||` do not care on which side an error is when the other side decides. */
function compileLogic(part: Part<"logic">, compile: Compile): Run {
  const [left, right] = [compile(part.left), compile(part.right)];
  const { decisive } = part;
  return (frame) => {
    const first = attempt(left, frame);
    if (first === decisive) return decisive;
    const second = attempt(right, frame);
    if (second === decisive) return decisive;
    for (const outcome of [first, second]) {
      if (outcome instanceof CelError) throw outcome;
      if (typeof outcome !== "boolean") throw new CelError("no such overload");
    }
    return !decisive;
  };
}

function compileConditional(condition: Run, then: Run, otherwise: Run): Run {
  return (frame) => {
    const chosenBranch = condition(frame);
    if (typeof chosenBranch !== "boolean") throw new CelError("no such overload");
    return chosenBranch ? then(frame) : otherwise(frame);
  };
}

function compileList(elements: readonly Run[]): Run {
  return (frame) => {
    frame.charge(LIST_COST);
    return elements.map((run) => run(frame));
  };
}

function compileMap(entries: readonly (readonly [Run, Run])[]): Run {
  return (frame) => {
    frame.charge(MAP_COST);
    const map = new Map<unknown, unknown>();
    for (const [key, value] of entries) {
      const name = canonicalKey(key(frame));
      if (map.has(name)) throw new CelError(`Failed with repeated key: ${String(name)}`);
      map.set(name, value(frame));
    }
    return map;
  };
}

function compileBind(part: Part<"bind">, compile: Compile): Run {
  const [value, body] = [compile(part.value), compile(part.body)];
  const { slot, kind } = part;
  if (kind === "bind") {
    return (frame) => {
      frame.locals[slot] = value(frame);
      return body(frame);
    };
  }
  return (frame) => {
    const optional = value(frame);
    frame.charge(1);
    if (!(optional instanceof Optional)) throw new CelError("no such overload");
    if (!optional.present) return optional;
    frame.locals[slot] = optional.value;
    const result = body(frame);
    return kind === "optMap" ? new Optional(result) : result;
  };
}
