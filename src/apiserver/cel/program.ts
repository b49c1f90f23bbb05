import { constant, constantOf, foldedCall } from "./constants.ts";
import { callCost, EQUALITY, LIST_COST, MAP_COST } from "./cost-table.ts";
import { acceptsValue, type Overload } from "./declaration.ts";
import { canonicalKey, equalValues, isMap, itemIdentity, mapValue } from "./equality.ts";
import type { Checked, Expression } from "./expression.ts";
import { compileFold } from "./fold.ts";
import { attempt, type Compile, Lazy, type Run, type TypeOf } from "./frame.ts";
import { type Read, readerOf } from "./readers.ts";
import { actualMeasure } from "./sizes.ts";
import type { CelType } from "./types.ts";
import { CelError, numeric, Optional, typeNameOf } from "./values.ts";

type Part<Node extends Expression["node"]> = Extract<Expression, { readonly node: Node }>;

/**
 * Turns a checked expression into closures, each charging what it costs before or as it works. What is constant is worked out
 * here and costs nothing later, as cel-go's `OptOptimize` has it; a constant that cannot be is a {@link CelError}.
 */
export function compileProgram(checked: Checked): Run {
  const compile = (part: Expression): Run => compilePart(part, compile, checked.typeOf);
  return compile(checked.root);
}

