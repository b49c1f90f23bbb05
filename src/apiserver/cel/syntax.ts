type At = { /** Where messages about the node point at, in the source. */ readonly at: number };

/** The macros over lists and maps. */
export type FoldKind =
  | "all"
  | "exists"
  | "existsOne"
  | "map"
  | "filter"
  | "transformList"
  | "transformMap"
  | "transformMapEntry";

/** An element of a list or map literal; one with a question mark is left out when its optional is empty. */
export type Element = { readonly value: Syntax; readonly optional: boolean };

/** A parsed expression, macros recognized. */
export type Syntax =
  | (At & { readonly node: "literal"; readonly value: unknown })
  | (At & { readonly node: "name"; readonly name: string })
  | (At & {
      readonly node: "select";
      readonly operand: Syntax;
      readonly field: string;
      readonly optional: boolean;
    })
  | (At & { readonly node: "has"; readonly operand: Syntax; readonly field: string })
  | (At & {
      readonly node: "call";
      readonly name: string;
      readonly target: Syntax | undefined;
      readonly arguments: readonly Syntax[];
    })
  | (At & { readonly node: "list"; readonly elements: readonly Element[] })
  | (At & { readonly node: "map"; readonly entries: readonly (readonly [key: Syntax, value: Element])[] })
  | (At & {
      readonly node: "fold";
      readonly kind: FoldKind;
      readonly range: Syntax;
      readonly variables: readonly string[];
      readonly filter: Syntax | undefined;
      readonly body: Syntax;
    })
  /** `cel.bind(name, value, body)`. */
  | (At & { readonly node: "let"; readonly name: string; readonly value: Syntax; readonly body: Syntax })
  | (At & {
      readonly node: "bind";
      /** What an optional holds, when it holds something. */
      readonly kind: "optMap" | "optFlatMap";
      readonly name: string;
      readonly value: Syntax;
      readonly body: Syntax;
    });
