import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import { type CelIssue, CompileError } from "./issue.ts";
import { Uint } from "./values.ts";

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
  | (At & { readonly node: "list"; readonly elements: readonly Syntax[] })
  | (At & { readonly node: "map"; readonly entries: readonly (readonly [Syntax, Syntax])[] })
  | (At & {
      readonly node: "fold";
      readonly kind: FoldKind;
      readonly range: Syntax;
      readonly variables: readonly string[];
      readonly filter: Syntax | undefined;
      readonly body: Syntax;
    })
  | (At & {
      readonly node: "bind";
      /** `optMap` and `optFlatMap` bind what an optional holds, when it holds something. */
      readonly kind: "bind" | "optMap" | "optFlatMap";
      readonly name: string;
      readonly value: Syntax;
      readonly body: Syntax;
    });

/** Reads expressions; the grammar is the library's, everything after it is ours (see the room's README). */
export class Parser {
  readonly #environment = new Environment({
    enableOptionalTypes: true,
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxListElements: 10_000, maxMapEntries: 10_000 },
  });

  /** Throws a {@link CompileError} for what is no expression. */
  parse(text: string): Syntax {
    try {
      return new Reader(text).read(this.#environment.parse(text).ast);
    } catch (error) {
      if (error instanceof ParseError) throw new CompileError(text, [issueOf(error)]);
      throw error;
    }
  }
}

function issueOf(error: ParseError): CelIssue {
  const at = error.range?.start ?? 0;
  if (error.code === "invalid_macro_argument") return { at, message: "argument must be a simple name" };
  if (error.code === "reserved_identifier")
    return { at, message: `reserved identifier: ${error.summary.replace(/^.*: /, "")}` };
  const summary = error.summary.charAt(0).toLowerCase() + error.summary.slice(1);
  return { at, message: `Syntax error: ${summary.replace("token: EOF", "end of input '<EOF>'")}` };
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

const OPERATOR_FUNCTIONS: Readonly<Record<string, string>> = {
  "==": "_==_",
  "!=": "_!=_",
  "+": "_+_",
  "-": "_-_",
  "*": "_*_",
  "/": "_/_",
  "%": "_%_",
  "<": "_<_",
  "<=": "_<=_",
  ">": "_>_",
  ">=": "_>=_",
  in: "@in",
  "&&": "_&&_",
  "||": "_||_",
  "!_": "!_",
  "-_": "-_",
};

/** Turns the library's tree into ours, with the positions cel-go reports: of operators, dots and parentheses. */
class Reader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(tree: ASTNode): Syntax {
    switch (tree.op) {
      case "value":
        return { node: "literal", at: tree.pos, value: literalOf(tree.args) };
      case "id":
        return { node: "name", at: tree.pos, name: tree.args };
      case ".":
      case ".?":
        return this.#select(tree.args[0], tree.args[1], tree.op === ".?", tree.pos);
      case "[]":
      case "[?]":
        return this.#call(tree.op === "[]" ? "_[_]" : "_[?_]", this.#find("[", tree.args[0].end), tree.args);
      case "call":
        return this.#function(tree.args[0], tree.args[1], tree);
      case "rcall":
        return this.#method(tree.args[0], tree.args[1], tree.args[2]);
      case "list":
        return { node: "list", at: tree.pos, elements: tree.args.map((element) => this.read(element)) };
      case "map": {
        const entries = tree.args.map(([key, value]) => [this.read(key), this.read(value)] as const);
        return { node: "map", at: tree.pos, entries };
      }
      case "?:":
        return this.#call("_?_:_", this.#find("?", tree.args[0].end), tree.args);
      case "!_":
      case "-_":
        return this.#unary(tree.op, tree.args, tree.pos);
      default:
        return this.#call(OPERATOR_FUNCTIONS[tree.op] ?? tree.op, this.#find(tree.op, tree.args[0].end), tree.args);
    }
  }

  #call(name: string, at: number, parts: readonly ASTNode[]): Syntax {
    return { node: "call", at, name, target: undefined, arguments: parts.map((part) => this.read(part)) };
  }

  #unary(operator: "!_" | "-_", operand: ASTNode, at: number): Syntax {
    if (operator === "-_" && operand.op === "value") {
      const { args: value } = operand;
      if (typeof value === "bigint" || typeof value === "number") return { node: "literal", at, value: -value };
    }
    return this.#call(OPERATOR_FUNCTIONS[operator] ?? operator, at, [operand]);
  }

  #select(operand: ASTNode, field: string, optional: boolean, fieldAt: number): Syntax {
    return { node: "select", at: this.#text.lastIndexOf(".", fieldAt), operand: this.read(operand), field, optional };
  }

  #function(name: string, parts: readonly ASTNode[], tree: ASTNode): Syntax {
    const at = this.#find("(", tree.start + name.length);
    const [only] = parts;
    if (name === "has" && parts.length === 1 && only !== undefined) {
      if (only.op !== ".") throw new CompileError(this.#text, [{ at, message: "invalid argument to has() macro" }]);
      return { node: "has", at, operand: this.read(only.args[0]), field: only.args[1] };
    }
    return { node: "call", at, name, target: undefined, arguments: parts.map((part) => this.read(part)) };
  }

  #method(name: string, receiver: ASTNode, parts: readonly ASTNode[]): Syntax {
    const at = this.#find("(", this.#find(name, receiver.end) + name.length);
    const fold = FOLDS[`${name}/${parts.length}`];
    if (fold !== undefined) return this.#fold(at, receiver, parts, fold);
    const [first, second, third] = parts;
    if (name === "bind" && receiver.op === "id" && receiver.args === "cel" && first && second && third)
      return this.#bind("bind", at, first, this.read(second), third);
    if ((name === "optMap" || name === "optFlatMap") && parts.length === 2 && first && second)
      return this.#bind(name, at, first, this.read(receiver), second);
    return {
      node: "call",
      at,
      name,
      target: this.read(receiver),
      arguments: parts.map((part) => this.read(part)),
    };
  }

  #fold(
    at: number,
    range: ASTNode,
    parts: readonly ASTNode[],
    fold: { readonly kind: FoldKind; readonly variables: number; readonly filter: boolean },
  ): Syntax {
    const variables = parts.slice(0, fold.variables).map((part) => this.#name(part));
    const rest = parts.slice(fold.variables).map((part) => this.read(part));
    const filter = fold.filter ? rest[0] : undefined;
    const body = rest.at(-1) as Syntax;
    return { node: "fold", at, kind: fold.kind, range: this.read(range), variables, filter, body };
  }

  #bind(kind: "bind" | "optMap" | "optFlatMap", at: number, name: ASTNode, value: Syntax, body: ASTNode): Syntax {
    return { node: "bind", at, kind, name: this.#name(name), value, body: this.read(body) };
  }

  #name(part: ASTNode): string {
    if (part.op === "id") return part.args;
    throw new CompileError(this.#text, [{ at: part.pos, message: "argument must be a simple name" }]);
  }

  /** Where `token` stands at or after `from`, past closing parentheses, space and comments. */
  #find(token: string, from: number): number {
    let at = from;
    for (;;) {
      const skipped = /^(?:[\s).]|\/\/[^\n]*)+/.exec(this.#text.slice(at));
      if (this.#text.startsWith(token, at) || skipped === null) return at;
      at += skipped[0].length;
    }
  }
}

function literalOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return new Uint(BigInt(String(value)));
}