function compilePart(part: Expression, compile: Compile, typeOf: TypeOf): Run {
  switch (part.node) {
    case "literal":
      return constant(part.value);
    case "variable":
      return compileVariable(part.name, readerOf(typeOf(part)));
    case "local":
      return (frame) => {
        frame.charge(1);
        return frame.local(part.slot);
      };
    case "select":
      return compileSelect(part, chainRun(part.operand, compile), typeOf);
    case "index":
      return compileIndex(part, compile, typeOf);
    case "call":
      return compileCall(part, compile, typeOf);
    case "equal":
      return compileEqual(part, compile, typeOf);
    case "logic":
      return compileLogic(part, compile);
    case "conditional":
      return compileConditional(
        compile(part.condition),
        branchRun(part.then, compile),
        branchRun(part.otherwise, compile),
      );
    case "list":
      return compileList(part.elements.map((item) => compileItem(item, compile)));
    case "map":
      return compileMap(part.entries.map(([key, item]) => [compile(key), compileItem(item, compile)] as const));
    case "fold":
      return compileFold(part, compile, typeOf);
    case "let":
      return compileLet(part, compile);
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
  const field = fieldReader(typeOf(part.operand), property);
  if (mode === "has") {
    return (frame) => {
      const target = operand(frame);
      const held = target instanceof Optional ? target.value : target;
      return held !== undefined && field(held) !== undefined;
    };
  }
  const read = readerBehind(part, typeOf);
  const selected = (target: unknown): unknown => {
    const value = field(target);
    return read === undefined || value === undefined ? value : read(value);
  };
  if (mode !== "plain") {
    return (frame) => {
      const target = operand(frame);
      const held = target instanceof Optional ? target.value : target;
      const value = held === undefined ? undefined : selected(held);
      if (value !== undefined) frame.charge(1);
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

/** How a field is read: one whose type is declared is absent when it is null. */
function fieldReader(type: CelType, property: string): (target: unknown) => unknown {
  const declared = type.kind === "optional" ? type.of : type;
  const fields = declared.kind === "object" ? [...declared.fields.values()] : [];
  const holdsNull =
    declared.kind !== "object" || fields.some((one) => one.property === property && one.type.kind === "dyn");
  return (target) => {
    if (!isMap(target)) return noField(target);
    const value = mapValue(target, property);
    return value === null && !holdsNull ? undefined : value;
  };
}

/** What is no map has no fields either. */
function noField(target: unknown): undefined {
  if (Array.isArray(target)) throw new CelError("unsupported index type 'string' in list");
  return undefined;
}

function compileIndex(part: Part<"index">, compile: Compile, typeOf: TypeOf): Run {
  const [operand, index] = [chainRun(part.operand, compile), branchRun(part.index, compile)];
  const read = readerBehind(part, typeOf);
  return (frame) => {
    const target = operand(frame);
    const at = index(frame);
    const held = target instanceof Optional ? target.value : target;
    if (!part.optional) frame.charge(1);
    const value = held === undefined ? undefined : elementAt(held, at, part.optional);
    if (part.optional && value !== undefined) frame.charge(1);
    const result = read === undefined || value === undefined ? value : read(value);
    return part.optional ? new Optional(result) : result;
  };
}

function elementAt(target: unknown, index: unknown, optional: boolean): unknown {
  if (Array.isArray(target)) {
    const at = numeric(index) === undefined ? Number.NaN : Number(canonicalKey(index));
    if (Number.isNaN(at)) throw new CelError(`unsupported index type '${typeNameOf(index)}' in list`);
    const value: unknown = Number.isInteger(at) && at >= 0 ? target[at] : undefined;
    if (value === undefined && !optional) throw new CelError(`index out of bounds: ${String(index)}`);
    return value;
  }
  if (isMap(target) && !(target instanceof Map) && typeof index !== "string") throw new CelError("no such overload");
  const value = isMap(target) ? mapValue(target, index) : undefined;
  if (value === undefined && !optional) throw new CelError(`no such key: ${String(index)}`);
  return value;
}

function compileCall(part: Part<"call">, compile: Compile, typeOf: TypeOf): Run {
  const { name, overloads } = part;
  const parts = part.arguments.map(compile);
  const types = part.arguments.map(typeOf);
  const join =
    name === "_+_" && part.arguments[0] !== undefined ? joinOf(joinedType(part.arguments[0], typeOf)) : undefined;
  const [only] = overloads;
  const isCertain = overloads.length === 1 && types.every(isScalar);
  const call = (values: readonly unknown[]): unknown => {
    if (join !== undefined && Array.isArray(values[0])) return join(values[0], values[1]);
    const overload = isCertain && only !== undefined ? only : chosen(overloads, values);
    return overload.apply(values);
  };
  const folded = foldedCall(name, parts, call);
  if (folded !== undefined) return folded;
  if (name === "or" || name === "orValue") return compileAlternative(parts, name);
  return (frame) => {
    const values = parts.map((run) => attempt(run, frame));
    // What a call reads is paid for before it works, what it makes after.
    if (name !== "join") frame.charge(callCost(name, actualMeasure(values)));
    throwFirst(values);
    const result = call(values);
    if (name === "join") frame.charge(callCost(name, actualMeasure(values, result)));
    return result;
  };
}

/** `or` and `orValue` of optionals cost nothing, and the alternative only where it is needed. */
function compileAlternative([optional, other]: readonly Run[], name: "or" | "orValue"): Run {
  return (frame) => {
    const target = optional?.(frame);
    if (!(target instanceof Optional)) throw new CelError("no such overload");
    if (target.present) return name === "or" ? target : target.value;
    return other?.(frame);
  };
}

/** Arguments are all evaluated and paid for before the first error among them is the outcome. */
function throwFirst(values: readonly unknown[]): void {
  for (const value of values) if (value instanceof CelError) throw value;
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
  const type = joinedType(part.left, typeOf);
  const { negated } = part;
  return (frame) => {
    const values = [attempt(left, frame), attempt(right, frame)] as const;
    frame.charge(callCost(EQUALITY, actualMeasure(values)));
    throwFirst(values);
    return equalValues(values[0], values[1], type) !== negated;
  };
}

/** The type of a value; joined lists stay what the left one was. */
function joinedType(part: Expression, typeOf: TypeOf): CelType {
  const [left] = part.node === "call" && part.name === "_+_" ? part.arguments : [];
  return left !== undefined && typeOf(left).kind === "list" ? joinedType(left, typeOf) : typeOf(part);
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

/** Selections from what is no variable cost one more: cel-go makes a variable of it. */
function chainRun(operand: Expression, compile: Compile): Run {
  const run = compile(operand);
  if (isChain(operand)) return run;
  return (frame) => {
    const value = run(frame);
    frame.charge(1);
    return value;
  };
}

/** A branch or an index that is a variable's is looked up, not evaluated: that is cheaper by one. */
function branchRun(branch: Expression, compile: Compile): Run {
  const run = compile(branch);
  if (!isChain(branch)) return run;
  return (frame) => {
    const value = run(frame);
    frame.charge(-1);
    return value;
  };
}

function isChain({ node }: Expression): boolean {
  return node === "variable" || node === "local" || node === "select" || node === "index" || node === "conditional";
}

function compileConditional(condition: Run, then: Run, otherwise: Run): Run {
  return (frame) => {
    const chosenBranch = condition(frame);
    if (typeof chosenBranch !== "boolean") throw new CelError("no such overload");
    return chosenBranch ? then(frame) : otherwise(frame);
  };
}

function compileList(elements: readonly Run[]): Run {
  const values = elements.map(constantOf);
  if (values.every((value) => value !== undefined)) return constant(values.map(({ value }) => value));
  return (frame) => {
    frame.charge(LIST_COST);
    return elements.map((run) => run(frame)).filter((value) => value !== undefined);
  };
}

/** The value of an element; `undefined` for an optional one that holds nothing. */
function compileItem(
  { value, optional }: { readonly value: Expression; readonly optional: boolean },
  compile: Compile,
): Run {
  const run = compile(value);
  if (!optional) return run;
  return (frame) => {
    const held = run(frame);
    if (!(held instanceof Optional)) throw new CelError("no such overload");
    return held.value;
  };
}

function compileMap(entries: readonly (readonly [Run, Run])[]): Run {
  const keys = entries.map(([key]) => constantOf(key));
  const values = entries.map(([, value]) => constantOf(value));
  if (keys.every((key) => key !== undefined) && values.every((value) => value !== undefined))
    return constant(new Map(keys.map(({ value: key }, index) => [canonicalKey(key), values[index]?.value])));
  return (frame) => {
    frame.charge(MAP_COST);
    const map = new Map<unknown, unknown>();
    for (const [key, value] of entries) {
      const name = canonicalKey(key(frame));
      const held = value(frame);
      if (held !== undefined) map.set(name, held);
    }
    return map;
  };
}

/** A name for what is worked out once. */
function compileLet(part: Part<"let">, compile: Compile): Run {
  const [value, body] = [compile(part.value), compile(part.body)];
  return (frame) => {
    frame.charge(LIST_COST);
    frame.locals[part.slot] = value(frame);
    return body(frame);
  };
}

function compileBind(part: Part<"bind">, compile: Compile): Run {
  const [value, body] = [compile(part.value), compile(part.body)];
  const { slot, kind } = part;
  return (frame) => {
    const before = frame.cost;
    const optional = value(frame);
    frame.charge(1);
    const again = frame.cost - before;
    if (!(optional instanceof Optional)) throw new CelError("no such overload");
    if (kind === "optMap" || !optional.present) frame.charge(1);
    if (!optional.present) return optional;
    // The value is taken out of the optional when it is first asked for, which evaluates the optional once more.
    frame.locals[slot] = new Lazy(optional.value, again);
    const result = body(frame);
    return kind === "optMap" ? new Optional(result) : result;
  };
}
