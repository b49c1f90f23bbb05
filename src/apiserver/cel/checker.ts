import type { Overload } from "./declaration.ts";
import { escapeReserved } from "./declared-types.ts";
import type { Checked, Expression } from "./expression.ts";
import { type Diagnosis, foldType, mustBeBool, mustDecide, rangeTypes } from "./fold-types.ts";
import { Inference } from "./inference.ts";
import { type CelIssue, CompileError } from "./issue.ts";
import { literalArgumentIssues } from "./literal-checks.ts";
import { literalType, qualifiedName, typeLiteral } from "./literals.ts";
import type { Element, Syntax } from "./syntax.ts";
import { BOOL, type CelType, DYN, formatType, INT, listOf, mapOf, optionalOf, STRING } from "./types.ts";

/** What an expression may speak of. */
export type Scope = {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
};

type Part<Node extends Syntax["node"]> = Extract<Syntax, { readonly node: Node }>;
type Item = { readonly value: Expression; readonly optional: boolean };
type Local = { readonly name: string; readonly type: CelType; readonly slot: number };

/** Finds the types of an expression and of all its parts; throws a {@link CompileError} naming everything that is wrong. */
export function checkExpression(text: string, syntax: Syntax, scope: Scope): Checked {
  const checker = new Checker(scope);
  const root = checker.check(syntax);
  if (checker.issues.length > 0) throw new CompileError(text, checker.issues);
  // What has types may still be refused for what its literals say (`cel.ASTValidators`).
  const literals = checker.literals.flatMap((check) => check());
  if (literals.length > 0) throw new CompileError(text, literals);
  const { inference, slots, variables } = checker;
  const rootType = scope.variables.get("self") ?? DYN;
  return { root, typeOf: (part) => inference.resolve(part.type), slots, variables, rootType };
}

