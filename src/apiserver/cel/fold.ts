import { constantOf } from "./constants.ts";
import { FOLD_COSTS, LIST_COST } from "./cost-table.ts";
import { canonicalKey, isMap, mapKeys, mapValue } from "./equality.ts";
import type { Expression } from "./expression.ts";
import { attempt, type Compile, type Frame, type Run, type TypeOf } from "./frame.ts";
import { type Read, readerOf } from "./readers.ts";
import { type CelType, DYN } from "./types.ts";
import { CelError, typeNameOf } from "./values.ts";

type Fold = Extract<Expression, { readonly node: "fold" }>;
/** Goes through a list or map; `visit` says whether to go on. */
type Walk = (frame: Frame, range: unknown, visit: () => boolean) => void;

/** The macros: each walks its range, with the item in the frame, and gathers. */
export function compileFold(part: Fold, compile: Compile, typeOf: TypeOf): Run {
  const range = compile(part.range);
  const body = compile(part.body);
  const filter = part.filter === undefined ? undefined : compile(part.filter);
  const walk = walker(part, typeOf(part.range));
  const cost = costOf(part, body);
  switch (part.kind) {
    case "all":
      return (frame) => quantify(frame, { range: range(frame), walk, body, decisive: false });
    case "exists":
      return (frame) => quantify(frame, { range: range(frame), walk, body, decisive: true });
    case "existsOne":
      return (frame) => existsOne(frame, { range: range(frame), walk, keep: body, value: body, cost });
    case "filter":
      return (frame) => gather(frame, { range: range(frame), walk, keep: body, value: itemOf(part), cost });
    case "map":
    case "transformList":
      return (frame) => gather(frame, { range: range(frame), walk, keep: filter, value: body, cost });
    case "transformMap":
    case "transformMapEntry":
      return (frame) => gatherMap(frame, { range: range(frame), walk, keep: filter, value: body, cost, part });
  }
}

/** A list of one constant is a constant itself, and costs nothing to make. */
function costOf(part: Fold, body: Run): Gathering["cost"] {
  const cost = FOLD_COSTS[part.kind];
  const isFree = (part.kind === "map" || part.kind === "transformList") && constantOf(body) !== undefined;
  return isFree ? { ...cost, kept: cost.kept - LIST_COST } : cost;
}

function itemOf(part: Fold): Run {
  const slot = part.slots[0] ?? 0;
  return (frame) => frame.locals[slot];
}

function walker(part: Fold, type: CelType): Walk {
  const [first = 0, second] = part.slots;
  const element = type.kind === "list" ? type.element : DYN;
  const value = type.kind === "map" ? type.value : DYN;
  const readItem = readerOf(element);
  const readValue = readerOf(value);
  const { condition, step } = FOLD_COSTS[part.kind];
  return (frame, range, visit) => {
    if (Array.isArray(range)) {
      for (const [index, item] of range.entries()) {
        frame.charge(condition + step);
        frame.locals[first] = second === undefined ? read(readItem, item) : BigInt(index);
        if (second !== undefined) frame.locals[second] = read(readItem, item);
        if (!visit()) return leave(frame, index + 1 < range.length ? condition : 0);
      }
      return;
    }
    if (!isMap(range)) throw new CelError(`got 'types.${goTypeName(range)}', expected iterable type`);
    const keys = mapKeys(range);
    for (const [index, key] of keys.entries()) {
      frame.charge(condition + step);
      frame.locals[first] = key;
      if (second !== undefined) frame.locals[second] = read(readValue, mapValue(range, key));
      if (!visit()) return leave(frame, index + 1 < keys.length ? condition : 0);
    }
  };
}

/** What cel-go's own types are called: `types.String`. */
function goTypeName(value: unknown): string {
  const name = typeNameOf(value).replace(/^.*\./, "").replace("null_type", "null");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Stopping early means having asked once more whether to go on. */
function leave(frame: Frame, cost: number): void {
  frame.charge(cost);
}

function read(reader: Read | undefined, value: unknown): unknown {
  return reader === undefined ? value : reader(value);
}

/** `all` and `exists`: an error counts only when no item decides. */
function quantify(
  frame: Frame,
  {
    range,
    walk,
    body,
    decisive,
  }: { readonly range: unknown; readonly walk: Walk; readonly body: Run; readonly decisive: boolean },
): boolean {
  let decided = false;
  let failure: CelError | undefined;
  walk(frame, range, () => {
    const outcome = attempt(body, frame);
    if (outcome === decisive) decided = true;
    else if (outcome instanceof CelError) failure ??= outcome;
    else if (typeof outcome !== "boolean") failure ??= new CelError("no such overload");
    return !decided;
  });
  frame.charge(1);
  if (decided) return decisive;
  if (failure !== undefined) throw failure;
  return !decisive;
}

function holds(run: Run, frame: Frame): boolean {
  const outcome = run(frame);
  if (typeof outcome !== "boolean") throw new CelError("no such overload");
  return outcome;
}

function existsOne(frame: Frame, { range, walk, value, cost }: Gathering): boolean {
  let found = 0;
  walk(frame, range, () => {
    if (!holds(value, frame)) return true;
    frame.charge(cost.kept);
    found++;
    return true;
  });
  frame.charge(cost.result);
  return found === 1;
}

type Gathering = {
  readonly range: unknown;
  readonly walk: Walk;
  readonly keep: Run | undefined;
  readonly value: Run;
  readonly cost: { readonly kept: number; readonly result: number };
};

function gather(frame: Frame, { range, walk, keep, value, cost }: Gathering): readonly unknown[] {
  const gathered: unknown[] = [];
  walk(frame, range, () => {
    if (keep !== undefined && !holds(keep, frame)) return true;
    frame.charge(cost.kept);
    gathered.push(value(frame));
    return true;
  });
  frame.charge(cost.result);
  return gathered;
}

function gatherMap(
  frame: Frame,
  { range, walk, keep, value, cost, part }: Gathering & { readonly part: Fold },
): ReadonlyMap<unknown, unknown> {
  const gathered = new Map<unknown, unknown>();
  const insert = (key: unknown, item: unknown): void => {
    const name = canonicalKey(key);
    if (gathered.has(name)) throw new CelError(`insert failed: key ${String(name)} already exists`);
    gathered.set(name, item);
  };
  walk(frame, range, () => {
    if (keep !== undefined && !holds(keep, frame)) return true;
    frame.charge(cost.kept);
    const key = frame.locals[part.slots[0] ?? 0];
    const item = value(frame);
    if (part.kind === "transformMap") insert(key, item);
    else if (isMap(item)) for (const name of mapKeys(item)) insert(name, mapValue(item, name));
    else throw new CelError("no such overload");
    return true;
  });
  frame.charge(cost.result);
  return gathered;
}
