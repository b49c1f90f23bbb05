import type { FieldError, JsonSchema } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { CelCompiler } from "../cel/compiler.ts";
import { SchemaTypes } from "../cel/declared-types.ts";
import { COST_BUDGET, PER_CALL_LIMIT } from "../cel/limits.ts";
import { Optional } from "../cel/values.ts";
import { type Correlation, childOf, itemOf } from "./correlation.ts";
import { evaluateMessage } from "./rule-message.ts";
import { type CompiledRule, compileRule, rulesOf } from "./validation-rule.ts";

/** The rules at one place of a schema and below it; places without any have no node. */
export type RuleNode = {
  readonly schema: JsonSchema;
  readonly rules: readonly CompiledRule[];
  readonly items?: RuleNode;
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly additional?: RuleNode;
};

/** What was found; warnings are of rules that were broken before, at places that did not change. */
export type RuleFindings = { readonly errors: readonly FieldError[]; readonly warnings: readonly FieldError[] };

/** Compiles the rules of schemas, each schema once; everything waits until there is a rule. */
export class RuleCompiler {
  readonly types = new SchemaTypes();
  readonly #nodes = new WeakMap<JsonSchema, RuleNode | "none">();
  #compiler: CelCompiler | undefined;

  /** What compiles expressions of all kinds. */
  get expressions(): CelCompiler {
    this.#compiler ??= new CelCompiler();
    return this.#compiler;
  }

  /** The rules of a resource's schema; `undefined` when it has none. */
  rulesOf(schema: JsonSchema): RuleNode | undefined {
    let node = this.#nodes.get(schema);
    if (node === undefined) {
      node = this.#build(schema, true) ?? "none";
      this.#nodes.set(schema, node);
    }
    return node === "none" ? undefined : node;
  }

  /** The rules of a schema that is part of a resource's, made for once. */
  rulesBelow(schema: JsonSchema): RuleNode | undefined {
    return this.#build(schema, schema["x-kubernetes-embedded-resource"] === true);
  }

  /** The rules at one place, not those below it. */
  compileHere(schema: JsonSchema, isRoot: boolean): readonly CompiledRule[] {
    const rules = rulesOf(schema);
    const declared = rules.length === 0 ? undefined : this.types.declare(schema, isRoot);
    if (declared === undefined) return [];
    return rules.map((rule) => compileRule(this.expressions, rule, declared, schema));
  }

  #build(schema: JsonSchema, isRoot: boolean): RuleNode | undefined {
    const isEmbedded = (part: JsonSchema): boolean => part["x-kubernetes-embedded-resource"] === true;
    const below = (part: JsonSchema | undefined): RuleNode | undefined =>
      part === undefined ? undefined : this.#build(part, isEmbedded(part));
    const properties = new Map<string, RuleNode>();
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const node = below(property);
      if (node !== undefined) properties.set(name, node);
    }
    const items = below(schema.items);
    const { additionalProperties } = schema;
    const additional = typeof additionalProperties === "object" ? below(additionalProperties) : undefined;
    const rules = this.compileHere(schema, isRoot);
    if (rules.length === 0 && properties.size === 0 && items === undefined && additional === undefined)
      return undefined;
    return {
      schema,
      rules,
      properties,
      ...(items === undefined ? {} : { items }),
      ...(additional === undefined ? {} : { additional }),
    };
  }
}

/** Checks a value against the rules of its schema; `correlation` pairs it with what it was before. */
export function validateRules(
  node: RuleNode,
  value: unknown,
  correlation: Correlation | undefined,
  fieldPath = "",
): RuleFindings {
  const run = new RuleRun();
  run.visit(node, value, fieldPath, { here: correlation, ancestor: undefined });
  return { errors: run.errors, warnings: run.warnings };
}

/** Where a value stands among former ones; `ancestor` is the nearest place above that has one. */
type Place = { readonly here: Correlation | undefined; readonly ancestor: Correlation | undefined };

class RuleRun {
  readonly errors: FieldError[] = [];
  readonly warnings: FieldError[] = [];
  #budget = COST_BUDGET;

  /** False when the budget is spent, and nothing more is to be looked at. */
  visit(node: RuleNode, value: unknown, path: string, place: Place): boolean {
    if (value === undefined || value === null) return true;
    if (!this.#apply(node, value, path, place)) return false;
    if (Array.isArray(value)) return this.#visitItems(node, value, path, place);
    return !isRecord(value) || this.#visitFields(node, value, path, place);
  }

  #visitItems(node: RuleNode, list: readonly unknown[], path: string, place: Place): boolean {
    const { items } = node;
    if (items === undefined) return true;
    return list.every((item, index) =>
      this.visit(items, item, `${path}[${index}]`, below(place, place.here && itemOf(place.here, index))),
    );
  }

