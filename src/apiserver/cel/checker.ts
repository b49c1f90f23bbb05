import type { Overload } from "./declaration.ts";
import type { Checked, Expression } from "./expression.ts";
import { Inference } from "./inference.ts";
import { type CelIssue, CompileError } from "./issue.ts";
import { literalType, qualifiedName, typeLiteral } from "./literals.ts";
import type { FoldKind, Syntax } from "./syntax.ts";
import { BOOL, type CelType, DYN, formatType, INT, listOf, mapOf, optionalOf, STRING } from "./types.ts";

/** What an expression may speak of. */
export type Scope = {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
};

type Part<Node extends Syntax["node"]> = Extract<Syntax, { readonly node: Node }>;
type Local = { readonly name: string; readonly type: CelType; readonly slot: number };

/** Finds the types of an expression and of all its parts; throws a {@link CompileError} naming everything that is wrong. */
export function checkExpression(text: string, syntax: Syntax, scope: Scope): Checked {
  const checker = new Checker(scope);
  const root = checker.check(syntax);
  if (checker.issues.length > 0) throw new CompileError(text, checker.issues);
  const { inference, slots, variables } = checker;
  return { root, typeOf: (part) => inference.resolve(part.type), slots, variables };
}

class Checker {
  readonly inference = new Inference();
  readonly issues: CelIssue[] = [];
  readonly variables = new Set<string>();
  readonly #scope: Scope;
  #locals: readonly Local[] = [];
  #slots = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get slots(): number {
    return this.#slots;
  }

  check(part: Syntax): Expression {
    switch (part.node) {
      case "literal":
        return { node: "literal", value: part.value, type: literalType(part.value) };
      case "name":
        return this.#name(part);
      case "select":
        return this.#select(part);
      case "has":
        return this.#has(part);
      case "call":
        return this.#call(part);
      case "list": {
        const elements = part.elements.map((element) => this.check(element));
        return { node: "list", elements, type: listOf(this.#joined(elements, part.elements)) };
      }
      case "map":
        return this.#map(part);
      case "fold":
        return this.#fold(part);
      case "bind":
        return this.#bind(part);
    }
  }

  #report(at: number, message: string): CelType {
    this.issues.push({ at, message });
    return DYN;
  }

  #format(type: CelType): string {
    const shallow = this.inference.shallow(type);
    return formatType(shallow.kind === "variable" ? shallow : this.inference.resolve(shallow));
  }

  #name(part: Part<"name">): Expression {
    const local = this.#locals.findLast(({ name }) => name === part.name);
    if (local !== undefined) return { node: "local", slot: local.slot, type: local.type };
    const variable = this.#scope.variables.get(part.name);
    if (variable !== undefined) {
      this.variables.add(part.name);
      return { node: "variable", name: part.name, type: variable };
    }
    return (
      typeLiteral(part.name) ?? {
        node: "literal",
        value: null,
        type: this.#report(part.at, `undeclared reference to '${part.name}' (in container '')`),
      }
    );
  }

  #select(part: Part<"select">): Expression {
    const qualified = this.#qualified(part);
    if (qualified !== undefined) return qualified;
    const operand = this.check(part.operand);
    const { property, type } = this.#field(operand, part.field, part.at);
    const isOptional = this.inference.shallow(operand.type).kind === "optional";
    const mode = part.optional || isOptional ? "optional" : "plain";
    return { node: "select", mode, operand, property, type: mode === "optional" ? asOptional(type) : type };
  }

  #has(part: Part<"has">): Expression {
    const operand = this.check(part.operand);
    const { property } = this.#field(operand, part.field, part.at);
    return { node: "select", mode: "has", operand, property, type: BOOL };
  }

  #field(operand: Expression, field: string, at: number): { readonly property: string; readonly type: CelType } {
    const shallow = this.inference.shallow(operand.type);
    const target = shallow.kind === "optional" ? this.inference.shallow(shallow.of) : shallow;
    switch (target.kind) {
      case "object": {
        const declared = target.fields.get(field);
        return declared ?? { property: field, type: this.#report(at, `undefined field '${field}'`) };
      }
      case "map":
        if (!this.inference.assignable([[STRING, target.key]]))
          this.#report(at, `type '${this.#format(target)}' does not support field selection`);
        return { property: field, type: target.value };
      case "variable":
        this.inference.assignable([[target, DYN]]);
        return { property: field, type: DYN };
      case "dyn":
        return { property: field, type: DYN };
      default:
        return {
          property: field,
          type: this.#report(at, `type '${this.#format(target)}' does not support field selection`),
        };
    }
  }

  /** Variables and types whose names have dots: `authorizer.requestResource`, `google.protobuf.Duration`. */
  #qualified(part: Part<"select">): Expression | undefined {
    const name = qualifiedName(part);
    if (name === undefined) return undefined;
    const [first] = name.split(".", 1);
    const variable = this.#scope.variables.get(name);
    if (variable !== undefined && !this.#locals.some((local) => local.name === first)) {
      this.variables.add(name);
      return { node: "variable", name, type: variable };
    }
    return this.#isVariable(first) ? undefined : typeLiteral(name);
  }

  #call(part: Part<"call">): Expression {
    const { name } = part;
    const [first, second, third] = part.arguments;
    if (first !== undefined && second !== undefined) {
      if (name === "_==_" || name === "_!=_") return this.#equal(part, first, second);
      if (name === "_&&_" || name === "_||_") return this.#logic(part, first, second);
      if (name === "_[_]" || name === "_[?_]") return this.#index(part, first, second);
      if (name === "_?_:_" && third !== undefined) return this.#conditional(part, first, second, third);
    }
    const qualifier = part.target === undefined ? undefined : qualifiedName(part.target);
    const qualified = qualifier === undefined ? undefined : this.#scope.functions.get(`${qualifier}.${name}`);
    const isVariable = this.#isVariable(qualifier?.split(".", 1)[0]);
    if (qualified !== undefined && !isVariable)
      return this.#resolve(
        `${qualifier}.${name}`,
        qualified,
        part.arguments.map((argument) => this.check(argument)),
        {
          at: part.at,
          method: false,
        },
      );
    const method = part.target !== undefined;
    const all = part.target === undefined ? part.arguments : [part.target, ...part.arguments];
    const checked = all.map((argument) => this.check(argument));
    const known = this.#scope.functions.get(name);
    if (known !== undefined) return this.#resolve(name, known, checked, { at: part.at, method });
    const type = this.#report(part.at, `undeclared reference to '${name}' (in container '')`);
    return { node: "literal", value: null, type };
  }

  #isVariable(name: string | undefined): boolean {
    return name !== undefined && (this.#scope.variables.has(name) || this.#locals.some((local) => local.name === name));
  }

  #resolve(
    name: string,
    known: readonly Overload[],
    parts: readonly Expression[],
    where: { readonly at: number; readonly method: boolean },
  ): Expression {
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of known) {
      if (overload.method !== where.method || overload.parameters.length !== parts.length) continue;
      const parameters = new Map<string, CelType>();
      const pairs = overload.parameters.map(
        (parameter, index) =>
          [(parts[index] as Expression).type, this.inference.instantiate(parameter, parameters)] as const,
      );
      if (!this.inference.assignable(pairs)) continue;
      fitting.push(overload);
      const type = this.inference.instantiate(overload.result, parameters);
      result = result === undefined || this.#format(result) === this.#format(type) ? type : DYN;
    }
    if (result === undefined) this.#noOverload(name, parts, where);
    return { node: "call", name, overloads: fitting, arguments: parts, type: result ?? DYN };
  }

  #noOverload(
    name: string,
    parts: readonly Expression[],
    { at, method }: { readonly at: number; readonly method: boolean },
  ): void {
    const types = parts.map(({ type }) => this.#format(type));
    const shown = method ? `${types[0]}.(${types.slice(1).join(", ")})` : `(${types.join(", ")})`;
    this.#report(at, `found no matching overload for '${name}' applied to '${shown}'`);
  }

  #equal({ name, at }: Part<"call">, first: Syntax, second: Syntax): Expression {
    const [left, right] = [this.check(first), this.check(second)];
    if (!this.inference.assignable([[right.type, left.type]]))
      this.#noOverload(name, [left, right], { at, method: false });
    return { node: "equal", negated: name === "_!=_", left, right, type: BOOL };
  }

  #logic({ name, at }: Part<"call">, first: Syntax, second: Syntax): Expression {
    const [left, right] = [this.check(first), this.check(second)];
    if (
      !this.inference.assignable([
        [left.type, BOOL],
        [right.type, BOOL],
      ])
    )
      this.#noOverload(name, [left, right], { at, method: false });
    return { node: "logic", decisive: name === "_||_", left, right, type: BOOL };
  }

  #index({ name, at }: Part<"call">, first: Syntax, second: Syntax): Expression {
    const [operand, index] = [this.check(first), this.check(second)];
    const shallow = this.inference.shallow(operand.type);
    const throughOptional = shallow.kind === "optional";
    const target = throughOptional ? this.inference.shallow(shallow.of) : shallow;
    let element: CelType = DYN;
    let fits = true;
    if (target.kind === "list") {
      element = target.element;
      fits = this.inference.assignable([[index.type, INT]]);
    } else if (target.kind === "map") {
      element = target.value;
      fits = this.inference.assignable([[index.type, target.key]]);
    } else if (target.kind === "variable") this.inference.assignable([[target, DYN]]);
    else fits = target.kind === "dyn";
    if (!fits) this.#noOverload(name, [operand, index], { at, method: false });
    const optional = name === "_[?_]" || throughOptional;
    return { node: "index", optional, operand, index, type: optional ? asOptional(element) : element };
  }

  #conditional({ name, at }: Part<"call">, first: Syntax, second: Syntax, third: Syntax): Expression {
    const [condition, then, otherwise] = [this.check(first), this.check(second), this.check(third)];
    const result = this.inference.fresh();
    if (
      !this.inference.assignable([
        [condition.type, BOOL],
        [then.type, result],
        [otherwise.type, result],
      ])
    )
      this.#noOverload(name, [condition, then, otherwise], { at, method: false });
    const eitherIsDyn = [then, otherwise].some(({ type }) => this.inference.shallow(type).kind === "dyn");
    return { node: "conditional", condition, then, otherwise, type: eitherIsDyn ? DYN : result };
  }

  #map(part: Part<"map">): Expression {
    const entries = part.entries.map(([key, value]) => [this.check(key), this.check(value)] as const);
    const keys = this.#joined(
      entries.map(([key]) => key),
      part.entries.map(([key]) => key),
    );
    const values = this.#joined(
      entries.map(([, value]) => value),
      part.entries.map(([, value]) => value),
    );
    return { node: "map", entries, type: mapOf(keys, values) };
  }

  /** The one type of all elements: Kubernetes refuses mixed literals (`cel.HomogeneousAggregateLiterals`). */
  #joined(elements: readonly Expression[], syntax: readonly Syntax[]): CelType {
    const joined = this.inference.fresh();
    elements.forEach((element, index) => {
      const expected = this.inference.shallow(joined);
      if (this.inference.assignable([[element.type, joined]])) return;
      const found = `expected type '${this.#format(expected)}' but found '${this.#format(element.type)}'`;
      this.#report(syntax[index]?.at ?? 0, found);
    });
    return joined;
  }

  #fold(part: Part<"fold">): Expression {
    const range = this.check(part.range);
    const { key, value } = this.#rangeTypes(range, part);
    const isPair = part.variables.length === 2;
    const isMap = this.inference.shallow(range.type).kind === "map";
    const types = isPair ? [key, value] : [isMap ? key : value];
    const locals = part.variables.map((name, index) => this.#local(name, types[index] ?? DYN, index));
    const filter = part.filter === undefined ? undefined : this.#within(locals, part.filter);
    const body = this.#within(locals, part.body);
    if (filter !== undefined) this.#mustBeBool(part.kind, part.at, filter);
    const type = this.#foldType(part, { item: types[0] ?? DYN, key, body });
    return { node: "fold", kind: part.kind, range, slots: locals.map(({ slot }) => slot), filter, body, type };
  }

  #rangeTypes(range: Expression, part: Part<"fold">): { readonly key: CelType; readonly value: CelType } {
    const type = this.inference.shallow(range.type);
    if (type.kind === "list") return { key: INT, value: type.element };
    if (type.kind === "map") return { key: type.key, value: type.value };
    if (type.kind === "variable") this.inference.assignable([[type, DYN]]);
    else if (type.kind !== "dyn")
      this.#report(
        part.range.at,
        `expression of type '${this.#format(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    return { key: DYN, value: DYN };
  }

  #foldType(
    { kind, at }: Part<"fold">,
    { item, key, body }: { readonly item: CelType; readonly key: CelType; readonly body: Expression },
  ): CelType {
    switch (kind) {
      case "all":
      case "exists":
      case "existsOne":
        this.#mustBeBool(kind, at, body);
        return BOOL;
      case "filter":
        this.#mustBeBool(kind, at, body);
        return listOf(item);
      case "map":
      case "transformList":
        return listOf(body.type);
      case "transformMap":
        return mapOf(key, body.type);
      case "transformMapEntry":
        return body.type;
    }
  }

  #mustBeBool(kind: FoldKind, at: number, part: Expression): void {
    if (this.inference.assignable([[part.type, BOOL]])) return;
    const operator = kind === "all" ? "_&&_" : kind === "exists" ? "_||_" : "_?_:_";
    const shown = kind === "all" || kind === "exists" ? `(bool, ${this.#format(part.type)})` : this.#format(part.type);
    this.#report(at, `found no matching overload for '${operator}' applied to '${shown}'`);
  }

  #bind(part: Part<"bind">): Expression {
    const value = this.check(part.value);
    const isBind = part.kind === "bind";
    const shallow = this.inference.shallow(value.type);
    if (!isBind && shallow.kind !== "optional" && shallow.kind !== "dyn")
      this.#report(part.at, `found no matching overload for '${part.kind}' applied to '${this.#format(shallow)}'`);
    const held = shallow.kind === "optional" ? shallow.of : DYN;
    const local = this.#local(part.name, isBind ? value.type : held, 0);
    const body = this.#within([local], part.body);
    const type = part.kind === "optMap" ? optionalOf(body.type) : body.type;
    return { node: "bind", kind: part.kind, value, slot: local.slot, body, type };
  }

  #local(name: string, type: CelType, offset: number): Local {
    const slot = this.#locals.length + offset;
    this.#slots = Math.max(this.#slots, slot + 1);
    return { name, type, slot };
  }

  #within(locals: readonly Local[], part: Syntax): Expression {
    const before = this.#locals;
    this.#locals = [...before, ...locals];
    const checked = this.check(part);
    this.#locals = before;
    return checked;
  }
}

function asOptional(type: CelType): CelType {
  return type.kind === "optional" ? type : optionalOf(type);
}
