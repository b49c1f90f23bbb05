import type { Overload } from "./declaration.ts";
import type { FoldKind } from "./syntax.ts";
import type { CelType } from "./types.ts";

type Typed = { /** As far as known where it was checked; see `Checked.typeOf`. */ readonly type: CelType };

/** An element of a literal; an optional one is there when it holds something. */
type Item = { readonly value: Expression; readonly optional: boolean };

/** A checked expression: names resolved, functions narrowed to the overloads that fit. */
export type Expression =
  | (Typed & { readonly node: "literal"; readonly value: unknown })
  | (Typed & { readonly node: "variable"; readonly name: string })
  /** The variable of a macro; `slot` is where its value is kept. */
  | (Typed & { readonly node: "local"; readonly slot: number })
  | (Typed & {
      readonly node: "select";
      /** `chained`: a plain selection from an optional, whose result is one as well. */
      readonly mode: "plain" | "optional" | "chained" | "has";
      readonly operand: Expression;
      /** The name in the data, which CEL may have to escape. */
      readonly property: string;
    })
  | (Typed & {
      readonly node: "index";
      readonly optional: boolean;
      readonly operand: Expression;
      readonly index: Expression;
    })
  | (Typed & {
      readonly node: "call";
      readonly name: string;
      readonly overloads: readonly Overload[];
      readonly arguments: readonly Expression[];
    })
  | (Typed & {
      readonly node: "equal";
      readonly negated: boolean;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Typed & {
      readonly node: "logic";
      /** What the operator comes to as soon as one side is it: `true` for `||`, `false` for `&&`. */
      readonly decisive: boolean;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Typed & {
      readonly node: "conditional";
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    })
  | (Typed & { readonly node: "list"; readonly elements: readonly Item[] })
  | (Typed & { readonly node: "map"; readonly entries: readonly (readonly [key: Expression, value: Item])[] })
  | (Typed & {
      readonly node: "fold";
      readonly kind: FoldKind;
      readonly range: Expression;
      readonly slots: readonly number[];
      readonly filter: Expression | undefined;
      readonly body: Expression;
    })
  | (Typed & { readonly node: "let"; readonly value: Expression; readonly slot: number; readonly body: Expression })
  | (Typed & {
      readonly node: "bind";
      readonly kind: "optMap" | "optFlatMap";
      readonly value: Expression;
      readonly slot: number;
      readonly body: Expression;
    });

/** The outcome of checking. */
export type Checked = {
  readonly root: Expression;
  /** The type of a part, inferred in full. */
  readonly typeOf: (part: Expression) => CelType;
  /** How many slots macros need at once. */
  readonly slots: number;
  /** The variables the expression speaks of. */
  readonly variables: ReadonlySet<string>;
  /** The type of `self`, which costs are estimated from. */
  readonly rootType: CelType;
};
