import type { FoldKind, Syntax } from "./syntax.ts";

/** A macro called in a wrong way; `at` is where its argument is. */
export class MacroError extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Macro names with how many arguments they take; the first one or two are names. */
const FOLDS: Readonly<
  Record<string, { readonly kind: FoldKind; readonly variables: number; readonly filter: boolean }>
> = {
  "all/2": { kind: "all", variables: 1, filter: false },
  "all/3": { kind: "all", variables: 2, filter: false },
  "exists/2": { kind: "exists", variables: 1, filter: false },
  "exists/3": { kind: "exists", variables: 2, filter: false },
  "exists_one/2": { kind: "existsOne", variables: 1, filter: false },
  "existsOne/2": { kind: "existsOne", variables: 1, filter: false },
  "existsOne/3": { kind: "existsOne", variables: 2, filter: false },
  "map/2": { kind: "map", variables: 1, filter: false },
  "map/3": { kind: "map", variables: 1, filter: true },
  "filter/2": { kind: "filter", variables: 1, filter: false },
  "transformList/3": { kind: "transformList", variables: 2, filter: false },
  "transformList/4": { kind: "transformList", variables: 2, filter: true },
  "transformMap/3": { kind: "transformMap", variables: 2, filter: false },
  "transformMap/4": { kind: "transformMap", variables: 2, filter: true },
  "transformMapEntry/3": { kind: "transformMapEntry", variables: 2, filter: false },
  "transformMapEntry/4": { kind: "transformMapEntry", variables: 2, filter: true },
};

type Call = { readonly at: number; readonly name: string; readonly arguments: readonly Syntax[] };

/** The macro that a call of a method is; `undefined` for a function like any other. */
export function methodMacro(target: Syntax, call: Call): Syntax | undefined {
  const { at, name } = call;
  const parts = call.arguments;
  const fold = FOLDS[`${name}/${parts.length}`];
  if (fold !== undefined) {
    const variables = parts.slice(0, fold.variables).map((part) => foldVariable(part, fold.kind));
    if (new Set(variables).size < variables.length)
      throw new MacroError(parts[1]?.at ?? at, `duplicate variable name: ${variables[0]}`);
    const rest = parts.slice(fold.variables);
    const body = rest.at(-1) as Syntax;
    return {
      node: "fold",
      at,
      kind: fold.kind,
      range: target,
      variables,
      filter: fold.filter ? rest[0] : undefined,
      body,
    };
  }
  if ((name !== "optMap" && name !== "optFlatMap") || parts.length !== 2) return undefined;
  const [variable, body] = parts as readonly [Syntax, Syntax];
  if (variable.node !== "name")
    throw new MacroError(variable.at, `${name}() variable name must be a simple identifier`);
  return { node: "bind", at, kind: name, name: variable.name, value: target, body };
}

/** `cel.bind(name, value, body)` (`ext.Bindings`); `undefined` for another call. */
export function bindingMacro(target: Syntax, { at, name, arguments: parts }: Call): Syntax | undefined {
  if (target.node !== "name" || target.name !== "cel" || name !== "bind" || parts.length !== 3) return undefined;
  const [variable, value, body] = parts as readonly [Syntax, Syntax, Syntax];
  if (variable.node !== "name")
    throw new MacroError(variable.at, "cel.bind() variable names must be simple identifiers");
  return { node: "let", at, name: variable.name, value, body };
}

/** `has(e.f)`; `undefined` for another function. */
export function presenceMacro({ at, name, arguments: parts }: Call): Syntax | undefined {
  const [only] = parts;
  if (name !== "has" || parts.length !== 1 || only === undefined) return undefined;
  if (only.node !== "select" || only.optional) throw new MacroError(only.at, "invalid argument to has() macro");
  return { node: "has", at, operand: only.operand, field: only.field };
}

const NAMES_A_MAPPED_ITEM: ReadonlySet<FoldKind> = new Set<FoldKind>(["map", "filter"]);

function foldVariable(part: Syntax, kind: FoldKind): string {
  if (part.node === "name") return part.name;
  const isMapped = NAMES_A_MAPPED_ITEM.has(kind);
  throw new MacroError(part.at, isMapped ? "argument is not an identifier" : "argument must be a simple name");
}
