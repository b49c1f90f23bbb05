import type { Expression } from "./expression.ts";
import type { Inference } from "./inference.ts";
import type { Syntax } from "./syntax.ts";
import { BOOL, type CelType, DYN, INT, listOf, mapOf } from "./types.ts";

type Fold = Extract<Syntax, { readonly node: "fold" }>;

/** What checking has come to, and where it says what is wrong. */
export interface Diagnosis {
  readonly inference: Inference;
  /** The type of what is wrong: anything. */
  report(at: number, message: string): CelType;
  format(type: CelType): string;
}

/** What a macro's variables stand for: keys or positions, and values. */
export function rangeTypes(
  { inference, report, format }: Diagnosis,
  range: Expression,
  at: number,
): { readonly key: CelType; readonly value: CelType } {
  const type = inference.shallow(range.type);
  if (type.kind === "list") return { key: INT, value: type.element };
  if (type.kind === "map") return { key: type.key, value: type.value };
  if (type.kind === "variable") inference.assignable([[type, DYN]]);
  else if (type.kind !== "dyn") {
    const what = `expression of type '${format(type)}'`;
    report(at, `${what} cannot be range of a comprehension (must be list, map, or dynamic)`);
  }
  return { key: DYN, value: DYN };
}

/** The type of a macro's result. */
export function foldType(
  diagnosis: Diagnosis,
  { kind, at, body: { at: bodyAt } }: Fold,
  { item, key, body }: { readonly item: CelType; readonly key: CelType; readonly body: Expression },
): CelType {
  switch (kind) {
    case "all":
    case "exists":
      mustBeBool(diagnosis, body, bodyAt);
      return BOOL;
    case "existsOne":
      mustDecide(diagnosis, body, INT, at);
      return BOOL;
    case "filter":
      mustDecide(diagnosis, body, listOf(item), at);
      return listOf(item);
    case "map":
    case "transformList":
      return listOf(body.type);
    case "transformMap":
      return mapOf(key, body.type);
    case "transformMapEntry":
      return entriesType(diagnosis, body, at);
  }
}

export function mustBeBool({ inference, report, format }: Diagnosis, { type }: Expression, at: number): void {
  if (!inference.assignable([[type, BOOL]])) report(at, `expected type 'bool' but found '${format(type)}'`);
}

/** The macros that keep what a condition holds for are made of `condition ? more : as before`. */
export function mustDecide(
  { inference, report, format }: Diagnosis,
  { type }: Expression,
  branch: CelType,
  at: number,
): void {
  if (inference.assignable([[type, BOOL]])) return;
  const [condition, kept] = [format(type), format(branch)];
  report(at, `found no matching overload for '_?_:_' applied to '(${condition}, ${kept}, ${kept})'`);
}

function entriesType({ inference, report, format }: Diagnosis, { type }: Expression, at: number): CelType {
  const { kind } = inference.shallow(type);
  if (kind === "map" || kind === "dyn" || kind === "variable") return type;
  const operands = `(map(dyn, dyn), ${format(type)})`;
  return report(at, `found no matching overload for 'cel.@mapInsert' applied to '${operands}'`);
}