  #visitFields(node: RuleNode, record: Readonly<Record<string, unknown>>, path: string, place: Place): boolean {
    return Object.keys(record).every((name) => {
      const property = node.properties.get(name);
      const child = property ?? node.additional;
      if (child === undefined) return true;
      const at = property === undefined ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
      const pair = place.here && childOf(place.here, name);
      return this.visit(child, record[name], at, below(place, isIdentity(name, place) ? retold(pair) : pair));
    });
  }

  #apply({ rules, schema }: RuleNode, value: unknown, path: string, place: Place): boolean {
    if (rules.length === 0) return true;
    const type = schema.type ?? "";
    const invalid = (detail: string): void => {
      this.errors.push({ type: "FieldValueInvalid", field: path === "" ? "<nil>" : path, value: type, detail });
    };
    if (this.#budget <= 0) {
      invalid("validation failed due to running out of cost budget, no further validation rules will be run");
      return false;
    }
    const before = place.here?.before;
    for (const rule of rules) if (!this.#evaluate(rule, { value, before, path, type, invalid, place })) return false;
    return true;
  }

  #evaluate(
    compiled: CompiledRule,
    at: {
      readonly value: unknown;
      readonly before: unknown;
      readonly path: string;
      readonly type: string;
      readonly invalid: (detail: string) => void;
      readonly place: Place;
    },
  ): boolean {
    const { rule, program, error, usesOldSelf } = compiled;
    if (error !== undefined) at.invalid(`rule compile error: ${error}`);
    if (program === undefined) return true;
    if (usesOldSelf && at.before === undefined && rule.optionalOldSelf !== true) return true;
    const oldSelf = rule.optionalOldSelf === true ? new Optional(at.before) : at.before;
    const variable = (name: string): unknown => (name === "self" ? at.value : oldSelf);
    const { cost, outcome } = program.evaluate(variable, PER_CALL_LIMIT);
    if (cost > this.#budget) {
      at.invalid("validation failed due to running out of cost budget, no further validation rules will be run");
      return false;
    }
    this.#budget -= cost;
    if ("error" in outcome) return this.#failed(outcome.error, shownRule(compiled), at.invalid);
    if (outcome.value === true) return true;
    return this.#broken(compiled, variable, at);
  }

  #failed({ message }: Error, rule: string, invalid: (detail: string) => void): boolean {
    if (message.startsWith("no such overload"))
      invalid(
        `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`,
      );
    else if (message.startsWith("operation cancelled: actual cost limit exceeded")) {
      invalid(`'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`);
      return false;
    } else invalid(`${message} evaluating rule: ${rule}`);
    return true;
  }

  #broken(
    compiled: CompiledRule,
    variable: (name: string) => unknown,
    { path, type, place }: { readonly path: string; readonly type: string; readonly place: Place },
  ): boolean {
    const { rule, messageProgram, fieldPath, usesOldSelf } = compiled;
    const field =
      fieldPath === undefined
        ? path
        : fieldPath.startsWith("[") || path === ""
          ? path + fieldPath
          : `${path}.${fieldPath}`;
    const isUnchanged = !usesOldSelf && (place.here ?? place.ancestor)?.isUnchanged() === true;
    const report = (error: FieldError): void => void (isUnchanged ? this.warnings : this.errors).push(error);
    const shown = field === "" ? "<nil>" : field;
    const message =
      messageProgram === undefined ? undefined : evaluateMessage(messageProgram, rule, variable, this.#budget);
    if (message !== undefined) this.#budget -= message.cost;
    if (message?.fatal !== undefined) {
      report({ type: "FieldValueInvalid", field: shown, value: type, detail: message.fatal });
      return false;
    }
    report(errorOf(rule, shown, type, message?.text ?? failedRule(compiled)));
    return true;
  }
}

function below({ here, ancestor }: Place, child: Correlation | undefined): Place {
  return { here: child, ancestor: child === undefined ? (here ?? ancestor) : here };
}

/** Both versions of a resource are told in the version of the request: that these two are alike says nothing. */
function isIdentity(name: string, { ancestor }: Place): boolean {
  return ancestor === undefined && (name === "apiVersion" || name === "kind");
}

function retold(pair: Correlation | undefined): Correlation | undefined {
  return pair === undefined ? undefined : { ...pair, isUnchanged: () => false };
}

function failedRule(compiled: CompiledRule): string {
  const message = compiled.rule.message?.trim() ?? "";
  return message === "" ? `failed rule: ${shownRule(compiled)}` : message;
}

function shownRule({ rule }: CompiledRule): string {
  const message = rule.message ?? "";
  return (message === "" ? rule.rule : message).trim();
}

/** The kind of error a rule asks for; `value` is the type's name, as Kubernetes 1.34 has it. */
function errorOf(
  { reason }: { readonly reason?: FieldError["type"] },
  field: string,
  value: string,
  detail: string,
): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
    case "FieldValueRequired":
      return { type: reason, field, detail };
    case "FieldValueDuplicate":
      return { type: reason, field, value, detail: "" };
    default:
      return { type: "FieldValueInvalid", field, value, detail };
  }
}