class Checker implements Diagnosis {
  readonly inference = new Inference();
  readonly issues: CelIssue[] = [];
  /** Checks that wait for all types. */
  readonly literals: (() => readonly CelIssue[])[] = [];
  readonly variables = new Set<string>();
  readonly #scope: Scope;
  #locals: readonly Local[] = [];
  #slots = 0;
  /** Within how many calls of `format` the part is: they take lists of all sorts. */
  #formats = 0;

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
        const elements = part.elements.map((element) => this.#element(element));
        const joined = this.#joined(
          elements,
          part.elements.map(({ value }) => value.at),
          { all: false },
        );
        return { node: "list", elements, type: listOf(joined) };
      }
      case "map":
        return this.#map(part);
      case "fold":
        return this.#fold(part);
      case "let":
        return this.#let(part);
      case "bind":
        return this.#bind(part);
    }
  }

  readonly report = (at: number, message: string): CelType => {
    this.issues.push({ at, message });
    return DYN;
  };

  readonly format = (type: CelType): string => {
    const shallow = this.inference.shallow(type);
    return formatType(shallow.kind === "variable" ? shallow : this.inference.resolve(shallow));
  };

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
        type: this.report(part.at, `undeclared reference to '${part.name}' (in container '')`),
      }
    );
  }

  #select(part: Part<"select">): Expression {
    const qualified = this.#qualified(part);
    if (qualified !== undefined) return qualified;
    const operand = this.check(part.operand);
    const { property, type } = this.#field(operand, part.field, part.at);
    const isOptional = this.inference.shallow(operand.type).kind === "optional";
    const mode = part.optional ? "optional" : isOptional ? "chained" : "plain";
    return { node: "select", mode, operand, property, type: mode === "plain" ? type : asOptional(type) };
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
        const declared = target.fields.get(field) ?? target.fields.get(escapeReserved(field));
        return declared ?? { property: field, type: this.report(at, `undefined field '${field}'`) };
      }
      case "map":
        if (!this.inference.assignable([[STRING, target.key]]))
          this.report(at, `type '${this.format(target)}' does not support field selection`);
        return { property: field, type: target.value };
      case "variable":
        this.inference.assignable([[target, DYN]]);
        return { property: field, type: DYN };
      case "dyn":
        return { property: field, type: DYN };
      default:
        return {
          property: field,
          type: this.report(at, `type '${this.format(target)}' does not support field selection`),
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
    if (name === "format") this.#formats++;
    const checked = all.map((argument) => this.check(argument));
    if (name === "format") this.#formats--;
    this.literals.push(() => literalArgumentIssues(part, checked, (type) => this.inference.resolve(type)));
    const known = this.#scope.functions.get(name);
    if (known !== undefined) return this.#resolve(name, known, checked, { at: part.at, method });
    const type = this.report(part.at, `undeclared reference to '${name}' (in container '')`);
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
      result = result === undefined || this.format(result) === this.format(type) ? type : DYN;
    }
    if (result === undefined) this.#noOverload(name, parts, where);
    return { node: "call", name, overloads: fitting, arguments: parts, type: result ?? DYN };
  }

  #noOverload(
    name: string,
    parts: readonly Expression[],
    { at, method }: { readonly at: number; readonly method: boolean },
  ): void {
    const types = parts.map(({ type }) => this.format(type));
    const shown = method ? `${types[0]}.(${types.slice(1).join(", ")})` : `(${types.join(", ")})`;
    this.report(at, `found no matching overload for '${name}' applied to '${shown}'`);
  }

  #equal({ name, at }: Part<"call">, first: Syntax, second: Syntax): Expression {
    const [left, right] = [this.check(first), this.check(second)];
    if (!this.inference.assignable([[right.type, left.type]]))
      this.#noOverload(name, [left, right], { at, method: false });
    return { node: "equal", negated: name === "_!=_", left, right, type: BOOL };
  }

  #logic({ name }: Part<"call">, first: Syntax, second: Syntax): Expression {
    const [left, right] = [this.check(first), this.check(second)];
    mustBeBool(this, left, first.at);
    mustBeBool(this, right, second.at);
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
    if (!fits) return { node: "index", optional: false, operand, index, type: DYN };
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
    const entries = part.entries.map(([key, element]) => [this.check(key), this.#element(element)] as const);
    const keys = this.#joined(
      entries.map(([key]) => ({ value: key, optional: false })),
      part.entries.map(([key]) => key.at),
      { all: true },
    );
    const values = this.#joined(
      entries.map(([, item]) => item),
      part.entries.map(([, { value }]) => value.at),
      { all: true },
    );
    return { node: "map", entries, type: mapOf(keys, values) };
  }

  #element({ value, optional }: Element): Item {
    const checked = this.check(value);
    const { kind } = this.inference.shallow(checked.type);
    if (optional && kind !== "optional" && kind !== "dyn") {
      const found = this.format(checked.type);
      this.report(value.at, `expected type 'optional_type(${found})' but found '${found}'`);
    }
    return { value: checked, optional };
  }

  #itemType({ value, optional }: Item): CelType {
    const shallow = this.inference.shallow(value.type);
    return optional && shallow.kind === "optional" ? shallow.of : shallow;
  }

  /** The one type of all elements, or `dyn`; Kubernetes refuses mixed literals (`cel.ValidateHomogeneousAggregateLiterals`). */
  #joined(items: readonly Item[], places: readonly number[], { all }: { readonly all: boolean }): CelType {
    const joined = this.inference.fresh();
    const isOneType = items.every((item) => this.inference.assignable([[this.#itemType(item), joined]]));
    if (this.#formats === 0)
      this.literals.push(() => {
        const types = items.map((item) => formatType(this.inference.resolve(this.#itemType(item))));
        const found = types.flatMap((type, index) => {
          const message = `expected type '${types[0]}' but found '${type}'`;
          return type === types[0] ? [] : [{ at: places[index], message }];
        });
        return all ? found : found.slice(0, 1);
      });
    return isOneType ? joined : DYN;
  }

  #fold(part: Part<"fold">): Expression {
    const range = this.check(part.range);
    const { key, value } = rangeTypes(this, range, part.range.at);
    const isPair = part.variables.length === 2;
    const isMap = this.inference.shallow(range.type).kind === "map";
    const types = isPair ? [key, value] : [isMap ? key : value];
    const locals = part.variables.map((name, index) => this.#local(name, types[index] ?? DYN, index));
    const filter = part.filter === undefined ? undefined : this.#within(locals, part.filter);
    const body = this.#within(locals, part.body);
    const type = foldType(this, part, { item: types[0] ?? DYN, key, body });
    if (filter !== undefined) mustDecide(this, filter, type, part.at);
    return { node: "fold", kind: part.kind, range, slots: locals.map(({ slot }) => slot), filter, body, type };
  }

  #let(part: Part<"let">): Expression {
    const value = this.check(part.value);
    const local = this.#local(part.name, value.type, 0);
    const body = this.#within([local], part.body);
    return { node: "let", value, slot: local.slot, body, type: body.type };
  }

  #bind(part: Part<"bind">): Expression {
    const value = this.check(part.value);
    const shallow = this.inference.shallow(value.type);
    if (shallow.kind !== "optional" && shallow.kind !== "dyn")
      for (const method of ["hasValue", "value"]) this.#noOverload(method, [value], { at: part.at, method: true });
    const held = shallow.kind === "optional" ? shallow.of : DYN;
    const local = this.#local(part.name, held, 0);
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
